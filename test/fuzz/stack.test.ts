/**
 * A whole stack in simulated time under messages that come out of order, late, doubled, truncated,
 * with wrong tags and numbers: as called and as calling side. Afterwards nothing may be left of it:
 * no transaction, dialog or timer, and nothing may have thrown.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Dialog, ParsedRequest } from '../../core/sip/index.ts';
import { type Lab, lab, type Peer, serverAddress } from '../unit/sip/lab.ts';
import { sdp } from './corpus.ts';
import { mutated } from './mutate.ts';
import { type Chance, roundsOf, seedsOf, withSeeds } from './seeded.ts';

const body = sdp.replaceAll('\r\n', '\n');
const content = { contentType: 'application/sdp', content: Buffer.from(sdp) };
const statuses = [180, 183, 199, 200, 200, 200, 302, 401, 404, 422, 486, 487, 488, 491, 503, 600];
const inDialog = ['BYE', 'INFO', 'OPTIONS', 'UPDATE', 'PRACK', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'MESSAGE', 'FOO'];

/** What a peer has to choose from: everything it said before may come again. */
interface Script {
  readonly room: Lab;
  readonly peer: Peer;
  readonly chance: Chance;
  readonly said: string[];
}

async function say({ peer, chance, said, room }: Script, text: string): Promise<void> {
  said.push(text);
  if (chance.happens(0.12)) await peer.send(mutated(Buffer.from(text.replaceAll('\n', '\r\n')), chance));
  else if (chance.happens(0.05))
    return; // lost
  else await peer.send(text);
  if (chance.happens(0.2)) await peer.send(chance.pick(said)); // an old one late or twice
  if (chance.happens(0.2)) await room.pass(chance.pick([30, 500, 4000, 33_000]));
}

/** A request of one of two calls, its tags and numbers mostly right. */
function anyRequest({ peer, chance, room }: Script): string {
  const callId = `call${chance.integer(2)}@${peer.endpoint.address}`;
  const dialog = room.dialogs.findLast(({ ids }) => ids.callId === callId);
  const kind = chance.integer(10);
  const branch = `z9hG4bKb${chance.integer(6)}`;
  const toTag = dialog === undefined || chance.happens(0.1) ? chance.pick(['', 'wrong']) : dialog.ids.localTag;
  const options = { callId, cseq: 1 + chance.integer(6), branch, fromTag: chance.happens(0.05) ? 'other' : 'peer' };
  if (kind < 3) return peer.request('INVITE', { ...options, body: chance.happens(0.8) ? body : '' });
  if (kind === 3) return peer.request('CANCEL', { ...options, toTag: chance.happens(0.2) ? toTag : '' });
  if (kind < 6) return peer.request('ACK', { ...options, toTag });
  if (kind === 6) return peer.request('INVITE', { ...options, toTag, body });
  const headers = ['RAck: 1 1 INVITE', 'Event: refer', 'Refer-To: <sip:x@10.0.0.3>', 'Subscription-State: active'];
  return peer.request(chance.pick(inDialog), { ...options, toTag, headers });
}

/** The owner of the calls does anything at any time. */
function act({ room, chance }: Script): void {
  for (const request of room.requests.splice(0)) if (chance.happens(0.7)) request.respond(chance.pick(statuses));
  if (room.dialogs.length === 0) return;
  useDialog(chance.pick(room.dialogs), chance);
}

function useDialog(dialog: Dialog, chance: Chance): void {
  switch (chance.integer(7)) {
    case 0:
      dialog.respond(chance.pick([180, 183]), undefined, { body: content, reliable: chance.happens(0.5) });
      break;
    case 1:
      dialog.respond(200, undefined, { body: content });
      break;
    case 2:
      dialog.respond(chance.pick([302, 486, 503]));
      break;
    case 3:
      dialog.end();
      break;
    case 4:
      void dialog.request(chance.pick(['INFO', 'OPTIONS', 'INVITE', 'UPDATE']), { body: content });
      break;
    case 5:
      dialog.cancel();
      break;
    case 6:
      dialog.acknowledge(content);
      break;
  }
}

