/** What a heap holds. Both members are the heap's own. */
export interface Timed {
  /** When it is due, on whatever clock the heap is used with. */
  dueMs: number;
  /** Where it stands in the heap; -1 while it is not in it. */
  place: number;
}

/** Things by when they are due, the next one first. To set or remove one takes a time by the logarithm of how many there are. */
export class DeadlineHeap<Item extends Timed> {
  private readonly items: Item[] = [];

  get size(): number {
    return this.items.length;
  }

  /** The one that is due next, or was longest ago. */
  get first(): Item | undefined {
    return this.items[0];
  }

  /** Puts it in, or has it due at another time. */
  set(item: Item, dueMs: number): void {
    if (item.place === -1) item.place = this.items.push(item) - 1;
    item.dueMs = dueMs;
    this.settle(item);
  }

  /** Takes it out, if it is in. */
  remove(item: Item): void {
    const { place } = item;
    if (place === -1) return;
    item.place = -1;
    const last = this.items.pop() as Item;
    if (last === item) return;
    this.put(last, place);
    this.settle(last);
  }

  clear(): void {
    for (const item of this.items) item.place = -1;
    this.items.length = 0;
  }

  /** Moves it up or down to where it belongs. */
  private settle(item: Item): void {
    while (item.place > 0) {
      const parent = this.items[(item.place - 1) >> 1] as Item;
      if (parent.dueMs <= item.dueMs) break;
      this.swap(item, parent);
    }
    for (;;) {
      const left = this.items[2 * item.place + 1];
      const right = this.items[2 * item.place + 2];
      if (left === undefined) return;
      const child = right !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child.dueMs >= item.dueMs) return;
      this.swap(item, child);
    }
  }

  private swap(one: Item, other: Item): void {
    const { place } = one;
    this.put(one, other.place);
    this.put(other, place);
  }

  private put(item: Item, place: number): void {
    this.items[place] = item;
    item.place = place;
  }
}
