/**
 * Calls that a DSM script serves, 10,000 at once in simulated time, beside the same calls served by a plain
 * application in the same run: answer, a prompt, a key, another prompt, BYE. The difference is what DSM costs besides
 * SIP and media (asked for: at most 0.3 ms of CPU a call, 20 kB a session). No audio is sent: the callers' media go
 * nowhere, and time moves as little as the signalling needs.
 *
 *   node dist/test/bench/dsm-calls.js [calls]
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defineApplication, defineModule, Type } from '../../core/index.ts';
import { serverAddress, type World, world } from '../support/world.ts';

const calls = Number(process.argv[2] ?? 10_000);
const limitUs = 300;
const limitBytes = 20_000;
const rounds = 4;
/** Memory of a plain call is the same for each: a part of them shows it. */
const plainCalls = Math.min(calls, 2000);

const script = `
initial state MENU;
state CHOSEN;
transition "answered" MENU - sessionStart / { playSilence(60000); set($tries=0); } -> MENU;
transition "chosen" MENU - key(#key < 10) / { inc($tries); flushPlaylist(); playSilence(60000); } -> CHOSEN;
transition "hung up" (MENU, CHOSEN) - hangup / stop(false) -> END;
state END;
`;

const plain = defineModule({
  name: 'plain',
  summary: 'The same menu as code.',
  config: Type.Object({}),
  start({ registerApplication }) {
    registerApplication(
      defineApplication({
        name: 'plain',
        async onInvite(call) {
          let tries = 0;
          await call.accept();
          call.playItem({ kind: 'silence', lengthMs: 60_000 }).ended.catch(() => {});
          call.onKey(() => {
            tries++;
            call.flush();
            call.log.debug('menu', { tries });
            call.playItem({ kind: 'silence', lengthMs: 60_000 }).ended.catch(() => {});
          });
        },
      }),
    );
  },
});

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

interface Figures {
  readonly cpuUs: number;
  readonly bytes: number;
}

function run(application: 'menu' | 'plain', count: number): Promise<Figures> {
  return new Run(application, count).figures();
}

/** One server and its callers: signalling as text, no phones. */
class Run {
  readonly #application: string;
  readonly #count: number;
  readonly #tags = new Map<number, string>();
  #send: (text: string) => void = () => {};

  constructor(application: string, count: number) {
    this.#application = application;
    this.#count = count;
  }

  async figures(): Promise<Figures> {
    const w = await this.#world();
    const socket = await w.clock.during(
      w.newHost('10.0.9.1').seams.network.udp({
        address: '10.0.9.1',
        port: 5060,
        onDatagram: (datagram) => this.#receive(Buffer.from(datagram).toString('latin1')),
        onError: () => {},
      }),
    );
    this.#send = (text) => void socket.send(Buffer.from(text, 'latin1'), { address: serverAddress, port: 5060 });
    collect();
    const before = process.memoryUsage().heapUsed;
    const started = process.cpuUsage();
    for (let id = 0; id < this.#count; id++) this.#send(request('INVITE', 1, id, '', sdp));
    await w.until(() => this.#tags.size === this.#count, 30_000, 'all calls are answered');
    await w.advance(30);
    let spent = process.cpuUsage(started);
    collect();
    const bytes = (process.memoryUsage().heapUsed - before) / this.#count;
    const resumed = process.cpuUsage();
    for (const { tag } of w.server.calls.calls())
      w.server.calls.mailboxes.post(tag, { kind: 'key', key: '1', durationMs: 100, source: 'info' });
    await w.advance(20);
    for (const [id, tag] of this.#tags) this.#send(request('BYE', 2, id, `;tag=${tag}`, ''));
    await w.until(() => w.server.calls.calls().length === 0, 30_000, 'all calls have ended');
    const rest = process.cpuUsage(resumed);
    spent = { user: spent.user + rest.user, system: spent.system + rest.system };
    await w.stop();
    return { cpuUs: (spent.user + spent.system) / this.#count, bytes };
  }

  #world(): Promise<World> {
    return world({
      phone: null,
      modules: [plain],
      files: { '/scripts/menu.dsm': Buffer.from(script) },
      config: {
        sip: {
          maxTransactions: 1_000_000,
          maxTransactionsPerSource: 0,
          newCallsPerSecondPerSource: 0,
          requestsPerSecondPerSource: 0,
          overload: { lagMs: 0, busyPercent: 0 },
        },
        media: { ports: [10_000, 65_000] },
        modules: { plain: {}, dsm: { diag_path: '/scripts/', load_diags: ['menu'], register_apps: ['menu'] } },
        routing: [{ application: this.#application }],
      },
    });
  }

  #receive(text: string): void {
    const id = Number(/\r\nCall-ID: (\d+)-/i.exec(text)?.[1] ?? -1);
    if (!text.startsWith('SIP/2.0 200') || !/\r\nCSeq: 1 INVITE/i.test(text) || this.#tags.has(id)) return;
    const tag = /\r\nTo:[^\r]*;tag=([^\r;]+)/i.exec(text)?.[1] ?? '';
    this.#tags.set(id, tag);
    this.#send(request('ACK', 1, id, `;tag=${tag}`, ''));
  }
}

const sdp =
  'v=0\r\no=x 1 1 IN IP4 10.0.9.1\r\ns=-\r\nc=IN IP4 10.0.9.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n';

function request(method: string, cseq: number, id: number, toTag: string, body: string): string {
  const type = body === '' ? '' : 'Content-Type: application/sdp\r\n';
  return `${method} sip:x@${serverAddress} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.9.1:5060;branch=z9hG4bK-${id}-${method}\r\nFrom: <sip:x@10.0.9.1>;tag=t${id}\r\nTo: <sip:x@${serverAddress}>${toTag}\r\nCall-ID: ${id}-bench\r\nCSeq: ${cseq} ${method}\r\nContact: <sip:x@10.0.9.1:5060>\r\nMax-Forwards: 70\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** CPU: the best of several small rounds, by turns. Memory: of one large round. */
const best = { plain: Number.POSITIVE_INFINITY, menu: Number.POSITIVE_INFINITY };
for (let round = 0; round < rounds; round++)
  for (const name of ['plain', 'menu'] as const) best[name] = Math.min(best[name], (await run(name, 500)).cpuUs);
const code = { cpuUs: best.plain, bytes: (await run('plain', plainCalls)).bytes };
const dsm = { cpuUs: best.menu, bytes: (await run('menu', calls)).bytes };
const differenceUs = dsm.cpuUs - code.cpuUs;
const differenceBytes = dsm.bytes - code.bytes;
const line = (name: string, figure: string): boolean => process.stdout.write(`${name.padEnd(44)} ${figure}\n`);
line('a call of a plain application', `${code.cpuUs.toFixed(0)} µs CPU`);
line('the same call of a script', `${dsm.cpuUs.toFixed(0)} µs CPU`);
line('  DSM besides SIP and media', `${differenceUs.toFixed(0)} µs, asked for at most ${limitUs} µs`);
line(`${plainCalls} calls of a plain application at once`, `${(code.bytes / 1000).toFixed(1)} kB of heap each`);
line(`${calls} calls of a script at once`, `${(dsm.bytes / 1000).toFixed(1)} kB of heap each`);
line('  DSM session', `${(differenceBytes / 1000).toFixed(1)} kB, asked for at most ${limitBytes / 1000} kB`);
if (differenceUs > limitUs || differenceBytes > limitBytes) process.exitCode = 1;
