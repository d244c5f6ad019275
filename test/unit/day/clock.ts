/** Time that passes only from one event to the next. */
interface Due {
  readonly at: number;
  readonly order: number;
  readonly work: () => unknown;
}
const isBefore = (one: Due, other: Due): boolean => one.at < other.at || (one.at === other.at && one.order < other.order);

export class Clock {
  private readonly heap: Due[] = [];
  private time: number;
  private order = 0;

  constructor(start: string) {
    this.time = Date.parse(start);
  }
  readonly now = (): Date => new Date(this.time);
  readonly after = (seconds: number, work: () => unknown): void => {
    const due = { at: this.time + Math.max(0, seconds) * 1000, order: (this.order += 1), work };
    this.heap.push(due);
    let at = this.heap.length - 1;
    for (let above = (at - 1) >> 1; at > 0 && isBefore(due, this.heap[above] as Due); above = (at - 1) >> 1) {
      this.heap[at] = this.heap[above] as Due;
      at = above;
    }
    this.heap[at] = due;
  };
  /** Again and again; the first time after `seconds`. */
  every(seconds: number, work: () => unknown): void {
    this.after(seconds, () => {
      this.every(seconds, work);
      return work();
    });
  }
  /** Does what is due in its order, and `settle` after each. */
  async run(untilIso: string, settle: () => Promise<void>): Promise<void> {
    const until = Date.parse(untilIso);
    for (let due = this.heap[0]; due !== undefined && due.at <= until; due = this.heap[0]) {
      this.take();
      this.time = due.at;
      await due.work();
      await settle();
    }
    this.time = until;
  }
  private take(): void {
    const last = this.heap.pop() as Due;
    if (this.heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [this.heap[2 * at + 1], this.heap[2 * at + 2]];
      const isRight = right !== undefined && left !== undefined && isBefore(right, left);
      const next = isRight ? right : left;
      if (next === undefined || !isBefore(next, last)) break;
      this.heap[at] = next;
      at = 2 * at + (isRight ? 2 : 1);
    }
    this.heap[at] = last;
  }
}
