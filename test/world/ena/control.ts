import { z } from 'zod';
import { type ChangeInput, FaultRule, type FaultRuleInput, LoggedRequest, ServedFile, Settings, type Synthetic } from './control-schema';
import type { Row } from './tables';

const AnyRow = z.record(z.string(), z.string());

/** The control refused: its status, and its words as the message. */
export class EnaControlError extends Error {
  override readonly name = 'EnaControlError';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Tells the stand-in what to do, from any process. All methods reject with EnaControlError when it refuses. */
export interface EnaControl {
  /** Adds, edits, regenerates, withdraws or restores a run; answers with its row as it stands now. */
  change(change: ChangeInput): Promise<Row>;
  /** Adds a study of re-numbered rows, or puts it in the place of what it was. */
  synthesize(synthetic: z.input<typeof Synthetic>): Promise<void>;
  /** The row as searches see it; 404 for unknown and withdrawn runs. */
  row(accession: string): Promise<Row>;
  /** Every file that is served, with the bytes and md5 that the rows say. */
  files(): Promise<readonly ServedFile[]>;
  /** Makes the next matching requests fail; answers with all rules still to be used up. */
  inject(rule: FaultRuleInput): Promise<readonly FaultRule[]>;
  faults(): Promise<readonly FaultRule[]>;
  /** All rules, or those alone that were added with this `contains`. */
  clearFaults(contains?: string): Promise<void>;
  /** Every request since the start or the last clearing, oldest first; the control's own are not among them. */
  requests(): Promise<readonly LoggedRequest[]>;
  clearRequests(): Promise<void>;
  set(settings: Partial<Settings>): Promise<Settings>;
  /** Recorded rows, no faults, empty log, first settings. */
  reset(): Promise<void>;
}

/** A client for the stand-in at `url`, for example `http://127.0.0.1:8090`. */
export function enaControl(url: string): EnaControl {
  const call = async (method: string, what: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${url}/_control/${what}`, { method, ...init });
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    const { message } = z.object({ message: z.string() }).parse(answer);
    throw new EnaControlError(response.status, message);
  };
  return {
    change: async (change) => AnyRow.parse(await call('POST', 'changes', change)),
    synthesize: async (synthetic) => {
      await call('POST', 'synthetic', synthetic);
    },
    row: async (accession) => AnyRow.parse(await call('GET', `rows/${accession}`)),
    files: async () => z.array(ServedFile).parse(await call('GET', 'files')),
    inject: async (rule) => z.array(FaultRule).parse(await call('POST', 'faults', rule)),
    faults: async () => z.array(FaultRule).parse(await call('GET', 'faults')),
    clearFaults: async (contains) => {
      await call('DELETE', 'faults', contains === undefined ? undefined : { contains });
    },
    requests: async () => z.array(LoggedRequest).parse(await call('GET', 'requests')),
    clearRequests: async () => {
      await call('DELETE', 'requests');
    },
    set: async (settings) => Settings.parse(await call('PATCH', 'settings', settings)),
    reset: async () => {
      await call('POST', 'reset');
    },
  };
}
