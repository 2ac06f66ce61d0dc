/**
 * A whole server with the B2BUA between two ends that say anything at any time: forked and reliable responses,
 * requests of both directions, CANCELs, ACKs with and without bodies, silence. Afterwards nothing may be left, and
 * nothing may have thrown.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParsedRequest, ParsedResponse } from '../../core/sip/index.ts';
import { sdp, type Wire, wire } from '../flows/wire.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import type { RequestOptions } from '../unit/sip/lab.ts';
import { type Chance, roundsOf, seedsOf, withSeeds } from './seeded.ts';

const STEPS = 25;
const finals = [200, 200, 200, 200, 202, 302, 401, 404, 408, 422, 481, 486, 487, 488, 491, 500, 503, 603];
const statuses = [100, 180, 183, 183, 199, ...finals];
const methods = [
  'INVITE',
  'INVITE',
  'UPDATE',
  'INFO',
  'BYE',
  'PRACK',
  'CANCEL',
  'CANCEL',
  'OPTIONS',
  'MESSAGE',
  'REFER',
  'NOTIFY',
];
const withBody: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'PRACK']);

/** One of the two ends, and the CSeq of its newest request. */
interface End {
  readonly name: 'alice' | 'bob';
  cseq: number;
}

function body(chance: Chance): string {
  if (chance.happens(0.25)) return '';
  const address = chance.pick(['10.0.2.1', '10.0.2.2', '0.0.0.0']);
  const more = chance.pick(['', 'a=sendonly\n', 'm=video 5000 RTP/AVP 99\n']);
  return sdp(address, 40_000 + 2 * chance.integer(5), chance.pick(['0', '8', '0 8 101']), more);
}

function abilities(chance: Chance): string[] {
  return [
    ...(chance.happens(0.3) ? ['Supported: 100rel, timer'] : []),
    ...(chance.happens(0.3) ? ['Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK, INFO'] : []),
    ...(chance.happens(0.15) ? ['Session-Expires: 90'] : []),
  ];
}

/** A response to something that this end was asked, mostly the newest. */
async function answer(it: Wire, end: End, chance: Chance): Promise<void> {
  const peer = it[end.name];
  const asked = peer.heard.filter((each) => each instanceof ParsedRequest && each.method !== 'ACK') as ParsedRequest[];
  const request = chance.happens(0.6) ? asked.at(-1) : asked[chance.integer(asked.length)];
  if (request === undefined) return;
  const status = chance.pick(statuses);
  const headers = [
    ...abilities(chance),
    ...(chance.happens(0.3) ? ['Require: 100rel', `RSeq: ${1 + chance.integer(5)}`] : []),
    ...(status === 401 ? ['WWW-Authenticate: Digest realm="x", nonce="y"'] : []),
    ...(status === 422 ? ['Min-SE: 200'] : []),
  ];
  const toTag = end.name === 'alice' ? 'peer' : chance.pick(['callee', 'callee', 'f2', 'f3', '']);
  await peer.send(peer.response(request, status, { toTag, headers, body: status < 300 ? body(chance) : '' }));
}

async function acknowledge(it: Wire, end: End, chance: Chance): Promise<void> {
  const final = it[end.name].heard.findLast(
    (each) => each instanceof ParsedResponse && each.cseq.method === 'INVITE' && each.status >= 200,
  );
  if (!(final instanceof ParsedResponse)) return;
  const { number } = final.cseq;
  const branch = final.status < 300 ? `z9hG4bKack${chance.integer(1000)}` : branchOf(end, number);
  await say(it, end, 'ACK', number, { branch, ...(chance.happens(0.3) ? { body: body(chance) } : {}) });
}

/** Branches of INVITEs as `wire.ts` makes them. */
function branchOf({ name }: End, cseq: number): string {
  if (name === 'bob') return `z9hG4bKbINVITE${cseq}`;
  return cseq === 1 ? 'z9hG4bKINVITE1' : `z9hG4bKaINVITE${cseq}`;
}

async function ask(it: Wire, end: End, chance: Chance): Promise<void> {
  const method = chance.pick(methods);
  if (method === 'CANCEL') {
    await say(it, end, method, end.cseq, { branch: branchOf(end, end.cseq) });
    return;
  }
  end.cseq++;
  const rseq = it[end.name].heard.findLast((each) => each.header('rseq') !== null)?.header('rseq') ?? '1';
  const headers = [
    ...abilities(chance),
    ...(method === 'PRACK' ? [`RAck: ${rseq} 1 INVITE`] : []),
    ...(method === 'REFER' ? ['Refer-To: <sip:z@10.0.2.9>'] : []),
    ...(method === 'NOTIFY' ? ['Event: refer', 'Subscription-State: active'] : []),
  ];
  const fromTag = end.name === 'bob' ? { fromTag: chance.pick(['callee', 'callee', 'f2']) } : {};
  await say(it, end, method, end.cseq, { headers, ...fromTag, body: withBody.has(method) ? body(chance) : '' });
}

async function say(it: Wire, { name }: End, method: string, cseq: number, options: RequestOptions): Promise<void> {
  await (name === 'alice' ? it.fromAlice(method, cseq, options) : it.fromBob(method, cseq, options));
}

test('two ends that do anything through the B2BUA: no fault, nothing left {b2bua} {sip-robust}', async () => {
  await withSeeds(seedsOf(roundsOf(10)), async (chance) => {
    const it = await wire(chance.happens(0.5) ? { media: 'bypass' } : {});
    const ends: readonly End[] = [
      { name: 'alice', cseq: 1 },
      { name: 'bob', cseq: 0 },
    ];
    for (const { name } of ends) it[name].tolerant = true;
    await it.invite({ body: body(chance), headers: abilities(chance) });
    for (let step = 0; step < STEPS; step++) {
      const end = chance.pick(ends);
      const act = chance.integer(14);
      if (act < 6) await answer(it, end, chance);
      else if (act < 8) await acknowledge(it, end, chance);
      else if (act < 13) await ask(it, end, chance);
      else await it.w.advance(chance.pick([10, 200, 600, 5000, 33_000]));
    }
    for (const { name } of ends) it[name].keep = false;
    await it.w.advance(60_000);
    // What is answered by now is a call, which nobody ends but the operator.
    for (const call of it.w.server.calls.calls()) call.hangup();
    await assertNothingLeft(it.w);
    const faults = it.w.logs.filter(({ level, message }) => level === 'error' || /threw/.test(message));
    assert.deepEqual(faults, []);
  });
});
