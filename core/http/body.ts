import type { IncomingMessage } from 'node:http';

const empty = new Uint8Array(0);

export type BodyOutcome =
  | { readonly kind: 'body'; readonly body: Uint8Array }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'gone' };

/**
 * Reads a body of at most `limitBytes`. A larger one is read on and thrown away, so that the refusal
 * reaches a client that sends before it reads; the listener's request time-out bounds how long.
 */
export function readBody(request: IncomingMessage, limitBytes: number, done: (outcome: BodyOutcome) => void): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let finished = false;
  const finish = (outcome: BodyOutcome): void => {
    if (finished) return;
    finished = true;
    done(outcome);
  };
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
    else {
      chunks.length = 0;
      finish({ kind: 'tooLarge' });
    }
  });
  request.on('end', () => {
    const [first] = chunks;
    const body = first === undefined ? empty : chunks.length === 1 ? first : Buffer.concat(chunks, sizeBytes);
    finish({ kind: 'body', body });
  });
  request.on('error', () => finish({ kind: 'gone' }));
  request.on('close', () => finish({ kind: 'gone' }));
}
