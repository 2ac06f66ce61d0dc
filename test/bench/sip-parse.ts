/**
 * Reading and printing SIP messages, in microseconds of CPU, with the npm package `sip` beside it in
 * the same run. Demands: a 1.1 kB INVITE with SDP as far as routing needs ≤ 3 µs, with every header
 * touched ≤ 8 µs, printing a response ≤ 2 µs; each at least five times as fast as the package.
 */
import { createRequire } from 'node:module';
import { findBody, type ParsedRequest, parseMessage, parseNameAddressList } from '../../core/sip/index.ts';
import { buildRequest, buildResponse, type RequestParts } from '../../core/sip/print.ts';

interface PackageMessage {
  content: string;
  headers: { [name: string]: unknown };
}

interface SipPackage {
  parse(bytes: string): PackageMessage;
  stringify(message: unknown): string;
  makeResponse(request: unknown, status: number, reason: string): { headers: { [name: string]: unknown } };
}

interface Row {
  readonly name: string;
  /** Microseconds. */
  readonly limit: number | null;
  ours(): unknown;
  theirs(): unknown;
}

const rounds = 200;
const perRound = 1000;
const leastRatio = 5;
/** Keeps results alive, so that no work is optimised away. */
export let sink: unknown = null;

const sdp = [
  'v=0',
  'o=alice 2890844526 2890844526 IN IP4 192.0.2.101',
  's=-',
  'c=IN IP4 192.0.2.101',
  't=0 0',
  'm=audio 49172 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

const invite = Buffer.from(
  [
    'INVITE sip:+4930123456@callbus.example.com;user=phone SIP/2.0',
    'Via: SIP/2.0/UDP proxy.example.com:5060;branch=z9hG4bK2d4790.1;rport',
    'Via: SIP/2.0/UDP 192.0.2.101:5060;branch=z9hG4bK74bf9c4f;received=192.0.2.101;rport=5060',
    'Record-Route: <sip:proxy.example.com;lr>',
    'Max-Forwards: 69',
    'From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=9fxced76sl',
    'To: "Bob" <sip:+4930123456@callbus.example.com;user=phone>',
    'Call-ID: 3848276298220188511@atlanta.example.com',
    'CSeq: 4711 INVITE',
    'Contact: <sip:alice@192.0.2.101:5060;transport=udp>',
    'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, UPDATE',
    'Supported: replaces, timer, path',
    'User-Agent: Snom370/8.7.5',
    'Session-Expires: 1800;refresher=uac',
    'Min-SE: 90',
    'P-Asserted-Identity: "Alice Liddell" <sip:+4930987654@atlanta.example.com>',
    'Content-Type: application/sdp',
    `Content-Length: ${sdp.length}`,
    '',
    sdp,
  ].join('\r\n'),
  'latin1',
);

const sip: SipPackage = createRequire(import.meta.url)('sip');

function parsed(): ParsedRequest {
  const message = parseMessage(invite);
  if (message.kind !== 'request') throw new Error('the INVITE was not read');
  return message;
}

/** What dispatch reads: transaction, dialog, route. */
function routed(): number {
  const message = parsed();
  const { via, fromTag, toTag, callId, cseq, requestUri, maxForwards } = message;
  return (
    (via.branch?.length ?? 0) +
    via.host.length +
    fromTag.length +
    toTag.length +
    callId.length +
    cseq.number +
    requestUri.host.length +
    (maxForwards ?? 0)
  );
}

/** Every header read, those with structure as their structure, and the body found. */
function touched(): number {
  const message = parsed();
  const lines = message.allHeaders();
  const addresses = [message.from, message.to].length + (parseNameAddressList(message.headers('contact'))?.length ?? 0);
  return (
    lines.length +
    addresses +
    (message.vias?.length ?? 0) +
    (message.routes('record-route')?.length ?? 0) +
    (findBody(message, 'application/sdp')?.length ?? 0)
  );
}

const whole = parsed();
const answer = {
  status: 200,
  toTag: 'a6c85cf',
  source: { address: '192.0.2.7', port: 5060 },
  copy: ['record-route'],
  headers: [
    ['Contact', '<sip:a6c85cf@192.0.2.1:5060>'],
    ['Allow', 'INVITE, ACK, CANCEL, OPTIONS, BYE'],
    ['Server', 'callbus'],
  ],
  body: { contentType: 'application/sdp', content: Buffer.from(sdp) },
} as const;
const request: RequestParts = {
  method: whole.method,
  uri: whole.uri,
  headers: whole.allHeaders().filter(([name]) => !name.startsWith('Content-')),
  body: { contentType: 'application/sdp', content: Buffer.from(sdp) },
};

const inviteText = invite.toString('latin1');
const theirRequest = sip.parse(inviteText);
const theirAnswer = { ...sip.makeResponse(theirRequest, 200, 'OK'), content: sdp };
Object.assign(theirAnswer.headers, {
  contact: '<sip:a6c85cf@192.0.2.1:5060>',
  allow: 'INVITE, ACK, CANCEL, OPTIONS, BYE',
  'record-route': '<sip:proxy.example.com;lr>',
});

const rows: readonly Row[] = [
  { name: 'parse as far as routing', limit: 3, ours: routed, theirs: () => sip.parse(invite.toString('utf8')) },
  { name: 'parse, every header touched', limit: 8, ours: touched, theirs: () => sip.parse(invite.toString('utf8')) },
  {
    name: 'print a response',
    limit: 2,
    ours: () => buildResponse(whole, answer),
    theirs: () => Buffer.from(sip.stringify(theirAnswer)),
  },
  {
    name: 'print a request',
    limit: null,
    ours: () => buildRequest(request),
    theirs: () => Buffer.from(sip.stringify(theirRequest)),
  },
];

process.stdout.write(`an INVITE of ${invite.length} bytes; µs of CPU, best of ${rounds} rounds\n`);
for (const { name, limit, ours, theirs } of rows) {
  const [us, theirUs] = measure(ours, theirs);
  const ratio = theirUs / us;
  const asked = limit === null ? '' : `, asked for at most ${limit}`;
  process.stdout.write(
    `${name.padEnd(28)} ${us.toFixed(2)} (npm sip ${theirUs.toFixed(2)}, ratio ${ratio.toFixed(1)}${asked})\n`,
  );
  if ((limit !== null && us > limit) || ratio < leastRatio) process.exitCode = 1;
}

/** The best round of each, taken in turn: other work on the machine only adds. */
function measure(ours: () => unknown, theirs: () => unknown): readonly [number, number] {
  let best: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++) {
    best = [Math.min(best[0], microsOf(ours, perRound)), Math.min(best[1], microsOf(theirs, perRound / 4))];
  }
  return best;
}

function microsOf(run: () => unknown, count: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) sink = run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}
