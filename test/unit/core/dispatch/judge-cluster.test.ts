import { judgeCluster, type ClusterFacts, type ClusterNeeds } from '../../../../layers/core/dispatch/judge-cluster';

const WORK = { name: 'work', default: true, state: 'up', maxTimeMinutes: 1440, cpus: 8, memoryMb: 32_000 };
const FACTS: ClusterFacts = {
  ...{ slurmVersion: '22.05.8', accounting: true, java: 'openjdk 17', nextflow: '24.10.0', python: '3.11.2', rsync: 'rsync 3.2.7' },
  partitions: [WORK, { ...WORK, name: 'data', default: false, maxTimeMinutes: null }],
  ...{ revisions: { fetch: `0123456789ab${'0'.repeat(52)}` }, pullKey: 'ssh-ed25519 AAAA' },
};
const NEEDS: ClusterNeeds = {
  ...{ partition: 'work', dataPartition: 'data', resources: { cpus: 2, memoryMb: 4096, timeMinutes: 1440 } },
  ...{ pipelines: { fetch: '0123456789ab' }, homeFreeBytesMin: 1_000, pulls: true },
};
const missing = (facts: Partial<ClusterFacts>, needs: Partial<ClusterNeeds> = {}, freeBytes = 1_000) =>
  judgeCluster({ ...FACTS, ...facts }, freeBytes, { ...NEEDS, ...needs }).filter(({ state }) => state === 'missing');

test('a cluster that has all has a line for each, and nothing to do', () => {
  const lines = judgeCluster(FACTS, 1_000, NEEDS);
  expect(lines.map(({ what }) => what)).toEqual([
    ...['slurm', 'accounting', 'partition', 'dataPartition', 'python', 'java', 'nextflow', 'pipeline fetch', 'rsync', 'pull key'],
    'free space',
  ]);
  expect(lines.filter(({ state, todo }) => state !== 'ok' || todo !== undefined)).toEqual([]);
});

test.each<[string, Partial<ClusterFacts>, Partial<ClusterNeeds>, RegExp]>([
  ['slurm', { slurmVersion: null }, {}, /20\.11/],
  ['slurm', { slurmVersion: '19.05.5' }, {}, /20\.11/],
  ['accounting', { accounting: false }, {}, /slurmdbd/],
  ['partition', {}, { partition: 'big' }, /there is.*: work, data/],
  ['partition', { partitions: [{ ...WORK, default: false }] }, { partition: undefined, dataPartition: 'work' }, /work/],
  [
    'partition',
    {
      partitions: [
        { ...WORK, state: 'down' },
        { ...WORK, name: 'data' },
      ],
    },
    {},
    /State=UP/,
  ],
  ['partition', {}, { resources: { cpus: 99, memoryMb: 1, timeMinutes: 1 } }, /8 cpus, a job asks for 99/],
  ['partition', {}, { resources: { cpus: 1, memoryMb: 64_000, timeMinutes: 1 } }, /32000 MB/],
  ['partition', {}, { resources: { cpus: 1, memoryMb: 1, timeMinutes: 1441 } }, /1440 min/],
  ['dataPartition', {}, { dataPartition: 'none' }, /cluster\.dataPartition/],
  ['python', { python: '3.6.8' }, {}, /3\.8/],
  ['java', { java: null }, {}, /javaHome/],
  ['nextflow', { nextflow: null }, {}, /install-kit/],
  ['pipeline fetch', { revisions: {} }, {}, /0123456789ab is asked for/],
  ['rsync', { rsync: null }, {}, /install rsync/],
  ['pull key', { pullKey: null }, {}, /install-kit/],
])('%s that is not as needed is named, with what to do: %j', (what, facts, needs, todo) => {
  expect(missing(facts, needs)).toEqual([expect.objectContaining({ what, todo: expect.stringMatching(todo) as string })]);
});

test('no space below the least that dispatching leaves', () => {
  expect(missing({}, {}, 999)).toEqual([expect.objectContaining({ what: 'free space' })]);
});

test('what pulls is not needed where nothing is pulled', () => {
  expect(missing({ rsync: null, pullKey: null }, { pulls: false })).toEqual([]);
});
