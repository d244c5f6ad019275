import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { providersOf } from '../../../../layers/core/planning/providers-of';
import { approvalReason } from '../../../../layers/core/planning/approval';
import { dryRun, type DryRunAnswer } from '../../../../layers/core/planning/dry-run';
import { makespanRatio, planBatches, type PlanCaps } from '../../../../layers/core/planning/plan-batches';

const Caps: fc.Arbitrary<PlanCaps> = fc.record({
  maxRuns: fc.integer({ min: 1, max: 20 }),
  maxBytes: fc.integer({ min: 1, max: 5000 }),
  workers: fc.integer({ min: 1, max: 12 }),
  minBytes: fc.integer({ min: 0, max: 1000 }),
});
const Runs = fc
  .array(fc.integer({ min: 1, max: 1000 }), { maxLength: 80 })
  .map((sizes) => sizes.map((bytes, at) => ({ accession: `ERR${100000 + at}`, bytes })));

describe('a plan', () => {
  it('loses no run, doubles none, keeps the caps, and has no empty batch', () => {
    fc.assert(
      fc.property(Runs, Caps, (runs, caps) => {
        const batches = planBatches(runs, caps);
        const planned = batches.flatMap((batch) => batch.runs.map(({ accession }) => accession)).sort();
        expect(planned).toEqual(runs.map(({ accession }) => accession));
        for (const batch of batches) {
          expect(batch.runs.length).toBeGreaterThan(0);
          expect(batch.runs.length).toBeLessThanOrEqual(caps.maxRuns);
          expect(batch.bytes).toBe(batch.runs.reduce((sum, { bytes }) => sum + bytes, 0));
          if (batch.runs.length > 1) expect(batch.bytes).toBeLessThanOrEqual(caps.maxBytes);
        }
      }),
    );
  });

  it('is the same for the same runs in any order', () => {
    fc.assert(
      fc.property(
        Runs.chain((runs) => fc.tuple(fc.constant(runs), fc.shuffledSubarray(runs, { minLength: runs.length }))),
        Caps,
        ([runs, other], caps) => {
          expect(planBatches(other, caps)).toEqual(planBatches(runs, caps));
        },
      ),
    );
  });

  it('gives a run that is larger than a batch a batch of its own', () => {
    const runs = [50, 500, 60].map((bytes, at) => ({ accession: `ERR10000${at}`, bytes }));
    const plan = planBatches(runs, { maxRuns: 10, maxBytes: 200, workers: 1, minBytes: 0 });
    expect(plan.map(({ runs: some }) => some.map(({ bytes }) => bytes))).toEqual([[500], [50, 60]]);
  });

  it('keeps the number of runs also where small runs gather beside a large one', () => {
    const runs = [1000, ...Array<number>(9).fill(1)].map((bytes, at) => ({ accession: `ERR10000${at}`, bytes }));
    const plan = planBatches(runs, { maxRuns: 5, maxBytes: 2000, workers: 1, minBytes: 0 });
    expect(plan.map((batch) => batch.runs.length)).toEqual([5, 5]);
  });

  it('is not cut into pieces that are not worth a worker', () => {
    const runs = Array.from({ length: 100 }, (_, at) => ({ accession: `ERR${100000 + at}`, bytes: 10 }));
    const plan = (minBytes: number) => planBatches(runs, { maxRuns: 1000, maxBytes: 1e9, workers: 50, minBytes }).length;
    expect([plan(0), plan(100), plan(5000)]).toEqual([50, 10, 1]);
  });
});

describe('the makespan ratio', () => {
  it.each([
    { name: 'equal batches for all workers are perfect', batches: [5, 5, 5], workers: 3, largest: 5, ratio: 1 },
    { name: 'one batch too many doubles it', batches: [5, 5, 5, 5], workers: 3, largest: 5, ratio: 1.5 },
    { name: 'a batch goes to the worker that is free first', batches: [6, 3, 3, 2], workers: 2, largest: 1, ratio: 8 / 7 },
    { name: 'the largest run bounds the best there can be', batches: [9, 1], workers: 50, largest: 9, ratio: 1 },
    { name: 'nothing to do is perfect', batches: [], workers: 5, largest: 0, ratio: 1 },
  ])('$name', ({ batches, workers, largest, ratio }) => {
    expect(makespanRatio(batches, workers, largest)).toBeCloseTo(ratio, 10);
  });
});

const caps: PlanCaps = { maxRuns: 250, maxBytes: 200e9, workers: 50, minBytes: 500e6 };
const recorded = (path: string, keep: (column: string) => boolean = () => true): DryRunAnswer => {
  const [header = '', ...lines] = readFileSync(join(__dirname, '../../..', path), 'utf8')
    .trimEnd()
    .split('\n');
  const columns = header.split('\t');
  const rows = lines.map((line) => Object.fromEntries(line.split('\t').map((value, at) => [columns[at] ?? '', value])));
  return dryRun(
    columns.filter(keep),
    keep('') ? rows : rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => keep(column)))),
    { caps },
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
    expect(answer.outcome === 'planned' && answer.makespanRatio).toBeLessThanOrEqual(1.05);
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
    expect(dryRun([], [], { caps, filters: [{ rule: 'colour' }] })).toMatchObject({ outcome: 'invalid' });
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
