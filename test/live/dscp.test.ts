/** Marks of real sockets, as tshark sees them on the loopback. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  type Dscp,
  libcUnavailable,
  newSockAddr,
  openPacketIo,
  realClock,
  realNetwork,
  setSockAddr,
} from '../../core/runtime/index.ts';
import { type Peer, skipWithout, startPeer } from '../support/peers.ts';

const host = '127.0.0.1';
const mark = (codePoint: number): Dscp => ({ codePoint, required: true, key: 'test.dscp' });

/** What tshark prints of packets on the loopback until `until` says that it is enough. */
class Sniffer {
  readonly #peer: Peer;
  #over = false;

  constructor() {
    const fields = ['ip.dsfield.dscp', 'ipv6.tclass.dscp', 'udp.dstport', 'tcp.dstport', 'tcp.len', 'tcp.srcport'];
    const args = ['-i', 'lo', '-l', '-n', '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
    this.#peer = startPeer('tshark', args, { limitMs: 60_000 });
    void this.#peer.ended.then(() => {
      this.#over = true;
    });
  }

  /** False: it may not capture here. */
  async ready(): Promise<boolean> {
    const probe = createSocket('udp4');
    // It says that it captures a little before it does: a packet that it saw is the proof.
    for (let round = 0; round < 600 && !this.#over; round++) {
      probe.send('x', 9, host);
      await setTimeout(100);
      if (this.rows().some(({ udp }) => udp === 9)) break;
    }
    probe.close();
    return this.rows().length > 0;
  }

  rows() {
    const lines = this.#peer.output().split('\n').slice(0, -1);
    return lines.map((line) => {
      const [v4 = '', v6 = '', udp = '', tcp = '', length = '', from = ''] = line.split('\t');
      return { dscp: Number(v4 || v6), udp: Number(udp), tcp: Number(tcp), from: Number(from), length: Number(length) };
    });
  }

  async sees(test: (row: ReturnType<Sniffer['rows']>[number]) => boolean): Promise<number> {
    for (let round = 0; round < 600; round++) {
      const row = this.rows().find(test);
      if (row !== undefined) return row.dscp;
      await setTimeout(100);
    }
    throw new Error(`not seen: ${JSON.stringify(this.rows())}`);
  }

  close(): Promise<unknown> {
    return this.#peer.stop();
  }
}

const missing = libcUnavailable() ?? skipWithout('tshark');

test('SIP over UDP and TCP both ways and RTP leave with their marks {dscp}', { skip: missing }, async (t) => {
  const sniffer = new Sniffer();
  t.after(() => sniffer.close());
  if (!(await sniffer.ready())) {
    t.skip('tshark may not capture here');
    return;
  }
  const network = realNetwork(realClock());
  const sink = createSocket('udp4').bind(0, host);
  await once(sink, 'listening');
  const to = { address: host, port: sink.address().port };
  const udp = await network.udp({ ...{ address: host, port: 0 }, dscp: mark(24), onDatagram() {}, onError() {} });
  udp.send(Buffer.from('sip'), to);
  assert.equal(await sniffer.sees((row) => row.udp === to.port), 24);
  udp.close();

  const v6 = await network.udp({ address: '::1', port: 0, dscp: mark(26), onDatagram() {}, onError() {} });
  v6.send(Buffer.from('sip'), { address: '::1', port: 9999 });
  assert.equal(await sniffer.sees((row) => row.udp === 9999), 26);
  v6.close();

  const listener = await network.listenTcp({
    ...{ address: host, port: 0, dscp: mark(24) },
    onConnection: (connection) => void connection.write(Buffer.from('answer')),
  });
  const connection = await network.connectTcp(listener.local, { timeoutMs: 5000, dscp: mark(32) });
  connection.write(Buffer.from('request'));
  assert.equal(await sniffer.sees(({ tcp, length }) => tcp === listener.local.port && length === 7), 32);
  assert.equal(await sniffer.sees(({ from, length }) => from === listener.local.port && length === 6), 24);
  connection.destroy();
  listener.close();

  const io = openPacketIo('libc', { dscp: mark(46) });
  const socket = await io.open(host, 0);
  sink.removeAllListeners();
  const other = createSocket('udp4').bind(0, host);
  await once(other, 'listening');
  assert.ok(io.send(socket, Buffer.from('rtp'), 3, setSockAddr(newSockAddr(), host, other.address().port)));
  assert.equal(await sniffer.sees((row) => row.udp === other.address().port), 46);
  io.dispose();
  other.close();
  sink.close();
});
