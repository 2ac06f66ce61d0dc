/** The only place of the page that asks the browser for time. */

/** Runs once after `ms`; the result cancels it. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

/** Runs every `ms`; the result ends it. */
export function every(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms);
  return () => clearInterval(timer);
}

/** Resolves after `ms`. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => after(ms, resolve));

/** Milliseconds since the page was opened; only ever rises. */
export const nowMs = (): number => performance.now();

/** Milliseconds since 1970, UTC. */
export const unixMs = (): number => Date.now();
