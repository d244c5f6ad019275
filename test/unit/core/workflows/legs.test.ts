import { JOIN_MOST, planLegs } from '../../../../layers/core/planning/plan-children';
import type { Source } from '../../../../layers/core/entities';
import type { Stage } from '../../../../layers/core/wire';
import { legsOf } from '../../../../layers/core/workflows/legs';
import { aStage } from '../discovery/factories';

const stage = (name: string, more: Partial<Stage> = {}): Stage => aStage({ name, after: ['fetch'], ...more });
const FETCH = aStage();
const BOTH = ['slurm', 'droplet'];
const cut = (stages: readonly Stage[], provider: Source['provider'] = 'any', first = FETCH) =>
  legsOf([first, ...stages], { provider }, BOTH).map(({ stages: of, providers, isJoin, inputs }) => [
    of.map(({ name }) => name).join('+'),
    providers.join(),
    inputs.map(({ name }) => name).join('+'),
    isJoin,
  ]);

test.each<[string, readonly Stage[], Source['provider'], unknown]>([
  ['stages share a worker', [stage('look'), stage('trim')], 'any', [['fetch+look+trim', 'slurm,droplet', '', false]]],
  ['at a provider that can do them all', [stage('look', { providers: ['slurm'] })], 'any', [['fetch+look', 'slurm', '', false]]],
  [
    'a stage that the chosen provider cannot do is elsewhere, and what comes after it stays with it',
    [stage('look'), stage('build', { providers: ['slurm'] }), stage('tell')],
    'droplet',
    [
      ['fetch+look', 'droplet', '', false],
      ['build+tell', 'slurm', 'fetch+look', false],
    ],
  ],
  [
    'a join never shares the worker of what it joins, and runs where home is seen',
    [stage('look'), stage('compare', { join: true }), stage('tell')],
    'any',
    [
      ['fetch+look', 'slurm,droplet', '', false],
      ['compare+tell', 'slurm', 'fetch+look', true],
    ],
  ],
])('%s', (_, stages, provider, expected) => {
  expect(cut(stages, provider)).toEqual(expected);
});

test('a workflow may say where the files are fetched', () => {
  expect(cut([stage('look', { providers: ['slurm'] })], 'any', aStage({ providers: ['droplet'] }))).toEqual([
    ['fetch', 'droplet', '', false],
    ['look', 'slurm', 'fetch', false],
  ]);
});

const batch = (number: number, runs = 1) => ({
  runs: Array.from({ length: runs }, (_each, at) => ({ accession: `ERR${number}${String(at).padStart(4, '0')}`, bytes: 10, line: at })),
  bytes: 10 * runs,
  load: runs,
});
const THREE = legsOf([FETCH, stage('look', { providers: ['slurm'] }), stage('compare', { join: true })], { provider: 'droplet' }, BOTH);

test('each batch has a child where a stage is elsewhere, and all of them one where they are joined', () => {
  const plans = planLegs(THREE, [batch(2), batch(1)]);
  expect(plans.map(({ firstIndex, parents }) => [firstIndex, parents])).toEqual([
    [1, [[], []]],
    [3, [[1], [2]]],
    [5, [[3, 4]]],
  ]);
  const [joined] = plans[2]?.batches ?? [];
  expect(joined).toMatchObject({ bytes: 20, runs: [{ accession: 'ERR10000' }, { accession: 'ERR20000' }] });
});

test('a join of more than an item can hold is several, each of whole parents', () => {
  const [, , joins] = planLegs(THREE, [batch(1, JOIN_MOST.runs - 1), batch(2), batch(3), batch(4, JOIN_MOST.runs + 1)]);
  expect(joins?.parents).toEqual([[5, 6], [7], [8]]);
});