/** The peer answers what it is asked, in any way. */
async function answerAny(script: Script): Promise<void> {
  const { peer, chance } = script;
  const asked = peer.heard.filter((message) => message instanceof ParsedRequest).slice(-4);
  if (asked.length === 0) return;
  const request = chance.pick(asked);
  if (!(request instanceof ParsedRequest)) return;
  const status = chance.pick([100, ...statuses]);
  const toTag = chance.pick(['callee', 'callee', 'fork', '']);
  const headers = status > 100 && status < 200 && chance.happens(0.5) ? ['Require: 100rel', 'RSeq: 1'] : [];
  await say(script, peer.response(request, status, { toTag, headers, body: chance.happens(0.5) ? body : '' }));
}

async function assertNothingLeft({ room, peer }: Script): Promise<void> {
  for (const request of room.requests) request.respond(500);
  for (const dialog of room.dialogs) {
    dialog.respond(480);
    dialog.end();
  }
  // The last requests go to a peer that is gone; what still comes up is ended too.
  await room.pass(40_000);
  for (const event of room.events) if (event.kind === 'request') event.request.respond(500);
  for (const dialog of room.dialogs) dialog.end();
  peer.keep = false;
  await room.assertEmpty();
  assert.equal(room.faults(), 0, 'something threw');
}

async function newScript(chance: Chance): Promise<Script> {
  const room = await lab({ newCallsPerSecondPerSource: 0 });
  const peer = await room.peer('10.0.0.2');
  peer.tolerant = true;
  return { room, peer, chance, said: [] };
}

test('the called side survives any order of messages, and nothing is left {sip-fuzz}', async () => {
  await withSeeds(seedsOf(roundsOf(40)), async (chance) => {
    const script = await newScript(chance);
    for (let step = 0; step < 40; step++) {
      if (chance.happens(0.6)) await say(script, anyRequest(script));
      else if (chance.happens(0.3)) await answerAny(script);
      else act(script);
    }
    await assertNothingLeft(script);
  });
});

test('the calling side survives any answers, and nothing is left {sip-fuzz}', async () => {
  await withSeeds(seedsOf(roundsOf(40)), async (chance) => {
    const script = await newScript(chance);
    const { room } = script;
    for (let call = 0; call < 2; call++) {
      const dialog = room.stack.invite({
        requestUri: 'sip:callee@10.0.0.2',
        from: `<sip:us@${serverAddress}>`,
        to: '<sip:callee@10.0.0.2>',
        localTag: `ours${call}`,
        callId: `call${call}@10.0.0.2`,
        offer: async () => (chance.happens(0.8) ? content : null),
        credentials: { user: 'u', password: 'p', realm: '' },
      });
      dialog.onEvent = (event) => {
        room.events.push(event);
        if (event.kind === 'answered' && chance.happens(0.8)) dialog.acknowledge(content);
      };
      room.dialogs.push(dialog);
    }
    await room.pass(20);
    for (let step = 0; step < 40; step++) {
      if (chance.happens(0.6)) await answerAny(script);
      else if (chance.happens(0.4)) await say(script, anyRequest(script));
      else act(script);
    }
    await assertNothingLeft(script);
  });
});

test('any bytes on one TCP connection: it is answered or closed, and nothing is left {sip-fuzz}', async () => {
  await withSeeds(seedsOf(roundsOf(30)), async (chance) => {
    const { room, peer } = await newScript(chance);
    const { seams } = room.sim.host('10.0.0.3');
    const connecting = seams.network.connectTcp({ address: serverAddress, port: 5060 }, { timeoutMs: 1000 });
    await room.pass(50);
    const connection = await connecting;
    const texts = [peer.request('OPTIONS'), peer.request('INVITE', { body }), peer.request('BYE', { toTag: 'x' })];
    for (let count = 0; count < 6; count++) {
      const bytes = mutated(Buffer.from(chance.pick(texts).replaceAll('\n', '\r\n')), chance);
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + chance.integer(bytes.length);
        connection.write(bytes.subarray(at, at + size));
        at += size;
        await room.pass(5);
      }
    }
    for (const dialog of room.dialogs) dialog.respond(486);
    for (const request of room.requests) request.respond(501);
    await room.pass(1000);
    connection.end();
    await room.assertEmpty();
    assert.equal(room.faults(), 0);
  });
});
