import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { agreeingWithArchive, filesAtHome, type HomeFile } from '../../../world/demo/check-home';
import { show, until } from '../../../world/demo/observe';
import type { Installation } from '../../../world/installation/installation';
import { fetchedRuns } from '../archive';
import { cli, cliJson } from '../cli';
import { linksOf, samplesheetOf, writableAtHome } from '../home';
import { untilQuiet, untilSource, WAIT_SECONDS } from '../observe';
import { CAP_MILLISECONDS, makeStudy, type Standing } from './standing';

const STUDY = 'study:PRJEB99903';
const RUNS = ['ERR9990301', 'ERR9990302', 'ERR9990303', 'ERR9990304'] as const;
const [HELD, HELD_TOO, FLIPPED, NOT_HELD] = RUNS;

const Operation = z.looseObject({
  operationId: z.string(),
  status: z.string(),
  detail: z.string().optional(),
  result: z
    .looseObject({
      counts: z.record(z.string(), z.number()),
      problems: z.array(z.looseObject({ accession: z.string(), detail: z.string() })),
    })
    .optional(),
});
type Operation = z.infer<typeof Operation>;

/** Asks for an operation and waits for its end. */
async function operationOf(standing: Standing, ...args: readonly string[]): Promise<Operation> {
  const { operationId } = Operation.parse(await cliJson(standing(), ...args, '--no-wait'));
  const look = async (): Promise<Operation> =>
    Operation.parse(await cliJson(standing(), 'operation', 'list').then((list) => one(list, operationId)));
  await until(`the end of ${operationId}`, WAIT_SECONDS, look, ({ status }) => status !== 'running');
  const { stdout } = await cli(standing(), 'operation', 'show', operationId, '--json');
  return Operation.parse(JSON.parse(stdout));
}
const one = (list: unknown, operationId: string): unknown =>
  z
    .array(z.looseObject({ operationId: z.string() }))
    .parse(list)
    .find((each) => each.operationId === operationId);

/** What the site's administrator writes into the gate's settings. */
function allow({ cluster }: Installation, directory: string): void {
  const path = join(cluster.root, 'kit', 'gate.json');
  const settings = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));
  writeFileSync(path, JSON.stringify({ ...settings, adoptRoots: [directory] }));
}

/** Downloads a run's only file as a person would have, to somewhere below the laboratory's directory. */
async function hold({ ena, enaUrl }: Installation, accession: string, directory: string, spoil = false): Promise<void> {
  const row = await ena.row(accession);
  const path = (row['fastq_ftp'] ?? '').replace(/^[^/]+/, '');
  const bytes = Buffer.from(await (await fetch(`${enaUrl}${path}`)).arrayBuffer());
  mkdirSync(directory, { recursive: true });
  if (spoil) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(join(directory, path.slice(path.lastIndexOf('/') + 1)), bytes);
}

const filesOf = async (standing: Standing): Promise<readonly HomeFile[]> =>
  (await filesAtHome(standing().cluster.root)).filter(
    ({ accession, path }) => RUNS.some((run) => run === accession) && !path.includes('.damaged-'),
  );

