export interface Load {
  readonly load: number;
  readonly bin: number;
}

const precedes = (one: Load, other: Load): boolean => one.load < other.load || (one.load === other.load && one.bin < other.bin);

/** A binary heap: the smallest load on top, of equal ones the lowest bin, so that what is planned does not depend on chance. */
export class HeapOfLoads {
  private readonly items: Load[] = [];

  peek(): Load | undefined {
    return this.items[0];
  }

  push(item: Load): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || precedes(parent, item)) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  pop(): Load | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.sink(last);
    return top;
  }

  private sink(item: Load): void {
    const { items } = this;
    let at = 0;
    for (;;) {
      const left = items[2 * at + 1];
      const right = items[2 * at + 2];
      if (left === undefined) break;
      const [child, below] = right !== undefined && precedes(right, left) ? [right, 2 * at + 2] : [left, 2 * at + 1];
      if (precedes(item, child)) break;
      items[at] = child;
      at = below;
    }
    items[at] = item;
  }
}
