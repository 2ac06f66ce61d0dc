/** Chat of rooms: events, and MESSAGE to and from phones, in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerRequest } from '../../core/sip/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import type { Phone } from '../support/phone.ts';
import type { World } from '../support/world.ts';
import { type HallOptions, hall } from './hall.ts';

const ok = [0, 'OK'];
const takesMessages: HallOptions = {
  callOptions: { headers: [['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE']] },
};

/** What the phone was sent. */
const messages = (phone: Phone | undefined): readonly string[] =>
  phone?.current.requests.flatMap(({ method, body }) => (method === 'MESSAGE' ? [body] : [])) ?? [];

const count = (phone: Phone | undefined, wanted: string): number =>
  phone?.current.requests.filter(({ method }) => method === wanted).length ?? 0;

const said = (w: World): unknown[][] =>
  w.eventsOf('webconference.chat').map(({ payload: { from, to, text } }) => [from, to, text]);

const text = (content: string, contentType = 'text/plain') => ({
  body: { contentType, content: Buffer.from(content) },
});

/** Answers requests in the dialog as `answer` says; the phone notes them as ever. */
function answersWith(phone: Phone, answer: (request: ServerRequest) => boolean): void {
  const { current } = phone;
  const { onEvent } = current.dialog;
  current.dialog.onEvent = (event) => {
    if (event.kind === 'request' && answer(event.request)) {
      current.requests.push({ method: event.request.request.method, body: '' });
      return;
    }
    onEvent(event);
  };
}

test('{floor-control} chat is an event, and a MESSAGE to all phones that take it but the one who said it', async () => {
  const { w, phones, tags, run } = await hall(3, takesMessages);
  const [first = '', second = ''] = tags;
  await run('rename', first, 'Alice');
  assert.deepEqual(await run('chat', first, '', 'Ten minutes\r\nleft.\u0007\u202e'), ok);
  assert.deepEqual(await run('chat', '', second, 'You are next.'), ok);
  await w.advance(200);
  assert.deepEqual(said(w), [
    [first, '', 'Ten minutes left.'],
    ['', second, 'You are next.'],
  ]);
  assert.deepEqual(phones.map(messages), [
    [],
    ['Alice: Ten minutes left.', 'Conference (private): You are next.'],
    ['Alice: Ten minutes left.'],
  ]);
  assert.deepEqual(await run('chat', first, 'nobody', 'x'), [2, 'call does not exist']);
  assert.deepEqual(await run('chat', first, '', '\u0007 \n'), [3, 'there is nothing to say']);
  for (const phone of phones) await phone.bye();
  await assertNothingLeft(w);
});

test('{floor-control} phones whose Allow lacks MESSAGE get none; one that says nothing is asked once; a refusal is remembered', async () => {
  const { w, phones, tags, run, enter } = await hall(2);
  const bert = await enter('bert', { headers: [['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE']] });
  answersWith(bert, (request) => {
    if (request.request.method !== 'MESSAGE') return false;
    request.respond(415);
    return true;
  });
  // Called by us: what it takes is told by its answer, which names no MESSAGE, and by its OPTIONS.
  const dave = await w.newPhone('dave');
  dave.answers();
  await run('dialout', 'dave', 'us', dave.address, '', '');
  await w.until(() => w.server.calls.rooms.participants('hall').length === 4);
  answersWith(dave, (request) => {
    if (request.request.method !== 'OPTIONS') return false;
    request.respond(200, undefined, { headers: [['Allow', 'INVITE, MESSAGE']] });
    return true;
  });
  for (const line of ['one', 'two', 'three']) await run('chat', tags[0] ?? '', '', line);
  await w.advance(1000);
  assert.equal(count(phones[1], 'MESSAGE') + count(phones[1], 'OPTIONS'), 0, 'its Allow lacks MESSAGE');
  assert.equal(count(bert, 'MESSAGE'), 1, '415 is remembered');
  assert.equal(count(dave, 'OPTIONS'), 1, 'asked once');
  assert.deepEqual(messages(dave), ['alice: one', 'alice: two', 'alice: three'], 'in order');
  await w.stop();
});

