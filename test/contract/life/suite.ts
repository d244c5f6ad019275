import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { causeKind } from '../../../layers/core/attempts/causes';
import type { PlannedRun } from '../../../layers/core/wire';
import type { Cluster } from '../../world/cluster/cluster';
import type { Life } from './installation';
import type { Way } from './ways';

const SCENES = ['whole', 'cancelled', 'failed', 'lost'] as const;
type Scene = (typeof SCENES)[number];
interface Played {
  readonly life: Life;
  readonly runs: readonly [PlannedRun, PlannedRun];
}

const batchOf = ({ life: { stores, batchId } }: Played) => stores.batches.get(batchId);
const jobOf = ({ life: { stores, batchId } }: Played, attempt = 1) => stores.jobs.get(`${batchId}.a${attempt}.fetch`);
/** All states that the batch, or the worker or job of its first attempt, has been in, in order. */
const statesOf = async ({ life: { stores, sourceId } }: Played, entityId: string): Promise<readonly string[]> =>
  (await stores.events.ofSource(sourceId, { limit: 200 })).items
    .filter((event) => event.entityId === entityId && event.to !== undefined && event.from !== event.to)
    .map(({ to }) => to ?? '')
    .reverse();

/** The life of a batch, from where it is planned until nothing is left of it but what came home: the same, whichever way it takes. */
export function batchLifeContract(way: Way, firstNumber: number, cluster: () => Promise<Cluster>): void {
  describe(`a batch's life, ${way.name}`, () => {
    const plays = new Map<Scene, Promise<Played>>();
    const lives: Life[] = [];

    const filesAtHome = async ({ accession }: PlannedRun): Promise<Readonly<Record<string, string>>> => {
      const folder = join((await cluster()).root, 'runs', accession.slice(0, 6), accession);
      const paths = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
      const files = paths.filter((each) => each.isFile() && each.name.endsWith('.gz')).map((each) => join(each.parentPath, each.name));
      for (const path of files) expect(statSync(path).mode & 0o222).toBe(0);
      return Object.fromEntries(
        files.map((path) => [path.split('/').at(-1) ?? '', createHash('md5').update(readFileSync(path)).digest('hex')]),
      );
    };
    const expectHome = async (run: PlannedRun): Promise<void> =>
      expect(await filesAtHome(run)).toEqual(Object.fromEntries(run.files.map(({ name, md5 }) => [name, md5])));
    /** No machine, job, claim, reservation or transport of it is left. */
    const expectNothingLeft = async ({ life }: Played): Promise<void> => {
      await life.until('nothing running', async () => (await way.left(life)).length === 0);
      expect(await life.stores.workers.alive()).toEqual([]);
      expect((await life.stores.workers.counters()).filter(({ workers, bytes }) => workers !== 0 || bytes !== 0)).toEqual([]);
      expect(await life.stores.jobs.open(100)).toEqual([]);
      expect(life.objects.keys().filter((key) => key.startsWith('brought/'))).toEqual([]);
      expect((await life.stores.sources.get(life.sourceId))?.needsAttention).toBeUndefined();
    };

    async function play(scene: Scene): Promise<Played> {
      const number = firstNumber + SCENES.indexOf(scene);
      const life = await way.begin(number);
      lives.push(life);
      const second = life.outside.run(`ERR91${number}2`, scene === 'failed' ? 'lacking' : 'served');
      const runs = [life.outside.run(`ERR91${number}1`), second] as const;
      const played = { life, runs };
      if (scene !== 'failed') life.outside.hold(second);
      await life.plan(runs);
      await way.open(life);
      if (scene !== 'failed') await life.until('a download in its middle', () => life.outside.waiting(second) > 0);
      if (scene === 'whole') await life.until('progress', async () => (await jobOf(played))?.progress !== undefined);
      if (scene === 'cancelled') await life.cancel();
      if (scene === 'lost') await way.die(life);
      if (scene !== 'cancelled') life.outside.letGo(second);
      await life.until('its end', async () => ['complete', 'partial', 'cancelled'].includes((await batchOf(played))?.status ?? ''));
      await life.until('an idle source', async () => (await life.stores.sources.get(life.sourceId))?.phase === 'idle');
      return played;
    }
    const ofScene = (scene: Scene): Promise<Played> => plays.get(scene) ?? Promise.reject(new Error('not played'));

    beforeAll(() => {
      for (const scene of SCENES) {
        const played = play(scene);
        played.catch(() => undefined);
        plays.set(scene, played);
      }
    });
    afterAll(async () => {
      await Promise.allSettled(plays.values());
      for (const life of lives) {
        way.close(life);
        await life.stop();
      }
    }, 60_000);

    it('is taken, started, heard of, swept, verified and let go, once', async () => {
      const played = await ofScene('whole');
      expect(await batchOf(played)).toMatchObject({
        ...{ status: 'complete', completeRuns: 2, failedRuns: 0 },
        attempts: [{ attempt: 1, cause: 'finished', provider: way.provider }],
      });
      expect(await statesOf(played, played.life.batchId)).toEqual(['dispatched', 'running', 'sweeping', 'complete']);
      expect((await statesOf(played, `${played.life.batchId}.a1`)).slice(-5)).toEqual(['ready', 'sweeping', 'swept', 'destroying', 'gone']);
      expect(await statesOf(played, `${played.life.batchId}.a1.fetch`)).toEqual(['started', 'finished']);
      expect((await jobOf(played))?.progress).toMatchObject({ done: expect.any(Number) as number });
      for (const run of played.runs) {
        expect(await played.life.outcomeOf(run)).toBe('complete');
        await expectHome(run);
      }
      await expectNothingLeft(played);
    });

    it('ends where it is cancelled in its middle, leaves nothing half at home, and is not begun again', async () => {
      const played = await ofScene('cancelled');
      const [whole, half] = played.runs;
      // By its own word, where that came before the end that was made for it.
      const cause = expect.stringMatching(/^(stopped|cancelled|cancel-requested)$/) as string;
      expect(await batchOf(played)).toMatchObject({ status: 'cancelled', attempt: 1, attempts: [{ cause }] });
      expect(await jobOf(played, 2)).toBeUndefined();
      if ((await played.life.outcomeOf(whole)) === 'complete') await expectHome(whole);
      expect(await filesAtHome(half)).toEqual({});
      expect(played.life.outside.waiting(half)).toBe(0);
      await expectNothingLeft(played);
    });

    it('fails for the one run that the archive does not serve, and for no other', async () => {
      const played = await ofScene('failed');
      const [served, lacking] = played.runs;
      expect(await batchOf(played)).toMatchObject({ status: 'partial', completeRuns: 1, failedRuns: 1, attempt: 1 });
      expect(await played.life.outcomeOf(served)).toBe('complete');
      await expectHome(served);
      expect(await played.life.outcomeOf(lacking)).toBe('failed');
      expect(await filesAtHome(lacking)).toEqual({});
      await expectNothingLeft(played);
    });

    it('is begun once more where all that worked on it was lost without a word', async () => {
      const played = await ofScene('lost');
      const { attempts = [], ...batch } = (await batchOf(played)) ?? {};
      expect(batch).toMatchObject({ status: 'complete', attempt: 2, completeRuns: 2 });
      expect(await jobOf(played)).toMatchObject({ status: 'lost' });
      expect(attempts.map(({ cause }) => cause === 'finished' || causeKind(cause).fault)).toEqual(['infrastructure', true]);
      for (const run of played.runs) await expectHome(run);
      await expectNothingLeft(played);
    });
  });
}
