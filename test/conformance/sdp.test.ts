import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../core/runtime/index.ts';
import { answerOffer, type LocalAudio, parseSdp, printSdp, srtpSuites } from '../../core/sdp/index.ts';
import { names, skipWithout, text } from './sip-data.ts';

const skip = skipWithout('sdp');
if (skip !== false) test('session descriptions of others {sdp}', { skip }, () => {});

/** Lines in one order: their order within a section is not ours. */
const sorted = (source: string) =>
  source
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .sort();

for (const name of names('sdp', '.sdp')) {
  test(`${name} is read and printed without loss {sdp}`, () => {
    const source = text('sdp', name);
    const description = parseSdp(source);
    const printed = printSdp(description);
    assert.deepEqual(parseSdp(printed), description);
    const expected = source.replace(/^s=\s*$/m, 's=-').replace(/^(s=.*?)(\r?\n)(?![\s\S]*^t=)/m, '$1$2t=0 0$2');
    assert.deepEqual(sorted(printed), sorted(expected));
  });
}

/** A side that can everything: G.711, Opus and L16, encrypted or not. */
const local: LocalAudio = {
  capabilities: {
    codecs: [
      { name: 'PCMU', clockRateHz: 8000, channels: 1, staticPayloadType: 0, fmtp: null },
      { name: 'opus', clockRateHz: 48_000, channels: 2, staticPayloadType: null, fmtp: null },
      { name: 'L16', clockRateHz: 48_000, channels: 2, staticPayloadType: null, fmtp: null },
    ],
    ptimeMs: 20,
  },
  address: '192.0.2.1',
  rtpPort: 10_000,
  direction: 'sendrecv',
  sessionId: '1',
  version: '1',
  comfortNoise: true,
  srtp: { policy: 'optional', suites: srtpSuites, newKey: (bytes) => new Uint8Array(bytes) },
};

for (const name of names('sdp', '.sdp')) {
  test(`${name} as an offer gets an answer with as many lines, or a clear refusal {sdp}`, () => {
    const offer = parseSdp(text('sdp', name));
    try {
      const { answer, parameters } = answerOffer(offer, local);
      assert.deepEqual(
        answer.media.map(({ kind, protocol }) => [kind, protocol]),
        offer.media.map(({ kind, protocol }) => [kind, protocol]),
      );
      assert.equal(answer.media.filter(({ port }) => port !== 0).length, 1);
      assert.ok(parameters.codecs.length > 0);
      assert.deepEqual(parseSdp(printSdp(answer)), answer);
    } catch (fault) {
      assert.ok(fault instanceof CodedError && fault.code.startsWith('sdp.') && fault.detail !== '', String(fault));
    }
  });
}
