/** The client programs that SEMS ships (reference/di-interfaces, Appendix A): what they send works unchanged. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { packageFile } from '../../core/runtime/index.ts';
import { freePort } from '../support/free-ports.ts';
import { startLiveServer } from '../support/live-server.ts';
import { skipWithout, startPeer } from '../support/peers.ts';

const modules = { echo: {}, announcement: {}, webconference: {}, monitoring: {}, di_dial: {} };

test('the Python programs of SEMS find what they ask for {appendix-a} {import-sems}', {
  skip: skipWithout('python3'),
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({ config: { modules } });
  try {
    const program = packageFile('test/live/sems-programs/programs.py');
    const peer = startPeer('python3', [program, server.http, String(server.sipPort)], { limitMs: 30_000 });
    const { code } = await peer.ended;
    assert.equal(code, 0, peer.output());
    for (const name of ['sems_list_calls.py', 'sems-prometheus-exporter', 'webconference.py', 'example.py'])
      assert.ok(peer.output().includes(name), peer.output());
  } finally {
    await server.stop();
  }
});

test('the Rust tools of SEMS speak HTTP/1.0 to / and read to the end {appendix-a}', { timeout: 800_000 }, async () => {
  const server = await startLiveServer({ config: { modules } });
  try {
    const { hostname, port } = new URL(server.http);
    const socket = connect(Number(port), hostname);
    const body = '<?xml version="1.0"?><methodCall><methodName>calls</methodName><params></params></methodCall>';
    socket.write(
      `POST / HTTP/1.0\r\nHost: ${hostname}:${port}\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    let reply = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      reply += part;
    });
    await once(socket, 'end');
    assert.match(reply, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(reply, /<value><i4>0<\/i4><\/value>/);
  } finally {
    await server.stop();
  }
});

test('sems-stats, sems-dsm-reload and the Munin plug-in ask over UDP {appendix-a} {stats-udp}', {
  timeout: 800_000,
}, async () => {
  const port = await freePort();
  const stats = { monit_udp_ip: '127.0.0.1', monit_udp_port: port };
  const server = await startLiveServer({ config: { modules: { ...modules, stats } } });
  const socket = createSocket('udp4');
  try {
    const ask = async (command: string): Promise<string> => {
      const answered = once(socket, 'message', { signal: AbortSignal.timeout(60_000) });
      socket.send(`${command}\n`, port, '127.0.0.1');
      const [reply] = (await answered) as [Buffer];
      return reply.toString('latin1');
    };
    assert.match(await ask('calls'), /^Active calls: (.*)\n\0$/);
    assert.match(await ask('get_callsmax'), /^Maximum active calls: (.*)\n\0$/);
  } finally {
    socket.close();
    await server.stop();
  }
});
