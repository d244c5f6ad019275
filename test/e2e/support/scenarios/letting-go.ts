import { z } from 'zod';
import { events, until } from '../../../world/demo/observe';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cli, cliJson } from '../cli';
import { queued, untilQuiet, untilSource, WAIT_SECONDS } from '../observe';
import { CAP_MILLISECONDS, makeStudy, SHARING, type Standing } from './standing';

const STUDY = 'study:PRJEB99902';
const RUN = 'ERR9990201';
const Stays = z.object({ sourceId: z.string(), stays: z.array(z.string()) });

/** Cancelling what runs, and no longer following a source. */
export function lettingGo(standing: Standing): void {
  it(
    'ends a running batch when it is cancelled, and leaves no job behind',
    async () => {
      await makeStudy(standing(), 'PRJEB99902', [RUN]);
      await standing().ena.inject({ on: 'files', contains: RUN, times: 1_000, fault: { kind: 'stall', seconds: 600 } });
      await cliJson(standing(), 'add', STUDY);
      await untilSource(standing(), STUDY, 'running', ({ batches }) => batches.some(({ status }) => status === 'running'));
      expect((await cli(standing(), 'remove', STUDY)).stderr).toContain('cancel first');
      await cliJson(standing(), 'cancel', STUDY);
      const shown = await untilSource(
        standing(),
        STUDY,
        'cancelled',
        ({ source, batches }) => batches.every(({ status }) => status === 'cancelled') && source.phase === 'idle',
      );
      expect(shown.runs).toMatchObject({ known: 1, complete: 0 });
      await untilQuiet(standing());
      expect(await queued(standing())).toEqual([]);
    },
    CAP_MILLISECONDS,
  );

  it(
    'fetches what was cancelled at the next check',
    async () => {
      await standing().ena.clearFaults(RUN);
      await cliJson(standing(), 'check', STUDY);
      const { runs } = await untilSource(standing(), STUDY, 'complete', ({ source }) => source.lastRunStatus === 'complete');
      expect(runs.complete).toBe(1);
      await untilQuiet(standing());
    },
    CAP_MILLISECONDS,
  );

  it(
    'says what stays when a source is removed, and leaves it there',
    async () => {
      const sourceId = SHARING[0];
      const { stays } = Stays.parse(await cliJson(standing(), 'remove', sourceId));
      const { root } = standing().cluster;
      expect(stays.join('\n')).toContain(`${root}/runs/`);
      expect(stays.join('\n')).toContain('samplesheet.csv');
      expect(existsSync(join(root, 'sources', 'study-PRJEB28810', 'samplesheet.csv'))).toBe(true);
      expect((await cli(standing(), 'show', sourceId)).stderr).toContain('not followed here');
      const history = await until(
        'its history',
        WAIT_SECONDS,
        () => events(standing().access, sourceId),
        (items) => items.length > 0,
      );
      expect(history.map(({ type }) => type)).toContain('remove-asked');
    },
    CAP_MILLISECONDS,
  );
}
