/** What the trace costs a message, µs: a call's messages one after the other, each in a buffer of its own. */
import { realClock } from '../../core/runtime/index.ts';
import { MessageTrace } from '../../core/sip/trace.ts';

const messages = Number(process.argv[2] ?? 300_000);
const demandUs = 1;
const flow = {
  transport: 'udp',
  local: { address: '127.0.0.1', port: 5060 },
  remote: { address: '127.0.0.1', port: 5070 },
  connectionId: 0,
  trusted: false,
} as const;
const filling = 'X-Filling: 0123456789012345678901234567890123456789\r\n'.repeat(12);
const limits = { calls: 1000, messagesPerCall: 100, bytes: 16_000_000, minutes: 10, hep: null };

/** Fourteen messages a call, as of a B2BUA. */
function textOf(at: number): string {
  const via = `Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK${at}\r\nFrom: <sip:a@b>;tag=${at}\r\nTo: <sip:c@d>\r\n`;
  return `INVITE sip:c@d SIP/2.0\r\n${via}Call-ID: ${Math.floor(at / 14)}-abcdefgh@127.0.0.1\r\n${filling}\r\n`;
}

/** CPU of this process. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function measure(calls: number): number {
  const trace = new MessageTrace({ ...limits, calls }, realClock());
  let us = 0;
  const batch = 10_000;
  for (let done = 0; done < messages; done += batch) {
    const made = Array.from({ length: batch }, (_, at) => new TextEncoder().encode(textOf(done + at)));
    const startUs = cpuUs();
    for (const bytes of made) trace.message('in', bytes, flow);
    us += cpuUs() - startUs;
  }
  return us / messages;
}

measure(1000); // warm
const kept = measure(1000);
process.stdout.write(
  `trace, ${textOf(0).length} bytes: ${kept.toFixed(2)} µs a message (demand: ${demandUs}), switched off ${measure(0).toFixed(2)} µs\n`,
);
if (kept > demandUs) process.exitCode = 1;
