import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../../core/runtime/index.ts';
import { transferWorld } from './transfer-world.ts';

type World = Awaited<ReturnType<typeof transferWorld>>;

const textBody = (text: string, contentType = 'text/plain') => ({
  contentType,
  content: new TextEncoder().encode(text),
});

/** Ann sends a request without a call; our answer. */
async function outside(w: World, method: string, body?: ReturnType<typeof textBody>, user = 'conference') {
  const outcome = w.ann.sip.request({
    method,
    requestUri: `sip:${user}@10.0.0.1`,
    from: '<sip:ann@10.0.0.2>',
    to: `<sip:${user}@10.0.0.1>`,
    ...(body === undefined ? {} : { body }),
    contact: ({ sentBy }) => `<sip:ann@${sentBy}>`,
  });
  await w.pass();
  return (await outcome).response;
}

const received = (w: World) => w.events.filter(({ name }) => name === 'message.received').map(({ payload }) => payload);

test('a MESSAGE is refused with 501 by default, 404 where nobody is {sip-message}', async () => {
  const w = await transferWorld();
  assert.equal((await outside(w, 'MESSAGE', textBody('hi'))).status, 501);
  assert.equal((await outside(w, 'MESSAGE', textBody('hi'), 'nobody')).status, 404);
  assert.deepEqual(received(w), []);
  await w.nothingLeft();
});

test('an accepted MESSAGE is told on the bus, without a call and in one {sip-message}', async () => {
  const w = await transferWorld({ calls: { messages: 'accept' } });
  assert.equal((await outside(w, 'MESSAGE', textBody('grüß dich'))).status, 200);
  const dialog = w.ann.call('echo');
  await w.pass();
  void dialog.request('MESSAGE', { body: textBody('in the call', 'text/plain;charset=UTF-8') });
  await w.pass();
  const [first, second] = received(w);
  assert.deepEqual([first?.['text'], first?.['call'], first?.['ruri']], ['grüß dich', null, 'sip:conference@10.0.0.1']);
  assert.match(String(first?.['from']), /^<sip:ann@10\.0\.0\.2>/);
  assert.equal(first?.['source'], '10.0.0.2:5060');
  assert.deepEqual([second?.['text'], second?.['call']], ['in the call', w.calls[0]?.tag]);
  await w.nothingLeft();
});

test('a MESSAGE that is no text, no UTF-8 or too long is refused {sip-message}', async () => {
  const w = await transferWorld({ calls: { messages: 'accept' } });
  const image = await outside(w, 'MESSAGE', textBody('x', 'image/png'));
  assert.deepEqual([image.status, image.header('Accept')], [415, 'text/plain']);
  const broken = { contentType: 'text/plain', content: new Uint8Array([0xff, 0xfe]) };
  assert.equal((await outside(w, 'MESSAGE', broken)).status, 415);
  assert.equal((await outside(w, 'MESSAGE', textBody('x', 'text/plain;charset=latin1'))).status, 415);
  assert.equal((await outside(w, 'MESSAGE', textBody('x'.repeat(9000)))).status, 413);
  assert.deepEqual(received(w), []);
  await w.nothingLeft();
});

const silentLog = (): Log => ({ debug() {}, info() {}, warn() {}, error() {}, child: silentLog });
const caller = { name: 'alice', scopes: ['message:control'], limits: {} };

test('message.send sends one under the dial rules and gives the answer {sip-message}', async () => {
  const w = await transferWorld();
  const send = (...args: string[]) =>
    w.bus.invoke('message', 'send', args, {
      caller,
      face: 'json-rpc',
      source: 'test',
      deadlineMs: null,
      traceId: 't',
      log: silentLog(),
    });
  let seen = '';
  w.bob.sip.handlers = {
    onInvite: () => {},
    onRequest: (request) => {
      seen = new TextDecoder().decode(request.request.body);
      request.respond(200);
    },
  };
  const answer = send('sip:bob@10.0.0.3', 'sip:us@10.0.0.1', 'hello');
  await w.pass();
  assert.deepEqual(await answer, { status: 200, reason: 'OK' });
  assert.equal(seen, 'hello');
  await assert.rejects(async () => send('sip:bob@203.0.113.1', 'sip:us@10.0.0.1', 'x'), /may not be dialled/);
  await assert.rejects(async () => send('nonsense', 'sip:us@10.0.0.1', 'x'), /no SIP address/);
  await assert.rejects(async () => send('sip:bob@10.0.0.3', 'sip:us@10.0.0.1', 'x', 'image/png'), /no text type/);
  await w.nothingLeft();
});

test('an INFO of an info package gets 469 with Recv-Info; INFO keys still count {sip-message}', async () => {
  const w = await transferWorld();
  const dialog = w.ann.call('echo');
  await w.pass();
  const ask = async (headers: readonly (readonly [string, string])[], type: string, text: string) => {
    const answer = dialog.request('INFO', { headers, body: textBody(text, type) });
    await w.pass();
    return answer;
  };
  const bad = await ask([['Info-Package', 'nsk']], 'application/xml', '<x/>');
  assert.deepEqual([bad.status, bad.reason, bad.header('Recv-Info')], [469, 'Bad Info Package', '']);
  assert.equal((await ask([], 'application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n')).status, 200);
  await w.nothingLeft();
});

test('corner case 131: a NOTIFY or SUBSCRIBE that nobody serves gets 481 and 489 {sip-subscribe}', async () => {
  const w = await transferWorld();
  assert.equal((await outside(w, 'NOTIFY')).status, 481);
  const refused = await outside(w, 'SUBSCRIBE');
  assert.deepEqual([refused.status, refused.header('Allow-Events')], [489, '']);
  await w.nothingLeft();
});

test('corner case 53: Accept in 415, Allow in 501, and what an OPTIONS is told {sip-options}', async () => {
  const w = await transferWorld();
  const told = await outside(w, 'OPTIONS');
  assert.equal(told.status, 200);
  for (const method of ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'PRACK', 'UPDATE', 'NOTIFY'])
    assert.match(told.header('Allow') ?? '', new RegExp(`\\b${method}\\b`));
  assert.doesNotMatch(told.header('Allow') ?? '', /REFER|MESSAGE|SUBSCRIBE/, 'what is switched off');
  assert.equal(told.header('Accept'), 'application/sdp');
  for (const tag of ['replaces', 'join', 'timer', '100rel'])
    assert.match(told.header('Supported') ?? '', new RegExp(`\\b${tag}\\b`));
  assert.match((await outside(w, 'PUBLISH')).header('Allow') ?? '', /INVITE/);
  const dialog = w.ann.call('echo');
  await w.pass();
  const inside = dialog.request('OPTIONS');
  const info = dialog.request('INFO', { body: textBody('x') });
  await w.pass();
  assert.equal((await inside).header('Accept'), 'application/sdp');
  assert.match((await info).header('Accept') ?? '', /application\/dtmf-relay/);
  await w.nothingLeft();
});
