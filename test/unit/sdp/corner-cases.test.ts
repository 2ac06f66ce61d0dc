/** Corner cases of session descriptions (reference 6.4), one test each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AudioParameters,
  acceptAnswer,
  answerOffer,
  createOffer,
  type LocalAudio,
  nextVersion,
  parseSdp,
  printSdp,
  type SessionDescription,
} from '../../../core/sdp/index.ts';

const codec = (name: string, staticPayloadType: number | null) => ({
  name,
  clockRateHz: 8000,
  channels: 1,
  staticPayloadType,
  fmtp: null,
});
const local: LocalAudio = {
  capabilities: { codecs: [codec('PCMU', 0), codec('PCMA', 8), codec('iLBC', null)], ptimeMs: 20 },
  address: '192.0.2.1',
  rtpPort: 10000,
  direction: 'sendrecv',
  sessionId: '7',
  version: '1',
};
const session = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];

const described = (...media: string[]): SessionDescription => parseSdp([...session, ...media].join('\r\n'));
const answerTo = (...media: string[]) => answerOffer(described(...media), local);
const mediaOf = ({ answer }: { answer: SessionDescription }): string[] =>
  printSdp(answer)
    .split('\r\n')
    .filter((line) => line.startsWith('m='));
const names = ({ codecs }: AudioParameters): string[] => codecs.map(({ name }) => name);

test('corner case 72: a payload with a clock rate of 0 is refused {sdp}', () => {
  assert.throws(() => answerTo('m=audio 4000 RTP/AVP 0 96', 'a=rtpmap:96 X/0'), /clock rate of 0/);
});

test('corner case 73: c= of the session or of the line, and an empty one of the session {sdp}', () => {
  const bare = ['v=0', 'o=- 1 1 IN IP4 h', 's=-', 't=0 0'];
  for (const lines of [
    [...bare, 'c=IN IP4 192.0.2.9', 'm=audio 4000 RTP/AVP 0'],
    [...bare, 'm=audio 4000 RTP/AVP 0', 'c=IN IP4 192.0.2.9'],
    [...bare, 'c=IN IP4 ', 'm=audio 4000 RTP/AVP 0', 'c=IN IP4 192.0.2.9'],
  ]) {
    assert.equal(answerOffer(parseSdp(lines.join('\r\n')), local).parameters.remote?.address, '192.0.2.9');
  }
});

test('corner case 74: m= as the last line, without CRLF, and flags without value {sdp}', () => {
  assert.deepEqual(names(answerTo('m=audio 4000 RTP/AVP 0').parameters), ['PCMU']);
  const flagged = answerTo('a=flag', 'm=audio 4000 RTP/AVP 97', 'a=x', 'a=rtpmap:97 iLBC/8000');
  assert.deepEqual(names(flagged.parameters), ['iLBC']);
});

test('corner case 75: rtpmap in any order, and none for static numbers {sdp}', () => {
  const { parameters } = answerTo(
    'm=audio 4000 RTP/AVP 8 97 0',
    'a=ptime:20',
    'a=rtpmap:97 iLBC/8000',
    'a=rtpmap:8 PCMA/8000',
  );
  assert.deepEqual(names(parameters), ['PCMA', 'iLBC', 'PCMU']);
});

test('corner case 76: a static number counts by number, whatever its rtpmap calls it {sdp}', () => {
  assert.deepEqual(names(answerTo('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 G711u/8000').parameters), ['PCMU']);
});

test('corner case 77: the answer keeps the numbers of the offer, also where they are ours for something else {sdp}', () => {
  const ours = createOffer(local).media[0]?.formats;
  assert.deepEqual(ours, ['0', '8', '96', '101']);
  const { answer, parameters } = answerTo(
    'm=audio 4000 RTP/AVP 101 96',
    'a=rtpmap:101 iLBC/8000',
    'a=rtpmap:96 telephone-event/8000',
  );
  assert.deepEqual(answer.media[0]?.formats, ['101', '96']);
  assert.deepEqual(parameters.telephoneEvent, { sendPayloadType: 96, receivePayloadType: 96 });
});

test('corner case 78: static numbers are known in AVP and AVPF; secure profiles are refused in their place {sdp}', () => {
  assert.deepEqual(mediaOf(answerTo('m=audio 4000 RTP/AVPF 8')), ['m=audio 10000 RTP/AVPF 8']);
  const secure = ['RTP/SAVP', 'RTP/SAVPF', 'UDP/TLS/RTP/SAVP', 'UDP/TLS/RTP/SAVPF'];
  assert.deepEqual(mediaOf(answerTo(...secure.map((each) => `m=audio 4000 ${each} 0`), 'm=audio 4002 RTP/AVP 0')), [
    ...secure.map((each) => `m=audio 0 ${each} 0`),
    'm=audio 10000 RTP/AVP 0',
  ]);
});

test('corner case 79: every line is answered in its place, the refused with port 0 and a format {sdp}', () => {
  const media = ['m=video 4 RTP/AVP 31 34', 'm=audio 4000 RTP/AVP 0', 'm=image 5 udptl t38', 'm=audio 6 RTP/AVP 8'];
  assert.deepEqual(mediaOf(answerTo(...media)), [
    'm=video 0 RTP/AVP 31',
    'm=audio 10000 RTP/AVP 0',
    'm=image 0 udptl t38',
    'm=audio 0 RTP/AVP 8',
  ]);
});

test('corner case 80: lines of an answer past those of the offer are passed over {sdp}', () => {
  const answer = described('m=audio 4000 RTP/AVP 0', 'm=video 9 RTP/AVP 31', 'm=audio 9 RTP/AVP 8');
  assert.equal(acceptAnswer(createOffer(local), answer).remote?.port, 4000);
});

test('corner case 81: telephone-event alone in common is no codec {sdp}', () => {
  assert.throws(() => answerTo('m=audio 4000 RTP/AVP 18 101', 'a=rtpmap:101 telephone-event/8000'), {
    code: 'sdp.noCommonCodec',
  });
});

test('corner case 87: s= is never empty, o= and c= tell the family, t=0 0 {sdp}', () => {
  const text = printSdp(createOffer({ ...local, address: '2001:db8::1' }));
  assert.match(text, /\r\no=- 7 1 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\n/);
  assert.match(
    printSdp(parseSdp(['v=0', 'o=- 1 1 IN IP4 h', 's=', 'm=audio 4 RTP/AVP 0'].join('\n'))),
    /\r\ns=-\r\nt=0 0/,
  );
});

test('corner case 88: directions of line and session, and the old a=direction mirrored {sdp} {hold}', () => {
  assert.equal(answerTo('a=sendonly', 'm=audio 4000 RTP/AVP 0').parameters.direction, 'recvonly');
  assert.equal(answerTo('a=sendonly', 'm=audio 4000 RTP/AVP 0', 'a=inactive').parameters.direction, 'inactive');
  for (const [offered, mirrored] of [
    ['active', 'passive'],
    ['passive', 'active'],
    ['both', 'both'],
  ]) {
    const { answer, parameters } = answerTo('m=audio 4000 RTP/AVP 0', `a=direction:${offered}`);
    assert.match(printSdp(answer), new RegExp(`a=direction:${mirrored}`));
    assert.equal(parameters.direction, 'sendrecv');
  }
});

test('corner case 89: 0.0.0.0, ::, port 0, sendonly and inactive leave nothing to send {sdp} {hold}', () => {
  const before = answerTo('m=audio 4000 RTP/AVP 0').parameters;
  for (const media of [
    ['m=audio 4000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'],
    ['m=audio 4000 RTP/AVP 0', 'c=IN IP6 ::'],
    ['m=audio 0 RTP/AVP 0'],
    ['m=audio 4000 RTP/AVP 0', 'a=sendonly'],
    ['m=audio 4000 RTP/AVP 0', 'a=inactive'],
  ]) {
    const { parameters } = answerOffer(described(...media), local, before);
    assert.ok(parameters.remote === null || !parameters.direction.startsWith('send'), media.join(' '));
  }
});

test('port 0 inside a session is a hold: the line keeps its place and comes back {hold}', () => {
  const before = answerTo('m=video 9 RTP/AVP 31', 'm=audio 4000 RTP/AVP 0');
  const held = answerOffer(described('m=video 0 RTP/AVP 31', 'm=audio 0 RTP/AVP 0'), local, before.parameters);
  assert.deepEqual(mediaOf(held), ['m=video 0 RTP/AVP 31', 'm=audio 0 RTP/AVP 0']);
  assert.deepEqual([held.parameters.remote, held.parameters.direction], [null, 'inactive']);
  const again = createOffer({ ...local, previous: held.answer });
  assert.deepEqual(
    again.media.map(({ kind, port }) => [kind, port]),
    [
      ['video', 0],
      ['audio', 10000],
    ],
  );
  const refused = acceptAnswer(again, described('m=video 0 RTP/AVP 31', 'm=audio 0 RTP/AVP 0'), before.parameters);
  assert.equal(refused.remote, null);
});

test('corner case 90: a=rtcp with and without address is used, past 65535 it is passed over {sdp}', () => {
  const rtcp = (value: string) => answerTo('m=audio 4000 RTP/AVP 0', `a=rtcp:${value}`).parameters.remoteRtcp;
  assert.deepEqual(rtcp('5000'), { address: '192.0.2.9', port: 5000 });
  assert.deepEqual(rtcp('5000 IN IP4 192.0.2.7'), { address: '192.0.2.7', port: 5000 });
  assert.equal(rtcp('65536'), null);
});

test('corner case 92: the line is offered again as hold with the numbers that it has {sdp} {hold}', () => {
  const { answer } = answerTo('m=audio 4000 RTP/AVP 120 0', 'a=rtpmap:120 iLBC/8000');
  const hold = nextVersion(answer, createOffer({ ...local, direction: 'sendonly', previous: answer }));
  assert.deepEqual(hold.media[0]?.formats, answer.media[0]?.formats);
  assert.match(printSdp(hold), /a=sendonly/);
  assert.deepEqual([answer.origin.version, hold.origin.version], ['1', '2']);
});

test('corner case 93: parameters of iLBC that make no sense do not refuse it {sdp}', () => {
  for (const fmtp of ['mode', 'mode=', '30', 'mode:30;x']) {
    const { parameters } = answerTo('m=audio 4000 RTP/AVP 97', 'a=rtpmap:97 iLBC/8000', `a=fmtp:97 ${fmtp}`);
    assert.deepEqual(names(parameters), ['iLBC']);
  }
});
