/** What the examples of the module `trace` show: a call of two messages. */
import type { TracedMessage } from '../sip/index.ts';

const invite = [
  'INVITE sip:500@example.org SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK74bf9',
  'Max-Forwards: 70',
  'From: <sip:joe@example.org>;tag=9fxced76sl',
  'To: <sip:500@example.org>',
  'Call-ID: 3848276298220188511@192.0.2.10',
  'CSeq: 1 INVITE',
  'Contact: <sip:joe@192.0.2.10:5060>',
  'Content-Length: 0',
];
const trying = [
  'SIP/2.0 100 Trying',
  ...invite.filter((line) => /^(Via|From|To|Call-ID|CSeq|Content-Length):/.test(line)),
];

const flow = {
  transport: 'udp',
  local: { address: '192.0.2.1', port: 5060 },
  remote: { address: '192.0.2.10', port: 5060 },
} as const;
const wire = (lines: readonly string[]): string => [...lines, '', ''].join('\r\n');

/** 2026-01-01, 12:00 UTC. */
const startMs = 1_767_268_800_000;

export const exampleMessages: readonly TracedMessage[] = [
  { ...flow, unixMs: startMs, direction: 'in', text: wire(invite) },
  { ...flow, unixMs: startMs + 2, direction: 'out', text: wire(trying) },
];
