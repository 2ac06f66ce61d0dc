/** The page's files as browsers get them, from a build in a folder of the test. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { createHttpListener } from '../../../core/http/index.ts';
import { type Files, MemoryFiles, silentLog } from '../../../core/runtime/index.ts';
import { realSeams } from '../../../core/runtime/real-seams.ts';
import { encodingFor, readWebPage, serveWebPage } from '../../../rpc/web-page.ts';
import { webSocket } from './web-socket.ts';
import { withRpc } from './world.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function builtFiles(): Promise<Files> {
  const files = new MemoryFiles();
  const list = [];
  for (const [name, type, text] of [
    ['index.html', 'text/html; charset=utf-8', '<!doctype html><title>x</title>'],
    ['assets/app-1.js', 'text/javascript; charset=utf-8', 'console.log("app");'.repeat(20)],
  ] as const) {
    await files.write(`/web/${name}`, bytes(text));
    await files.write(`/web/${name}.br`, brotliCompressSync(text));
    await files.write(`/web/${name}.gz`, gzipSync(text));
    list.push({ name, type, hash: `h-${name.length}` });
  }
  await files.write('/web/files.json', bytes(JSON.stringify(list)));
  return files;
}

/** A listener with the page. */
async function withPage(run: (url: string) => Promise<void>, files?: Files): Promise<void> {
  const seams = realSeams({ log: silentLog });
  const page = await readWebPage(files ?? (await builtFiles()), '/web', silentLog);
  const listener = await createHttpListener({
    address: '127.0.0.1',
    port: 0,
    hosts: [],
    origins: [],
    limits: { bodyBytes: 1000, connections: 20, concurrent: 20, perSecondPerSource: 0 },
    log: silentLog,
    counters: seams.counters,
    clock: seams.clock,
  });
  serveWebPage(listener, page, () => ({ status: 200, body: 'for programs' }));
  try {
    await run(listener.url);
  } finally {
    await listener.close(0);
  }
}

const html = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('browsers get the page at every path that its router knows, programs the text at / {web-sign-in}', () =>
  withPage(async (url) => {
    for (const path of ['/', '/c/4711', '/operator', '/operator/calls/1']) {
      const reply = await fetch(url + path, { headers: html });
      assert.equal(reply.status, 200, path);
      assert.match(await reply.text(), /^<!doctype html>/, path);
    }
    assert.equal(await (await fetch(`${url}/`)).text(), 'for programs');
    assert.equal((await fetch(`${url}/d/x`, { headers: html })).status, 404);
    assert.equal((await fetch(`${url}/c`, { headers: html })).status, 404);
    assert.equal((await fetch(`${url}/assets/files.json`, { headers: html })).status, 404);
    assert.equal((await fetch(`${url}/assets/..%2Ffiles.json`, { headers: html })).status, 404);
  }));

test('no inline script or style, no frame, no other host: the headers say so {web-sign-in}', () =>
  withPage(async (url) => {
    const { headers } = await fetch(`${url}/c/1`, { headers: html });
    const policy = headers.get('content-security-policy') ?? '';
    const host = new URL(url).host;
    assert.equal(
      policy,
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws://${host} wss://${host}; media-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    );
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.match(headers.get('permissions-policy') ?? '', /microphone=\(self\)/);
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.equal(headers.get('access-control-allow-origin'), null);
    // A policy cannot name an IPv6 address: browsers call that an error.
    const overIpv6 = await policyFor(url, '[::1]:8090');
    assert.ok(overIpv6.includes("connect-src 'self';"), overIpv6);
  }));

/** As a browser gets it that came by another name; `fetch` writes the header Host itself. */
function policyFor(url: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${url}/c/1`, { headers: { ...html, Host: host } }, (reply) => {
      reply.resume();
      resolve(String(reply.headers['content-security-policy']));
    }).on('error', reject);
  });
}

test('files come compressed, with their type, for ever; the page is asked for again each time', () =>
  withPage(async (url) => {
    const ask = (encoding: string, more = {}) =>
      fetch(`${url}/assets/app-1.js`, { headers: { 'Accept-Encoding': encoding, ...more } });
    for (const encoding of ['br', 'gzip']) {
      const reply = await ask(encoding);
      assert.equal(reply.headers.get('content-encoding'), encoding);
      // fetch has unpacked it already.
      assert.match(await reply.text(), /^console/);
    }
    const plain = await ask('identity');
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(plain.headers.get('content-type'), 'text/javascript; charset=utf-8');
    assert.equal(plain.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(plain.headers.get('vary'), 'Accept-Encoding');
    assert.equal((await fetch(`${url}/operator`, { headers: html })).headers.get('cache-control'), 'no-cache');
  }));

test('who has it already gets 304, and each encoding has a tag of its own', () =>
  withPage(async (url) => {
    const ask = (headers: Record<string, string>) => fetch(`${url}/assets/app-1.js`, { headers });
    const first = await ask({ 'Accept-Encoding': 'br' });
    const tag = first.headers.get('etag') ?? '';
    const again = await ask({ 'Accept-Encoding': 'br', 'If-None-Match': `"x", W/${tag}` });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
    const other = await ask({ 'Accept-Encoding': 'gzip', 'If-None-Match': tag });
    assert.equal(other.status, 200);
  }));

const encodings: readonly [header: string, chosen: string | null][] = [
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['br;q=0.0, gzip;q=0', null],
  ['', null],
  ['BR', 'br'],
];
for (const [header, chosen] of encodings)
  test(`Accept-Encoding ${JSON.stringify(header)}: ${chosen ?? 'as it is'}`, () =>
    assert.equal(encodingFor(header), chosen));

test('without a build, or with half of one, everybody gets the text', async () => {
  await withPage(async (url) => {
    assert.equal(await (await fetch(`${url}/`, { headers: html })).text(), 'for programs');
    assert.equal((await fetch(`${url}/operator`, { headers: html })).status, 404);
  }, new MemoryFiles());
  const half = await builtFiles();
  await half.remove('/web/assets/app-1.js.br');
  await withPage(async (url) => {
    assert.equal(await (await fetch(`${url}/`, { headers: html })).text(), 'for programs');
  }, half);
});

test('a foreign page opens no WebSocket here {web-sign-in}', () =>
  withRpc({}, async ({ url }) => {
    await assert.rejects(webSocket(url, { origin: 'https://evil.example' }), /403/);
    const own = await webSocket(url, { origin: url });
    own.socket.close();
  }));

test('a connection asks who it is, and what it may do {web-sign-in}', () =>
  withRpc({}, async ({ url }) => {
    const { call, socket } = await webSocket(url);
    const { result } = await call('auth.whoAmI');
    assert.deepEqual(result, { name: 'local', scopes: ['*:read', '*:control'], limits: {} });
    socket.close();
  }));
