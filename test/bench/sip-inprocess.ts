/**
 * The work of one call in microseconds of CPU, without a kernel in it: the whole server in this
 * process, its UDP socket replaced by a function call. An answered call as UAS with BYE, and one
 * through the module `b2bua` (both legs, media past us), each beside what the npm package `sip` takes
 * to parse and print as many messages in the same run: on a loaded machine the ratio is what counts.
 *
 *   node dist/test/bench/sip-inprocess.js [--heap] [--alone] [uas|b2bua] [calls a round]
 *
 * `--alone` leaves the package out, for a profile, and tells the bytes that a call allocates (run with --expose-gc).
 * `--heap` also places 100,000 calls and tells what is left of them once the last transaction is over
 * (T1 is lowered for that; run with --expose-gc).
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { defineApplication, defineModule } from '../../core/index.ts';
import { loadServerConfig, type RunningServer, startServer } from '../../core/main.ts';
import { type Endpoint, type Network, silentLog, Type, tuneHeap, type UdpOptions } from '../../core/runtime/index.ts';
import { realSeams } from '../../core/runtime/real-seams.ts';

const caller: Endpoint = { address: '127.0.0.1', port: 6070 };
const callee: Endpoint = { address: '127.0.0.1', port: 6080 };
const ours: Endpoint = { address: '127.0.0.1', port: 5090 };
const withHeap = process.argv.includes('--heap');
const alone = process.argv.includes('--alone');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const kinds = (['uas', 'b2bua'] as const).filter(
  (kind) => !wanted.some((each) => /^[a-z]/.test(each)) || wanted.includes(kind),
);
const callsPerRound = Number(wanted.find((argument) => /^\d+$/.test(argument)) ?? 500);
const rounds = 15;
/** Messages that the server reads and writes in one call. */
const messagesOf = { uas: { parsed: 3, printed: 3 }, b2bua: { parsed: 6, printed: 7 } } as const;

const sdp =
  'v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n';

/** The other ends of all calls: what SIPp's embedded scenarios say, as text with its parts replaced. */
class Peers {
  #toServer: UdpOptions['onDatagram'] = () => {};
  #sent: string[] = [];
  #number = 0;

  readonly network: Pick<Network, 'udp'> = {
    udp: (options) => {
      this.#toServer = options.onDatagram;
      return Promise.resolve({
        local: ours,
        send: (datagram: Uint8Array) =>
          void this.#sent.push(Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length).toString('latin1')),
        close: () => {},
      });
    },
  };

  /** INVITE to the 200 of the BYE; microtasks only. */
  async call(kind: 'uas' | 'b2bua'): Promise<void> {
    const id = ++this.#number;
    this.#say(this.#request('INVITE', 1, id, '', sdp), caller);
    if (kind === 'b2bua') {
      const invite = await this.#hear((text) => text.startsWith('INVITE '));
      this.#say(answerTo(invite, '180 Ringing', id, ''), callee);
      this.#say(answerTo(invite, '200 OK', id, sdp), callee);
    }
    const answer = await this.#hear((text) => text.startsWith('SIP/2.0 200'));
    const tag = /\r\nTo:[^\r]*;tag=([^\r;]+)/.exec(answer)?.[1] ?? '';
    this.#say(this.#request('ACK', 1, id, `;tag=${tag}`, ''), caller);
    if (kind === 'b2bua') await this.#hear((text) => text.startsWith('ACK '));
    this.#say(this.#request('BYE', 2, id, `;tag=${tag}`, ''), caller);
    if (kind === 'b2bua')
      this.#say(answerTo(await this.#hear((text) => text.startsWith('BYE ')), '200 OK', id, ''), callee);
    await this.#hear((text) => text.startsWith('SIP/2.0 200') && text.includes('CSeq: 2 BYE'));
    this.#sent = [];
  }

