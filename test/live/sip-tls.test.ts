/**
 * TLS and WebSocket with peers that are not ours: openssl as client and server, baresip, and the package `ws`.
 * Certificates are made by openssl into the server's own folder.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { Authority } from '../support/authority.ts';
import { freePort } from '../support/free-ports.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { type Peer, skipWithout, startPeer } from '../support/peers.ts';

const domain = 'callbus.test';

interface Room {
  readonly server: LiveServer;
  readonly ca: Authority;
  readonly port: number;
  readonly peers: Peer[];
}

async function inRoom(work: (room: Room) => Promise<void>): Promise<void> {
  const ca = await Authority.make();
  const peers: Peer[] = [];
  try {
    await ca.sign('server', `URI:sip:${domain},DNS:localhost,IP:127.0.0.1`);
    await ca.sign('client', `URI:sip:client.test`);
    const server = await startLiveServer({
      config: {
        sip: {
          listen: [
            { transport: 'udp', address: '127.0.0.1', port: 0 },
            { transport: 'tls', address: '127.0.0.1', port: 0, tls: { requestClientCertificate: 'optional' } },
          ],
          tls: { certFile: ca.file('server.crt'), keyFile: ca.file('server.key'), caFile: ca.file('ca.crt') },
        },
        rpc: {
          listen: {
            address: '127.0.0.1',
            port: 0,
            tls: { cert: ca.file('server.crt'), key: ca.file('server.key') },
          },
        },
        modules: { echo: {}, di_dial: {}, monitoring: {} },
        routing: [{ match: '.', application: 'echo' }],
      },
    });
    try {
      const port = server.ready.sip.find(({ transport }) => transport === 'tls')?.port ?? 0;
      await work({ server, ca, port, peers });
    } finally {
      await Promise.all(peers.map((peer) => peer.stop()));
      await server.stop();
    }
  } finally {
    await ca.remove();
  }
}

/** `openssl s_client` to the server; `-ign_eof` keeps it open without a terminal. */
function openssl({ ca, port, peers }: Room, ...more: readonly string[]): Peer {
  const trust = ['-CAfile', ca.file('ca.crt'), '-servername', domain, '-verify_return_error'];
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, ...trust, '-ign_eof', ...more];
  const peer = startPeer('openssl', args, { limitMs: 20_000 });
  peers.push(peer);
  return peer;
}

const lines = (text: string): string => text.replaceAll('\n', '\r\n');
const options = (via: string, branch: string): string =>
  lines(`OPTIONS sips:echo@${domain} SIP/2.0
Via: SIP/2.0/${via};branch=z9hG4bK${branch}
From: <sips:a@client.test>;tag=1
To: <sips:echo@${domain}>
Call-ID: ${branch}
CSeq: 1 OPTIONS
Max-Forwards: 70
Content-Length: 0

`);

