/** Keys of SRTP through offers and answers of a call: forks, late offers, holds, new keys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, CallEvent } from '../../../core/call/index.ts';
import type { HeaderLine, SipBody } from '../../../core/sip/index.ts';
import { response } from './fake-sip.ts';
import { answering, type EngineOptions, makeEngine } from './make-engine.ts';

const typed: readonly HeaderLine[] = [['Content-Type', 'application/sdp']];
const key = (byte: number) => Buffer.alloc(30, byte).toString('base64');
const suite = 'AES_CM_128_HMAC_SHA1_80';

/** The peer's description, with a key of these bytes; null: none. */
function theirs(byte: number | null, { port = 4000, direction = 'sendrecv', profile = 'RTP/SAVP' } = {}): string {
  return [
    ...['v=0', `o=- 1 ${port + (byte ?? 0)} IN IP4 10.0.0.9`, 's=-', 'c=IN IP4 10.0.0.9', 't=0 0'],
    `m=audio ${port} ${profile} 0`,
    ...(byte === null ? [] : [`a=crypto:1 ${suite} inline:${key(byte)}`]),
    ...[`a=${direction}`, ''],
  ].join('\r\n');
}

const text = (body: SipBody | null | undefined): string => new TextDecoder().decode(body?.content);

const ourKey = (text: string): string => /a=crypto:1 \S+ inline:(\S+)/.exec(text)?.[1] ?? 'none';

/** A call that we placed; its offer is out. */
async function placed(srtp: 'off' | 'optional' | 'required' | undefined, options: EngineOptions = {}) {
  const w = makeEngine({ dial: { allow: ['*'] }, ...options });
  const seen: string[] = [];
  const call = w.engine.originate({
    ...{ application: 'x', user: 'x', from: 'sip:us@192.0.2.1', to: 'sip:bob@10.0.0.9' },
    ...{ requestUri: 'sip:bob@10.0.0.9', origin: { name: 'test' }, onCall: () => {} },
    ...(srtp === undefined ? {} : { srtp }),
  });
  call.on((event: CallEvent) => {
    if (event.kind !== 'sip') seen.push(event.kind);
    return 'default';
  });
  await w.settle();
  const [entry] = w.sip.invited;
  const [stream] = w.media.streams;
  assert.ok(entry !== undefined && stream !== undefined);
  const { dialog } = entry;
  const offer = text(entry.offer);
  const early = async (tag: string, text: string) => {
    dialog.state = 'early';
    dialog.onEvent({ kind: 'provisional', response: response(183, 'x', typed, text), tag, reliable: false });
    await w.settle();
  };
  const answered = async (tag: string, text: string) => {
    dialog.state = 'confirmed';
    dialog.ids.remoteTag = tag;
    dialog.onEvent({ kind: 'answered', response: response(200, 'OK', typed, text) });
    await w.settle();
  };
  return { ...w, call, dialog, stream, seen, early, answered, offer };
}

/** A call that came in and was answered. */
async function taken(offer: string | null, srtp: 'optional' | 'required' = 'required') {
  let call: Call | null = null;
  const keep = (each: Call): void => {
    call = each;
  };
  const w = makeEngine({ applications: [answering('echo', keep)], media: { srtp } });
  const dialog = w.sip.incoming('sip:echo@example.org', { sdp: offer });
  await w.settle();
  const [stream] = w.media.streams;
  assert.ok(stream !== undefined);
  return { ...w, call: () => call as Call | null, dialog, stream };
}

test('forked early answers with different keys: the newest is heard, the 2xx decides {srtp} {sip-forks}', async () => {
  const w = await placed('required');
  assert.match(w.offer, /m=audio [0-9]+ RTP\/SAVP /);
  await w.early('a', theirs(1));
  await w.early('b', theirs(2, { port: 4002 }));
  await w.answered('a', theirs(1));
  const keys = w.stream.configured.map(({ srtp }) => srtp?.receiveKey);
  assert.deepEqual(keys, [key(1), key(2), key(1)]);
  const ours = w.stream.configured.map(({ srtp }) => srtp?.sendKey);
  assert.deepEqual([...new Set(ours)], [ourKey(w.offer)]);
  assert.deepEqual(w.seen, ['earlyMedia', 'earlyMedia', 'sessionStart']);
});

