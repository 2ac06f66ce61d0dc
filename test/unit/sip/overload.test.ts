import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UriPatterns } from '../../../core/sip/uri-patterns.ts';
import { lab, sipConfig } from './lab.ts';

const calm = { lagMs: 0, busyFraction: 0.2 };
const late = { lagMs: 400, busyFraction: 0.2 };
const busy = { lagMs: 10, busyFraction: 1 };

async function overloadLab(overrides: Parameters<typeof lab>[0] = {}) {
  const lines: string[] = [];
  const room = await lab(overrides, {}, (line) => lines.push(line));
  const changes: boolean[] = [];
  room.stack.overload.onChange = ({ active }) => changes.push(active);
  const peer = await room.peer('10.0.0.2');
  const invite = async (id: number, options: Parameters<typeof peer.request>[1] = {}): Promise<number | undefined> => {
    const before = peer.statuses.length;
    await peer.send(peer.request('INVITE', { callId: `call${id}`, branch: `z9hG4bKcall${id}`, ...options }));
    return peer.statuses[before];
  };
  return { room, peer, lines, changes, invite };
}

test('a late event loop: new calls and requests get 503 with Retry-After, until it is calm again {overload}', async () => {
  const { room, peer, changes, invite } = await overloadLab();
  assert.equal(await invite(1), 100);
  room.loop.load = late;
  await room.pass(300);
  assert.equal(await invite(2), 503);
  const retryAfter = Number(peer.heard.at(-1)?.header('Retry-After'));
  assert.ok(retryAfter >= 10 && retryAfter <= 20, String(retryAfter));
  await peer.send(peer.request('OPTIONS', { callId: 'o1', branch: 'z9hG4bKo1' }));
  assert.equal(peer.statuses.at(-1), 503);
  assert.equal(room.dialogs.length, 1);
  assert.deepEqual(changes, [true]);
  room.loop.load = calm;
  await room.pass(250 * 11);
  assert.deepEqual(changes, [true, false]);
  assert.equal(await invite(3), 100);
  for (const dialog of room.dialogs) dialog.respond(486);
  await room.assertEmpty();
});

test('while calls are shed, BYE, CANCEL, ACK and requests in dialogs are served {overload}', async () => {
  const { room, peer, invite } = await overloadLab();
  await invite(1);
  const [dialog] = room.dialogs;
  dialog?.respond(200);
  await invite(2);
  room.loop.load = late;
  await room.pass(300);
  assert.equal(await invite(3), 503);
  const toTag = dialog?.ids.localTag ?? '';
  const inCall = { callId: 'call1', toTag };
  await peer.send(peer.request('ACK', { ...inCall, branch: 'z9hG4bKack' }));
  assert.equal(room.events.at(-1)?.kind, 'acknowledged');
  await peer.send(peer.request('CANCEL', { callId: 'call2', branch: 'z9hG4bKcall2' }));
  assert.deepEqual(peer.statuses.slice(-2), [200, 487]);
  await peer.send(peer.request('BYE', { ...inCall, branch: 'z9hG4bKbye', cseq: 2 }));
  assert.equal(peer.statuses.at(-1), 200);
  room.loop.load = calm;
  await room.assertEmpty();
});

test('emergency calls are served whatever the load, the limits and the calls {overload}', async () => {
  const { room, peer } = await overloadLab({ newCallsPerSecondPerSource: 1 });
  room.loop.load = late;
  await room.pass(300);
  const call = (id: number, uri: string): Promise<void> => {
    const text = peer.request('INVITE', { callId: `call${id}`, branch: `z9hG4bKcall${id}` });
    return peer.send(text.replace(/^INVITE \S+/, `INVITE ${uri}`));
  };
  for (let id = 0; id < 3; id++) await call(id, 'sip:112@10.0.0.1');
  await call(4, 'sip:alice@10.0.0.1');
  assert.equal(room.dialogs.length, 3);
  for (const dialog of room.dialogs) dialog.respond(486);
  room.loop.load = calm;
  await room.assertEmpty();
});

