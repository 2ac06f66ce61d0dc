import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  every,
  libcUnavailable,
  newSockAddr,
  openPacketIo,
  realClock,
  realThreads,
  setSockAddr,
  sleep,
  type Thread,
} from '../../../core/runtime/index.ts';

interface Answer {
  readonly socket: number;
  readonly port: number;
  readonly seen: readonly number[];
}

const ask = (thread: Thread, order: unknown): Promise<Answer> =>
  new Promise((resolve, reject) => {
    thread.onMessage = (answer) => resolve(answer as Answer);
    thread.onExit = (fault) => reject(fault ?? new Error('the thread ended'));
    thread.post(order);
  });

test('a socket moves between two threads under traffic: every packet is seen once {media-io}', {
  skip: libcUnavailable() ?? false,
}, async () => {
  const clock = realClock();
  const threads = [0, 1].map(() =>
    realThreads().start(new URL(import.meta.url.replace('packet-io-threads.test', 'packet-io-thread')), null),
  );
  const [owner, bystander] = threads;
  assert.ok(owner !== undefined && bystander !== undefined);
  const { socket, port } = await ask(owner, { kind: 'open' });
  await ask(bystander, { kind: 'open' }); // a second instance in a thread of its own does not disturb

  const io = openPacketIo('libc');
  const sender = await io.open('127.0.0.1', 0);
  const target = setSockAddr(newSockAddr(), '127.0.0.1', port);
  let sent = 0;
  const sending = every(clock, 1, () => {
    io.send(sender, Uint8Array.of(sent >> 8, sent & 0xff), 2, target);
    sent++;
  });
  await sleep(clock, 60);
  const { seen } = await ask(owner, { kind: 'release', socket });
  await sleep(clock, 20); // packets wait in the kernel while nobody watches
  io.adopt(socket);
  const later: number[] = [];
  const collect = (): void =>
    void io.poll((_socket, packet) => later.push(((packet[0] ?? 0) << 8) | (packet[1] ?? 0)), 10_000);
  const collecting = every(clock, 5, collect);
  await sleep(clock, 60);
  sending.cancel();
  collecting.cancel();
  await sleep(clock, 20);
  collect();
  assert.ok(seen.length > 0 && later.length > 0);
  assert.deepEqual(
    [...seen, ...later],
    Array.from({ length: sent }, (_, n) => n),
  );
  io.dispose();
  await Promise.all(threads.map((thread) => thread.terminate()));
});
