import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { approvalReason } from '../../../../layers/core/planning/approval';
import { dryRun, type DryRunAnswer } from '../../../../layers/core/planning/dry-run';
import { ASSUMED_PACE } from '../../../../layers/core/planning/pace';
import type { PlanCaps } from '../../../../layers/core/planning/plan-batches';
import { providersOf } from '../../../../layers/core/planning/providers-of';

const byBytes: PlanCaps = { maxRuns: 250, maxBytes: 200e9, workers: 50, minBytes: 500e6 };
const caps: PlanCaps = { ...byBytes, time: { maxSeconds: 12 * 3600, pace: ASSUMED_PACE } };
const recorded = (path: string, keep: (column: string) => boolean = () => true, by = caps): DryRunAnswer => {
  const [header = '', ...lines] = readFileSync(join(__dirname, '../../..', path), 'utf8')
    .trimEnd()
    .split('\n');
  const columns = header.split('\t');
  const rows = lines.map((line) => Object.fromEntries(line.split('\t').map((value, at) => [columns[at] ?? '', value])));
  return dryRun(
    columns.filter(keep),
    keep('') ? rows : rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => keep(column)))),
    { caps: by },
  );
};
const COG_UK = 'fixtures/ena/read_run.cog-uk-PRJEB37886-2021-03.sample400.tsv';
const RIBOSEQ = 'world/ena/data/read_run.pysradb-riboseq-2020.tsv';

describe('a dry run', () => {
  it.each([
    { name: 'viral genomes', path: COG_UK, runs: 400, excluded: {} },
    { name: 'ribosome profiles', path: RIBOSEQ, runs: 1000, excluded: { 'no-files': 105 } },
  ])('keeps fifty workers evenly busy on recorded sizes: $name', ({ path, runs, excluded }) => {
    const answer = recorded(path);
    expect(answer).toMatchObject({ outcome: 'planned', runs, excluded, missingColumns: [] });
    expect(answer.outcome === 'planned' && answer.makespanRatio).toBeLessThanOrEqual(1.02);
    const balanced = recorded(path, undefined, byBytes);
    expect(balanced.outcome === 'planned' && balanced.makespanRatio).toBeLessThanOrEqual(1.02);
  });

  it('says what it could not do for want of a column', () => {
    const answer = recorded('world/ena/data/read_run.nao-PRJNA924011.filereport.tsv');
    expect(answer).toMatchObject({ outcome: 'planned', runs: 111, included: 110, excluded: { 'no-files': 1 } });
    expect(answer.outcome === 'planned' && answer.missingColumns).toEqual([
      { column: 'library_layout', neededFor: 'telling pairs from single files' },
      { column: 'fastq_md5', neededFor: 'the file rules' },
      { column: 'fastq_bytes', neededFor: 'the file rules and the size of batches' },
    ]);
  });

  it('does without links when sizes are there', () => {
    const answer = recorded(COG_UK, (column) => column === 'run_accession' || column === 'fastq_bytes');
    expect(answer).toMatchObject({ outcome: 'planned', included: 400, batches: expect.any(Array) as [] });
    expect(answer.outcome === 'planned' && answer.batches.length).toBe(50);
  });

  it('counts a run that comes twice once, and takes a table without rows', () => {
    const rows = [{ run_accession: 'ERR100001' }, { run_accession: 'ERR100001' }];
    expect(dryRun(['run_accession'], rows, { caps })).toMatchObject({ runs: 1, included: 1 });
    expect(dryRun(['run_accession'], [], { caps })).toMatchObject({ runs: 0, batches: [], makespanRatio: 1 });
  });

  it('refuses filters that it cannot read', () => {
    expect(dryRun([], [], { caps, filters: { v: 1, rules: [{ rule: 'colour' }] } })).toMatchObject({ outcome: 'invalid' });
  });
});

describe('a plan waits for approval', () => {
  const limits = { runs: 10, bytes: 1e9, dollars: 1 };
  it.each([
    { name: 'never at the limits', plan: { runs: 10, bytes: 1e9, dollars: 1 }, reason: undefined },
    { name: 'above the number of runs', plan: { runs: 11, bytes: 1, dollars: 0 }, reason: '11 runs, above the limit of 10' },
    { name: 'above the bytes', plan: { runs: 1, bytes: 2.55e12, dollars: 0 }, reason: '2550 GB, above the limit of 1.0 GB' },
    { name: 'above the money', plan: { runs: 1, bytes: 1, dollars: 1.5 }, reason: '1.50 dollars, above the limit of 1.00' },
  ])('$name', ({ plan, reason }) => {
    expect(approvalReason(plan, limits)).toBe(reason);
  });
});

describe('where a batch may run', () => {
  const configured = ['droplet', 'slurm'];
  it.each([
    { name: 'anywhere, in the order of the configuration', source: {}, stages: [{}], expected: ['droplet', 'slurm'] },
    { name: 'the same when that was said', source: { provider: 'any' }, stages: [{}], expected: ['droplet', 'slurm'] },
    { name: 'where the person chose', source: { provider: 'slurm' }, stages: [{}], expected: ['slurm'] },
    { name: 'only where every stage can', source: {}, stages: [{}, { providers: ['slurm'] }], expected: ['slurm'] },
    { name: 'nowhere, when the two exclude each other', source: { provider: 'droplet' }, stages: [{ providers: ['slurm'] }], expected: [] },
  ] as const)('$name', ({ source, stages, expected }) => {
    expect(
      providersOf(
        source,
        stages.map((one) => ('providers' in one ? { providers: [...one.providers] } : {})),
        configured,
      ),
    ).toEqual(expected);
  });
  it('where the person chose, also before the installation has it', () => {
    expect(providersOf({ provider: 'droplet' }, [{}], ['slurm'])).toEqual(['droplet']);
  });
});
