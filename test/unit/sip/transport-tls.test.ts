import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createSimulation,
  MemoryFiles,
  type Seams,
  type Simulation,
  simAuthorities,
  simCertificate,
  type TcpConnection,
  type TlsConnection,
} from '../../../core/runtime/index.ts';
import { sipCounters } from '../../../core/sip/counters.ts';
import type { Channel, Receiver } from '../../../core/sip/flow.ts';
import { createSipStack, type Flow, type SipConfig, type SipStack } from '../../../core/sip/index.ts';
import { Transports } from '../../../core/sip/transports.ts';
import { isCode, sipConfig } from './lab.ts';

const ours = '10.0.0.1';
const listen: SipConfig['listen'] = [{ transport: 'tls', address: ours, port: 5061 }];
const files = { certFile: 'cert.pem', keyFile: 'key.pem', caFile: 'ca.pem' };
const tls = (more: Partial<SipConfig['tls']> = {}): SipConfig['tls'] => ({
  requestClientCertificate: 'never',
  verifyServers: true,
  ...files,
  ...more,
});

interface Place {
  readonly seams: Seams;
  readonly disk: MemoryFiles;
}

/** A host with a certificate for these names. */
async function place(sim: Simulation, address: string, ...names: readonly string[]): Promise<Place> {
  const disk = new MemoryFiles();
  const { seams } = sim.host(address, { files: disk });
  await certify(disk, names);
  return { seams, disk };
}

async function certify(disk: MemoryFiles, names: readonly string[], issuer = 'ca'): Promise<void> {
  const { certificate, key } = simCertificate({ names, issuer });
  await disk.write('cert.pem', Buffer.from(certificate));
  await disk.write('key.pem', Buffer.from(key));
  await disk.write('ca.pem', Buffer.from(simAuthorities('ca')));
}

interface Wire {
  readonly transports: Transports;
  readonly heard: { readonly text: string; readonly flow: Flow }[];
}

/** The transports alone: what comes in is kept. */
async function wire({ seams }: Place, config: Partial<SipConfig>): Promise<Wire> {
  const heard: Wire['heard'] = [];
  const receiver: Receiver = {
    onMessage: (bytes, flow) => void heard.push({ text: Buffer.from(bytes).toString(), flow }),
    onRefused: () => {},
    onSent: () => {},
  };
  const transports = await Transports.open({
    seams,
    config: sipConfig(config),
    counters: sipCounters(seams.counters),
    receiver,
  });
  return { transports, heard };
}

const text = 'OPTIONS sip:a SIP/2.0\r\nl: 0\r\n\r\n';

async function connected(sim: Simulation, from: Wire, serverName: string, port = 5061): Promise<Channel | Error> {
  const connecting = from.transports
    .connect({ transport: 'tls', address: ours, port, serverName })
    .catch((fault: Error) => fault);
  await sim.clock.advance(100);
  return connecting;
}

test('a server is believed for the domain that was called, and for nothing else {sip-tls}', async () => {
  const sim = createSimulation({ seed: 1 });
  const server = await wire(await place(sim, ours, 'sip:example.org', 'dns:other.example'), { listen, tls: tls() });
  const client = await wire(await place(sim, '10.0.0.2', 'sip:client.example'), { listen: [], tls: tls() });
  const good = await connected(sim, client, 'Example.ORG');
  assert.ok(!(good instanceof Error), String(good));
  assert.deepEqual(good.flow.peerIdentities, ['example.org']);
  assert.equal(good.send(Buffer.from(text)), true);
  await sim.clock.advance(50);
  assert.deepEqual(
    server.heard.map(({ flow }) => [flow.transport, flow.peerIdentities]),
    [['tls', undefined]],
  );
  assert.equal(await connected(sim, client, 'example.org'), good);
  for (const name of ['other.example', 'sub.example.org', ours]) {
    const fault = await connected(sim, client, name);
    assert.ok(fault instanceof Error && isCode('sip.transport')(fault), name);
    assert.match(fault.message, /its certificate is for example\.org, not for .*sip\.tls\.verifyServers/);
  }
  const trusting = await wire(await place(sim, '10.0.0.3'), { listen: [], tls: { ...tls({ verifyServers: false }) } });
  assert.ok(!((await connected(sim, trusting, 'other.example')) instanceof Error));
});

