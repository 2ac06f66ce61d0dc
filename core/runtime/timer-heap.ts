/** A timer of simulated time: its due time, then its rank, then its age decide the order. */
export interface HeapTimer {
  readonly dueMs: number;
  /** Lower runs first among timers that are due at the same time. */
  readonly rank: number;
  readonly sequence: number;
  /** Null once it ran or was cancelled. */
  run: (() => void) | null;
}

/** Binary heap with lazy removal: cancelled timers are dropped when they reach the top. */
export class TimerHeap {
  #items: HeapTimer[] = [];
  #cancelled = 0;

  /** Timers that will run. */
  get pending(): number {
    return this.#items.length - this.#cancelled;
  }

  push(timer: HeapTimer): void {
    const items = this.#items;
    let at = items.length;
    items.push(timer);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = items[parentAt];
      if (parent === undefined || !before(timer, parent)) break;
      items[at] = parent;
      at = parentAt;
    }
    items[at] = timer;
  }

  /** Forgets a timer; the heap is rebuilt when most of it is cancelled. */
  cancel(timer: HeapTimer): void {
    if (timer.run === null) return;
    timer.run = null;
    this.#cancelled++;
    if (this.#cancelled < 64 || this.#cancelled < this.#items.length / 2) return;
    this.#items = this.#items.filter((item) => item.run !== null).sort((a, b) => (before(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }

  /** The next timer, still in the heap; null when none is left. */
  peek(): HeapTimer | null {
    for (let top = this.#items[0]; top !== undefined; top = this.#items[0]) {
      if (top.run !== null) return top;
      this.#cancelled--;
      this.#removeTop();
    }
    return null;
  }

  pop(): HeapTimer | null {
    const top = this.peek();
    if (top !== null) this.#removeTop();
    return top;
  }

  /** The pending timers in no particular order. */
  list(): readonly HeapTimer[] {
    return this.#items.filter((item) => item.run !== null);
  }

  #removeTop(): void {
    const items = this.#items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = items[childAt];
      if (child === undefined) break;
      const right = items[childAt + 1];
      if (right !== undefined && before(right, child)) {
        child = right;
        childAt++;
      }
      if (!before(child, last)) break;
      items[at] = child;
      at = childAt;
    }
    items[at] = last;
  }
}

function before(a: HeapTimer, b: HeapTimer): boolean {
  if (a.dueMs !== b.dueMs) return a.dueMs < b.dueMs;
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.sequence < b.sequence;
}
