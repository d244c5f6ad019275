/** A condition on one column, as the text had it; `*` in `value` stands for any characters. */
export interface Comparison {
  readonly kind: 'compare';
  readonly field: string;
  readonly operator: Operator;
  readonly value: string;
}
export type Operator = '=' | '!=' | '>=' | '<=' | '>' | '<';
/** The part of ENA's query language that Trawl's world needs. `all` is the empty query. */
export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'taxon'; readonly taxId: string; readonly subtree: boolean }
  | Comparison
  | { readonly kind: 'not'; readonly query: Query }
  | { readonly kind: 'and' | 'or'; readonly left: Query; readonly right: Query };
export type Parsed = { readonly outcome: 'parsed'; readonly query: Query } | { readonly outcome: 'refused'; readonly message: string };

interface Token {
  readonly type: 'symbol' | 'operator' | 'string' | 'word';
  readonly text: string;
}
class QuerySyntaxError extends Error {
  override readonly name = 'QuerySyntaxError';
}

const TOKEN = /\s*(?:([()])|(>=|<=|!=|=|>|<)|"([^"]*)"|([\w.:*+-]+))/y;
const ORDERED_VALUE = /^(\d{4}-\d{2}-\d{2}|-?\d+(\.\d+)?)$/;
// Far above any real query; below it a recursive parser cannot run out of stack.
const MAX_DEPTH = 200;

/** Parses the `query` parameter. ENA's words for a malformed query are not recorded: the messages are the stand-in's own. */
export function parseQuery(text: string): Parsed {
  if (text.trim() === '') return { outcome: 'parsed', query: { kind: 'all' } };
  try {
    return { outcome: 'parsed', query: new Parser(tokenize(text)).parse() };
  } catch (error) {
    if (error instanceof QuerySyntaxError) return { outcome: 'refused', message: error.message };
    throw error;
  }
}

/** Every column that the query compares, for the check against the searchable ones. */
export function fieldsOf(query: Query): readonly string[] {
  switch (query.kind) {
    case 'all':
    case 'taxon':
      return [];
    case 'compare':
      return [query.field];
    case 'not':
      return fieldsOf(query.query);
    default:
      return [...fieldsOf(query.left), ...fieldsOf(query.right)];
  }
}

/** Whether the row meets the query; `isWithin(taxId, ancestor)` knows the tree. An empty value meets no ordering. */
export function meets(
  query: Query,
  row: Readonly<Record<string, string>>,
  isWithin: (taxId: string, ancestor: string) => boolean,
): boolean {
  switch (query.kind) {
    case 'all':
      return true;
    case 'taxon':
      return query.subtree ? isWithin(row['tax_id'] ?? '', query.taxId) : row['tax_id'] === query.taxId;
    case 'compare':
      return compares(row[query.field] ?? '', query);
    case 'not':
      return !meets(query.query, row, isWithin);
    case 'and':
      return meets(query.left, row, isWithin) && meets(query.right, row, isWithin);
    case 'or':
      return meets(query.left, row, isWithin) || meets(query.right, row, isWithin);
  }
}

function compares(actual: string, { operator, value }: Comparison): boolean {
  if (operator === '=') return matches(actual, value);
  if (operator === '!=') return !matches(actual, value);
  if (actual === '') return false;
  const byNumber = !value.includes('-', 1);
  const difference = byNumber ? Number(actual) - Number(value) : actual < value ? -1 : actual > value ? 1 : 0;
  if (operator === '>=') return difference >= 0;
  if (operator === '<=') return difference <= 0;
  return operator === '>' ? difference > 0 : difference < 0;
}

function matches(actual: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return actual === pattern;
  if (!actual.startsWith(first) || actual.length < first.length + last.length || !actual.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = actual.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= actual.length - last.length;
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new QuerySyntaxError(`Invalid query: unexpected text at position ${at}`);
    const [, symbol, operator, quoted, word] = found;
    if (symbol !== undefined) tokens.push({ type: 'symbol', text: symbol });
    else if (operator !== undefined) tokens.push({ type: 'operator', text: operator });
    else if (quoted !== undefined) tokens.push({ type: 'string', text: quoted });
    else tokens.push({ type: 'word', text: word ?? '' });
  }
  return tokens;
}

class Parser {
  private at = 0;
  private depth = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Query {
    const query = this.either();
    const extra = this.tokens[this.at];
    if (extra !== undefined) throw new QuerySyntaxError(`Invalid query: unexpected '${extra.text}'`);
    return query;
  }

  private either(): Query {
    let left = this.both();
    while (this.takes('word', 'OR')) left = { kind: 'or', left, right: this.both() };
    return left;
  }

  private both(): Query {
    let left = this.single();
    while (this.takes('word', 'AND')) left = { kind: 'and', left, right: this.single() };
    return left;
  }

  private single(): Query {
    if (++this.depth > MAX_DEPTH) throw new QuerySyntaxError('Invalid query: nested too deeply');
    const query = this.takes('word', 'NOT') ? ({ kind: 'not', query: this.single() } as const) : this.primary();
    this.depth--;
    return query;
  }

  private primary(): Query {
    if (this.takes('symbol', '(')) {
      const inner = this.either();
      this.expect('symbol', ')');
      return inner;
    }
    const name = this.next('word').text;
    if (this.takes('symbol', '(')) return this.taxon(name);
    const operator = this.next('operator').text as Operator;
    const value = this.next('string', 'word').text;
    const isOrdering = operator !== '=' && operator !== '!=';
    if (isOrdering && !ORDERED_VALUE.test(value)) throw new QuerySyntaxError(`Invalid query: ${name} ${operator} needs a number or a date`);
    return { kind: 'compare', field: name, operator, value };
  }

  private taxon(name: string): Query {
    if (name !== 'tax_eq' && name !== 'tax_tree') throw new QuerySyntaxError(`Invalid query: unknown function ${name}`);
    const taxId = this.next('word').text;
    if (!/^\d+$/.test(taxId)) throw new QuerySyntaxError(`Invalid query: ${name} needs a taxonomy id`);
    this.expect('symbol', ')');
    return { kind: 'taxon', taxId, subtree: name === 'tax_tree' };
  }

  private takes(type: Token['type'], text: string): boolean {
    const token = this.tokens[this.at];
    if (token?.type !== type || token.text !== text) return false;
    this.at++;
    return true;
  }

  private expect(type: Token['type'], text: string): void {
    if (!this.takes(type, text)) throw new QuerySyntaxError(`Invalid query: expected '${text}'`);
  }

  private next(...types: readonly Token['type'][]): Token {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new QuerySyntaxError('Invalid query: it ends too early');
    if (!types.includes(token.type)) throw new QuerySyntaxError(`Invalid query: unexpected '${token.text}'`);
    return token;
  }
}
