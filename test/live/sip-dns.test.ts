/** Names resolved by real name servers on loopback: dnsmasq, and one that sends what no server should. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { type TestContext, test } from 'node:test';
import { fillDefaults } from '../../core/config/defaults.ts';
import { realSeams, silentLog } from '../../core/runtime/index.ts';
import {
  createSipStack,
  type DialogEvent,
  type SipConfig,
  SipConfigSchema,
  type SipStack,
} from '../../core/sip/index.ts';
import { freePort } from '../support/free-ports.ts';
import { skipWithout, startPeer } from '../support/peers.ts';

/** A stack on loopback that asks this name server. */
async function stackAsking(t: TestContext, dnsPort: number, config: Partial<SipConfig> = {}): Promise<SipStack> {
  const servers = [`127.0.0.1:${dnsPort}`];
  const listen = (['udp', 'tcp'] as const).map((transport) => ({ transport, address: '127.0.0.1', port: 0 }));
  const dns = { servers, srv: true, naptr: true, cacheSeconds: 60, timeoutMs: 300 };
  const defaults = fillDefaults(SipConfigSchema, {}) as SipConfig;
  const stack = await createSipStack(realSeams({ log: silentLog, dns }), { ...defaults, listen, dns, ...config });
  stack.open();
  t.after(() => stack.close());
  return stack;
}

/** A peer whose every OPTIONS is answered 200, and which tells where it is. */
async function answeringPeer(t: TestContext): Promise<{ stack: SipStack; udp: number; tcp: number }> {
  const stack = await stackAsking(t, 9);
  stack.handlers = { onInvite: (dialog) => dialog.respond(486), onRequest: (request) => request.respond(200) };
  const portOf = (wanted: string): number => stack.listeners.find(({ transport }) => transport === wanted)?.port ?? 0;
  return { stack, udp: portOf('udp'), tcp: portOf('tcp') };
}

/** `status transport port` of an OPTIONS to `host`. */
async function options(stack: SipStack, host: string): Promise<string> {
  const { response, flow } = await stack.request({
    method: 'OPTIONS',
    requestUri: `sip:${host}`,
    from: '<sip:us@a.test>',
    to: `<sip:${host}>`,
  });
  return flow === null ? String(response.status) : `${response.status} ${flow.transport} ${flow.remote.port}`;
}

test('dnsmasq: NAPTR, SRV, addresses, and a service that is not there {sip-srv}', {
  skip: skipWithout('dnsmasq'),
}, async (t) => {
  const { udp, tcp } = await answeringPeer(t);
  const dnsPort = await freePort();
  const dnsmasq = startPeer(
    'dnsmasq',
    [
      ...['--no-daemon', '--no-resolv', '--no-hosts', '--conf-file=/dev/null', '--pid-file', '--bind-interfaces'],
      ...['--listen-address=127.0.0.1', `--port=${dnsPort}`, '--local=/test/'],
      '--host-record=one.test,127.0.0.1',
      '--naptr-record=naptr.test,10,10,s,SIP+D2T,,_sip._tcp.naptr.test',
      '--naptr-record=naptr.test,20,10,s,SIP+D2U,,_sip._udp.naptr.test',
      `--srv-host=_sip._tcp.naptr.test,one.test,${tcp},1,1`,
      `--srv-host=_sip._udp.naptr.test,one.test,${udp},1,1`,
      // Nobody listens on port 9: the second in priority is tried after it.
      '--srv-host=_sip._tcp.srv.test,one.test,9,1,1',
      `--srv-host=_sip._tcp.srv.test,one.test,${tcp},2,1`,
      '--srv-host=_sip._udp.none.test',
    ],
    { limitMs: 30_000 },
  );
  t.after(() => dnsmasq.stop());
  await dnsmasq.shows(/started/);
  const stack = await stackAsking(t, dnsPort);
  assert.equal(await options(stack, 'naptr.test'), `200 tcp ${tcp}`);
  assert.equal(await options(stack, 'srv.test.'), `200 tcp ${tcp}`);
  assert.equal(await options(stack, `one.test:${udp}`), `200 udp ${udp}`);
  assert.equal(await options(stack, 'none.test'), '478');
  assert.equal(await options(stack, 'nobody.test'), '478');
  assert.equal(await options(stack, `localhost:${udp}`), `200 udp ${udp}`);
});

/** Bytes behind the question: the answer section, given where it begins in the message. */
type Answer = (at: number) => Buffer;

