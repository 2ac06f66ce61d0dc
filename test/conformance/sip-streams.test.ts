/**
 * Every SIP message of the conformance data once whole, once byte by byte and once twice in one
 * write through the stream framer: the messages cut out are the same, and the parser says of each the
 * same as of the whole one. What a stream cannot carry is counted, and `README.md` tells why.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { frameMessage, parseMessage } from '../../core/sip/index.ts';
import { bytes, names, protosPdus, skipWithout, text } from './sip-data.ts';

interface Corpus {
  readonly folder: string;
  messages(): readonly Buffer[];
  /** Messages, and how many of them a stream can carry as they are: a Content-Length that fits. */
  readonly expected: { readonly messages: number; readonly streamable: number };
}

const files = (folder: string, ending: string): Buffer[] =>
  names(folder, ending)
    .filter((name) => name !== 'EXPECTED.tsv' && name !== 'README.md')
    .map((name) => bytes(folder, name));

/** Content-Length of the RFCs counts other bytes than the files have: it is set right. */
function flowMessages(folder: string): Buffer[] {
  return names(folder, '.yaml').flatMap((name) => {
    const flows: unknown = parse(text(folder, name));
    assert.ok(Array.isArray(flows), name);
    return flows.map((flow) => withLength(String(flow)));
  });
}

function withLength(flow: string): Buffer {
  const [head = '', ...rest] = flow.trimEnd().split('\n\n');
  const body = rest.length === 0 ? '' : `${rest.join('\n\n')}\n`.replaceAll('\n', '\r\n');
  const lines = head.split('\n').filter((line) => !/^content-length/i.test(line));
  return Buffer.from(`${[...lines, `Content-Length: ${Buffer.byteLength(body)}`].join('\r\n')}\r\n\r\n${body}`);
}

const flow = (folder: string, messages: number): Corpus => ({
  folder: `callflows/${folder}`,
  messages: () => flowMessages(`callflows/${folder}`),
  expected: { messages, streamable: messages },
});

const corpora: readonly Corpus[] = [
  { folder: 'rfc4475', messages: () => files('rfc4475', '.dat'), expected: { messages: 34, streamable: 30 } },
  { folder: 'rfc5118', messages: () => files('rfc5118', ''), expected: { messages: 8, streamable: 8 } },
  {
    folder: 'sip-messages/kamailio',
    messages: () => files('sip-messages/kamailio', '.sip'),
    expected: { messages: 45, streamable: 8 },
  },
  {
    folder: 'protos',
    messages: () => names('protos').flatMap(protosPdus),
    expected: { messages: 906, streamable: 451 },
  },
  flow('rfc3327', 12),
  flow('rfc3515', 12),
  flow('rfc3665', 93),
];

type WhyNot = 'no end of head' | 'border unknown' | 'longer than its data' | 'data behind it';

/** Why a stream cannot carry a message as it is; null: it can. */
function whyNot(message: Uint8Array): WhyNot | null {
  const frame = frameMessage(message);
  if (frame.kind === 'broken') return 'border unknown';
  if (frame.kind === 'message') return frame.length === message.length ? null : 'data behind it';
  return /\r?\n\r?\n/.test(Buffer.from(message).toString('latin1')) ? 'longer than its data' : 'no end of head';
}

/** What the parser says of some bytes. */
function verdict(message: Uint8Array): string {
  const parsed = parseMessage(message);
  if (parsed.kind === 'refused') return `${parsed.status} ${parsed.why}`;
  return JSON.stringify([parsed.kind, parsed.allHeaders(), Buffer.from(parsed.body).toString('latin1')]);
}

/** Byte by byte; what is longer than any message of the real world in pieces of 997 bytes. */
function pieces(message: Buffer): Buffer[] {
  const size = message.length <= 2500 ? 1 : 997;
  return Array.from({ length: Math.ceil(message.length / size) }, (_, index) =>
    message.subarray(index * size, (index + 1) * size),
  );
}

/** The messages of a stream whose pieces come one after the other. */
function cut(pieces: readonly Uint8Array[]): string[] {
  const found: string[] = [];
  let waiting = Buffer.alloc(0);
  for (const piece of pieces) {
    waiting = Buffer.concat([waiting, piece]);
    for (let frame = frameMessage(waiting); frame.kind === 'message'; frame = frameMessage(waiting)) {
      found.push(verdict(waiting.subarray(0, frame.length)));
      waiting = waiting.subarray(frame.length);
    }
  }
  return waiting.length === 0 ? found : [...found, frameMessage(waiting).kind];
}

for (const { folder, messages, expected } of corpora) {
  test(`${folder}: whole, byte by byte and two in one write are the same messages {sip-parser}`, {
    skip: skipWithout(folder),
  }, () => {
    const all = messages();
    const carried = all.filter((message) => whyNot(message) === null);
    for (const message of all) {
      // Also what no stream carries is cut the same in pieces as in one, and throws nothing.
      assert.deepEqual(cut(pieces(message)), cut([message]));
    }
    for (const message of carried) {
      const whole = verdict(message);
      assert.deepEqual(cut(pieces(message)), [whole]);
      assert.deepEqual(cut([Buffer.concat([message, message])]), [whole, whole]);
    }
    assert.ok(all.length > 0);
    // Other data of the same kind have other numbers.
    if (all.length === expected.messages) assert.equal(carried.length, expected.streamable);
  });
}
