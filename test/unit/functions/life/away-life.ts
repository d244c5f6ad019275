/** One batch at a provider whose workers keep their results, and what its worker and the heartbeat say and do. */
import { createHash } from 'node:crypto';
import { probeJobsHandler } from '../../../../functions/probe-jobs/handler';
import { reapWorkersHandler } from '../../../../functions/reap-workers/handler';
import { giveLinks, hearCallback, type CallbackDeps } from '../../../../layers/core/callbacks/serve';
import { EARLY_RULES } from '../../../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../../../layers/core/dispatch/judge-hold';
import type { ArchiveFiles } from '../../../../layers/core/ports/ena';
import type { PlannedRun } from '../../../../layers/core/wire';
import { MASTER, received } from '../../core/callbacks/messages';
import { lifeWorld, runOf, type World } from './world';

export const SOURCE = 'study:PRJEB1';
export const BATCH = 'study-PRJEB1.1.1';
export const WORKER = `${BATCH}.a1`;
export const RUN = `${WORKER}.fetch`;
export const SSH = { host: '192.0.2.7', port: 22, user: 'root', hostKey: `ssh-ed25519 ${'B'.repeat(68)}` };
export const HOLD_HOURS = 72;

/** What lies on the worker of one run, as ENA lists it. */
export const contentOf = (number: number): Buffer => Buffer.alloc(100, String(number));
export const md5Of = (content: Buffer): string => createHash('md5').update(content).digest('hex');
const runWithContent = (number: number): PlannedRun => {
  const run = runOf(number);
  return { ...run, files: run.files.map((file) => ({ ...file, md5: md5Of(contentOf(number)) })) };
};
export const pathOf = (number: number): string => `fetch/${runOf(number).accession}/${number}.fastq.gz`;

export interface AwayLife extends World {
  readonly callbacks: CallbackDeps;
  say(kind: string, body?: object): Promise<Record<string, unknown>>;
  /** The job's end, with both its runs done. */
  finished(files?: Readonly<Record<string, readonly object[]>>): Promise<Record<string, unknown>>;
  /** What the heartbeat does about what is silent. */
  probe(seconds?: number): Promise<void>;
  /** One cycle of the reaper. */
  reap(seconds?: number): ReturnType<ReturnType<typeof reapWorkersHandler>>;
  links(question: object): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>;
  worker(): ReturnType<World['stores']['workers']['get']>;
  batch(): ReturnType<World['stores']['batches']['get']>;
  /** The worker puts these files where it is told, as its agent does; `content` instead of what ENA lists. */
  bring(number: number, content?: Buffer): Promise<void>;
  /** What ENA's file server says of any file. */
  archive: Awaited<ReturnType<ArchiveFiles['serves']>>;
}

export async function awayLife(
  prepare: (world: World) => void = () => undefined,
  options?: Parameters<typeof lifeWorld>[0],
): Promise<AwayLife> {
  const world = lifeWorld(options);
  prepare(world);
  await world.plan(SOURCE, [[runWithContent(1), runWithContent(2)]]);
  await world.dispatch('droplet');
  let seq = 0;
  const callbacks: CallbackDeps = {
    ...world.deps,
    master: async () => MASTER,
    links: async (key) => ({ spec: { url: `https://bucket.example/${key}` } }),
    putLinks: world.objects.links,
    getLink: world.objects.getLink,
  };
  const say = async (kind: string, body: object = {}): Promise<Record<string, unknown>> => {
    seq += 1;
    const message = { v: 1, jobId: RUN, attempt: 1, seq, sentAt: 'x', kind, body };
    const { body: answer } = await hearCallback(callbacks, received(message));
    await world.machines.settled();
    return answer;
  };
  const archive = { serves: async () => life.archive };
  const rules = { ...HOLD_RULES, holdSeconds: HOLD_HOURS * 3600 };
  const life: AwayLife = {
    ...world,
    callbacks,
    say,
    archive: { outcome: 'same' },
    finished: (files = {}) =>
      say('finished', {
        ...{ v: 1, jobId: RUN, kind: 'run', result: 'finished', startedAt: 'x', endedAt: 'y', exitCode: 0 },
        runs: [runOf(1), runOf(2)].map(({ accession }) => ({ accession, result: 'done', files: files[accession] ?? null })),
      }),
    probe: async (seconds = 60) => {
      world.pass(seconds);
      await probeJobsHandler({ ...world.deps, archive, rules, early: EARLY_RULES })({});
      await world.machines.settled();
    },
    reap: async (seconds = 60) => {
      world.pass(seconds);
      const reaped = await reapWorkersHandler(world.deps)({ id: `cycle-${world.now().toISOString()}` });
      await world.machines.settled();
      return reaped;
    },
    links: (question) => {
      const path = `/callbacks/${RUN}/links`;
      const { rawBody, signature } = received(question, { path, jobId: `${RUN}/links` });
      return giveLinks(callbacks, { rawBody, signature, path, jobId: RUN });
    },
    bring: async (number, content = contentOf(number)) => {
      const { body } = await life.links({ v: 1, files: [{ path: pathOf(number), bytes: content.length }] });
      const [link] = body['links'] as readonly { readonly url: string }[];
      await world.objects.send(link?.url ?? '', content);
    },
    worker: () => world.stores.workers.get(WORKER),
    batch: () => world.stores.batches.get(BATCH),
  };
  return life;
}

/** Its job done, its sweep refused by a cause that time cannot mend: held. */
export async function heldAway(): Promise<AwayLife> {
  const life = await awayLife();
  await life.say('started', { ssh: SSH });
  await life.finished();
  await life.cluster.lose(`${WORKER}.sweep-1`, 'host-key-changed');
  return life;
}