/** A laboratory that holds part of a study already, and a storage that loses a bit. */
export function adopting(standing: Standing): void {
  const lab = (): string => join(dirname(standing().cluster.root), 'lab');

  it(
    'refuses by name to look where the site does not allow it',
    async () => {
      await makeStudy(standing(), 'PRJEB99903', RUNS);
      await cliJson(standing(), 'add', STUDY, '--max-runs', '1');
      await untilSource(standing(), STUDY, 'its plan waits', ({ source }) => source.phase === 'awaiting approval');
      const operation = await operationOf(standing, 'adopt', lab(), '--source', STUDY);
      expect(operation).toMatchObject({ status: 'failed', detail: expect.stringContaining(`directory-refused: ${lab()}`) as string });
    },
    CAP_MILLISECONDS,
  );

  it(
    'adopts what is whole, says which file differs, and fetches only the rest',
    async () => {
      await hold(standing(), HELD, join(lab(), '2019', 'plate 1'));
      await hold(standing(), HELD_TOO, lab());
      await hold(standing(), FLIPPED, lab(), true);
      allow(standing(), lab());
      const { result } = await operationOf(standing, 'adopt', lab(), '--source', STUDY);
      expect(result?.counts).toEqual({ adopted: 2, 'md5-differs': 1 });
      expect(result?.problems).toMatchObject([
        { accession: FLIPPED, detail: expect.stringMatching(/has md5 \w{32}, listed \w{32}/) as string },
      ]);
      await standing().ena.clearRequests();
      // The check that the adoption asked for has counted what is left.
      await untilSource(
        standing(),
        STUDY,
        'a plan of the rest waits',
        ({ source, batches }) =>
          source.phase === 'awaiting approval' &&
          source['cycleRunning'] === false &&
          batches.some(({ status, runs: counts }) => status === 'planned' && counts.planned === 2),
      );
      await cliJson(standing(), 'approve', STUDY);
      const { runs } = await untilSource(standing(), STUDY, 'complete', ({ source }) => source.lastRunStatus === 'complete');
      expect(runs).toMatchObject({ complete: 4, failed: 0 });
      await untilQuiet(standing());
      expect(await fetchedRuns(standing())).toEqual([FLIPPED, NOT_HELD]);
      expect(await agreeingWithArchive(await filesOf(standing), standing().ena)).toHaveLength(4);
      expect([...linksOf(standing(), STUDY).keys()]).toEqual([...RUNS]);
      expect(
        samplesheetOf(standing(), STUDY)
          .map((row) => row.run_accession)
          .sort(),
      ).toEqual([...RUNS]);
      expect(writableAtHome(standing())).toEqual([]);
    },
    CAP_MILLISECONDS,
  );

  it(
    'sees a bit that the storage lost, and asks for a person',
    async () => {
      expect((await operationOf(standing, 'verify', STUDY)).result?.counts).toEqual({ checked: 4 });
      const file = (await filesOf(standing)).find(({ accession }) => accession === HELD_TOO);
      const path = join(standing().cluster.root, 'runs', file?.path ?? '');
      const bytes = readFileSync(path);
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      chmodSync(path, 0o640);
      writeFileSync(path, bytes);
      chmodSync(path, 0o440);
      const { result } = await operationOf(standing, 'verify', STUDY);
      expect(result?.counts).toEqual({ checked: 4, damaged: 1 });
      expect(result?.problems).toMatchObject([{ accession: HELD_TOO, detail: expect.stringContaining(`expected ${file?.md5}`) as string }]);
      const { source } = await show(standing().access, STUDY);
      expect(source).toMatchObject({ needsAttention: { reason: 'results-damaged' }, lastRunStatus: 'error' });
    },
    CAP_MILLISECONDS,
  );

  it(
    'sets the damaged run aside, deletes nothing, and fetches it again',
    async () => {
      await standing().ena.clearRequests();
      expect((await operationOf(standing, 'verify', STUDY, '--refetch')).result?.counts).toEqual({ checked: 1, aside: 1 });
      await untilSource(
        standing(),
        STUDY,
        'whole again',
        ({ source, runs }) => runs.complete === 4 && source.lastRunStatus === 'complete' && source.phase === 'idle',
      );
      await untilQuiet(standing());
      expect(await fetchedRuns(standing())).toEqual([HELD_TOO]);
      expect(await agreeingWithArchive(await filesOf(standing), standing().ena)).toHaveLength(4);
      const versions = readdirSync(dirname(linksOf(standing(), STUDY).get(HELD_TOO) ?? '')).sort();
      expect(versions).toEqual([expect.stringMatching(/^fetch@\w+$/), expect.stringMatching(/^fetch@\w+\.damaged-\d{8}T\d{6}Z$/)]);
    },
    CAP_MILLISECONDS,
  );
}
