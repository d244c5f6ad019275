/** How long functions run where a request takes its time, assumed: what this machine takes says nothing of AWS. */
const SECONDS = {
  perCall: 0.05,
  table: 0.01,
  bucket: 0.03,
  login: 2,
} as const;
/**
 * What the code itself takes for a request, of a whole core: measured for a conditional write of this table's adapter (1.07 ms on a busy
 * machine). A function has a share of a core, by its memory.
 */
const CORE_SECONDS = 0.001;
const MB_PER_CORE = 1769;
/**
 * What the functions of a cycle do that no request here tells of: ENA's three answers to a listing of some thousand rows, a second each at the
 * pace that Trawl keeps, and DuckDB starting and going over them.
 */
const OWN_SECONDS: Readonly<Record<string, number>> = { ListRuns: 4, CompareListing: 1, PlanBatches: 0.5 };

type Kind = 'table' | 'bucket' | 'login';

/**
 * One call of a function. Requests that are on their way at the same time take the time of one: answers are held until all of them are there,
 * as if each took as long, so that a chain of requests takes as many rounds as it has links, whatever goes on beside it.
 */
export class Invocation {
  private seconds: number;
  private requests = 0;
  private away = 0;
  private longest = 0;
  /** Answers of this round, until all of them are there. */
  private release: (() => void)[] = [];

  constructor(
    readonly name: string,
    private readonly memoryMb: number,
  ) {
    this.seconds = SECONDS.perCall + (OWN_SECONDS[name] ?? 0);
  }

  get gbSeconds(): number {
    const own = (this.requests * CORE_SECONDS * MB_PER_CORE) / Math.min(this.memoryMb, MB_PER_CORE);
    return ((this.seconds + own) * this.memoryMb) / 1024;
  }

  asked<T>(kind: Kind, ask: () => T): T {
    this.requests += 1;
    const answer = ask();
    if (answer instanceof Promise) return this.held(kind, answer) as T;
    // What comes line by line is one request, and is not waited for here.
    this.seconds += SECONDS[kind];
    return answer;
  }

  private async held(kind: Kind, answer: Promise<unknown>): Promise<unknown> {
    this.away += 1;
    this.longest = Math.max(this.longest, SECONDS[kind]);
    await Promise.allSettled([answer]);
    this.away -= 1;
    await new Promise<void>((resolve) => {
      this.release.push(resolve);
      if (this.away === 0) this.endRound();
    });
    return answer;
  }

  private endRound(): void {
    this.seconds += this.longest;
    this.longest = 0;
    for (const resolve of this.release.splice(0)) resolve();
  }
}
