/** What the event loop did since it was last asked. */
export interface LoopLoad {
  /** The latest that a timer ran after its time, ms. */
  readonly lagMs: number;
  /** Share of the time that the loop was not waiting, 0 to 1. */
  readonly busyFraction: number;
}

/**
 * The seam to the load of this thread's event loop. Real: `real-loop-monitor.ts`. In simulated time
 * nothing takes time, so a test says what is measured.
 */
export interface LoopMonitor {
  /** The load since the last call. */
  take(): LoopLoad;
}

/** Says what it was told; without a word, an idle loop. */
export class SimLoopMonitor implements LoopMonitor {
  load: LoopLoad = { lagMs: 0, busyFraction: 0 };

  take(): LoopLoad {
    return this.load;
  }
}
