/** What the use cases need of the world outside the table: objects, executions, the cluster, worker providers, secrets, time. */
import type { CancelAnswer, CapabilitiesAnswer, DiskAnswer, StatusAnswer, SubmitAnswer, SubmitRequest } from '../wire';
import type { z } from 'zod';

export type Clock = () => Date;
export type NewId = () => string;

/** An object as the store lists it. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** Of the content, as the store worked it out; of one that was put in parts, what its writer said before the first. Absent where nobody said. */
  readonly md5?: string;
  /** When it was written last, in UTC; absent where the store does not say. */
  readonly writtenAt?: string;
}

export interface ObjectStore {
  /** Parsed with the schema; undefined when there is no such object. @throws ZodError when it is not what the schema says */
  getJson<T>(key: string, schema: z.ZodType<T>): Promise<T | undefined>;
  putJson(key: string, value: unknown): Promise<void>;
  exists(key: string): Promise<boolean>;
  /** Every object whose key begins like this, by key. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  /** Removes what is there of these; what is not there is no error. */
  remove(keys: readonly string[]): Promise<void>;
  /** Reads line by line, for JSON lines; ends the iteration at the end of the object. @throws when there is no such object */
  readLines(key: string): AsyncIterable<string>;
  /** Down to and up from a local file, whole. */
  download(key: string, path: string): Promise<void>;
  upload(path: string, key: string, contentType: string): Promise<{ readonly bytes: number }>;
}

/** A link under which anyone may read one object for a short while. */
export type GetLink = (key: string) => Promise<string>;

/**
 * Links under which somebody without rights may put objects for a short while, in one piece or, where it is larger than one request takes, in parts.
 * Parts that are never completed are forgotten by the bucket itself.
 */
export interface PutLinks {
  put(key: string): Promise<string>;
  /** Begins an object of parts, whose content is said to have this md5. Each call begins another one. @returns its id */
  begin(key: string, md5: string): Promise<string>;
  /** `part` counts from 1. The answer to the PUT carries its md5 as `ETag`. */
  part(key: string, uploadId: string, part: number): Promise<string>;
  /** Makes the parts one object, if each has this md5. *refused*: one has not, or there is no such upload (any more). */
  complete(key: string, uploadId: string, md5s: readonly string[]): Promise<'done' | 'refused'>;
}

export const MACHINE_NAMES = [
  'check-source',
  'process-batch',
  'sweep-results',
  'publish-source',
  'heartbeat',
  'add-sources',
  'export-runs',
  'tend-home',
  'reap-workers',
] as const;
export type MachineName = (typeof MACHINE_NAMES)[number];
export interface Machines {
  /** Idempotent by name: a name that was used before answers *already*, whatever became of it. */
  start(machine: MachineName, name: string, input: Readonly<Record<string, unknown>>): Promise<'started' | 'already'>;
  /** Answers a waiting execution. *expired*: it waits no longer (timed out, ended, or never was); an expected outcome. */
  answer(token: string, output: Readonly<Record<string, unknown>>): Promise<'answered' | 'expired'>;
  /** undefined: no execution of that name. */
  status(machine: MachineName, name: string): Promise<'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | undefined>;
  stop(machine: MachineName, name: string, cause: string): Promise<void>;
  /** Names of the executions that run now; eventually consistent, so whoever acts on an absence looks again later. */
  running(machine: MachineName): Promise<readonly string[]>;
}

/** An answer of the bridge that did not come whole: whatever was asked may have happened. */
export type Asked<T> = { readonly outcome: 'answered'; readonly answer: T } | { readonly outcome: 'unknown'; readonly detail: string };

/** The gate on the head node, over whatever transport. Each call is one round trip and never retries. */
export interface Gate {
  submit(request: SubmitRequest): Promise<SubmitAnswer | { readonly outcome: 'unknown'; readonly detail: string }>;
  /** With `installation`, the answer's `live` names every job of it that lives, asked for or not. */
  status(jobs: readonly { readonly jobId: string; readonly key: string }[], installation?: string): Promise<Asked<StatusAnswer>>;
  tail(
    jobId: string,
    file: 'agent' | 'nextflow' | 'slurm',
    bytes: number,
  ): Promise<Asked<{ readonly text: string; readonly totalBytes: number }>>;
  cancel(jobId: string, key: string): Promise<Asked<Omit<z.output<typeof CancelAnswer>, 'gate'>>>;
  disk(): Promise<Asked<DiskAnswer>>;
  capabilities(): Promise<Asked<Readonly<z.output<typeof CapabilitiesAnswer>>>>;
}

