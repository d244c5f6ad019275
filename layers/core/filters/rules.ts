import { baseCount, fileCount, minDepth, readCount, runBytes } from './count-rules';
import { collectionDate, firstPublic, placeOrDate } from './day-rules';
import type { FilterDocument } from './document-schema';
import type { RuleKind } from './rule-kind';
import { center, country, taxon, vocabularyRule } from './word-rules';

/** All filter rules there are, by name. `trawl filter rules` prints them; docs/filters.md is made from them. */
export const FILTER_RULES = {
  platform: vocabularyRule('instrument_platform', { description: 'sequencing platform', example: { anyOf: ['ILLUMINA'] } }),
  'instrument-model': vocabularyRule('instrument_model', {
    description: 'model of the sequencer',
    example: { noneOf: ['Illumina Genome Analyzer', 'unspecified'] },
  }),
  strategy: vocabularyRule('library_strategy', { description: 'library strategy', example: { anyOf: ['WGS', 'WGA'] } }),
  source: vocabularyRule('library_source', { description: 'library source', example: { anyOf: ['GENOMIC'] } }),
  selection: vocabularyRule('library_selection', { description: 'library selection', example: { noneOf: ['PCR', 'RT-PCR'] } }),
  layout: vocabularyRule('library_layout', {
    description: 'library layout as submitted; what files there are is another matter: see file-count',
    example: { anyOf: ['PAIRED'] },
  }),
  taxon,
  center,
  country,
  'collection-date': collectionDate,
  'place-or-date': placeOrDate,
  'first-public': firstPublic,
  'base-count': baseCount,
  'min-depth': minDepth,
  'read-count': readCount,
  'file-count': fileCount,
  'run-bytes': runBytes,
} as const;
export type FilterRule = keyof typeof FILTER_RULES;
export const FILTER_RULE_NAMES = Object.keys(FILTER_RULES) as readonly FilterRule[];

export const isFilterRule = (rule: string): rule is FilterRule => Object.hasOwn(FILTER_RULES, rule);
/** A rule whose parameters are still to be read. */
export const ruleKind = (rule: FilterRule): RuleKind<unknown> => FILTER_RULES[rule] as RuleKind<unknown>;

/** Holds for every source that says nothing else: only what no worker could hold is left out. */
export const DEFAULT_FILTERS: FilterDocument = { v: 1, rules: [{ rule: 'run-bytes', parameters: { max: 500_000_000_000 } }] };
