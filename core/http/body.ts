import type { IncomingMessage } from 'node:http';

const empty = new Uint8Array(0);

export type BodyOutcome =
  | { readonly kind: 'body'; readonly body: Uint8Array }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'gone' };

/**
 * Past this many times the limit nothing more is read. Until there a body that is not wanted is thrown away: to
 * close a connection with unread bytes resets it, and the client would never see why it was refused.
 */
const discardFactor = 16;

/** Reads a body of at most `limitBytes`; the listener's request time-out bounds how long. */
export function readBody(request: IncomingMessage, limitBytes: number, done: (outcome: BodyOutcome) => void): void {
  consume(request, limitBytes, limitBytes * discardFactor, done);
}

/** Lets the body of a refused request pass and runs `done`; not when the client is gone. */
export function discardBody(request: IncomingMessage, limitBytes: number, done: () => void): void {
  const mostBytes = limitBytes * discardFactor;
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) {
    request.resume();
    done();
    return;
  }
  consume(request, 0, mostBytes, ({ kind }) => {
    if (kind !== 'gone') done();
  });
}

function consume(
  request: IncomingMessage,
  keepBytes: number,
  mostBytes: number,
  done: (outcome: BodyOutcome) => void,
): void {
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
    if (sizeBytes <= keepBytes) chunks.push(chunk);
    else {
      chunks.length = 0;
      if (sizeBytes > mostBytes) finish({ kind: 'tooLarge' });
    }
  });
  request.on('end', () => {
    if (sizeBytes > keepBytes) {
      finish({ kind: 'tooLarge' });
      return;
    }
    const [first] = chunks;
    const body = first === undefined ? empty : chunks.length === 1 ? first : Buffer.concat(chunks, sizeBytes);
    finish({ kind: 'body', body });
  });
  request.on('error', () => finish({ kind: 'gone' }));
  request.on('close', () => finish({ kind: 'gone' }));
}