test('openssl as client: OPTIONS and a ping over TLS 1.2 and 1.3, with and without a certificate; no TLS 1.1 {sip-tls} {sip-keepalive}', {
  skip: skipWithout('openssl'),
  timeout: 800_000,
}, async () => {
  await inRoom(async (room) => {
    const { ca, port } = room;
    for (const [version, ...more] of [
      ['-tls1_2'],
      ['-tls1_3', '-cert', ca.file('client.crt'), '-key', ca.file('client.key')],
    ] as const) {
      const peer = openssl(room, version, ...more);
      await peer.shows(/Verify return code: 0|Verification: OK/, 5000);
      peer.write(`\r\n\r\n${options('TLS client.test:5061', version.slice(1))}`);
      await peer.shows(/SIP\/2\.0 200 OK/, 5000);
    }
    const old = openssl(room, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0');
    assert.notEqual((await old.ended).code, 0, old.output());
    // What is no TLS does not disturb the listener.
    const noise = connect({ host: '127.0.0.1', port });
    noise.on('error', () => {});
    noise.end('GET / HTTP/1.1\r\n\r\n');
    await once(noise.resume(), 'close');
    await openssl(room).shows(/Verification: OK|Verify return code: 0/, 5000);
  });
});

test('SIGHUP: a new certificate is shown, a broken file keeps the old one and is told {sip-tls}', {
  skip: skipWithout('openssl'),
  timeout: 800_000,
}, async () => {
  await inRoom(async (room) => {
    const { ca, server } = room;
    const serial = async (): Promise<string> => {
      const peer = openssl(room);
      await peer.shows(/-----END CERTIFICATE-----/, 5000);
      const [pem = ''] = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(peer.output()) ?? [];
      await peer.stop();
      return pem;
    };
    const first = await serial();
    await ca.sign('next', `URI:sip:${domain}`);
    await copyFile(ca.file('next.crt'), ca.file('server.crt'));
    server.peer.signal('SIGHUP'); // the key does not fit the new certificate
    await server.peer.shows(/a certificate was not reloaded/, 5000);
    assert.equal(await serial(), first);
    await copyFile(ca.file('next.key'), ca.file('server.key'));
    server.peer.signal('SIGHUP');
    await server.peer.shows(/certificates reloaded/, 5000);
    assert.notEqual(await serial(), first);
  });
});

test('openssl as server: our call is let through only to a certificate for the domain that was called {sip-tls}', {
  skip: skipWithout('openssl'),
  timeout: 800_000,
}, async () => {
  await inRoom(async (room) => {
    const { ca, peers, server } = room;
    await ca.sign('localhost', 'URI:sip:localhost');
    await ca.sign('other', 'URI:sip:other.test,DNS:localhost');
    const listen = async (name: string): Promise<{ peer: Peer; port: number }> => {
      const port = await freePort();
      const pair = ['-cert', ca.file(`${name}.crt`), '-key', ca.file(`${name}.key`)];
      const peer = startPeer('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, ...pair], { limitMs: 20_000 });
      peers.push(peer);
      await peer.shows(/ACCEPT/, 5000);
      return { peer, port };
    };
    const [good, bad] = [await listen('localhost'), await listen('other')];
    const post = (port: number): Promise<string> =>
      rpc(room, 'di_dial.dial', ['echo', 'a', `sip:a@${domain}`, `sip:x@localhost:${port};transport=tls`]);
    await post(good.port).catch(() => '');
    await good.peer.shows(
      /INVITE sip:x@localhost[\s\S]*Via: SIP\/2\.0\/TLS[\s\S]*Contact: <sip:[^>]*;transport=tls>/,
      8000,
    );
    await post(bad.port).catch(() => '');
    await server.peer.shows(/its certificate is for other\.test, not for localhost/, 5000);
    assert.doesNotMatch(bad.peer.output(), /INVITE/);
  });
});

/** One JSON-RPC call over HTTPS. */
async function rpc({ server, ca }: Room, method: string, params: unknown): Promise<string> {
  const { request } = await import('node:https');
  const authority = await readFile(ca.file('ca.crt'));
  return new Promise((resolve, reject) => {
    const call = request(
      `${server.http}/jsonrpc`,
      { method: 'POST', ca: authority, headers: { 'content-type': 'application/json' }, timeout: 800_000 },
      (reply) => {
        let text = '';
        reply.on('data', (chunk) => {
          text += chunk;
        });
        reply.on('end', () => resolve(text));
      },
    );
    call.on('error', reject);
    call.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
  });
}

test('the HTTP listener speaks HTTPS: JSON-RPC, /healthz and SIP over WSS {sip-ws} {http}', {
  skip: skipWithout('openssl'),
  timeout: 800_000,
}, async () => {
  await inRoom(async (room) => {
    const { ca, server } = room;
    assert.match(server.http, /^https:/);
    const authority = await readFile(ca.file('ca.crt'));
    const status = await new Promise((resolve, reject) => {
      get(`${server.http}/healthz`, { ca: authority }, (reply) => resolve(reply.resume().statusCode)).on(
        'error',
        reject,
      );
    });
    assert.equal(status, 200);
    assert.match(await rpc(room, 'monitoring.list', []), /"result"/);
    const socket = new WebSocket(`${server.http.replace('https', 'wss')}/sip`, 'sip', { ca: authority });
    const messages = inbox(socket);
    await opened(socket);
    assert.equal(socket.protocol, 'sip');
    socket.send(options('WSS df7jal23ls0d.invalid', 'wss'));
    assert.match(await messages.next(), /^SIP\/2\.0 200 [\s\S]*Via: SIP\/2\.0\/WSS df7jal23ls0d\.invalid/);
    socket.close();
    const foreign = new WebSocket(`${server.http.replace('https', 'wss')}/sip`, 'jsonrpc', { ca: authority });
    await assert.rejects(opened(foreign), /400/);
  });
});

test('the package ws as phone: a call to the echo over plain WebSocket, text and binary, with a ping {sip-ws}', {
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({
    config: { modules: { echo: {}, monitoring: {} }, routing: [{ match: '.', application: 'echo' }] },
  });
  try {
    const socket = new WebSocket(`${server.http.replace('http', 'ws')}/sip`, 'sip');
    const messages = inbox(socket);
    await opened(socket);
    const sdp = lines(`v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio ${await freePort()} RTP/AVP 0
`);
    const request = (method: string, tag: string, cseq: number, body: string): string =>
      lines(`${method} sip:echo@127.0.0.1 SIP/2.0
Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK${method}${cseq}
From: <sip:a@client.test>;tag=1
To: <sip:echo@127.0.0.1>${tag === '' ? '' : `;tag=${tag}`}
Call-ID: ws
CSeq: ${cseq} ${method}
Max-Forwards: 70
Contact: <sip:a@df7jal23ls0d.invalid;transport=ws>
Content-Type: application/sdp
Content-Length: ${body.length}

`) + body;
    socket.send(Buffer.from(request('INVITE', '', 1, sdp))); // a binary message
    let answer = await messages.next();
    while (!answer.startsWith('SIP/2.0 200')) answer = await messages.next();
    const [, tag = ''] = /^To: .*;tag=(\S+)\r$/m.exec(answer) ?? [];
    assert.match(answer, /^Contact: <sip:[^>@]+@127\.0\.0\.1:\d+;transport=ws>\r$/m);
    socket.send(request('ACK', tag, 1, ''));
    socket.send('\r\n\r\n');
    assert.equal(await messages.next(), '\r\n');
    socket.send(request('BYE', tag, 2, ''));
    assert.match(await messages.next(), /^SIP\/2\.0 200 [\s\S]*CSeq: 2 BYE/);
    socket.close();
  } finally {
    await server.stop();
  }
});

test('baresip calls the echo over TLS and hangs up {sip-tls} {interop-baresip}', {
  skip: skipWithout('openssl', 'baresip'),
  timeout: 800_000,
}, async () => {
  await inRoom(async (room) => {
    const { ca, server, port, peers } = room;
    const folder = join(server.folder, 'baresip');
    await mkdir(folder, { recursive: true });
    const sipPort = await freePort();
    await writeFile(
      join(folder, 'accounts'),
      `<sip:a@127.0.0.1:${sipPort};transport=tls>;regint=0;audio_codecs=PCMU\n`,
    );
    await writeFile(join(folder, 'contacts'), '');
    const modules = ['g711.so', 'aubridge.so'].map((name) => `module ${name}`);
    const setting = [
      `module_path ${await modulePath()}`,
      `sip_listen 127.0.0.1:${sipPort}`,
      `sip_cafile ${ca.file('ca.crt')}`,
      'audio_player aubridge,sink',
      'audio_source aubridge,sink',
      ...modules,
      'module_tmp uuid.so',
      'module_tmp account.so',
      'module_app menu.so',
      '',
    ];
    await writeFile(join(folder, 'config'), setting.join('\n'));
    const dial = `/dial sip:echo@127.0.0.1:${port}`;
    const peer = startPeer('baresip', ['-f', folder, '-e', dial, '-t', '4'], { limitMs: 20_000 });
    peers.push(peer);
    await peer.shows(/Call established/, 10_000);
    await peer.ended;
    assert.match(await rpc(room, 'monitoring.list', []), /"result"/);
  });
});

async function modulePath(): Promise<string> {
  for (const folder of ['/usr/lib/baresip/modules', '/usr/lib/x86_64-linux-gnu/baresip/modules']) {
    if ((await readdir(folder).catch((): string[] => [])).includes('g711.so')) return folder;
  }
  return '/usr/lib/aarch64-linux-gnu/baresip/modules';
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
}

/** Messages in order, each waited for at most five seconds. */
function inbox(socket: WebSocket): { next(): Promise<string> } {
  const came: string[] = [];
  let wake: () => void = () => {};
  socket.on('message', (data) => {
    came.push(String(data));
    wake();
  });
  return {
    async next() {
      if (came.length === 0) {
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error('no message came over the WebSocket')), 60_000);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return came.shift() ?? '';
    },
  };
}
