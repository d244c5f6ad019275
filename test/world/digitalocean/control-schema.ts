import { z } from 'zod';
import { REFUSALS } from './recorded';

const Seconds = z.number().min(0).max(86_400);

/** Requests by what they ask for; `any` is all of them. */
export const OPERATIONS = ['create', 'get', 'list', 'destroy', 'action', 'account', 'sizes', 'tags'] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * `lose-reply`: done as asked, then the connection is cut. `late-birth`: a create is answered, but the droplet exists only after so
 * many seconds. `never-active`: its create action ends `errored` and it stays `new`. `refuse`: not done, DigitalOcean's own words.
 * `rate-limit`: 429; without `retryAfterSeconds` that of the hourly limit, which sends no `retry-after`. `reset`: not done, cut.
 * `slow`: done, answered late. `reuse-address`: the droplet gets this address, once the one that had it is gone.
 */
export const Fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lose-reply') }),
  z.strictObject({ kind: z.literal('late-birth'), seconds: Seconds }),
  z.strictObject({ kind: z.literal('never-active') }),
  z.strictObject({ kind: z.literal('refuse'), reason: z.enum(REFUSALS) }),
  z.strictObject({ kind: z.literal('rate-limit'), retryAfterSeconds: z.int().min(0).optional() }),
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('reuse-address'), address: z.string() }),
  z.strictObject({ kind: z.literal('slow'), seconds: Seconds }),
]);
export type Fault = z.output<typeof Fault>;

/**
 * A fault for the next `times` requests of an operation whose line `METHOD path?query body` holds `contains`. Rules of different kinds
 * act together on one request, so that a create can be born late and lose its reply; of two of the same kind the oldest acts.
 */
export const FaultRule = z.strictObject({
  on: z.enum([...OPERATIONS, 'any']),
  contains: z.string().default(''),
  times: z.int().min(1).default(1),
  fault: Fault,
});
export type FaultRule = z.output<typeof FaultRule>;
export type FaultRuleInput = z.input<typeof FaultRule>;

export const BootMode = z.enum(['none', 'sandbox']);
export type BootMode = z.output<typeof BootMode>;

/** How the stand-in behaves until told otherwise. Seconds count from a droplet's birth, those of `destroySeconds` from its DELETE. */
export const Settings = z.strictObject({
  /** Of droplets created from now on. */
  boot: BootMode,
  /** Every connection for the API is cut; the control still answers. */
  unreachable: z.boolean(),
  listLagSeconds: Seconds,
  activeAfterSeconds: Seconds,
  /** The private address is there as soon as the droplet is active. */
  publicAddressAfterSeconds: Seconds,
  /** How long a droplet is still shown after its DELETE. */
  destroySeconds: Seconds,
  dropletLimit: z.int().min(0),
  unavailableRegions: z.array(z.string()),
  /** `s-1vcpu-1gb` is nowhere to be had, `s-1vcpu-1gb@fra1` not in one region. */
  unavailableSizes: z.array(z.string()),
  requestsPerHour: z.int().min(0),
  requestsPerMinute: z.int().min(0),
});
export type Settings = z.output<typeof Settings>;

export const FIRST_SETTINGS: Settings = {
  boot: 'none',
  unreachable: false,
  listLagSeconds: 1,
  activeAfterSeconds: 1,
  publicAddressAfterSeconds: 2,
  destroySeconds: 1,
  dropletLimit: 10,
  unavailableRegions: [],
  unavailableSizes: [],
  requestsPerHour: 5_000,
  requestsPerMinute: 250,
};

/** One request for the API; `status` is null while it is open or when it was cut unanswered. */
export const LoggedRequest = z.object({
  seq: z.int(),
  at: z.string(),
  operation: z.enum(OPERATIONS).nullable(),
  method: z.string(),
  path: z.string(),
  query: z.record(z.string(), z.string()),
  status: z.int().nullable(),
  faults: z.array(z.string()),
});
export type LoggedRequest = z.output<typeof LoggedRequest>;

/** A droplet that was ever made, as only the control shows it. */
export const MadeDroplet = z.object({
  id: z.int(),
  name: z.string(),
  tags: z.array(z.string()),
  region: z.string(),
  size: z.string(),
  image: z.union([z.string(), z.int()]),
  userData: z.string(),
  createdAt: z.string(),
  status: z.enum(['unborn', 'new', 'active', 'destroying', 'destroyed']),
  boot: BootMode,
  /** Its public address, even while the API does not show it yet. */
  address: z.string(),
  sshPort: z.int(),
  /** First process of its sandbox; null where there is none (yet, or any more). */
  pid: z.int().nullable(),
  /** Folder that is its disk; null where it has none (yet, or any more). */
  disk: z.string().nullable(),
  /** Public host key of its sshd, `ssh-ed25519 AAAA…` without comment. */
  hostKey: z.string().nullable(),
  /** With which its user data ended; null while it runs. */
  userDataExitCode: z.int().nullable(),
});
export type MadeDroplet = z.output<typeof MadeDroplet>;
