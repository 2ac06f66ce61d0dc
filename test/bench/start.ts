/**
 * From the start to the ready line, memory idle, and memory for each further conference call.
 * Demands: ready under 2 s, under 150 MB idle, under 100 kB a call.
 */

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const calls = Number(process.argv[2] ?? 300);
const cli = resolve(import.meta.dirname, '../../program/cli.js');
const startedMs = performance.now();
const server = spawn(process.execPath, [cli, 'serve'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    ...process.env,
    CALLBUS__SIP__LISTEN: '[{transport: udp, address: 127.0.0.1, port: 0}]',
    CALLBUS__RPC__LISTEN__PORT: '0',
    CALLBUS__RPC__NETSTRING: 'null',
    CALLBUS__LOG__LEVEL: 'error',
    CALLBUS__MEDIA__PORTS: '[40000, 49998]',
    CALLBUS__STORAGE__PATH: mkdtempSync(join(tmpdir(), 'callbus-bench-')),
  },
});
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const port = await new Promise<number>((found) => {
  createInterface(server.stdout).on('line', (line) => {
    if (line.startsWith('callbus ready ')) found(JSON.parse(line.slice(14)).sip[0].port);
  });
});
process.stdout.write(`ready after ${Math.round(performance.now() - startedMs)} ms (demand: 2000)\n`);
await pause(3000);
const idle = residentKb();
process.stdout.write(`idle ${(idle / 1024).toFixed(1)} MB resident (demand: 150)\n`);

const socket = createSocket('udp4');
let answered = 0;
socket.on('message', (message) => {
  const text = message.toString('latin1');
  if (!text.startsWith('SIP/2.0 200') || !text.includes('INVITE')) return;
  const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(text)?.[1]?.trim() ?? '';
  const target = /<([^>]+)>/.exec(header('Contact'))?.[1] ?? '';
  answered++;
  send(
    `ACK ${target} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bKa${answered};rport\r\nFrom: ${header('From')}\r\nTo: ${header('To')}\r\nCall-ID: ${header('Call-ID')}\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`,
  );
});
await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
const own = socket.address().port;
const send = (text: string): void => socket.send(text, port, '127.0.0.1');

// The first hundred calls warm the heap; what counts is each further one.
await place(0, 100);
const warm = residentKb();
await place(100, calls);
const full = residentKb();
process.stdout.write(
  `${answered} conference calls, ${(full / 1024).toFixed(1)} MB resident, ${((full - warm) / calls).toFixed(1)} kB for each further call (demand: 100)\n`,
);
socket.close();
server.kill('SIGKILL');

async function place(first: number, count: number): Promise<void> {
  for (let i = first; i < first + count; i++) {
    const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${20000 + 2 * (i % 1000)} RTP/AVP 0\r\n`;
    const room = 500 + (Math.floor(i / 10) % 100);
    send(
      `INVITE sip:${room}@127.0.0.1:${port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bKi${i};rport\r\nFrom: <sip:b${i}@127.0.0.1>;tag=t${i}\r\nTo: <sip:${room}@127.0.0.1>\r\nCall-ID: bench-${i}\r\nCSeq: 1 INVITE\r\nContact: <sip:b@127.0.0.1:${own}>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`,
    );
    if (i % 10 === 9) await pause(30);
  }
  await pause(5000);
}

function residentKb(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]);
}
