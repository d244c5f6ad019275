import { until } from '../../../world/demo/observe';
import { inside } from '../aws';
import { jobFolders, submitted, WAIT_SECONDS } from '../observe';
import { CAP_MILLISECONDS, type Standing } from './standing';

const BATCH = 'study-PRJEB28810.1.1';
const WORKER = `${BATCH}.a1`;
const WAITS = [`${WORKER}.fetch/started`, `${WORKER}.fetch/ended`, `${WORKER}/swept`];
const TOKEN_STATES = ['AwaitStarted', 'RunJob', 'AwaitSwept'];

/** Token and fact in either order (contract 6), for each of the three waits of a batch's life. */
export function eitherOrder(standing: Standing): void {
  it('had its tokens stored before the facts came, in the ordinary course', async () => {
    const { stores, history } = inside(standing());
    const entered = new Map(
      (await history('process-batch', WORKER)).map((event) => [event.stateEnteredEventDetails?.name ?? '', event.timestamp ?? new Date(0)]),
    );
    expect([...entered.keys()].filter((name) => TOKEN_STATES.includes(name))).toEqual(TOKEN_STATES);
    const ended = (await stores.jobs.get(`${WORKER}.fetch`))?.endedAt ?? '';
    expect(entered.get('RunJob')?.toISOString().localeCompare(ended)).toBe(-1);
  });

  it(
    'passes every wait at once when all facts were there first, and changes nothing by that',
    async () => {
      const { machines, stores, history } = inside(standing());
      const seen = async (): Promise<unknown> => ({
        batch: await stores.batches.get(BATCH),
        worker: await stores.workers.get(WORKER),
        folders: jobFolders(standing()).filter((name) => name.startsWith(WORKER)),
        submitted: (await submitted(standing())).filter((name) => name.includes(WORKER)),
      });
      const before = await seen();
      const facts = await Promise.all(WAITS.map(async (id) => (await stores.waits.get(id))?.fact));
      const again = `${WORKER}-again`;
      await machines.start('process-batch', again, { batchId: BATCH, attempt: 1, workerId: WORKER });
      const status = await until(
        'the second execution to end',
        WAIT_SECONDS,
        () => machines.status('process-batch', again),
        (word) => word !== 'RUNNING',
      );
      expect(status).toBe('SUCCEEDED');
      const entered = (await history('process-batch', again)).map((event) => event.stateEnteredEventDetails?.name ?? '');
      expect(entered.filter((name) => TOKEN_STATES.includes(name))).toEqual(TOKEN_STATES);
      expect(await Promise.all(WAITS.map(async (id) => (await stores.waits.get(id))?.fact))).toEqual(facts);
      expect(await seen()).toEqual(before);
    },
    CAP_MILLISECONDS,
  );
}
