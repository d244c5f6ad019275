import { show, status } from '../../../world/demo/observe';
import { beatToEnd, inside } from '../aws';
import { fetchedAgain } from '../archive';
import { cli, cliJson } from '../cli';
import { linksOf } from '../home';
import { jobFolders, untilQuiet, untilSource } from '../observe';
import { CAP_MILLISECONDS, makeStudy, type Standing } from './standing';

const STUDY = 'study:PRJEB99901';
const RUNS = ['ERR9990101', 'ERR9990102', 'ERR9990103'];
const JOB = 'study-PRJEB99901.1.1.a1.fetch';

/**
 * A plan above its limits. On the way, the first order of contract 6: the worker's *started* is recorded before the execution that will
 * wait for it exists.
 */
export function approval(standing: Standing): void {
  it(
    'holds a plan above its limits back until somebody approves it',
    async () => {
      await makeStudy(standing(), 'PRJEB99901', RUNS);
      await standing().ena.clearRequests();
      await cliJson(standing(), 'add', STUDY, '--max-runs', '2');
      const waits = await untilSource(standing(), STUDY, 'waiting', ({ source }) => source.phase === 'awaiting approval');
      expect(waits.batches.map((batch) => batch.status)).toEqual(['planned']);
      expect((await status(standing().access)).awaitingApproval).toEqual([
        { sourceId: STUDY, reason: expect.stringMatching(/3 runs/) as string },
      ]);
      expect((await cli(standing(), 'status')).stdout).toContain(`trawl approve ${STUDY}`);
    },
    CAP_MILLISECONDS,
  );

  it(
    'dispatches nothing of an approved plan while the source is paused',
    async () => {
      await cliJson(standing(), 'pause', STUDY);
      await cliJson(standing(), 'approve', STUDY);
      expect((await cli(standing(), 'check', STUDY)).stderr).toContain('paused');
      await beatToEnd(standing());
      const { source, batches } = await show(standing().access, STUDY);
      expect([source.paused, source.approval]).toEqual([true, 'approved']);
      expect(batches.map(({ status: word }) => word)).toEqual(['planned']);
      expect(jobFolders(standing()).filter((name) => name.startsWith('study-PRJEB99901'))).toEqual([]);
    },
    CAP_MILLISECONDS,
  );

  it(
    'goes on when it is resumed, although the worker’s first word was recorded before anybody waited for it',
    async () => {
      const { stores, history } = inside(standing());
      await stores.waits.settle(`${JOB}/started`, { outcome: 'started' });
      await cliJson(standing(), 'resume', STUDY);
      const { source, runs } = await untilSource(
        standing(),
        STUDY,
        'complete',
        (shown) => shown.source.phase === 'idle' && shown.source.lastRunStatus === 'complete',
      );
      expect([source.approval, runs.complete]).toEqual(['approved', 3]);
      await untilQuiet(standing());
      expect([...linksOf(standing(), STUDY).keys()]).toEqual(RUNS);
      expect(await fetchedAgain(standing())).toEqual([]);
      expect(await stores.waits.get(`${JOB}/started`)).toMatchObject({
        token: expect.any(String) as string,
        answeredAt: expect.any(String) as string,
      });
      const entered = (await history('process-batch', 'study-PRJEB99901.1.1.a1')).map(
        (event) => event.stateEnteredEventDetails?.name ?? '',
      );
      expect(entered.filter((name) => ['AwaitStarted', 'RunJob', 'AwaitSwept', 'SettleBatch'].includes(name))).toEqual([
        'AwaitStarted',
        'RunJob',
        'AwaitSwept',
        'SettleBatch',
      ]);
    },
    CAP_MILLISECONDS,
  );
}