test('a call placed with srtp required ends when the answer has no key, with optional it is plain {srtp}', async () => {
  const strict = await placed('required');
  await strict.answered('a', theirs(null, { profile: 'RTP/AVP' }));
  assert.equal(strict.stream.configured.length, 0);
  assert.ok(!strict.seen.includes('sessionStart'));
  const mild = await placed('optional');
  assert.match(mild.offer, /m=audio [0-9]+ RTP\/AVP [\s\S]*a=crypto:1 /);
  await mild.answered('a', theirs(null, { profile: 'RTP/AVP' }));
  assert.equal(mild.stream.configured.at(-1)?.srtp, undefined);
  const off = await placed('off', { media: { srtp: 'required' } });
  assert.equal(ourKey(off.offer), 'none');
});

test('a late offer has keys, and the answer in the ACK agrees to them {srtp} {late-offer}', async () => {
  const w = await taken(null);
  const last = w.dialog.last;
  assert.ok(last?.kind === 'response');
  const offer = text(last.options.body);
  assert.match(offer, /RTP\/SAVP/);
  w.dialog.ack(theirs(5));
  await w.settle();
  assert.deepEqual(w.stream.configured.at(-1)?.srtp, { suite, sendKey: ourKey(offer), receiveKey: key(5) });
});

test('hold and resume keep our key, and a new key of the peer is taken {srtp} {hold}', async () => {
  const w = await taken(theirs(3));
  w.dialog.ack();
  await w.settle();
  const first = w.stream.configured.at(-1)?.srtp;
  assert.equal(first?.receiveKey, key(3));
  for (const [byte, direction] of [
    [3, 'sendonly'],
    [3, 'sendrecv'],
    [4, 'sendrecv'],
  ] as const) {
    const again = w.dialog.receive('INVITE', typed, theirs(byte, { direction, port: 4000 }));
    await w.settle();
    w.dialog.ack();
    assert.equal(again.status, 200);
    assert.equal(ourKey(again.bodyText), first?.sendKey);
    assert.deepEqual(w.stream.configured.at(-1)?.srtp, { ...first, receiveKey: key(byte) });
  }
  // Our own hold repeats the key too.
  w.dialog.answer = () => response(200, 'OK', typed, theirs(4, { direction: 'recvonly' }));
  await w.call()?.hold();
  const offered = w.dialog.sent.findLast((sent) => sent.kind === 'request' && sent.method === 'INVITE');
  assert.ok(offered?.kind === 'request');
  assert.equal(ourKey(text(offered.options.body)), first?.sendKey);
});

test('plain again, and encrypted again: our key is another one, as the roll-over counter begins anew {srtp}', async () => {
  const w = await taken(theirs(3), 'optional');
  w.dialog.ack();
  await w.settle();
  const first = w.stream.configured.at(-1)?.srtp?.sendKey;
  for (const byte of [null, 3]) {
    const profile = byte === null ? 'RTP/AVP' : 'RTP/SAVP';
    w.dialog.receive('INVITE', typed, theirs(byte, { profile }));
    await w.settle();
    w.dialog.ack();
  }
  const last = w.stream.configured.at(-1)?.srtp?.sendKey;
  assert.ok(first !== undefined && last !== undefined && first !== last);
});

test('no key is in the log or on the bus {srtp}', async () => {
  const w = await taken(theirs(3));
  w.dialog.ack();
  w.dialog.receive('INVITE', typed, theirs(4).replace(suite, 'UNKNOWN'));
  await w.settle();
  const sendKey = w.stream.configured.at(-1)?.srtp?.sendKey ?? '?';
  const told = JSON.stringify([w.lines, w.events]);
  for (const secret of [key(3), key(4), sendKey]) assert.ok(!told.includes(secret));
});
