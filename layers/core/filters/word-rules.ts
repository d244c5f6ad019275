import { z } from 'zod';
import { COMMON_NAMES, COUNTRIES } from './countries';
import { meant } from './nearest';
import { NOT_GIVEN, type FilterColumn, type Remark, type RuleKind } from './rule-kind';
import { VOCABULARY } from './vocabulary';

/** Words of one list; a document is limited in bytes besides. */
const WORDS_LIMIT = 500;
/** Words that a reason names; it is kept with every run that it leaves out. */
const NAMED_WORDS = 6;

interface Lists<W> {
  readonly anyOf?: readonly W[] | undefined;
  readonly noneOf?: readonly W[] | undefined;
  readonly notGiven?: (typeof NOT_GIVEN)[number] | undefined;
}
export type WordParameters = Lists<string>;

/** `anyOf` and `noneOf`, at least one of them, without a word that stands in both. */
function listsOf<W extends string | number>(word: z.ZodType<W>, keyOf: (word: W) => string): z.ZodType<Lists<W>> {
  const list = z.array(word).min(1).max(WORDS_LIMIT);
  const lists = z.strictObject({
    anyOf: list.optional().describe('left out unless it is one of these'),
    noneOf: list.optional().describe('left out when it is one of these'),
    notGiven: z.enum(NOT_GIVEN).optional().describe('a run without a value: exclude when not set and anyOf is there, else include'),
  });
  return lists.check(({ value: { anyOf, noneOf }, issues, value: input }) => {
    if (anyOf === undefined && noneOf === undefined) issues.push({ code: 'custom', input, message: 'needs anyOf, noneOf or both' });
    const wanted = new Set((anyOf ?? []).map(keyOf));
    for (const [at, one] of (noneOf ?? []).entries()) {
      const message = `contradicts anyOf, which names ${JSON.stringify(one)} too`;
      if (wanted.has(keyOf(one))) issues.push({ code: 'custom', input, path: ['noneOf', at], message });
    }
  });
}

const named = (words: readonly (string | number)[]): string =>
  words.length <= NAMED_WORDS
    ? words.join(' or ')
    : `${words.slice(0, NAMED_WORDS).join(' or ')} or ${words.length - NAMED_WORDS} other words`;

interface WordRule<W> {
  readonly column: FilterColumn;
  readonly description: string;
  readonly example: Lists<W>;
  readonly word: z.ZodType<W>;
  /** What is compared of a value, and of a word; the empty text stands for *not given*. */
  readonly keyOf: (text: string) => string;
  readonly remark?: (word: W) => string | undefined;
}

function wordRule<W extends string | number>({ column, word, keyOf, remark, ...texts }: WordRule<W>): RuleKind<Lists<W>> {
  return {
    ...texts,
    columns: [column],
    parameters: listsOf(word, (one) => keyOf(String(one))),
    judge: ({ anyOf, noneOf, notGiven = anyOf === undefined ? 'include' : 'exclude' }) => {
      const wanted = anyOf && new Set(anyOf.map((one) => keyOf(String(one))));
      const unwanted = new Set((noneOf ?? []).map((one) => keyOf(String(one))));
      const notWanted = anyOf === undefined ? '' : `, not ${named(anyOf)}`;
      return ({ row }) => {
        const key = keyOf(row[column]);
        if (key === '') return notGiven === 'include' ? undefined : `${column} is not given${notWanted}`;
        if (wanted?.has(key) === false) return `${column} is ${row[column]}${notWanted}`;
        return unwanted.has(key) ? `${column} is ${row[column]}, which is not wanted` : undefined;
      };
    },
    remarks: ({ anyOf = [], noneOf = [] }) => [...remarksOn('anyOf', anyOf, remark), ...remarksOn('noneOf', noneOf, remark)],
  };
}

const remarksOn = <W>(list: string, words: readonly W[], remark: WordRule<W>['remark'] = () => undefined): readonly Remark[] =>
  words.flatMap((word, at) => {
    const message = remark(word);
    return message === undefined ? [] : [{ path: [list, at], message }];
  });

const Word = z.string().min(1).max(200);
const lowerCase = (text: string): string => text.trim().toLowerCase();

/** ENA's own words of a column; letter case does not count here, although it does in ENA's own search. */
export const vocabularyRule = (
  column: keyof typeof VOCABULARY,
  texts: { readonly description: string; readonly example: WordParameters },
): RuleKind<WordParameters> => {
  const known: readonly string[] = VOCABULARY[column];
  const keys = new Set(known.map(lowerCase));
  const remark = (word: string): string | undefined =>
    keys.has(lowerCase(word)) ? undefined : `${JSON.stringify(word)} is no ${column} that ENA is known to use${meant(word, known)}`;
  return wordRule({ column, ...texts, word: Word, keyOf: lowerCase, remark });
};

export const center: RuleKind<WordParameters> = wordRule({
  column: 'center_name',
  description: 'the submitting center, by its whole name as ENA writes it',
  example: { noneOf: ['Postdoc'] },
  word: Word,
  keyOf: lowerCase,
});

export const taxon: RuleKind<Lists<number>> = wordRule({
  column: 'tax_id',
  description: 'the taxon that the run itself carries; what lies below it is not meant',
  example: { noneOf: [9606] },
  word: z.number().int().positive(),
  keyOf: lowerCase,
});

/** What INSDC has submitters write where there is no value, and what they wrote before it was settled. */
const MISSING = new Set([
  ...['not applicable', 'not collected', 'not provided', 'restricted access', 'missing'],
  ...['not available', 'not determined', 'not recorded', 'unknown', 'unspecified', 'none', 'null', 'na', 'n/a', 'nan', '-', '.'],
]);
/** The text, or the empty text where it only says that there is no value (`missing: third party data`). */
export const given = (text: string): string => {
  const [before = ''] = text.split(':');
  return MISSING.has(lowerCase(before)) ? '' : text.trim();
};
/** `USA: Ponca City, OK` is the country `usa`. */
const countryOf = (text: string): string => lowerCase(given(text).split(':')[0] ?? '');

export const country: RuleKind<WordParameters> = wordRule({
  column: 'country',
  description: 'country or sea where the sample was taken: what stands before the colon in ENA’s country',
  example: { anyOf: ['United Kingdom', 'Ireland'], notGiven: 'include' },
  word: Word.refine((text) => countryOf(text) !== '', 'says that there is no value: use notGiven'),
  keyOf: countryOf,
  remark: remarkOnCountry,
});

function remarkOnCountry(word: string): string | undefined {
  const name = (word.split(':')[0] ?? '').trim();
  const key = countryOf(word);
  if (word.includes(':')) return `only ${JSON.stringify(name)} is compared: the place behind the colon is not`;
  if (COUNTRIES.some((known) => lowerCase(known) === key)) return undefined;
  const common = COMMON_NAMES[key];
  const hint = common === undefined ? meant(name, COUNTRIES) : `; did you mean ${JSON.stringify(common)}?`;
  return `${JSON.stringify(name)} is no country that INSDC is known to use${hint}`;
}