test('a server whose authority is unknown, and one that speaks no TLS, is refused {sip-tls}', async () => {
  const sim = createSimulation({ seed: 1 });
  const there = await place(sim, ours);
  await certify(there.disk, ['sip:example.org'], 'stranger');
  await wire(there, { listen: [...listen, { transport: 'tcp', address: ours, port: 5060 }], tls: tls() });
  const client = await wire(await place(sim, '10.0.0.2'), { listen: [], tls: tls() });
  assert.match(String(await connected(sim, client, 'example.org')), /not believed: UNABLE_TO_GET_ISSUER_CERT/);
  const connecting = client.transports
    .connect({ transport: 'tls', address: ours, port: 5060, serverName: 'example.org' })
    .catch((fault: Error) => fault);
  await sim.clock.advance(60_000);
  assert.match(String(await connecting), /no answer within|handshake|WRONG_VERSION/);
});

test('mutual TLS: the names of a verified client are its identities, and sip.trusted may name them {sip-tls}', async () => {
  const sim = createSimulation({ seed: 1 });
  const config = {
    listen,
    tls: tls({ requestClientCertificate: 'required' as const }),
    trusted: ['tls:proxy.example'],
  };
  const server = await wire(await place(sim, ours, 'sip:example.org'), config);
  const client = await wire(await place(sim, '10.0.0.2', 'sip:proxy.example', 'dns:ignored.example'), {
    listen: [],
    tls: tls(),
  });
  const channel = await connected(sim, client, 'example.org');
  assert.ok(!(channel instanceof Error));
  channel.send(Buffer.from(text));
  await sim.clock.advance(50);
  assert.deepEqual(
    server.heard.map(({ flow }) => [flow.trusted, flow.peerIdentities]),
    [[true, ['proxy.example']]],
  );
  const stranger = await place(sim, '10.0.0.3');
  const { certFile: _cert, keyFile: _key, ...nameless } = tls();
  const without = await wire(stranger, { listen: [], tls: nameless });
  const refused = await connected(sim, without, 'example.org');
  assert.ok(refused instanceof Error);
  assert.equal(server.transports.connections, 1);
});

test('a connection that the peer opened is used for requests to it only with alias and a certificate for the domain {sip-tls}', async () => {
  const sim = createSimulation({ seed: 1 });
  const server = await wire(await place(sim, ours, 'sip:example.org'), {
    listen,
    tls: tls({ requestClientCertificate: 'optional' }),
  });
  const peer = await wire(await place(sim, '10.0.0.2', 'sip:proxy.example'), { listen: [], tls: tls() });
  const channel = await connected(sim, peer, 'example.org');
  assert.ok(!(channel instanceof Error));
  assert.equal(channel.alias, true);
  channel.send(Buffer.from(text));
  await sim.clock.advance(50);
  const [first] = server.heard;
  assert.ok(first);
  const hop = { transport: 'tls' as const, address: '10.0.0.2', port: 5061 };
  const via = { port: null } as Parameters<Transports['offerAlias']>[1];
  server.transports.offerAlias(first.flow, via);
  const back = await server.transports.connect({ ...hop, serverName: 'proxy.example' });
  assert.equal(back.flow.connectionId, first.flow.connectionId);
  const other = server.transports.connect({ ...hop, serverName: 'other.example' }).catch((fault: Error) => fault);
  await sim.clock.advance(5000);
  assert.ok((await other) instanceof Error);
});

test('a reload takes fresh certificates, and keeps the old when the file is broken {sip-tls}', async () => {
  const sim = createSimulation({ seed: 1 });
  const there = await place(sim, ours, 'sip:old.example');
  const server = await wire(there, { listen, tls: tls() });
  const client = await wire(await place(sim, '10.0.0.2'), { listen: [], tls: tls() });
  await there.disk.write('cert.pem', Buffer.from('this is no certificate'));
  const broken = await server.transports.reload();
  assert.deepEqual(broken.renewed, []);
  assert.match(broken.faults[0] ?? '', /sip\.tls.*old certificate stays in use/);
  assert.ok(!((await connected(sim, client, 'old.example')) instanceof Error));
  await certify(there.disk, ['sip:new.example']);
  assert.deepEqual(await server.transports.reload(), { renewed: [`tls ${ours}:5061`], faults: [] });
  assert.ok(!((await connected(sim, client, 'new.example')) instanceof Error));
});

