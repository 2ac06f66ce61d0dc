/** Runs `work` for the newest value: one at a time, and what came meanwhile but the last is left out. */
export function newestOnly<Value>(work: (value: Value) => Promise<unknown>): (value: Value) => void {
  let waiting: { readonly value: Value } | null = null;
  let busy = false;
  async function go(): Promise<void> {
    busy = true;
    while (waiting !== null) {
      const { value } = waiting;
      waiting = null;
      await work(value);
    }
    busy = false;
  }
  return (value) => {
    waiting = { value };
    if (!busy) void go();
  };
}
