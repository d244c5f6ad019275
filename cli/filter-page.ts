import { z } from 'zod';
import { DEFAULT_FILTERS, FILTER_RULE_NAMES, ruleKind, type FilterRule } from '../layers/core/filters/rules';

export interface RuleDescription {
  readonly rule: FilterRule;
  readonly description: string;
  readonly columns: readonly string[];
  /** JSON Schema. */
  readonly parameters: unknown;
  readonly example: { readonly rule: string; readonly parameters: unknown };
  /** Parameters that hold where a source says nothing; absent: the rule is off then. */
  readonly default?: unknown;
}

/** The rules table as data. */
export const describedRules = (): readonly RuleDescription[] =>
  FILTER_RULE_NAMES.map((rule) => {
    const { description, columns, parameters, example } = ruleKind(rule);
    const set = DEFAULT_FILTERS.rules.find((one) => one.rule === rule)?.parameters;
    return {
      rule,
      description,
      columns,
      parameters: z.toJSONSchema(parameters),
      example: { rule, parameters: example },
      ...(set === undefined ? {} : { default: set }),
    };
  });

const Described = z.looseObject({ properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })).default({}) });
/** Name and meaning of each parameter. */
export const parametersOf = ({ parameters }: RuleDescription): readonly (readonly [string, string])[] =>
  Object.entries(Described.parse(parameters).properties).map(([name, { description = '' }]) => [name, description]);

/** The canonical chain of the systems that Trawl follows, for a genome of 4.6 million bases. */
export const EXAMPLE_DOCUMENT = {
  v: 1,
  rules: [
    { rule: 'platform', parameters: { anyOf: ['ILLUMINA'] } },
    { rule: 'strategy', parameters: { anyOf: ['WGS'] } },
    { rule: 'source', parameters: { anyOf: ['GENOMIC'] } },
    { rule: 'layout', parameters: { anyOf: ['PAIRED'] } },
    { rule: 'min-depth', parameters: { genomeBases: 4_600_000, depth: 20 } },
    { rule: 'place-or-date', parameters: {} },
    { rule: 'run-bytes', off: true },
  ],
};

const INTRODUCTION = `# Filters

<!-- Written by "npx trawl filter rules --markdown" from the rules table in layers/core/filters/rules.ts; a test holds it in step. -->

A source's filters say which of its runs are fetched. They are a JSON document; this one asks for what earlier systems asked for:

\`\`\`json
${JSON.stringify(EXAMPLE_DOCUMENT, null, 2).replace(/\{\s+"rule": [^]*?\n {4}\}/g, (rule) => rule.replace(/\s*\n\s*/g, ' '))}
\`\`\`

- Rules are asked in order: the defaults first, each replaced in its place (or turned off, \`"off": true\`) where the source names it, then the source's
  other rules as they stand. **The first rule that leaves a run out is kept with it**, with the reason in words (\`trawl show --runs excluded\`).
- \`{"v": 1, "rules": []}\` is the defaults alone: \`${JSON.stringify(DEFAULT_FILTERS.rules)}\`.
- An installation may have defaults of its own: \`filters\` in its configuration, a document of this form. Its rules replace the built-in defaults, turn
  them off and follow them, for every source; \`trawl filter show SOURCE\` tells whose each rule is. After a deployment that changes them the next check judges all runs anew.
- Before all of them come the **file rules**, which cannot be turned off: what has no file, unequal lists, no checksum or no whole pair cannot be fetched
  (\`layers/core/discovery/file-rules.ts\`, ADR 0005).
- Words are compared without regard to letter case. A word that ENA is not known to use gets a warning with the nearest one, and is not refused.
- A value that is not there is no value that is wrong: unknown counts pass, and \`notGiven\` says what becomes of the others.

## Use

\`\`\`sh
npx trawl filter check filters.json               # every problem at once, with its place; needs no installation
npx trawl plan --listing report.tsv --filters filters.json    # what they do to a saved ENA report; needs none either
npx trawl filter preview taxon:562 filters.json   # what would change: runs, bytes, by rule, with examples
npx trawl filter set taxon:562 filters.json       # shows the same and asks
npx trawl filter show taxon:562
\`\`\`

The preview judges every run of the source's last good listing; where 20 s are not enough it says how many it judged. \`set\` is refused when filters or
listing changed since the preview (409). The source is then checked soon, and that cycle judges all runs anew. Runs that are at home and become
excluded keep their results; they leave the samplesheet. Batches that run go on.

## Rules
`;

/** docs/filters.md. */
export function filterPage(): string {
  const sections = describedRules().map((described) => {
    const { rule, description, columns, example, default: set } = described;
    const parameters = parametersOf(described).map(([name, meaning]) => `- \`${name}\`: ${meaning}`);
    const facts = [`Reads ${columns.map((column) => `\`${column}\``).join(', ')}.`];
    if (set !== undefined) facts.push(`On by default: \`${JSON.stringify(set)}\`.`);
    return [
      `### ${rule}\n\n${description.charAt(0).toUpperCase()}${description.slice(1)}. ${facts.join(' ')}\n`,
      parameters.length === 0 ? 'No parameters: `{}`.\n' : `${parameters.join('\n')}\n`,
      `\`\`\`json\n${JSON.stringify(example)}\n\`\`\`\n`,
    ].join('\n');
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}
