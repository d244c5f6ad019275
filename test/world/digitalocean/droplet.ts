import type { BootMode, MadeDroplet, Settings } from './control-schema';
import { regionOf, type Size } from './recorded';
import type { Machine } from './sandbox';

/** Milliseconds since 1970 throughout. */
export interface Droplet {
  readonly id: number;
  readonly actionId: number;
  readonly name: string;
  readonly region: string;
  readonly size: Size;
  readonly image: string | number;
  readonly tags: readonly string[];
  readonly userData: string;
  readonly createdAt: number;
  bornAt: number;
  readonly isNeverActive: boolean;
  readonly boot: BootMode;
  readonly address: string;
  /** Lets others have the address. */
  readonly release: () => Promise<void>;
  machine: Machine | null;
  destroy: { readonly actionId: number; readonly at: number; done: boolean } | null;
}

export const SSH_PORT = 2222;

/** Where a droplet is in its life, by the clock and the settings alone. */
export function statusOf(droplet: Droplet, settings: Settings, now: number): MadeDroplet['status'] {
  if (droplet.destroy !== null) {
    return droplet.destroy.done && now >= droplet.destroy.at + settings.destroySeconds * 1000 ? 'destroyed' : 'destroying';
  }
  if (now < droplet.bornAt) return 'unborn';
  return isSettled(droplet, settings, now) && !droplet.isNeverActive ? 'active' : 'new';
}

/** Whether its create action has ended, well or not. */
export const isSettled = (droplet: Droplet, settings: Settings, now: number): boolean =>
  now >= droplet.bornAt + settings.activeAfterSeconds * 1000;

const utc = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

function addresses(droplet: Droplet, settings: Settings, now: number): readonly unknown[] {
  if (!isSettled(droplet, settings, now) || droplet.isNeverActive) return [];
  const host = droplet.address.split('.').at(-1) ?? '1';
  const privateOne = { ip_address: `10.110.0.${host}`, netmask: '255.255.240.0', gateway: '10.110.0.1', type: 'private' };
  if (now < droplet.bornAt + settings.publicAddressAfterSeconds * 1000) return [privateOne];
  return [privateOne, { ip_address: droplet.address, netmask: '255.255.255.0', gateway: '127.0.1.1', type: 'public' }];
}

function imageOf({ image, createdAt }: Droplet): unknown {
  return {
    id: typeof image === 'number' ? image : 160_000_001,
    name: String(image),
    distribution: 'Ubuntu',
    slug: typeof image === 'number' ? null : image,
    public: typeof image === 'string',
    regions: [],
    created_at: utc(createdAt),
    type: 'snapshot',
    min_disk_size: 10,
    size_gigabytes: 2.36,
    description: '',
    tags: [],
    status: 'available',
  };
}

/** The droplet as the API shows it. */
export function showDroplet(droplet: Droplet, settings: Settings, now: number): unknown {
  const { id, name, size, createdAt, tags, region } = droplet;
  const status = isSettled(droplet, settings, now) && !droplet.isNeverActive ? 'active' : 'new';
  return {
    id,
    name,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: size.disk,
    disk_info: [{ type: 'local', size: { amount: size.disk, unit: 'gib' } }],
    locked: droplet.destroy !== null || !isSettled(droplet, settings, now),
    status,
    kernel: null,
    created_at: utc(createdAt),
    features: ['monitoring', 'droplet_agent'],
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [],
    image: imageOf(droplet),
    volume_ids: [],
    size,
    size_slug: size.slug,
    networks: { v4: addresses(droplet, settings, now), v6: [] },
    region: regionOf(region),
    tags,
    vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
  };
}

/** Its actions, the newest first. */
export function showActions(droplet: Droplet, settings: Settings, now: number): readonly { readonly id: number }[] {
  const { id, actionId, bornAt, createdAt, destroy, region } = droplet;
  const isOver = isSettled(droplet, settings, now);
  const common = { resource_id: id, resource_type: 'droplet', region: regionOf(region), region_slug: region };
  const create = {
    id: actionId,
    type: 'create',
    status: isOver ? (droplet.isNeverActive ? 'errored' : 'completed') : 'in-progress',
    started_at: utc(createdAt),
    completed_at: isOver ? utc(bornAt + settings.activeAfterSeconds * 1000) : null,
    ...common,
  };
  if (destroy === null) return [create];
  const end = destroy.at + settings.destroySeconds * 1000;
  const isGone = statusOf(droplet, settings, now) === 'destroyed';
  return [
    {
      id: destroy.actionId,
      type: 'destroy',
      status: isGone ? 'completed' : 'in-progress',
      started_at: utc(destroy.at),
      completed_at: isGone ? utc(end) : null,
      ...common,
    },
    create,
  ];
}
