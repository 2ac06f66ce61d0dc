import { Worker } from 'node:worker_threads';
import type { Thread, Threads } from './threads.ts';

/**
 * Worker threads. The start value is the worker's `workerData`. An entry that ends in `.ts` (we run
 * from source, under tsx) starts through `thread-boot.mjs`, which makes TypeScript loadable there.
 */
export function realThreads(): Threads {
  return { start: startThread };
}

/**
 * Our threads allocate next to nothing once they run, but the garbage of their start makes V8 keep much more than
 * this for new objects, for good. Measured: 4 MB less for the media thread of an idle server.
 */
const maxYoungGenerationSizeMb = 6;

function startThread(entry: URL, data: unknown): Thread {
  const isSource = entry.pathname.endsWith('.ts');
  const worker = new Worker(isSource ? new URL('./thread-boot.mjs', import.meta.url) : entry, {
    workerData: data,
    argv: isSource ? [entry.href] : [],
    execArgv: [], // `--import tsx` and test flags are the main thread's
    resourceLimits: { maxYoungGenerationSizeMb },
  });
  let fault: Error | null = null;
  let terminated = false;
  const thread: Thread = {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    onMessage: () => {},
    onExit: () => {},
    async terminate() {
      terminated = true;
      await worker.terminate();
    },
  };
  worker.on('message', (message: unknown) => thread.onMessage(message));
  worker.on('messageerror', (error) => {
    fault ??= error;
  });
  worker.on('error', (error) => {
    fault = error instanceof Error ? error : new Error(String(error));
  });
  worker.on('exit', (code) => {
    const isClean = terminated || (code === 0 && fault === null);
    thread.onExit(isClean ? null : (fault ?? new Error(`the thread ended with code ${code}`)));
  });
  return thread;
}
