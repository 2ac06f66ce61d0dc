/** A thread for `threads.test.ts`: answers until told to fail. */
import { parentPort, workerData } from 'node:worker_threads';

interface Order {
  readonly say: string;
}

const greeting: string = workerData.greeting;
parentPort?.on('message', ({ say }: Order) => {
  if (say === 'fail') throw new Error('as you wish');
  if (say === 'leave') parentPort?.close();
  else parentPort?.postMessage(`${greeting} ${say}`);
});
