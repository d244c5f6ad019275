/** Faults of the laboratory's cluster that take all of it: its partition, database, node, rules and name. One after the other, on the real Slurm. */
import { castOf } from '../e2e/faults/cast';
import { causesOf, expectMendedAlone } from '../e2e/faults/expectations';
import { placeFor } from '../e2e/faults/place';
import {
  ENDED_BY_LIMIT,
  hostKeyChanged,
  nodeLost,
  pendingForEver,
  preempted,
  statesOf,
  timedOut,
  withoutDatabase,
} from './cluster/scenarios';

const NAMES = ['pending', 'no database', 'preempted', 'time limit', 'node failed', 'requeued', 'host key'] as const;
/** Told to end, an agent says so itself where it is left the time. */
const TOLD = expect.stringMatching(/^(cancelled|time-limit|slurm-timeout)$/) as string;

describe('the cluster', () => {
  jest.setTimeout(1_800_000);
  const place = placeFor('ministack', { name: 'cluster', overrides: { longPendingHours: 0.005 } });
  const { gather, the } = castOf(NAMES);
  beforeAll(() => gather(place()), 300_000);

  it('warns of a job that is left to wait, with the word of Slurm for why, and no more once it has started', async () => {
    const source = the('pending');
    const told = await pendingForEver(place(), source);
    expect(told).toContain('PartitionDown');
    await expectMendedAlone(place(), source);
    expect(await causesOf(source)).toEqual([['finished']]);
    expect((await source.now()).generatedWarning).toEqual([]);
  });

  it('goes from named to complete while accounting has no database', async () => {
    await withoutDatabase(place(), the('no database'));
    await expectMendedAlone(place(), the('no database'));
    expect(await causesOf(the('no database'))).toEqual([['finished']]);
  });

  it.each([
    { name: 'preempted', befalls: preempted, state: /^PREEMPTED/, cause: 'slurm-preempted' },
    { name: 'time limit', befalls: timedOut, state: ENDED_BY_LIMIT, cause: TOLD },
  ] as const)('takes up a job that Slurm ended ($name), and fetches only what is missing', async ({ name, befalls, state, cause }) => {
    await befalls(place(), the(name));
    expect(await statesOf(place(), the(name))).toEqual([expect.stringMatching(state)]);
    await expectMendedAlone(place(), the(name));
    expect(await causesOf(the(name))).toEqual([[cause, 'finished']]);
  });

  it('takes up what died with its node, whether or not Slurm starts it again', async () => {
    await nodeLost(place(), the('node failed'), the('requeued'));
    expect(await statesOf(place(), the('node failed'))).toEqual(['NODE_FAIL']);
    for (const name of ['node failed', 'requeued'] as const) await expectMendedAlone(place(), the(name));
    expect(await causesOf(the('node failed'))).toEqual([['slurm-node-fail', 'finished']]);
    expect(await causesOf(the('requeued'))).toEqual([['requeued', 'finished']]);
  });

  it('sends nothing to what answers with another host key at the head node’s address, and says so', async () => {
    const source = the('host key');
    expect(await hostKeyChanged(place(), source)).toContain('home-unknown');
    await expectMendedAlone(place(), source);
    expect(await causesOf(source)).toEqual([['finished']]);
  });
});