test('what is missing or broken in the configuration of TLS is named {sip-tls}', async () => {
  const sim = createSimulation({ seed: 1 });
  const there = await place(sim, ours, 'sip:example.org');
  const fails = async (config: Partial<SipConfig>, pattern: RegExp): Promise<void> => {
    await assert.rejects(createSipStack(there.seams, sipConfig(config)), pattern);
  };
  const { certFile: _cert, keyFile: _key, ...bare } = tls();
  await fails({ listen, tls: bare }, /sip\.tls\.certFile/);
  await fails({ listen, tls: { ...bare, certFile: 'cert.pem' } }, /sip\.tls\.keyFile is missing/);
  await fails({ listen, tls: tls({ keyFile: 'absent.pem' }) }, /sip\.tls\.keyFile: absent\.pem cannot be read/);
  await there.disk.write('key.pem', Buffer.from('SIM KEY of another'));
  await fails({ listen, tls: tls() }, /sip\.tls: .*MISMATCH/);
});

/** A raw TLS client of a whole stack. */
async function phone(
  sim: Simulation,
  { seams }: Place,
): Promise<{ heard(): string; send(lines: string): Promise<void> }> {
  const connecting = seams.network.connectTls(
    { address: ours, port: 5061 },
    {
      timeoutMs: 1000,
      serverName: 'example.org',
      credentials: { certificate: null, key: null, authorities: simAuthorities('ca') },
    },
  );
  await sim.clock.advance(100);
  const connection: TlsConnection & TcpConnection = await connecting;
  let heard = '';
  connection.onData = (bytes) => {
    heard += Buffer.from(bytes).toString();
  };
  return {
    heard: () => heard,
    async send(lines) {
      connection.write(Buffer.from(lines.replaceAll('\n', '\r\n')));
      await sim.clock.advance(50);
    },
  };
}

const invite = (scheme: string): string => `INVITE ${scheme}:echo@example.org SIP/2.0
Via: SIP/2.0/TLS 10.0.0.2:5061;branch=z9hG4bKa
From: <${scheme}:a@client.example>;tag=1
To: <${scheme}:echo@example.org>
Call-ID: a
CSeq: 1 INVITE
Contact: <${scheme}:a@10.0.0.2:5061;transport=tls>
Content-Length: 0

`;

for (const [scheme, contact] of [
  ['sips', '<sips:TAG@10.0.0.1:5061>'],
  ['sip', '<sip:TAG@10.0.0.1:5061;transport=tls>'],
] as const) {
  test(`${scheme === 'sip' ? 'corner case 69: ' : ''}over TLS our Contact to a ${scheme}: call says so, and the BYE says TLS {sip-tls}`, async () => {
    const sim = createSimulation({ seed: 1 });
    const { seams } = await place(sim, ours, 'sip:example.org');
    const there = { seams };
    const stack: SipStack = await createSipStack(there.seams, sipConfig({ listen, tls: tls() }));
    let tag = '';
    stack.handlers = {
      onInvite(dialog) {
        tag = dialog.ids.localTag;
        dialog.respond(200);
      },
      onRequest: () => {},
    };
    stack.open();
    const client = await phone(sim, await place(sim, '10.0.0.2'));
    await client.send(invite(scheme));
    assert.ok(client.heard().includes(`Contact: ${contact.replace('TAG', tag)}\r\n`), client.heard());
    await client.send(
      invite(scheme)
        .replaceAll('INVITE', 'ACK')
        .replace('z9hG4bKa', 'z9hG4bKb')
        .replace('echo@example.org>', `echo@example.org>;tag=${tag}`),
    );
    const dialog = stack.findDialog('a', tag, '1');
    assert.ok(dialog);
    dialog.end();
    await sim.clock.advance(50);
    assert.match(client.heard(), /BYE sips?:a@10\.0\.0\.2:5061.*\r\nVia: SIP\/2\.0\/TLS 10\.0\.0\.1:5061;rport/);
    await stack.close();
  });
}

test('one stranger with handshakes that it never ends does not keep others out {sip-tls} {limits}', async () => {
  const sim = createSimulation({ seed: 1 });
  const there = await place(sim, ours, 'sip:example.org');
  await wire(there, { listen, tls: tls() });
  const { network } = sim.host('10.0.0.9').seams;
  const refused = () =>
    there.seams.counters.counter('callbus_sip_connections_refused_total', '').value({ limit: 'handshakes' });
  for (let each = 0; each < 300; each++) {
    void network.connectTcp({ address: ours, port: 5061 }, { timeoutMs: 1000 });
  }
  await sim.clock.advance(100);
  assert.equal(refused(), 300 - 64);
  const other = await wire(await place(sim, '10.0.0.2'), { listen: [], tls: tls() });
  assert.ok(!((await connected(sim, other, 'example.org')) instanceof Error));
  await sim.clock.advance(10_000);
  void network.connectTcp({ address: ours, port: 5061 }, { timeoutMs: 1000 });
  await sim.clock.advance(100);
  assert.equal(refused(), 300 - 64);
});
