import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { agreeingWithArchive, filesAtHome, type HomeFile } from '../../../world/demo/check-home';
import { show } from '../../../world/demo/observe';
import { fetchedRuns } from '../archive';
import { cliJson } from '../cli';
import { linksOf, samplesheetOf, versionsOf } from '../home';
import { untilQuiet, untilSettled } from '../observe';
import { CAP_MILLISECONDS, SHARING, type Standing } from './standing';

/** A run that both sharing sources have. */
const SHARED = 'ERR2812328';

const cycleOf = async (standing: Standing, sourceId: string): Promise<number> =>
  z.number().parse((await show(standing().access, sourceId)).source['cycle']);
const filesOf = async (standing: Standing): Promise<readonly HomeFile[]> =>
  (await filesAtHome(standing().cluster.root)).filter(({ accession }) => accession === SHARED);

/** ENA replaces a file and leaves every date as it was. */
export function changedFile(standing: Standing): void {
  it(
    'fetches a file again whose md5 changed at ENA while its dates did not, beside the old one',
    async () => {
      const { ena, cluster } = standing();
      const rowBefore = await ena.row(SHARED);
      const [old] = await filesOf(standing);
      const oldStat = statSync(join(cluster.root, 'runs', old?.path ?? ''), { bigint: true });
      const row = await ena.change({ kind: 'regenerate', accession: SHARED });
      expect(row['fastq_md5']).not.toBe(rowBefore['fastq_md5']);
      expect([row['last_updated'], row['first_public']]).toEqual([rowBefore['last_updated'], rowBefore['first_public']]);
      await ena.clearRequests();

      const cycle = await cycleOf(standing, SHARING[0]);
      await cliJson(standing(), 'check', SHARING[0]);
      const [shown] = await untilSettled(standing(), [SHARING[0]], cycle + 1);
      expect(shown?.source.lastRunStatus).toBe('complete');
      await untilQuiet(standing());

      expect(await fetchedRuns(standing())).toEqual([SHARED]);
      expect(versionsOf(standing(), SHARED)).toHaveLength(2);
      const files = await filesOf(standing);
      const fresh = files.find(({ path }) => path !== old?.path);
      expect(fresh?.md5).toBe(row['fastq_md5']);
      expect(await agreeingWithArchive(files, ena)).toEqual([fresh]);
      expect(files.find(({ path }) => path === old?.path)).toEqual(old);
      const { ino, mtimeNs } = statSync(join(cluster.root, 'runs', old?.path ?? ''), { bigint: true });
      expect([ino, mtimeNs]).toEqual([oldStat.ino, oldStat.mtimeNs]);

      const newFolder = join(cluster.root, 'runs', dirname(fresh?.path ?? ''));
      expect(linksOf(standing(), SHARING[0]).get(SHARED)).toBe(newFolder);
      const row1 = samplesheetOf(standing(), SHARING[0]).find((each) => each.run_accession === SHARED);
      expect(row1?.fastq_1).toBe(join(newFolder, basename(fresh?.path ?? '')));
    },
    CAP_MILLISECONDS,
  );

  it(
    'links the new files, fetched by then, for the other source that shows the run',
    async () => {
      await standing().ena.clearRequests();
      const cycle = await cycleOf(standing, SHARING[1]);
      await cliJson(standing(), 'check', SHARING[1]);
      await untilSettled(standing(), [SHARING[1]], cycle + 1);
      expect(await fetchedRuns(standing())).toEqual([]);
      const [first, second] = SHARING.map((sourceId) => linksOf(standing(), sourceId).get(SHARED));
      expect(second).toBe(first);
    },
    CAP_MILLISECONDS,
  );
}
