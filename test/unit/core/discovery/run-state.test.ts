import type { Claim, Outcome } from '../../../../layers/core/records';
import type { RunRecord } from '../../../../layers/core/discovery/documents';
import { judgeRun, recordOf, type JudgeContext } from '../../../../layers/core/discovery/judge-run';
import { runState } from '../../../../layers/core/discovery/run-state';
import { aRow } from './factories';

const context: JudgeContext = { rules: [], fileBaseUrl: 'https://ftp.sra.ebi.ac.uk', stage: { name: 'fetch', revision: '0123456789ab' } };
const now = new Date('2026-01-10T00:00:00.000Z');
const asked = { sourceId: 'study:PRJEB1', now };
const judged = judgeRun({ change: 'new', row: aRow() }, context);
const known = (state: RunRecord['state'], values: Partial<RunRecord> = {}): RunRecord => ({ ...judged, state, ...values });
const outcome = (result: Outcome['result'], at: string): Outcome => ({
  fetchKey: judged.fetchKey,
  result,
  batchId: 'study-PRJEB1.1.1',
  bytes: 1,
  at,
});
const claim: Claim = {
  fetchKey: judged.fetchKey,
  holder: 'study-PRJEB1.1.1',
  waiters: [],
  claimedAt: now.toISOString(),
};
const excluded = judgeRun({ change: 'new', row: aRow({ fastq_ftp: '' }) }, context);
const missing = judgeRun({ change: 'missing', previous: known('due') }, context);
const withdrawn = judgeRun({ change: 'missing', previous: known('due', { missedListings: 2 }) }, context);

describe('a run is', () => {
  it.each([
    { state: 'due', when: 'nobody has it', judged, facts: {} },
    { state: 'claimed', when: 'a batch of this source fetches it', judged, facts: { claim } },
    { state: 'linked', when: 'a batch of another source fetches it', judged, facts: { claim: { ...claim, holder: 'taxon-9031.1.1' } } },
    {
      state: 'linked',
      when: 'the source that fetches it only begins alike',
      judged,
      facts: { claim: { ...claim, holder: 'study-PRJEB11.1.1' } },
    },
    { state: 'complete', when: 'it is verified', judged, facts: { outcome: outcome('complete', '2020-01-01T00:00:00.000Z') } },
    {
      state: 'complete',
      when: 'it is verified though still claimed',
      judged,
      facts: { claim, outcome: outcome('complete', now.toISOString()) },
    },
    { state: 'complete', when: 'the last cycle knew it verified with these files', judged, facts: { previous: known('complete') } },
    { state: 'due', when: 'it is verified with other files', judged, facts: { previous: known('complete', { fetchKey: 'other' }) } },
    { state: 'failed', when: 'it failed six days ago', judged, facts: { outcome: outcome('failed', '2026-01-04T00:00:00.000Z') } },
    { state: 'due', when: 'it failed seven days ago', judged, facts: { outcome: outcome('failed', '2026-01-03T00:00:00.000Z') } },
    { state: 'excluded', when: 'a rule leaves it out', judged: excluded, facts: {} },
    { state: 'missing', when: 'it is not listed and was never fetched', judged: missing, facts: {} },
    { state: 'complete', when: 'it is not listed after it was verified', judged: missing, facts: { previous: known('complete') } },
    { state: 'excluded', when: 'it is not listed and was left out', judged: { ...excluded, change: 'missing' as const }, facts: {} },
    { state: 'withdrawn', when: 'it vanished before it was fetched', judged: withdrawn, facts: {} },
    { state: 'claimed', when: 'it vanished while it is fetched', judged: withdrawn, facts: { claim } },
    { state: 'complete', when: 'it vanished after it was verified', judged: withdrawn, facts: { previous: known('complete') } },
    { state: 'withdrawn', when: 'it vanished and was left out', judged: { ...excluded, change: 'withdrawn' as const }, facts: {} },
  ])('$state when $when', ({ state, judged: run, facts }) => {
    expect(runState(run, facts, { ...asked, isManual: false })).toBe(state);
  });

  it('due at once after a failure when a person asks', () => {
    expect(runState(judged, { outcome: outcome('failed', now.toISOString()) }, { ...asked, isManual: true })).toBe('due');
  });
});

it('a run is missing before it is withdrawn, for three good listings', () => {
  const seen: (readonly [string, number])[] = [];
  let previous: RunRecord = known('complete');
  for (let listings = 1; listings <= 4; listings += 1) {
    const run = judgeRun({ change: 'missing', previous }, context);
    seen.push([run.change, run.missedListings]);
    previous = recordOf(run, 'complete');
  }
  expect(seen).toEqual([
    ['missing', 1],
    ['missing', 2],
    ['withdrawn', 3],
    ['withdrawn', 3],
  ]);
  expect(previous).toMatchObject({ filesHash: judged.filesHash, files: judged.files, metadata: judged.metadata });
});

describe('a run whose files ENA does not show any more', () => {
  const blank = judgeRun(
    { change: 'changed', row: aRow({ fastq_ftp: '', fastq_md5: '', fastq_bytes: '' }), previous: known('due') },
    context,
  );
  it.each(['complete', 'claimed', 'linked'] as const)('stays as it was while it is %s', (state) => {
    expect(recordOf(blank, state)).toMatchObject({ verdict: 'included', state, filesHash: judged.filesHash, note: 'files-not-shown' });
  });
  it.each(['due', 'failed'] as const)('is left out while it is %s', (state) => {
    expect(recordOf(blank, state)).toMatchObject({ verdict: 'excluded', rule: 'no-files', state: 'excluded', files: [] });
  });
  it('is told alike in each cycle where a filter leaves it out', () => {
    const row = aRow({ fastq_ftp: '', fastq_md5: '', fastq_bytes: '' });
    const filtered: JudgeContext = {
      ...context,
      rules: [{ rule: 'strategy', columns: [], parameters: {}, from: 'source', excludes: () => 'RNA-Seq is not WGS' }],
    };
    const first = recordOf(judgeRun({ change: 'unchanged', row, previous: known('complete') }, filtered), 'excluded');
    const second = recordOf(judgeRun({ change: 'unchanged', row, previous: first }, filtered), 'excluded');
    expect(first).toMatchObject({ verdict: 'excluded', rule: 'no-files', files: [] });
    expect(second).toEqual(first);
  });
});
