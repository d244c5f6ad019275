/** What one batch's life took, read from its own history, its files and the executions that carried it. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { events } from '../../world/demo/observe';
import { inside, type Inside } from '../../e2e/support/aws';
import type { Installation } from '../../world/installation/installation';
import type { Job } from '../../../layers/core/entities';
import { MACHINE_NAMES, type MachineName } from '../../../layers/core/ports/outside';

export interface Life {
  readonly batchId: string;
  readonly provider: string;
  /** From *admitted* until its outcomes are written. */
  readonly wallSeconds: number;
  /** From the worker's word that it has finished until the first of its bytes lies at home (0 where it lay there before), and until its machine is asked to end. */
  readonly toFirstByteSeconds: number;
  readonly toDestroySeconds: number;
  /** From a word or an answer to what the control plane makes of it; what others take in between is none of it. */
  readonly reactions: {
    /** Admitted until the provider has answered that it makes the machine. */
    readonly admittedToCreated: number;
    readonly finishedToSweepAsked: number;
    readonly homeToDestroy: number;
    readonly destroyToSettled: number;
  };
  /** Entered states of the executions that bear its name, and the longest history among them. */
  readonly transitions: number;
  readonly historyEvents: number;
}

type Line = Awaited<ReturnType<typeof events>>[number];
const entered = (history: readonly HistoryEvent[]): number => history.filter(({ type }) => type?.endsWith('StateEntered')).length;

function timesOf(lines: readonly Line[], workerId: string): (type: string, entity: string) => number {
  return (type, entity) => {
    const found = lines.find((line) => line.type === type && line.entityId === entity);
    if (found === undefined) throw new Error(`the history of ${workerId} has no ${type} of ${entity}`);
    return Date.parse(found.at);
  };
}

/** Executions of its own machine, of its sweeps, and of the heartbeat that its end kicked. */
async function carried({ executions, history }: Inside, workerId: string): Promise<Pick<Life, 'transitions' | 'historyEvents'>> {
  let [transitions, historyEvents] = [0, 0];
  for (const machine of ['process-batch', 'sweep-results', 'heartbeat'] as const) {
    for (const { name = '' } of await executions(machine)) {
      if (!name.replace(/^kick-/, '').startsWith(workerId)) continue;
      const all = await history(machine, name);
      transitions += entered(all);
      historyEvents = Math.max(historyEvents, all.length);
    }
  }
  return { transitions, historyEvents };
}

/** When the first file of these runs came to be at home: publishing renames it and changes nothing else of it. */
function firstByteAt({ cluster }: Installation, accessions: readonly string[]): number {
  const runs = join(cluster.root, 'runs');
  const paths = readdirSync(runs, { recursive: true, encoding: 'utf8' });
  const ours = paths.filter((path) => path.endsWith('.fastq.gz') && accessions.some((accession) => path.includes(`/${accession}/`)));
  if (ours.length === 0) throw new Error(`nothing of ${accessions.join(', ')} lies at home`);
  return Math.min(...ours.map((path) => statSync(join(runs, path)).birthtimeMs));
}

const atOf = (job: Job | undefined, what: 'requestedAt' | 'endedAt', jobId: string): number => {
  const at = job?.[what];
  if (at === undefined) throw new Error(`${jobId} has no ${what}: its batch was not brought home by its first sweep`);
  return Date.parse(at);
};

/** @param accessions of its runs */
export async function lifeOf(installation: Installation, sourceId: string, batchId: string, accessions: readonly string[]): Promise<Life> {
  const workerId = `${batchId}.a1`;
  const within = inside(installation);
  const at = timesOf(await events(installation.access, sourceId), workerId);
  const provider = (await within.stores.workers.get(workerId))?.provider ?? 'unknown';
  const sweepId = `${workerId}.${provider === 'slurm' ? 'verify' : 'sweep'}-1`;
  const [run, sweep] = [await within.stores.jobs.get(`${workerId}.fetch`), await within.stores.jobs.get(sweepId)];
  const [finished, home] = [atOf(run, 'endedAt', workerId), atOf(sweep, 'endedAt', sweepId)];
  const [admitted, destroy, settled] = [at('batch-admit', batchId), at('worker-destroy', workerId), at('batch-complete', batchId)];
  const seconds = (from: number, to: number): number => (to - from) / 1000;
  return {
    ...{ batchId, provider, wallSeconds: seconds(admitted, settled), toDestroySeconds: seconds(finished, destroy) },
    toFirstByteSeconds: Math.max(0, seconds(finished, firstByteAt(installation, accessions))),
    reactions: {
      admittedToCreated: seconds(admitted, at('worker-created', workerId)),
      finishedToSweepAsked: seconds(finished, atOf(sweep, 'requestedAt', sweepId)),
      homeToDestroy: seconds(home, destroy),
      destroyToSettled: seconds(destroy, settled),
    },
    ...(await carried(within, workerId)),
  };
}

export interface Everything {
  /** Entered states by machine of what was done for cycles and batches. */
  readonly byMachine: Readonly<Partial<Record<MachineName, number>>>;
  readonly transitions: number;
  /** Of naming the sources, once for all their batches to come. */
  readonly naming: number;
  /** Of ticks of schedules, which come by the clock however many batches there are; what a tick did beyond that is counted above. */
  readonly ticks: number;
}

/** States that every tick of a schedule passes through; it bears no name of ours. */
const STATES_OF_TICK: Readonly<Partial<Record<MachineName, number>>> = {
  heartbeat: 3,
  'sweep-results': 2,
  'reap-workers': 4,
  'tend-home': 3,
};
const isOfSource = (name: string): boolean => /^(kick-)?(taxon-|study-)/.test(name);
const isNaming = (machine: MachineName, name: string): boolean => machine === 'add-sources' || name.startsWith('kick-');

/** What all machines did from a moment on. */
export async function everythingSince({ executions, history }: Inside, since: Date): Promise<Everything> {
  const byMachine: Partial<Record<MachineName, number>> = {};
  let [naming, ticks] = [0, 0];
  for (const machine of MACHINE_NAMES) {
    for (const { name = '', startDate } of await executions(machine)) {
      if (startDate === undefined || startDate < since) continue;
      const states = entered(await history(machine, name));
      const ofTick = isOfSource(name) ? 0 : Math.min(states, STATES_OF_TICK[machine] ?? 0);
      if (!isOfSource(name) && isNaming(machine, name)) naming += states;
      else {
        ticks += ofTick;
        byMachine[machine] = (byMachine[machine] ?? 0) + states - ofTick;
      }
    }
  }
  return { byMachine, naming, ticks, transitions: Object.values(byMachine).reduce((sum, one) => sum + one, 0) };
}

export interface Measured {
  readonly lives: readonly Life[];
  readonly everything: Everything;
}