test('a busy loop sheds a growing share of the calls, and gives it back slowly {overload}', async () => {
  const { room, invite } = await overloadLab();
  room.loop.load = busy;
  const shares: number[] = [];
  for (let at = 0; at < 7; at++) {
    await room.pass(250);
    await invite(at);
    shares.push(room.stack.overload.state.share);
  }
  assert.deepEqual(shares, [0, 0, 0, 0.1, 0.2, 0.3, 0.4]);
  room.loop.load = { lagMs: 10, busyFraction: 0.95 };
  await room.pass(1000);
  assert.equal(room.stack.overload.state.share, 0.4, 'between the marks nothing changes');
  room.loop.load = calm;
  await room.pass(500);
  assert.equal(room.stack.overload.state.share, 0.2);
  for (const dialog of room.dialogs) dialog.respond(486);
  await room.assertEmpty();
});

test('a flood under overload is refused in few log lines and leaves nothing behind {overload}', async () => {
  const { room, peer, lines } = await overloadLab({ newCallsPerSecondPerSource: 0 });
  peer.keep = false;
  room.loop.load = late;
  await room.pass(300);
  for (let at = 0; at < 5000; at++) {
    const text = peer.request('INVITE', { callId: `flood${at}`, branch: `z9hG4bKflood${at}` });
    peer.socket?.send(Buffer.from(text.replaceAll('\n', '\r\n')), peer.to);
    if (at % 50 === 0) await room.pass(5);
  }
  await room.pass(1000);
  assert.deepEqual(room.stack.load, { transactions: 0, dialogs: 0, connections: 0 });
  assert.equal(room.stack.overload.state.shed, 5000);
  assert.equal(room.counter('requests_limited'), 5000);
  assert.ok(lines.length < 10, `${lines.length} log lines`);
  room.loop.load = calm;
  await room.assertEmpty();
});

test('switched off, nothing is shed {overload}', async () => {
  const { overload } = sipConfig();
  const { room, invite } = await overloadLab({ overload: { ...overload, lagMs: 0, busyPercent: 0 } });
  room.loop.load = { lagMs: 5000, busyFraction: 1 };
  await room.pass(2000);
  assert.equal(await invite(1), 100);
  room.dialogs[0]?.respond(486);
  await room.assertEmpty();
});

test('requests a second are limited for each source that is not trusted; its calls go on {overload}', async () => {
  const { room, peer, invite } = await overloadLab({ requestsPerSecondPerSource: 3, trusted: ['10.0.0.3'] });
  await invite(1);
  const [dialog] = room.dialogs;
  dialog?.respond(200);
  const toTag = dialog?.ids.localTag ?? '';
  await peer.send(peer.request('ACK', { callId: 'call1', toTag, branch: 'z9hG4bKack' }));
  const friend = await room.peer('10.0.0.3');
  room.stack.handlers.onRequest = (request) => request.respond(200);
  for (let at = 0; at < 5; at++) {
    for (const each of [peer, friend]) {
      const text = each.request('OPTIONS', {
        callId: `o${at}${each.endpoint.address}`,
        branch: `z9hG4bKo${at}${each.endpoint.address}`,
      });
      each.socket?.send(Buffer.from(text.replaceAll('\n', '\r\n')), each.to);
    }
  }
  await room.pass(100);
  assert.deepEqual(peer.statuses.filter((status) => status === 503).length, 3);
  assert.deepEqual(friend.statuses, [200, 200, 200, 200, 200]);
  await peer.send(peer.request('BYE', { callId: 'call1', toTag, branch: 'z9hG4bKbye', cseq: 2 }));
  assert.equal(peer.statuses.at(-1), 200);
  await room.assertEmpty();
});

test('patterns of URIs: * is anything, upper and lower case are one, the whole URI counts', () => {
  const patterns = new UriPatterns(['urn:service:sos*', 'sip:112@*', 'tel:112', 'sip:*@sos.*.org']);
  const matched = (uri: string): boolean => patterns.match(uri);
  assert.deepEqual(['URN:service:sos.fire', 'sip:112@any.where;x=y', 'tel:112', 'sip:a@sos.b.org'].map(matched), [
    true,
    true,
    true,
    true,
  ]);
  assert.deepEqual(['sip:1112@a', 'tel:1123', 'sips:112@a', 'sip:a@sos.org', ''].map(matched), [
    false,
    false,
    false,
    false,
    false,
  ]);
});
