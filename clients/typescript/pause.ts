/** Waits between attempts to connect: longer each time, a fifth more or less by chance, so that not all come at once. */
export function pauseMs(attempt: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(30, attempt)) * (0.8 + 0.4 * Math.random());
}

/** Keeps the process alive, unlike `AbortSignal.timeout`. Ends early when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}
