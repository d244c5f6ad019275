import { basename } from 'node:path';
import { agreeingWithArchive, filesAtHome } from '../../../world/demo/check-home';
import { inside } from '../aws';
import { fetchCounts, fetchedRuns } from '../archive';
import { linksOf } from '../home';
import { untilQuiet, untilSource } from '../observe';
import { CAP_MILLISECONDS, MINUTELY, type Standing } from './standing';

const LIKE = 'ERR5426095';
const NEW = 'ERR5499901';

/** Executions of the heartbeat that a person's command, or a test, had started; those of the rule carry the event's own id. */
const askedFor = async (standing: Standing): Promise<readonly string[]> =>
  (await inside(standing()).executions('heartbeat')).map(({ name = '' }) => name).filter((name) => /^(ask|test)-/.test(name));

/**
 * A row appears at ENA and nobody asks: rule, heartbeat and recheck interval alone catch it.
 * @param meanwhile tests that start no heartbeat, told while the minute passes
 */
export function caughtAlone(standing: Standing, meanwhile: () => void): void {
  let askedBefore: readonly string[] = [];
  let known = 0;
  it('sees a row appear at ENA', async () => {
    askedBefore = await askedFor(standing);
    known = linksOf(standing(), MINUTELY).size;
    await standing().ena.clearRequests();
    await standing().ena.change({ kind: 'add', accession: NEW, like: LIKE });
  });

  meanwhile();

  it(
    'catches it alone, by the EventBridge rule itself',
    async () => {
      const { source } = await untilSource(
        standing(),
        MINUTELY,
        'the new run complete',
        (shown) => shown.runs.complete === known + 1 && shown.source.phase === 'idle' && shown.source.lastRunStatus === 'complete',
      );
      expect(source.generatedWarning).toEqual([]);
      expect(await askedFor(standing)).toEqual(askedBefore);
      await untilQuiet(standing());
      expect(await fetchedRuns(standing())).toEqual([NEW]);
      expect(linksOf(standing(), MINUTELY).has(NEW)).toBe(true);
      const files = (await filesAtHome(standing().cluster.root)).filter(({ accession }) => accession === NEW);
      // Of three files the orphan is left out, and not even asked for.
      const mates = [`${NEW}_1.fastq.gz`, `${NEW}_2.fastq.gz`];
      expect(files.map(({ path }) => basename(path))).toEqual(mates);
      expect([...(await fetchCounts(standing())).keys()].map((path) => basename(path)).sort()).toEqual(mates);
      expect(await agreeingWithArchive(files, standing().ena)).toEqual(files);
    },
    CAP_MILLISECONDS,
  );
}
