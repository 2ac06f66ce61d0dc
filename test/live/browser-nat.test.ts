/**
 * A browser that is somewhere else: behind a NAT, behind a firewall that lets no UDP pass, and before a container of
 * which only the documented ports are published. Chromium and the server are on machines of their own (network
 * namespaces); what is heard is measured in the page.
 */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { packageFile, realRandom } from '../../core/runtime/index.ts';
import { hashPassword } from '../../rpc/index.ts';
import { chromiumProgram, hears, skipWithoutChromium, startChromium, type TestBrowser } from '../support/chromium.ts';
import type { Peer } from '../support/peers.ts';
import { type Namespaces, openNamespaces, places, skipWithoutNamespaces } from './browser-nat/namespaces.ts';
import { bareArguments, call, connect, ended, hangUp, servePage } from './webrtc/bare-page.ts';

const skip = skipWithoutChromium === false ? skipWithoutNamespaces() : skipWithoutChromium;
const patienceMs = 30_000;
/** The ports of the line in docs/deploy/Dockerfile: these and no others are published. */
const httpPort = 8090;
const browserPort = 3478;
const pagePort = 8080;

let net: Namespaces;
let folder: string;
let server: Peer;
let pages: Peer;
let browser: TestBrowser;

/** The browser's side goes out under the router's address, as from any home. */
const masquerade = `table ip nat {
  chain out { type nat hook postrouting priority srcnat
    oifname "server" masquerade
  }
}`;
const noUdp = `table ip filter {
  chain through { type filter hook forward priority filter
    meta l4proto udp drop
  }
}`;
/** What `docker run -p 8090:8090 -p 3478:3478 -p 3478:3478/udp` makes: the host's own ports lead to the container, and nothing else does. */
const published = `table ip nat {
  chain in { type nat hook prerouting priority dstnat;
    iifname "browser" tcp dport { ${httpPort}, ${browserPort} } dnat to ${places.server}
    iifname "browser" udp dport ${browserPort} dnat to ${places.server}
  }
}
table ip filter {
  chain through { type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct status dnat accept
    iifname "server" accept
  }
}`;

before(async () => {
  if (skip !== false) return;
  net = openNamespaces();
  folder = await mkdtemp(join(tmpdir(), 'callbus-nat-'));
  const bare = await servePage();
  const script = await (await fetch(new URL('bare.js', bare.url))).text();
  await bare.close();
  await writeFile(join(folder, 'bare.js'), script);
  await writeFile(join(folder, 'serve.mjs'), pageServer);
  const start = join(folder, 'chromium');
  await writeFile(start, net.launcher('browser', chromiumProgram));
  await chmod(start, 0o755);
  pages = net.start('browser', process.execPath, [join(folder, 'serve.mjs')], { limitMs: 170_000, cwd: folder });
  server = await startServer();
  browser = await startChromium({ toneHz: 440, args: bareArguments, executable: start });
  await pages.shows(/ready/, patienceMs);
});

after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), pages?.stop()]);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  net?.close();
});

/** On the browser's machine: pages of loopback may use the microphone. */
const pageServer = `
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
const script = readFileSync('bare.js');
createServer((request, response) => {
  const isScript = request.url === '/bare.js';
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
  response.end(isScript ? script : '<!doctype html><title>bare</title><script src="/bare.js"></script>');
}).listen(${pagePort}, '127.0.0.1', () => console.log('ready'));
`;

async function startServer(): Promise<Peer> {
  const config = {
    sip: { listen: [{ transport: 'udp', address: '0.0.0.0', port: 5060 }], overload: { lagMs: 0, busyPercent: 0 } },
    rpc: {
      listen: { address: '0.0.0.0', port: httpPort },
      hosts: [places.server, places.routerInside],
      origins: [`http://127.0.0.1:${pagePort}`],
      // Off loopback somebody must be named; SIP over WebSocket asks nobody.
      users: [{ name: 'olga', hash: await hashPassword('correct horse', realRandom()), scopes: ['operator'] }],
      netstring: null,
    },
    media: { browserPort, iceTimeoutMs: 20_000, maxBusy: 1, workers: 2 },
    storage: { path: join(folder, 'var') },
    drainMs: 0,
  };
  const file = join(folder, 'callbus.yaml');
  await writeFile(file, JSON.stringify(config));
  const args = [packageFile('dist/program/cli.js'), 'serve', '--config', file];
  const peer = net.start('server', process.execPath, args, { limitMs: 170_000, cwd: folder });
  await peer.shows(/^callbus ready/m, patienceMs);
  return peer;
}

interface Heard {
  readonly heardMs: number;
  /** Of the pair that carries audio. */
  readonly protocol: string;
  readonly remote: string;
}

/** A page calls the echo by the address under which it knows the server, and listens. */
async function echo(page: Page, host: string): Promise<Heard> {
  await connect(page, `http://${host}:${httpPort}`, 'elsewhere');
  await call(page, `sip:echo@${places.server}`);
  const heardMs = await hears(page, 440, patienceMs).catch(async (fault: unknown) => {
    const sdp = await page.evaluate<string>('bare.remoteSdp');
    throw new Error(`${String(fault)}\n${sdp}\n${server.output()}`);
  });
  const pair = await page.evaluate<{ readonly protocol: string; readonly remote: string }>(selectedPair);
  await hangUp(page);
  await ended(page);
  await page.context().close();
  return { heardMs, ...pair };
}

const selectedPair = `(async () => {
  const connection = callbusTest.connections.at(-1);
  const stats = await connection.getStats();
  const transport = [...stats.values()].find(({ type }) => type === 'transport');
  const pair = stats.get(transport.selectedCandidatePairId);
  const remote = stats.get(pair.remoteCandidateId);
  return { protocol: remote.protocol, remote: remote.address + ' ' + remote.port };
})()`;

const openPage = (): Promise<Page> => browser.open(`http://127.0.0.1:${pagePort}/`);

test('a browser behind NAT hears the echo over UDP, on the one port {one-port} {webrtc}', { skip }, async (context) => {
  net.setRules(masquerade);
  const { heardMs, protocol, remote } = await echo(await openPage(), places.server);
  assert.deepEqual([protocol, remote], ['udp', `${places.server} ${browserPort}`]);
  context.diagnostic(`heard ${Math.round(heardMs)} ms after the answer`);
});

test('where no UDP passes, it hears the echo over TCP, on the same port {one-port} {webrtc}', {
  skip,
}, async (context) => {
  net.setRules(`${masquerade}\n${noUdp}`);
  const { heardMs, protocol, remote } = await echo(await openPage(), places.server);
  assert.deepEqual([protocol, remote], ['tcp', `${places.server} ${browserPort}`]);
  context.diagnostic(`heard ${Math.round(heardMs)} ms after the answer`);
});

test('before a container of which only the documented ports are published, it hears the echo {one-port} {webrtc}', {
  skip,
}, async (context) => {
  net.setRules(published);
  const { heardMs, protocol, remote } = await echo(await openPage(), places.routerInside);
  assert.deepEqual([protocol, remote], ['udp', `${places.routerInside} ${browserPort}`]);
  context.diagnostic(`heard ${Math.round(heardMs)} ms after the answer`);
});
