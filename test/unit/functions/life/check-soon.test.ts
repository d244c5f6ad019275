/** What a person changes about a source while its batches run or its cycle runs is looked at soon after, not at the next regular check. */
import { setFilters } from '../../../../layers/core/api/set-filters';
import { settleCycle } from '../../../../layers/core/discovery/settle-cycle';
import { filtersVersion } from '../../../../layers/core/filters/version';
import { changeSettings } from '../../../../layers/core/sources/change-settings';
import { mayStartCycle } from '../../../../layers/core/use-cases/start-cycle';
import { lifeWorld, runOf, type World } from './world';

const SOURCE = 'study:PRJEB1';
const FETCH = 'study-PRJEB1.1.1.a1';
const document = { v: 1, rules: [{ rule: 'strategy', parameters: { anyOf: ['WGS'] } }] };
const extraQuery = { field: 'library_strategy', operator: '=', value: 'WGS' } as const;

const CHANGES = {
  filters: async (world: World) => {
    const version = filtersVersion((await world.stores.sources.get(SOURCE))!);
    expect(await setFilters(world.deps, SOURCE, { version, document, actor: 'ada' })).toMatchObject({ outcome: 'set' });
  },
  'a query of its own': async (world: World) => {
    expect(await changeSettings(world.deps, SOURCE, { extraQuery }, 'ada')).toMatchObject({ outcome: 'changed' });
  },
} as const;
const isDue = async (world: World): Promise<boolean> =>
  (await world.stores.sources.due(world.now().toISOString(), 9)).filter(mayStartCycle).some(({ sourceId }) => sourceId === SOURCE);

describe.each(Object.entries(CHANGES))('%s', (_, change) => {
  test.each(['running', 'publishing'])('set while it is %s', async (phase) => {
    const world = lifeWorld();
    await world.plan(SOURCE, [[runOf(1)]]);
    await world.dispatch();
    await world.cluster.start(`${FETCH}.fetch`);
    await world.cluster.finishRun(`${FETCH}.fetch`);
    if (phase === 'running') await change(world);
    await world.cluster.finishVerify(`${FETCH}.verify-1`);
    expect(await world.stores.sources.get(SOURCE)).toMatchObject({ phase: 'publishing' });
    if (phase === 'publishing') await change(world);
    await world.cluster.finishIndex('study-PRJEB1.1.index-1');
    expect(await world.stores.sources.get(SOURCE)).toMatchObject({ phase: 'idle' });
    expect(await isDue(world)).toBe(true);
  });

  test('set while its cycle runs', async () => {
    const world = lifeWorld();
    await world.plan(SOURCE, []);
    const event = { entityId: SOURCE, sourceId: SOURCE, at: world.now().toISOString(), type: 'test', actor: 'test' };
    const cycle = { phase: 'idle', cycleRunning: true, cycleStartedAt: world.now().toISOString() } as const;
    await world.stores.sources.change((await world.stores.sources.get(SOURCE))!, cycle, event);
    await change(world);
    await settleCycle(world.deps, SOURCE, 1, { outcome: 'good', detail: 'x', warnings: [] });
    expect(await isDue(world)).toBe(true);
  });
});
