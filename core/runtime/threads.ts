/** The thread seam: structured-clone messages to and from a worker. Real: `real-threads.ts`. */
export interface Thread {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  onMessage: (message: unknown) => void;
  /** Runs once, with the fault that ended the thread or null after `terminate`. */
  onExit: (fault: Error | null) => void;
  terminate(): Promise<void>;
}

export interface Threads {
  /** In simulated time: there are none, `start` throws. */
  readonly simulated?: boolean;
  /** Starts `entry` (a compiled or `.ts` module URL) with `data` as its start value. */
  start(entry: URL, data: unknown): Thread;
}
