/** Whatever bytes come, a parser answers with a value or a refusal; and what it let in can be read and printed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../core/runtime/index.ts';
import { parseSdp } from '../../core/sdp/index.ts';
import {
  buildResponse,
  checkRequest,
  findBody,
  frameMessage,
  type ParsedMessage,
  parseMessage,
  parseMultipart,
  parseNameAddressList,
  parseUri,
  printUri,
  splitHeaderList,
  uriEquals,
  withHeaders,
} from '../../core/sip/index.ts';
import { corpus, multipartBody, sdp } from './corpus.ts';
import { mutated } from './mutate.ts';
import { type Chance, roundsOf, seedsOf, shrunk, withSeeds } from './seeded.ts';

/** Runs `read` over changed inputs; a throw is reported with the smallest input that still throws. */
async function fuzz(inputs: readonly Buffer[], rounds: number, read: (bytes: Buffer) => void): Promise<void> {
  await withSeeds(seedsOf(roundsOf(rounds)), (chance: Chance) => {
    const input = mutated(chance.pick(inputs), chance);
    if (throws(read, input) === '') return;
    const smallest = shrunk(input, (smaller) => throws(read, smaller) !== '');
    assert.fail(`${JSON.stringify(smallest.toString('latin1'))} threw ${throws(read, smallest)}`);
  });
}

function throws(read: (bytes: Buffer) => void, input: Buffer): string {
  try {
    read(input);
    return '';
  } catch (fault) {
    return String(fault instanceof Error ? fault.stack : fault);
  }
}

/** Everything that a stack may ask of a message that was let in. */
function readAll(message: ParsedMessage): void {
  message.allHeaders();
  assert.ok(message.from.uriText.length > 0);
  assert.equal(message.to.parameters.get('tag') ?? '', message.toTag);
  assert.equal(message.from.parameters.get('tag') ?? '', message.fromTag);
  void message.vias;
  message.routes('route');
  message.routes('record-route');
  parseNameAddressList(message.headers('contact'));
  for (const [, value] of message.allHeaders()) splitHeaderList(value);
  findBody(message, 'application/sdp');
  assert.deepEqual(Buffer.from(withHeaders(message, [])), Buffer.from(message.bytes));
  if (message.kind !== 'request') return;
  checkRequest(message, []);
  const answer = buildResponse(message, { status: 200, toTag: 'x', source: { address: '10.0.0.9', port: 5060 } });
  const again = parseMessage(answer);
  assert.equal(again.kind, 'response', again.kind === 'refused' ? again.why : '');
}

test('no bytes make the message parser throw, and what it lets in can be answered {sip-fuzz}', async () => {
  await fuzz(corpus, 4000, (bytes) => {
    const message = parseMessage(bytes);
    if (message.kind !== 'refused') readAll(message);
    else if (message.partial !== null) buildResponse(message.partial, { status: message.status, reason: message.why });
  });
});

test('the stream framer gives messages, waits or breaks off, whatever comes in whatever pieces {sip-fuzz}', async () => {
  await fuzz(corpus, 1500, (bytes) => {
    const stream = Buffer.concat([bytes, bytes]);
    let rest: Uint8Array = stream;
    for (let frame = frameMessage(rest); frame.kind === 'message'; frame = frameMessage(rest)) {
      assert.ok(frame.length > 0 && frame.length <= rest.length);
      // The same border when the bytes behind it are not there yet, and none before it is whole.
      assert.deepEqual(frameMessage(rest.subarray(0, frame.length)), frame);
      assert.notEqual(frameMessage(rest.subarray(0, frame.length - 1)).kind, 'message');
      rest = rest.subarray(frame.length);
    }
  });
});

test('no bytes make the SDP parser throw anything but its own refusal {sip-fuzz}', async () => {
  await fuzz([Buffer.from(sdp)], 3000, (bytes) => {
    try {
      parseSdp(bytes);
    } catch (fault) {
      assert.ok(fault instanceof CodedError, String(fault));
    }
  });
});

test('no bytes make the multipart parser throw or give parts that are not there {sip-fuzz}', async () => {
  await fuzz([multipartBody], 2000, (bytes) => {
    for (const boundary of ['b1', '"b 2"']) {
      for (const part of parseMultipart(`multipart/mixed;boundary=${boundary}`, bytes) ?? []) {
        assert.ok(part.content.length <= bytes.length);
      }
    }
  });
});

test('a URI that is read equals itself, and its print is read as the same {sip-fuzz}', async () => {
  const uris = [
    'sip:alice:secret@atlanta.example.com:5060;transport=tcp;lr;maddr=x?subject=a%20b&to=c',
    'sips:1212@[2001:db8::1];user=phone',
    'tel:+1-212-(555).0101;phone-context=example.com;ext=22',
    'sip:+1;phone-context=x@h;x;?',
  ].map((text) => Buffer.from(text));
  await fuzz(uris, 4000, (bytes) => {
    const text = bytes.toString('utf8');
    const uri = parseUri(text);
    if (uri === null) return;
    assert.ok(uriEquals(text, text));
    const again = parseUri(printUri(uri));
    assert.ok(again !== null, printUri(uri));
    assert.deepEqual(
      { ...again, parameters: [...again.parameters], headers: [...again.headers] },
      { ...uri, parameters: [...uri.parameters], headers: [...uri.headers] },
    );
  });
});