  #say(text: string, from: Endpoint): void {
    // A buffer of its own, as from a socket.
    const datagram = Buffer.allocUnsafeSlow(text.length);
    datagram.write(text, 'latin1');
    this.#toServer(datagram, from);
  }

  async #hear(isIt: (text: string) => boolean): Promise<string> {
    for (let patience = 0; patience < 200; patience++) {
      const at = this.#sent.findIndex(isIt);
      const found = this.#sent[at];
      if (found !== undefined) {
        this.#sent.splice(at, 1);
        return found;
      }
      await null;
      // A task now and then: what waits for one comes too.
      if (patience % 50 === 49) await turn();
    }
    throw new Error(`not sent; instead:\n${this.#sent.join('\n')}`);
  }

  #request(method: string, cseq: number, id: number, toTag: string, body: string): string {
    const branch = method === 'INVITE' ? 0 : method === 'ACK' ? 5 : 7;
    return `${method} sip:x@127.0.0.1:5090 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:6070;branch=z9hG4bK-${id}-${branch}\r\nFrom: sipp <sip:sipp@127.0.0.1:6070>;tag=1234SIPpTag00${id}\r\nTo: x <sip:x@127.0.0.1:5090>${toTag}\r\nCall-ID: ${id}-1234@127.0.0.1\r\nCSeq: ${cseq} ${method}\r\nContact: sip:sipp@127.0.0.1:6070\r\nMax-Forwards: 70\r\nSubject: Performance Test\r\n${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`;
  }
}

function answerTo(request: string, status: string, id: number, body: string): string {
  const header = (name: string): string => new RegExp(`\r\n${name}: ([^\r]*)`).exec(request)?.[1] ?? '';
  const to = header('To');
  const contact = body === '' ? '' : 'Contact: <sip:127.0.0.1:6080;transport=UDP>\r\nContent-Type: application/sdp\r\n';
  return `SIP/2.0 ${status}\r\nVia: ${header('Via')}\r\nFrom: ${header('From')}\r\nTo: ${to}${to.includes('tag=') ? '' : `;tag=callee${id}`}\r\nCall-ID: ${header('Call-ID')}\r\nCSeq: ${header('CSeq')}\r\n${contact}Content-Length: ${body.length}\r\n\r\n${body}`;
}

const answer = { contentType: 'application/sdp', content: new TextEncoder().encode(sdp) };
/** Answers with a description that costs nothing: no media here. */
const fixed = defineModule({
  name: 'fixed',
  summary: 'Answers.',
  config: Type.Object({}),
  start({ registerApplication }) {
    registerApplication(
      defineApplication({ name: 'fixed', onInvite: (call) => call.session.reply(200, 'OK', { body: answer }) }),
    );
  },
});

/** `t1Ms`: of the transactions; 500 is RFC 3261's. */
async function serverOf(
  kind: 'uas' | 'b2bua',
  network: Pick<Network, 'udp'>,
  folder: string,
  t1Ms: number,
): Promise<RunningServer> {
  const config = await loadServerConfig({
    modules: [fixed],
    text: JSON.stringify({
      sip: {
        listen: [{ transport: 'udp', address: ours.address, port: ours.port }],
        maxTransactions: 1_000_000,
        maxTransactionsPerSource: 0,
        newCallsPerSecondPerSource: 0,
        requestsPerSecondPerSource: 0,
        overload: { lagMs: 0, busyPercent: 0 },
        t1Ms,
      },
      rpc: { listen: null, netstring: null },
      media: { workers: 0 },
      routing: [{ application: kind === 'uas' ? 'fixed' : 'b2bua' }],
      modules: {
        monitoring: {},
        ...(kind === 'uas' ? { fixed: {} } : { b2bua: { target: `127.0.0.1:${callee.port}`, media: 'bypass' } }),
      },
      storage: { path: join(folder, kind) },
    }),
  });
  const seams = realSeams({ log: silentLog });
  return await startServer({
    seams: {
      ...seams,
      network: { ...seams.network, ...network, sourceAddressFor: () => Promise.resolve(ours.address) },
    },
    logControl: { level: 'error' },
    config,
    modules: [fixed],
  });
}

