/** Who acts next: a retry now, a retry after a wait, a person, or nobody (the run is left out with this reason). */
export type Fault = 'transient' | 'throttled' | 'permanent' | 'data';

/** Base of every failure raised on purpose. `name` is a contract: it is what an execution's history shows. */
export abstract class TrawlError extends Error {
  abstract override readonly name: string;
  abstract readonly fault: Fault;
}

/** A secret that `trawl init` writes is not there. */
export class SecretMissingError extends TrawlError {
  override readonly name = 'SecretMissingError';
  override readonly fault = 'permanent';
  constructor(
    readonly parameter: string,
    options?: ErrorOptions,
  ) {
    super(`SSM parameter ${parameter} is missing: run "trawl init"`, options);
  }
}

/** ENA could not be asked or answered that it is overloaded. */
export class ArchiveUnavailableError extends TrawlError {
  override readonly name = 'ArchiveUnavailableError';
  override readonly fault = 'transient';
  constructor(
    readonly detail: string,
    readonly retryAfterSeconds?: number,
    options?: ErrorOptions,
  ) {
    super(`ENA is unavailable: ${detail}`, options);
  }
}

/** Something that must be there by the order of events is not: a programming error or a removed record. */
export class RecordMissingError extends TrawlError {
  override readonly name = 'RecordMissingError';
  override readonly fault = 'permanent';
  constructor(
    readonly entity: string,
    readonly id: string,
  ) {
    super(`${entity} ${id} is missing`);
  }
}

/** A worker stands at a provider that this installation does not have (any more). */
export class ProviderUnknownError extends TrawlError {
  override readonly name = 'ProviderUnknownError';
  override readonly fault = 'permanent';
  constructor(readonly provider: string) {
    super(`no provider ${provider} is configured: put it back into the configuration until its last worker is gone`);
  }
}

/** An object that was written before its key was handed on is not in the bucket. */
export class ObjectMissingError extends TrawlError {
  override readonly name = 'ObjectMissingError';
  override readonly fault = 'permanent';
  constructor(
    readonly key: string,
    options?: ErrorOptions,
  ) {
    super(`object ${key} is missing`, options);
  }
}

/** The bucket kept what it was asked to remove. */
export class ObjectsNotRemovedError extends TrawlError {
  override readonly name = 'ObjectsNotRemovedError';
  override readonly fault = 'transient';
  constructor(
    readonly key: string,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`object ${key} was not removed: ${detail}`, options);
  }
}

/** The plan of a batch is gone from the bucket, or what lies there is no plan. */
export class PlanUnreadableError extends TrawlError {
  override readonly name = 'PlanUnreadableError';
  override readonly fault = 'permanent';
  constructor(
    readonly key: string,
    options?: ErrorOptions,
  ) {
    super(`plan ${key} is missing or not readable`, options);
  }
}

/** Other writers came between reading and writing, several times in a row. */
export class ContendedError extends TrawlError {
  override readonly name = 'ContendedError';
  override readonly fault = 'transient';
  constructor(readonly id: string) {
    super(`${id} is written to by others too often`);
  }
}

/** The table could not judge a write: others wrote the same items again and again, or it is throttled. Nothing was changed. */
export class StoreBusyError extends TrawlError {
  override readonly name = 'StoreBusyError';
  override readonly fault = 'throttled';
  constructor(
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`the table is busy: ${detail}`, options);
  }
}

/** A function was asked to start a machine whose ARN it was not given. */
export class MachineUnknownError extends TrawlError {
  override readonly name = 'MachineUnknownError';
  override readonly fault = 'permanent';
  constructor(
    readonly machine: string,
    options?: ErrorOptions,
  ) {
    super(`no ARN is configured for machine ${machine}`, options);
  }
}

/** Parts of a tick failed; every other part was done. The next try repeats all of it, which changes nothing that stands. */
export class TickIncompleteError extends TrawlError {
  override readonly name = 'TickIncompleteError';
  override readonly fault = 'transient';
  constructor(
    readonly failures: readonly { readonly id: string; readonly error: unknown }[],
    options?: ErrorOptions,
  ) {
    super(
      failures.map(({ id, error }) => `${id}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`).join('; '),
      options,
    );
  }
}
