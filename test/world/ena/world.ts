import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { Archive, type Changed } from './archive';
import { Change, type Fault, type FaultRule, type LoggedRequest, type Settings } from './control-schema';
import { leftOf } from '../stand-in';
import { loadRecordings } from './recorded';

export interface WorldOptions {
  readonly dataDirectory: string;
  readonly filesDir: string;
  readonly totalBytes: number;
  readonly seed: number;
  /** Journal of the changes, replayed at the next start; without it they live as long as the process. */
  readonly statePath?: string | undefined;
  readonly now: () => Date;
}
type OpenRequest = { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] };
const DEFAULTS: Settings = { emptyStatus: 200, defaultLimit: 100_000, droppedColumns: [] };

/** All that can change while the stand-in runs: archive, settings, faults still to come, and what was asked. */
export class World {
  private held: Archive;
  private rules: readonly FaultRule[] = [];
  private log: OpenRequest[] = [];
  private lastSeq = 0;
  settings: Settings = DEFAULTS;

  constructor(private readonly options: WorldOptions) {
    this.held = this.freshArchive();
    const { statePath } = options;
    if (statePath === undefined || !existsSync(statePath)) return;
    const lines = readFileSync(statePath, 'utf8').split('\n');
    for (const line of lines.filter((text) => text !== '')) this.held.apply(Change.parse(JSON.parse(line)));
  }

  get archive(): Archive {
    return this.held;
  }

  change(change: Change): Changed {
    const changed = this.held.apply(change);
    const { statePath } = this.options;
    if (changed.outcome === 'applied' && statePath !== undefined) appendFileSync(statePath, `${JSON.stringify(change)}\n`);
    return changed;
  }

  /** Back to the recorded rows, no faults, empty log, settings as at the start; the journal is deleted. */
  reset(): void {
    if (this.options.statePath !== undefined) rmSync(this.options.statePath, { force: true });
    this.held = this.freshArchive();
    this.rules = [];
    this.log = [];
    this.settings = DEFAULTS;
  }

  get faults(): readonly FaultRule[] {
    return this.rules;
  }

  inject(rule: FaultRule): void {
    this.rules = [...this.rules, rule];
  }

  clearFaults(contains?: string): void {
    this.rules = leftOf(this.rules, contains);
  }

  /** Uses up one time of the oldest rule that matches the request. */
  takeFault(on: FaultRule['on'], request: OpenRequest): Fault | undefined {
    const parameters = Object.entries(request.query).map(([name, value]) => `${name}=${value}`);
    const line = `${request.method} ${request.path}?${parameters.join('&')}`;
    const rule = this.rules.find((candidate) => candidate.on === on && line.includes(candidate.contains));
    if (rule === undefined) return undefined;
    if (rule.after > 0) {
      this.rules = this.rules.map((other) => (other === rule ? { ...rule, after: rule.after - 1 } : other));
      return undefined;
    }
    this.rules = this.rules.flatMap((other) => (other !== rule ? [other] : rule.times > 1 ? [{ ...rule, times: rule.times - 1 }] : []));
    request.fault = rule.fault.kind;
    return rule.fault;
  }

  get requests(): readonly LoggedRequest[] {
    return this.log;
  }

  clearRequests(): void {
    this.log = [];
  }

  /** Notes a request when it comes; its answer is noted in the same record. */
  note(request: Pick<LoggedRequest, 'method' | 'path' | 'query' | 'range'>): OpenRequest {
    const entry = { seq: ++this.lastSeq, at: this.options.now().toISOString(), ...request, status: null, bytesSent: 0, fault: null };
    this.log.push(entry);
    return entry;
  }

  private freshArchive(): Archive {
    const { dataDirectory, filesDir, totalBytes, seed, now } = this.options;
    return new Archive(loadRecordings(dataDirectory, totalBytes, seed), filesDir, seed, now);
  }
}
export type { OpenRequest };