async function place(peers: Peers, kind: 'uas' | 'b2bua', calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call++) {
    await peers.call(kind);
    if (call % 100 === 99) await turn();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

/** What the package takes to parse and print the messages of one call; without transactions and dialogs. */
function packageUs(kind: 'uas' | 'b2bua'): number {
  const sip: { parse(text: string): { content: string }; stringify(message: unknown): string } = createRequire(
    import.meta.url,
  )('sip');
  const text = `INVITE sip:x@127.0.0.1:5090 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:6070;branch=z9hG4bK-1-0\r\nFrom: sipp <sip:sipp@127.0.0.1:6070>;tag=1234SIPpTag001\r\nTo: x <sip:x@127.0.0.1:5090>\r\nCall-ID: 1-1234@127.0.0.1\r\nCSeq: 1 INVITE\r\nContact: sip:sipp@127.0.0.1:6070\r\nMax-Forwards: 70\r\nSubject: Performance Test\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`;
  const message = sip.parse(text);
  const { parsed, printed } = messagesOf[kind];
  const count = 1000;
  const before = process.cpuUsage();
  for (let call = 0; call < count; call++) {
    for (let each = 0; each < parsed; each++) sip.parse(text);
    for (let each = 0; each < printed; each++) Buffer.from(sip.stringify(message));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

// As the command does.
tuneHeap();
const folder = mkdtempSync(join(tmpdir(), 'callbus-bench-'));
try {
  for (const kind of kinds) {
    const peers = new Peers();
    const server = await serverOf(kind, peers.network, folder, 500);
    let best = Number.POSITIVE_INFINITY;
    let theirs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      best = Math.min(best, await place(peers, kind, callsPerRound));
      if (!alone) theirs = Math.min(theirs, packageUs(kind));
    }
    if (alone) process.stdout.write(`${kind}: ${best.toFixed(0)} µs CPU a call; ${await allocated(peers, kind)}\n`);
    else
      process.stdout.write(
        `${kind}: ${best.toFixed(0)} µs CPU a call (best of ${rounds}); npm sip parses and prints its messages in ${theirs.toFixed(0)} µs: ${(best / theirs).toFixed(2)} times\n`,
      );
    await server.stop();
    if (withHeap) await heap(kind);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Few enough calls that no collection comes between the two looks. */
async function allocated(peers: Peers, kind: 'uas' | 'b2bua'): Promise<string> {
  const calls = 50;
  globalThis.gc?.();
  const before = process.memoryUsage();
  await place(peers, kind, calls);
  const after = process.memoryUsage();
  const kB = (key: 'heapUsed' | 'arrayBuffers'): string => ((after[key] - before[key]) / calls / 1000).toFixed(1);
  return `${kB('heapUsed')} kB of heap and ${kB('arrayBuffers')} of buffers allocated a call`;
}

/** Memory after 10,000 and after 100,000 calls, when all transactions are over. */
async function heap(kind: 'uas' | 'b2bua'): Promise<void> {
  const peers = new Peers();
  const t1Ms = 50;
  const server = await serverOf(kind, peers.network, folder, t1Ms);
  const used = async (): Promise<{ heapMb: number; rssMb: number }> => {
    await pause(64 * t1Ms + 6000);
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    return { heapMb: heapUsed / 2 ** 20, rssMb: rss / 2 ** 20 };
  };
  await place(peers, kind, 10_000);
  const first = await used();
  // In the same portions, so that the highest level is the same.
  for (let portion = 1; portion < 9; portion++) {
    await place(peers, kind, 10_000);
    await used();
  }
  await place(peers, kind, 10_000);
  const last = await used();
  process.stdout.write(
    `${kind}: after 10,000 calls ${first.heapMb.toFixed(1)} MB of heap, ${first.rssMb.toFixed(0)} resident; after 100,000 ${last.heapMb.toFixed(1)} and ${last.rssMb.toFixed(0)} (demand: at most 5 MB more)\n`,
  );
  await server.stop();
}
