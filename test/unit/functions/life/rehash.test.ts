import type { PlannedRun } from '../../../../layers/core/wire';
import { complete, damage, job, outcomeOf, SOURCE, VERIFY, verifying } from './home';
import { lifeWorld, runOf, type World } from './world';

describe('hashing again', () => {
  const atHome = async (...runs: readonly PlannedRun[]): Promise<World> => {
    const world = lifeWorld({ twice: true });
    await world.plan(SOURCE, [runs]);
    await complete(world, ...runs);
    return world;
  };

  test('a source that is whole says since when, and a pass that is cut by its bytes goes on', async () => {
    const world = await atHome(runOf(1), runOf(2));
    await verifying(world);
    expect(world.cluster.jobs.get(job('rehash'))?.request.spec).toMatchObject({ aside: false, before: 1, entries: [{}, {}] });
    await world.cluster.report(job('rehash'), { runs: [], checked: 1, bytes: 100, left: 1 });
    expect((await world.stores.sources.get(SOURCE))?.homeVerifiedAt).toBeUndefined();
    await world.cluster.report(job('rehash', 2), { runs: [], checked: 1, bytes: 100, left: 0 });
    expect(await world.stores.operations.get(VERIFY)).toMatchObject({ status: 'done', result: { counts: { checked: 2 }, bytes: 200 } });
    expect(await world.stores.sources.get(SOURCE)).toMatchObject({ homeVerifiedAt: world.now().toISOString() });
  });

  test('damage asks for a person and names file, expected and found', async () => {
    const world = await atHome(runOf(1), runOf(2));
    await verifying(world);
    await world.cluster.report(job('rehash'), { runs: [damage(runOf(1))], checked: 2, bytes: 200, left: 0 });
    const source = await world.stores.sources.get(SOURCE);
    expect(source?.needsAttention).toMatchObject({ reason: 'results-damaged', step: 'settle-tending' });
    expect(source?.needsAttention?.detail).toContain('runs/ERR000001/x.fastq.gz: md5, expected a, found b');
    expect(await world.stores.operations.get(VERIFY)).toMatchObject({ status: 'done', result: { counts: { checked: 2, damaged: 1 } } });
    expect(await outcomeOf(world, runOf(1))).toBe('complete');
  });

  test('what was set aside is due again, the attention is over, and the next comparison looks it up', async () => {
    const world = await atHome(runOf(1), runOf(2));
    await verifying(world);
    await world.cluster.report(job('rehash'), { runs: [damage(runOf(1))], checked: 2, bytes: 200, left: 0 });
    const again = '20260101T000000001Z-verify-abc';
    await verifying(world, { refetch: true }, again);
    const name = job('rehash').replace('000-abc', '001-abc');
    expect(world.cluster.jobs.get(name)?.request.spec).toMatchObject({ aside: true });
    await world.cluster.report(name, { runs: [damage(runOf(1), 'aside')], checked: 1, bytes: 100, left: 0 });
    expect([await outcomeOf(world, runOf(1)), await outcomeOf(world, runOf(2))]).toEqual([undefined, 'complete']);
    const source = await world.stores.sources.get(SOURCE);
    expect(source).toMatchObject({ checkRequested: true });
    expect(source?.homeRevision).toBeGreaterThan(0);
    expect(source?.needsAttention).toBeUndefined();
  });

  test('a source with nothing at home needs no job', async () => {
    const world = lifeWorld();
    await world.plan(SOURCE, []);
    await verifying(world);
    expect([...world.cluster.jobs.keys()]).toEqual([]);
    expect(await world.stores.operations.get(VERIFY)).toMatchObject({ status: 'done', detail: 'nothing was found to do' });
  });

  test('the schedule takes the sources that were not seen whole for long, one pass each, and makes one operation', async () => {
    const world = await atHome(runOf(1));
    const scheduled = { id: 'event', operationId: 'scheduled' };
    await world.machines.start('tend-home', 'tick-1', scheduled);
    await world.machines.settled();
    expect((await world.stores.operations.list()).items).toEqual([]);
    world.pass(91 * 86_400);
    await settleCounts(world);
    await world.machines.start('tend-home', 'tick-2', scheduled);
    await world.machines.settled();
    const { items } = await world.stores.operations.list();
    expect(items).toMatchObject([{ kind: 'verify', actor: 'schedule', request: { sources: [SOURCE], once: true } }]);
    const [open] = world.cluster.open('rehash');
    await world.cluster.report(open ?? '', { runs: [], checked: 1, bytes: 100, left: 3 });
    expect((await world.stores.operations.list()).items).toMatchObject([{ status: 'done', result: { counts: { left: 3 } } }]);
    expect((await world.stores.sources.get(SOURCE))?.homeVerifiedAt).toBeUndefined();
  });
});

/** As publishing leaves them: only sources with something at home are hashed again by schedule. */
async function settleCounts(world: World): Promise<void> {
  const source = await world.stores.sources.get(SOURCE);
  if (!source) throw new Error('no source');
  const event = { entityId: SOURCE, sourceId: SOURCE, at: world.now().toISOString(), type: 'test', actor: 'test' };
  await world.stores.sources.change(source, { counts: { ...source.counts, complete: 1 } }, event);
}