/** What a provider must know to make a worker for one attempt. `spec` and `enrolment` reach the agent; nothing else does. */
export interface WorkerRequest {
  readonly workerId: string;
  /** The worker's first job; its key is the key at the provider. */
  readonly jobId: string;
  readonly deadline: Date;
  readonly resources: { readonly cpus: number; readonly memoryMb: number; readonly timeMinutes: number };
  /** Disk that the work may fill, for providers whose workers bring their own. */
  readonly diskGb?: number;
  readonly enrolment: { readonly url: string; readonly token: string };
  readonly spec: Readonly<Record<string, unknown>>;
  /** Tasks of a stage are to be jobs beside the worker, at the same provider. */
  readonly hasTasks?: boolean;
  /** So many of them at once, as was reserved for them; absent: as the installation says. */
  readonly queueSize?: number;
  /** A create for this key may have been sent before: where the provider cannot refuse a second one by itself, it only looks, and *unknown* is all it says of what it does not find. */
  readonly askedBefore?: boolean;
  /** Where it is not to be made; a provider knows its own kind of place. */
  readonly avoid?: Avoid;
}
export interface Avoid {
  /** Places that rest after failures: never. As `place` of `Created` names them. */
  readonly places: readonly string[];
  /** Places and nodes where an earlier attempt failed: only where there is nothing else. */
  readonly ratherNot: readonly string[];
}
/** Places that refused before the answer came, each with the reason in one word. */
interface Tried {
  readonly refused?: readonly { readonly place: string; readonly cause: string }[];
}
export type Created = Tried & CreatedAs;
type CreatedAs =
  /** `dollarsPerHour`: what the worker costs from now on, `egressDollarsPerGib`: what leaves it; absent where it costs nothing. */
  | {
      readonly outcome: 'done';
      readonly providerRef: string;
      readonly dollarsPerHour?: number;
      readonly egressDollarsPerGib?: number;
      /** Where it was made, where its provider has such places: `<image>/<region>/<size>`. */
      readonly place?: string;
    }
  | { readonly outcome: 'failed'; readonly reason: string; readonly detail: string; readonly retry: 'elsewhere' | 'later' | 'never' }
  | { readonly outcome: 'unknown'; readonly detail: string; readonly place?: string };
export interface ProviderWorker {
  readonly key: string;
  readonly providerRef: string;
  readonly state: 'waiting' | 'running' | 'ended' | 'needs-person';
  readonly rawState: string;
  /** Where it has ended for sure, so that no later look is needed: why, in one word. */
  readonly endedAs?: string;
  /** It carries the provider's own mark that it is to be left alone. */
  readonly kept?: true;
}
export type Found =
  | { readonly outcome: 'found'; readonly worker: ProviderWorker }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'unknown'; readonly detail: string };

/**
 * Gives a batch somewhere to run; core knows no other difference between a droplet and an allocation (contract 5).
 * Each call is one question, answers done, failed or unknown, and never waits. `key` is the worker's first job key.
 */
export interface WorkerProvider {
  readonly kind: string;
  /**
   * Where the results of its workers lie: *home*, on the laboratory's storage; *away*, on the worker, from where they are pulled; or in the *bucket*, where the
   * worker puts them before its job ends.
   */
  readonly results: 'home' | 'away' | 'bucket';
  /** How long a worker that the provider does not show is looked for before it counts as not there; absent: as for the cluster's jobs. */
  readonly lookUpSeconds?: number;
  /** Looks for the key before it creates; a second call for one key answers the same worker. */
  create(request: WorkerRequest): Promise<Created>;
  find(key: string): Promise<Found>;
  /** Everything that the provider still has under this installation's name or tag, also what is no worker of it. */
  list(): Promise<Asked<readonly ProviderWorker[]>>;
  /** The same question as `find`, asked of a worker that is known to have existed; *absent* or *ended* means gone. */
  probe(key: string, providerRef: string | undefined): Promise<Found>;
  /** Asks for its end; *done* means accepted or already gone. */
  destroy(
    key: string,
    providerRef: string | undefined,
  ): Promise<{ readonly outcome: 'done' } | { readonly outcome: 'failed' | 'unknown'; readonly detail: string }>;
  /** US dollars an hour for these resources; 0 on a cluster that the laboratory owns. */
  price(resources: WorkerRequest['resources']): Promise<{ readonly dollarsPerHour: number }>;
}

export interface PublishedVersion {
  /** Its number, as text. */
  readonly version: string;
  readonly publishedAt: string;
}
/** The published versions of the installation's own functions. */
export interface FunctionVersions {
  list(): Promise<readonly { readonly name: string; readonly versions: readonly PublishedVersion[] }[]>;
  /** One that is gone is no error. */
  remove(name: string, version: string): Promise<void>;
}

export interface Secrets {
  /** Reads a SecureString once per cold start and minute; *anew*: once in some seconds. @throws SecretMissingError */
  get(name: string, age?: 'anew'): Promise<string>;
}