test('{floor-control} a MESSAGE in a call of a room is said there; another text type, too long and too fast are refused', async () => {
  const { w, phones, tags } = await hall(2, takesMessages);
  const [alice, bob] = phones;
  assert.ok(alice && bob);
  const send = (options: ReturnType<typeof text>) =>
    w.driver.during(alice.current.dialog.request('MESSAGE', options), 40_000, 'MESSAGE');
  assert.equal((await send(text('hello'))).status, 200);
  await w.advance(200);
  assert.deepEqual(said(w), [[tags[0], '', 'hello']]);
  assert.deepEqual(messages(bob), ['alice: hello']);
  assert.equal((await send(text('{}', 'application/json'))).status, 501, 'calls.messages says refuse');
  assert.equal((await send(text('x'.repeat(2001)))).status, 413);
  for (let i = 2; i <= 10; i++) assert.equal((await send(text(`hello ${i}`))).status, 200);
  assert.equal((await send(text('eleven'))).status, 480);
  await w.advance(10_000);
  assert.equal((await send(text('twelve'))).status, 200);
  await w.stop();
});

test('{floor-control} a MESSAGE without a call counts for a phone of the room, from its own address only', async () => {
  const { w, phones, tags } = await hall(2);
  const [alice, bob] = phones;
  assert.ok(alice && bob);
  const send = (phone: Phone, from: string) =>
    w.driver.during(
      phone.sip.request({
        method: 'MESSAGE',
        requestUri: 'sip:room-hall@10.0.0.1',
        from,
        to: '<sip:room-hall@10.0.0.1>',
        ...text('from outside'),
      }),
      40_000,
      'MESSAGE',
    );
  assert.equal((await send(alice, `<${alice.uri}>`)).response.status, 200);
  assert.deepEqual(said(w), [[tags[0], '', 'from outside']]);
  assert.equal((await send(bob, `<${alice.uri}>`)).response.status, 501, 'bob cannot speak for alice');
  const eve = await w.newPhone('eve');
  assert.equal((await send(eve, `<${eve.uri}>`)).response.status, 501, 'eve is in no room');
  assert.equal(said(w).length, 1);
  await w.stop();
});

test('{floor-control} chat_messages: false: events only, and MESSAGE is as calls.messages says', async () => {
  const { w, phones, tags, run } = await hall(2, { ...takesMessages, webconference: { chat_messages: false } });
  assert.deepEqual(await run('chat', tags[0] ?? '', '', 'hello'), ok);
  await w.advance(200);
  assert.deepEqual(messages(phones[1]), []);
  const answer = await w.driver.during(
    phones[0]?.current.dialog.request('MESSAGE', text('hi')) ?? fail(),
    9000,
    'MESSAGE',
  );
  assert.equal(answer.status, 501);
  assert.equal(said(w).length, 1);
  await w.stop();
});

test('{floor-control} calls.messages: accept: what is said in a room is message.received too', async () => {
  const { w, phones, tags } = await hall(1, { config: { calls: { messages: 'accept' } } });
  const answer = await w.driver.during(
    phones[0]?.current.dialog.request('MESSAGE', text('hi')) ?? fail(),
    9000,
    'MESSAGE',
  );
  assert.equal(answer.status, 200);
  assert.deepEqual(said(w), [[tags[0], '', 'hi']]);
  assert.equal(w.eventsOf('message.received')[0]?.payload['call'], tags[0]);
  await w.stop();
});

test('{floor-control} who says too much over RPC is told to wait', async () => {
  const { w, tags, run } = await hall(1);
  for (let i = 0; i < 10; i++) assert.deepEqual(await run('chat', tags[0] ?? '', '', `line ${i}`), ok);
  assert.deepEqual(await run('chat', tags[0] ?? '', '', 'one more'), [3, 'too many texts: wait a little']);
  await w.stop();
});

function fail(): never {
  throw new Error('there is no phone');
}
