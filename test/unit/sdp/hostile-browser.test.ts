/** Descriptions of browsers that are none: answered or refused with a sentence, at the cost of their length. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../core/runtime/index.ts';
import { answerOffer, type LocalAudio, parseSdp, printSdp } from '../../../core/sdp/index.ts';

const hash = Array.from({ length: 32 }, () => '0F').join(':');
const local: LocalAudio = {
  capabilities: {
    codecs: [{ name: 'PCMU', clockRateHz: 8000, channels: 1, staticPayloadType: 0, fmtp: null }],
    ptimeMs: 20,
  },
  address: '192.0.2.1',
  rtpPort: 10_000,
  direction: 'sendrecv',
  sessionId: '7',
  version: '1',
  webRtc: {
    ufrag: 'ours',
    password: 'ourPasswordOf24Characters',
    fingerprint: { algorithm: 'sha-256', value: hash },
    candidates: [{ transport: 'udp', address: '192.0.2.1', port: 10_000 }],
    tlsId: 'callbusCallbusCallbus123',
  },
};

const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 0.0.0.0', 't=0 0'];
const transport = [
  'a=ice-ufrag:their',
  'a=ice-pwd:theirPasswordOf24Character',
  `a=fingerprint:sha-256 ${hash}`,
  'a=setup:actpass',
  'a=rtcp-mux',
];
const line = (mid: string | number, port = 9): string[] => [
  `m=audio ${port} UDP/TLS/RTP/SAVPF 0`,
  ...(port === 0 ? ['a=bundle-only'] : []),
  `a=mid:${mid}`,
];
const many = (count: number, of: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => of(i));
const words = (count: number): string => many(count, String).join(' ');

/** The answer's text, or the refusal's code. */
function outcomeOf(lines: readonly string[]): string {
  try {
    return printSdp(answerOffer(parseSdp(lines.join('\r\n')), local).answer);
  } catch (fault) {
    assert.ok(fault instanceof CodedError, String(fault));
    return fault.code;
  }
}

test('thousands of groups, mids, candidates and fingerprints cost no more than their lines {webrtc}', () => {
  const dear: Record<string, string[]> = {
    groups: [
      ...head,
      ...many(1700, (i) => `a=group:BUNDLE x${i} a b c d e f g h`),
      ...many(30, (i) => line(i, 0).join('\r\n')),
    ],
    mids: [...head, `a=group:BUNDLE ${words(12_000)}`, ...many(30, (i) => line(i, 0).join('\r\n'))],
    candidates: [...head, ...line(0), ...transport, ...many(1900, (i) => `a=candidate:${i} 1 udp 1 192.0.2.9 9 typ x`)],
    fingerprints: [...head, ...line(0), ...many(600, () => `a=fingerprint:sha-256 ${hash}`), ...transport],
    ufrags: [...head, ...line(0), ...many(1900, (i) => `a=ice-ufrag:their${i}`), ...transport],
    setups: [...head, ...line(0), ...many(1900, () => 'a=setup:actpass'), ...transport],
  };
  const cost = (lines: readonly string[]): number => {
    const before = process.cpuUsage();
    outcomeOf(lines);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const ordinary = [...head, ...line(0), ...transport, ...many(1900, (i) => `a=x-${i}:nothing to us`)];
  cost(ordinary);
  const allowedMs = 20 * cost(ordinary) + 60;
  for (const [name, lines] of Object.entries(dear)) assert.ok(cost(lines) < allowedMs, name);
});

test('a hostile value is refused by name, and never comes back in an answer {webrtc}', () => {
  for (const [name, hostile] of Object.entries({
    'a user name of blanks': ['a=ice-ufrag:    '],
    'a user name with a colon': ['a=ice-ufrag:a:b:c'],
    'a user name of 4000 letters': [`a=ice-ufrag:${'x'.repeat(4000)}`],
    'a user name of other letters': ['a=ice-ufrag:\u0430\u0441\u0435\u0441'],
    'a password of 40,000 letters': [`a=ice-pwd:${'x'.repeat(40_000)}`],
    'a fingerprint without colons': [`a=fingerprint:sha-256 ${hash.replaceAll(':', '')}`],
    'a fingerprint of another length': [`a=fingerprint:sha-256 ${hash.slice(3)}`],
    'a hash named as a member of all objects': [`a=fingerprint:__proto__ ${hash}`],
    'a hash with its constructor': [`a=fingerprint:constructor ${hash}`],
    'a weak hash alone, and broken': ['a=fingerprint:md5 00'],
    'a role that nobody has': ['a=setup:__proto__'],
  })) {
    const [key] = hostile[0]?.split(':') ?? [];
    const lines = [...head, ...line(0), ...hostile, ...transport.filter((one) => !one.startsWith(`${key}:`))];
    assert.equal(outcomeOf(lines), 'sdp.webRtc', name);
  }
  for (const mid of ['__proto__', 'x'.repeat(65), 'a b', '\u202e', '<script>']) {
    const answer = outcomeOf([...head, `a=group:BUNDLE ${mid}`, ...line(mid), ...transport]);
    const told = /^a=mid:(.*)\r$/m.exec(answer)?.[1] ?? '';
    assert.ok(told === '' || (told === mid && /^[\x21-\x7e]{1,64}$/.test(told)), mid);
  }
});

test('of two audio lines one is taken, the other refused in its place; a bundle that names neither is none {webrtc}', () => {
  const two = outcomeOf([...head, 'a=group:BUNDLE 0 1', ...line(0), ...transport, ...line(1), ...transport]);
  assert.deepEqual(
    [...two.matchAll(/^m=audio (\d+)/gm)].map(([, port]) => port),
    ['10000', '0'],
  );
  assert.match(two, /^a=group:BUNDLE 0\r$/m);
  // The same mid twice, a bundle of strangers, a tagged line that is not there.
  assert.match(outcomeOf([...head, 'a=group:BUNDLE 0 0', ...line(0), ...transport, ...line(0), ...transport]), /10000/);
  assert.doesNotMatch(outcomeOf([...head, 'a=group:BUNDLE 7 8', ...line(0), ...transport]), /a=group/);
  assert.match(outcomeOf([...head, 'a=group:BUNDLE 7 0', ...line(0), ...transport]), /^a=group:BUNDLE 0\r$/m);
  assert.equal(outcomeOf([...head, ...line(0, 0), ...transport]), 'sdp.webRtc', 'bundle-only without a bundle');
});
