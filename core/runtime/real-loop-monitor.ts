import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { LoopLoad, LoopMonitor } from './loop-monitor.ts';

/** How often the kernel's timer looks, ms; its own period is part of what Node reports. */
const resolutionMs = 20;

/** Measures in native code, from the first call on; keeps no process alive. */
export function realLoopMonitor(): LoopMonitor {
  let delays: ReturnType<typeof monitorEventLoopDelay> | null = null;
  let before = performance.eventLoopUtilization();
  return {
    take(): LoopLoad {
      if (delays === null) {
        delays = monitorEventLoopDelay({ resolution: resolutionMs });
        delays.enable();
        before = performance.eventLoopUtilization();
        return { lagMs: 0, busyFraction: 0 };
      }
      const now = performance.eventLoopUtilization();
      const { idle, active } = performance.eventLoopUtilization(now, before);
      before = now;
      // Nothing was recorded yet: max is 0.
      const lagMs = Math.max(0, delays.max / 1e6 - resolutionMs);
      delays.reset();
      const passedMs = idle + active;
      return { lagMs, busyFraction: passedMs > 0 ? active / passedMs : 0 };
    },
  };
}
