/** DigitalOcean on that day: droplets that are born late or twice, never boot, vanish, will not go, behind the client in memory. */
import { memoryDigitalOcean, type MemoryDigitalOcean, type MemoryDroplet } from '../../../layers/adapters/fakes/digitalocean';
import type { DigitalOcean } from '../../../layers/adapters/digitalocean/client';
import { keepsIn } from './watch';
import type { Watch } from './watch';
import { Agent, type AgentWorld } from './agent';
import type { Pulled } from './cluster';
import { documentRuns } from './plan';

export interface Droplets {
  /** As the functions reach it. */
  readonly client: DigitalOcean;
  readonly memory: MemoryDigitalOcean;
  /** What lies on a machine that answers at this address. */
  readonly pull: (host: string) => Pulled | undefined;
}

const hostOf = (id: number): string => `droplet-${id}.example`;
const HOST_KEY = `ssh-ed25519 ${'B'.repeat(68)}`;

export function dropletsOf(world: AgentWorld, watch: Watch): Droplets {
  const { clock, luck } = world;
  const results = new Map<number, Set<string>>();
  const words = new Map<number, object>();
  const memory = memoryDigitalOcean({
    ...{ now: clock.now, listLagSeconds: 5, destroySeconds: 20 },
    onCall: () => watch.called(),
    onCreate: (made) => {
      results.set(made.droplet.id, new Set());
      watch.made(made, results.get(made.droplet.id) ?? new Set());
      clock.after((made.bornAt.getTime() - clock.now().getTime()) / 1000 + luck.between(40, 150), () => boot(made));
    },
  });
  const isAlive = (id: number): boolean => memory.alive().has(id);

  function boot({ droplet: { id }, userData }: MemoryDroplet): Promise<void> | undefined {
    if (!isAlive(id) || luck.meets('never-boots')) return undefined;
    if (luck.meets('machine-vanishes')) clock.after(luck.between(60, 3_000), () => vanish(id));
    const enrolment = JSON.parse(/<<'ENROLMENT'\n(.*)\n/.exec(userData)?.[1] ?? '{}') as { readonly token: string };
    const jobId = /jobs\/"'([^']+)'/.exec(userData)?.[1] ?? '';
    const host = {
      isAlive: () => isAlive(id),
      results: results.get(id) ?? new Set<string>(),
      ssh: { host: hostOf(id), port: 22, user: 'root', hostKey: HOST_KEY },
      leave: (word: object) => void words.set(id, word),
      over: () => undefined,
    };
    return new Agent(world, host, jobId, enrolment.token, () => documentRuns(world.objects, jobId)).enrol();
  }
  function vanish(id: number): void {
    if (!isAlive(id)) return;
    memory.lose(id);
    // What lay on it is nobody's fault.
    results.get(id)?.clear();
    watch.ended(id);
  }

  const client: DigitalOcean = {
    ...memory,
    createDroplet: (asked) => {
      if (luck.meets('create-reply-lost')) memory.fail('create', { kind: 'lose-reply' });
      else if (luck.meets('create-request-lost')) memory.fail('create', { kind: 'lose-request' });
      else if (luck.meets('born-late')) memory.fail('create', { kind: 'born-late', seconds: luck.between(300, 10_000) });
      else if (luck.meets('size-out')) memory.fail('create', { kind: 'size-unavailable' });
      else if (luck.meets('create-rate-limited')) memory.fail('create', { kind: 'rate-limited' });
      return memory.createDroplet(asked);
    },
    getDroplet: (id) => {
      if (luck.meets('provider-silent')) memory.fail('get', { kind: 'lose-request' });
      return memory.getDroplet(id);
    },
    dropletsByTag: (tag) => {
      if (luck.meets('provider-silent')) memory.fail('list', { kind: 'lose-request' });
      return memory.dropletsByTag(tag);
    },
    deleteDroplet: async (id) => {
      if (luck.meets('destroy-locked')) memory.fail('delete', { kind: 'pending-event' });
      const answer = await memory.deleteDroplet(id);
      if (answer.outcome === 'done') await watch.destroyed(id, keepsIn(results.get(id)));
      return answer;
    },
  };
  const pull: Droplets['pull'] = (host) => {
    const id = Number(/^droplet-(\d+)\./.exec(host)?.[1] ?? 0);
    const there = results.get(id);
    return isAlive(id) && there !== undefined ? { results: there, word: words.get(id) } : undefined;
  };
  return { client, memory, pull };
}
