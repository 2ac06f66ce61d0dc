/** A raw TCP client for HTTP tests: sends bytes, gives what came until the server closes or goes quiet. */
import { connect, type Socket } from 'node:net';

export interface RawReply {
  readonly text: string;
  readonly statuses: readonly number[];
  readonly closed: boolean;
}

/** Sends `parts` and reads until `count` replies with whole bodies are there or the connection closes. */
export function raw(url: string, parts: readonly (string | Uint8Array)[], count = 1): Promise<RawReply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket: Socket = connect({ host: hostname, port: Number(port) });
    let text = '';
    const finish = (closed: boolean): void => {
      socket.destroy();
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
      resolve({ text, statuses, closed });
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (wholeReplies(text) >= count) finish(false);
    });
    socket.on('close', () => finish(true));
    socket.on('error', () => {});
    for (const part of parts) socket.write(part);
  });
}

function wholeReplies(text: string): number {
  let rest = text;
  for (let count = 0; ; count++) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return count;
    const head = rest.slice(0, end);
    if (/^HTTP\/1\.1 1\d\d/.test(head)) {
      rest = rest.slice(end + 4);
      count--;
      continue;
    }
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (rest.length < end + 4 + length) return count;
    rest = rest.slice(end + 4 + length);
  }
}

/** A request with its length. */
export function post(body: string, headers: readonly string[] = [], version = '1.1'): string {
  const lines = [
    `POST /x HTTP/${version}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  if (version === '1.1' && !headers.some((line) => /^host:/i.test(line))) lines.push('Host: localhost');
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