const naptrType = 35;
const owner = Buffer.from([0xc0, 0x0c]);

/** A record of the name that was asked for, with these bytes as data and possibly a length of its own. */
function record(type: number, data: Buffer, length = data.length): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(60, 4);
  head.writeUInt16BE(length, 8);
  return Buffer.concat([owner, head, data]);
}

const pointerTo = (at: number): Buffer => Buffer.from([0xc0 | (at >> 8), at & 0xff]);
const naptrData = (...rest: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from([0, 1, 0, 1]), ...rest]);
const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
const name = (...labels: readonly string[]): Buffer => Buffer.concat([...labels.map(text), Buffer.from([0])]);
const service = [text('s'), text('SIP+D2U'), text('')];

/** What the server says to a question of any type, by the first label of the name. */
const answers: { readonly [label: string]: Answer } = {
  'loop-owner': (at) => Buffer.concat([pointerTo(at), record(1, Buffer.from([127, 0, 0, 1])).subarray(2)]),
  'loop-pair': (at) => record(naptrType, naptrData(...service, pointerTo(at + 34), pointerTo(at + 32))),
  'loop-srv': (at) => record(33, Buffer.concat([Buffer.from([0, 1, 0, 1, 19, 196]), pointerTo(at + 18)])),
  'pointer-at-end': () => record(naptrType, naptrData(...service, Buffer.from([0xc0]))),
  'pointer-past-end': () => record(33, Buffer.concat([Buffer.from([0, 1, 0, 1, 19, 196]), pointerTo(0x3fff)])),
  'zero-length': () => record(naptrType, Buffer.alloc(0)),
  'empty-fields': () => record(naptrType, naptrData(text(''), text(''), text(''), name())),
  'long-flags': () => record(naptrType, naptrData(Buffer.from([255]), Buffer.from('s'))),
  'long-service': () => record(naptrType, naptrData(text('s'), text('S'.repeat(255)), text(''), name('a', 'test'))),
  'long-regexp': () => record(naptrType, naptrData(text('u'), text('SIP+D2U'), text('!'.repeat(255)), name())),
  'long-name': () => record(naptrType, naptrData(...service, name(...Array.from({ length: 9 }, () => 'x'.repeat(63))))),
  'long-data': () => record(naptrType, naptrData(...service, name('a', 'test')), 60_000),
  'short-address': () => record(1, Buffer.from([127])),
  nothing: () => Buffer.alloc(0),
};

/** Answers every question as `answers` says, with one record announced. */
async function hostileServer(t: TestContext): Promise<{ port: number; asked(): number }> {
  const socket: Socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (query, from) => {
    asked++;
    let end = 12;
    while (end < query.length && query[end] !== 0) end += (query[end] ?? 0) + 1;
    const question = query.subarray(12, end + 5);
    const labels = question.toString('latin1');
    const answer = Object.keys(answers).find((each) => labels.includes(each));
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(1, 6);
    head.writeUInt16BE(0, 8);
    head.writeUInt16BE(0, 10);
    const body = answers[answer ?? 'nothing']?.(12 + question.length) ?? Buffer.alloc(0);
    socket.send(Buffer.concat([head, question, body]), from.port, from.address);
    socket.send(Buffer.from('noise'), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  return { port: socket.address().port, asked: () => asked };
}

test('corner case 61: looping, dangling and over-long fields of DNS answers end in 478 {sip-srv}', async (t) => {
  const { udp } = await answeringPeer(t);
  const server = await hostileServer(t);
  const stack = await stackAsking(t, server.port);
  const hosts = Object.keys(answers).map((label) => `${label}.test`);
  const outcomes = await Promise.all(hosts.map((host) => options(stack, host)));
  assert.deepEqual(
    outcomes,
    hosts.map(() => '478'),
  );
  const dialog = stack.invite({
    requestUri: 'sip:bob@loop-pair.test',
    from: '<sip:us@a.test>',
    to: '<sip:bob@a.test>',
    localTag: 'tag',
    offer: async () => null,
  });
  const event = await new Promise<DialogEvent>((resolve) => {
    dialog.onEvent = resolve;
  });
  assert.ok(event.kind === 'failed' && event.response.status === 478);
  assert.ok(server.asked() >= hosts.length);
  assert.equal(await options(stack, `127.0.0.1:${udp}`), `200 udp ${udp}`);
});
