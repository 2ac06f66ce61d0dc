/** After a test nothing may be left: no call, transaction, stream, socket, timer or open file. */
import assert from 'node:assert/strict';
import type { World } from './world.ts';

/** Longest time that SIP keeps a transaction after a call: 64*T1 for retransmissions (RFC 3261 17). */
export const transactionsGoneMs = 40_000;

/** What a running server still holds of its calls; all zero when nothing leaked. */
export function callResidue(world: World): Readonly<Record<string, number>> {
  const { server, host } = world;
  // TCP connections outlive calls: they are the peers' to keep or close.
  const { transactions, dialogs } = server.sip.load;
  const { streams, rooms } = server.media.load();
  return {
    calls: server.calls.calls().length,
    transactions,
    dialogs,
    streams,
    rooms,
    mediaSockets: host.openSockets().filter((name) => name.startsWith('media ')).length,
    openFiles: world.files.openFiles,
  };
}

/** Waits for SIP's timers to run out, then wants nothing left of any call in the running server. */
export async function assertNoCallLeft(world: World): Promise<void> {
  await world.advance(transactionsGoneMs);
  const left = Object.entries(callResidue(world)).filter(([, count]) => count !== 0);
  assert.deepEqual(left, [], `left over: ${left.map(([what, count]) => `${count} ${what}`).join(', ')}`);
}

/** Stops the world and wants nothing left at all: no socket on any host, no timer. */
export async function assertNothingLeft(world: World): Promise<void> {
  await assertNoCallLeft(world);
  await world.stop();
  await world.advance(1000); // what is on the wire arrives
  const sockets = [world.host, ...world.phones.map(({ host }) => host)].flatMap((host) => host.openSockets());
  assert.deepEqual(sockets, [], 'open sockets');
  assert.deepEqual(world.clock.pendingDelaysMs(), [], 'pending timers, in ms from now');
  assert.equal(world.files.openFiles, 0, 'open files');
}
