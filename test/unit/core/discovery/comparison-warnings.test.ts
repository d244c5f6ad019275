import type { CycleSummary } from '../../../../layers/core/discovery/documents';
import { comparisonWarnings } from '../../../../layers/core/discovery/comparison-warnings';

const states = { complete: 0, claimed: 0, linked: 0, due: 0, failed: 0, excluded: 0, missing: 0, withdrawn: 0 };
const summaryOf = ({ states: some = {}, ...values }: Partial<Omit<CycleSummary, 'states'>> & { states?: Partial<typeof states> }) => ({
  ...{ v: 1 as const, sourceId: 'taxon:1', cycle: 1, known: 10, dueBytes: 0, excludedByRule: {} },
  changes: { new: 0, changed: 0, unchanged: 0, returned: 0, missing: 0, withdrawn: 0, unmatched: 0 },
  states: { ...states, ...some },
  ...values,
});

test.each([
  { name: 'nothing odd', summary: { states: { due: 10 } }, expected: [] },
  { name: 'a source without runs', summary: { known: 0 }, expected: [] },
  { name: 'half of the runs left out', summary: { states: { excluded: 5 }, excludedByRule: { platform: 5 } }, expected: [] },
  {
    name: 'more than half left out, the largest rule first',
    summary: { states: { excluded: 6 }, excludedByRule: { layout: 2, platform: 4 } },
    expected: [{ code: 'excluded-share', detail: '6 of 10 runs left out (60 %): 4 platform, 2 layout' }],
  },
  {
    name: 'withdrawn runs are no part of the share',
    summary: { states: { excluded: 3, withdrawn: 5 }, excludedByRule: { platform: 3 } },
    expected: [{ code: 'excluded-share', detail: '3 of 5 runs left out (60 %): 3 platform' }],
  },
  {
    name: 'links, checksums or sizes that are not there',
    summary: { states: { excluded: 3 }, excludedByRule: { 'files-incomplete': 1, 'no-files': 1, platform: 1 } },
    expected: [{ code: 'files-missing', detail: '2 runs left out: 1 files-incomplete, 1 no-files' }],
  },
  {
    name: 'files that decided on the layout; an orphan beside a whole pair is no such thing',
    summary: { notes: { 'single-file-of-paired': 2, 'pair-of-single': 1, 'orphan-left-out': 9 } },
    expected: [{ code: 'layout-inferred', detail: '3 runs: 2 single-file-of-paired, 1 pair-of-single' }],
  },
  {
    name: 'files that ENA does not show for a while',
    summary: { notes: { 'files-not-shown': 1 } },
    expected: [{ code: 'files-not-shown', detail: '1 run, kept with the files known' }],
  },
])('$name', ({ summary, expected }) => {
  expect(comparisonWarnings(summaryOf(summary))).toEqual(expected);
});
