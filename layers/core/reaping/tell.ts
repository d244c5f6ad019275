/** The history of what the reaper did: told once, whenever it dies. */
import type { Deps } from '../use-cases/deps';
import { actOf } from './kinds';
import type { Due } from './reap-plan';
import { INSTALLATION_EVENTS, type Acted, type Mark } from './records';

export const REAPER = 'reap-workers';
type TellDeps = Pick<Deps, 'stores' | 'now'>;
type Asked = NonNullable<Mark['asked']>;

/** Events of one source that are looked through for what was told already: all of them are younger than the act that was begun. */
const LOOK_AT = 200;

/** The intent of an act, kept before it: whose history is told of it. */
export const askedOf = ({ subject, workerId, batch, jobId, sourceId }: Due, now: Date): Asked => ({
  at: now.toISOString(),
  entityId: workerId ?? batch?.batchId ?? jobId ?? subject,
  sourceId: sourceId ?? INSTALLATION_EVENTS,
});

/** What came of an act. The same that came of it the last time is not told again, neither at each cycle nor by a cycle that goes on where another died. */
export async function tellResult(deps: TellDeps, due: Due, result: string): Promise<void> {
  const { kind, act: what, detail, mark } = due;
  if (mark.result === result) return;
  const said = `${what}: ${result}; `;
  if (mark.asked !== undefined && (await isTold(deps, kind, mark.asked, said))) return;
  await append(deps, kind, mark.asked ?? askedOf(due, deps.now()), `${said}${detail}`);
}

/**
 * Acts that a cycle began and did not live to record, upon what is a suspect no more: they were carried out, so they are told and reported like any other. One that its own
 * transaction tells is not told here.
 */
export async function tellLost(deps: TellDeps, { subject, kind, asked, detail }: Mark & { readonly asked: Asked }): Promise<Acted> {
  const act = actOf(kind);
  const result = 'carried out, its answer was lost';
  if (act !== 'mend-counter' && !(await isTold(deps, kind, asked, ''))) await append(deps, kind, asked, `${act}: ${result}; ${detail}`);
  return { subject, kind, act, result };
}

async function isTold({ stores }: TellDeps, kind: Mark['kind'], { at, entityId, sourceId }: Asked, said: string): Promise<boolean> {
  const { items } = await stores.events.ofSource(sourceId, { limit: LOOK_AT });
  return items.some(
    (event) => event.type === `reaped-${kind}` && event.entityId === entityId && event.at >= at && event.detail?.startsWith(said) === true,
  );
}

async function append({ stores, now }: TellDeps, kind: Mark['kind'], { entityId, sourceId }: Asked, detail: string): Promise<void> {
  await stores.events.append({ entityId, sourceId, at: now().toISOString(), type: `reaped-${kind}`, actor: REAPER, detail });
}
