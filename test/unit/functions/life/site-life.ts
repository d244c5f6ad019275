/** Batches that sites may claim, in an installation in memory; what sites say goes through the routes, and their agents through the callbacks. */
import { probeJobsHandler } from '../../../../functions/probe-jobs/handler';
import { siteProvider } from '../../../../layers/adapters/site/provider';
import { siteClaimRoutes } from '../../../../layers/core/api/site-claim-routes';
import { enrolWorker, giveLinks, hearCallback, type CallbackDeps } from '../../../../layers/core/callbacks/serve';
import { attemptKeyOf, signatureOf } from '../../../../layers/core/callbacks/keys';
import { EARLY_RULES } from '../../../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../../../layers/core/dispatch/judge-hold';
import type { SiteClaim } from '../../../../layers/core/sites/claim-batches';
import { addSite } from '../../../../layers/core/sites/register';
import type { PlannedRun } from '../../../../layers/core/wire';
import { apiRouter } from '../../../../layers/runtime/api-router';
import { lifeWorld, runOf, type World } from './world';

export const SOURCE = 'study:PRJEB1';
export const MASTER = 'm'.repeat(32);
export const LEASE_SECONDS = 300;
export const OFFER = { cpus: 4, memoryMb: 8_000, timeMinutes: 600, bytes: 1e9 };

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}
export interface SiteLife extends World {
  /** A request of a site by its token. */
  ask(site: string, path: string, body?: object): Promise<Answer>;
  claim(site: string, more?: object): Promise<readonly SiteClaim[]>;
  /** What the agent of a claim says, signed. */
  say(claim: Pick<SiteClaim, 'jobId' | 'attempt'>, kind: string, body?: object): Promise<Answer>;
  links(jobId: string, attempt: number, question: object): Promise<Answer>;
  readonly callbacks: CallbackDeps;
  finishedOf(claim: SiteClaim, runs: readonly PlannedRun[]): object;
  probe(seconds?: number): Promise<void>;
}

/** Sites *north* and *south*, of two claims each, and these batches planned for sites. */
export async function siteLife(batches: readonly (readonly PlannedRun[])[] = [[runOf(1), runOf(2)]]): Promise<SiteLife> {
  const world = lifeWorld();
  const { stores, objects, machines } = world;
  (world.deps.providers as Map<string, unknown>).set('site', siteProvider(stores, 'test', world.now));
  for (const name of ['north', 'south']) await addSite(world.deps, { name, claims: 2 }, `token of ${name}`, 'ada');
  await world.plan(SOURCE, batches, [], 'linked', ['site']);
  await stores.home.put({ freeBytes: 1e12, totalBytes: 2e12, path: '/data', measuredAt: world.now().toISOString() });
  const caps = {
    total: 9,
    pools: { scheduled: 9, manual: 9 },
    providers: { slurm: 9, site: 9 },
    homeFreeBytesMin: 0,
    homeFactor: 1,
    cyclesAtOnce: 1,
  };
  const settings = { ...world.deps.settings, startDeadlineSeconds: 600 };
  const serve = apiRouter(siteClaimRoutes({ ...world.deps, caps, settings, leaseSeconds: LEASE_SECONDS }), 1 << 20);
  const { links: putLinks, getLink } = objects;
  const links = async (key: string) => ({ spec: { url: `https://bucket.example/${key}` } });
  const callbacks: CallbackDeps = { ...world.deps, master: async () => MASTER, links, putLinks, getLink };
  const signed = (jobId: string, attempt: number, path: string, message: object) => {
    const rawBody = Buffer.from(JSON.stringify(message));
    return { path, jobId, rawBody, signature: signatureOf(attemptKeyOf(MASTER, jobId, attempt), path, rawBody) };
  };
  let [nonces, seq] = [0, 0];
  const life: SiteLife = {
    ...world,
    callbacks,
    ask: async (name, path, body = {}) => {
      const event = { httpMethod: 'POST', path, body: JSON.stringify(body) };
      const { status, body: said } = await serve(event, { name, role: 'site' });
      await machines.settled();
      return { status, body: said as Answer['body'] };
    },
    claim: async (site, more = {}) => {
      nonces += 1;
      const { body } = await life.ask(site, '/site/claims', { v: 1, nonce: String(nonces).padStart(16, '0'), offer: OFFER, ...more });
      return body['claims'] as readonly SiteClaim[];
    },
    say: async ({ jobId, attempt }, kind, body = {}) => {
      seq += 1;
      const message = { v: 1, jobId, attempt, seq, sentAt: 'x', kind, body };
      const answer = await hearCallback(callbacks, signed(jobId, attempt, `/callbacks/${jobId}`, message));
      await machines.settled();
      return answer;
    },
    links: (jobId, attempt, question) => giveLinks(callbacks, signed(jobId, attempt, `/callbacks/${jobId}/links`, question)),
    finishedOf: ({ jobId }, runs) => ({
      ...{ v: 1, jobId, kind: 'run', result: 'finished', startedAt: 'x', endedAt: 'y', exitCode: 0 },
      runs: runs.map(({ accession }) => ({ accession, result: 'done' })),
    }),
    probe: async (seconds = 60) => {
      world.pass(seconds);
      const archive = { serves: async () => ({ outcome: 'same' }) as const };
      await probeJobsHandler({ ...world.deps, archive, rules: { ...HOLD_RULES, holdSeconds: 3_600 }, early: EARLY_RULES })({});
      await machines.settled();
    },
  };
  return life;
}

export const enrol = ({ callbacks }: SiteLife, { jobId, enrolment }: SiteClaim) =>
  enrolWorker(callbacks, Buffer.from(JSON.stringify({ v: 1, jobId, token: enrolment.token, nonce: 'n'.repeat(32) })));
