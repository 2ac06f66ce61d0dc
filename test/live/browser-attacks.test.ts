/** Texts of strangers in the page: names, chat, SIP headers, rooms, addresses. They are shown, and nothing more. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { packageFile } from '../../core/runtime/index.ts';
import { consoleFaults, skipWithoutChromium, startChromium, type TestBrowser } from '../support/chromium.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { type Peer, startPeer } from '../support/peers.ts';

const callbus = packageFile('dist/program/cli.js');
const bait = '<img src=x onerror=window.pwned=1><script>window.pwned=1</script>';
const pin = '771204';
const room = 'hall';

suite('texts of strangers in the page', { skip: skipWithoutChromium }, () => {
  let server: LiveServer;
  let browser: TestBrowser;
  let page: Page;
  let phone: Peer | null = null;
  const requested: string[] = [];

  before(async () => {
    const listen = { address: '127.0.0.1', port: 0, access: { open: 'admin' } };
    const config = { rpc: { listen, netstring: { port: null } } };
    [server, browser] = await Promise.all([startLiveServer({ config, limitMs: 120_000 }), startChromium()]);
  });
  after(async () => {
    await phone?.stop();
    await Promise.all([browser?.close(), server?.stop()]);
  });

  /** No element of ours came of a text, no script ran, and the content policy had nothing to stop. */
  async function isInert(): Promise<void> {
    const found = await page.evaluate<unknown>(
      `[window.pwned ?? null, document.querySelectorAll('img[src="x"], #app script, [onerror], a[href^="javascript:"]').length]`,
    );
    assert.deepEqual(found, [null, 0]);
    assert.deepEqual(consoleFaults.get(page), []);
  }

  test('names, chat texts and From are letters in a conference {web-conference}', async () => {
    await server.rpc('webconference.state', [room, pin]);
    const uri = `sip:room-${room}@127.0.0.1:${server.sipPort}`;
    const from = 'sip:%3Cimg%20src=x%20onerror=window.pwned=1%3E@a.example';
    phone = startPeer(process.execPath, [callbus, 'phone', 'call', uri, '--seconds', '60', '--from', from], {
      limitMs: 90_000,
    });
    page = await browser.open(`${server.http}/c/${room}#${pin}`);
    page.on('request', (request) => void requested.push(`${request.url()} ${request.headers()['referer'] ?? ''}`));
    await page.getByText('onerror=window.pwned=1', { exact: false }).first().waitFor();
    await isInert();
    const call = await callOf(server);
    await server.rpc('webconference.rename', [room, pin, call, bait]);
    await server.rpc('webconference.chat', [room, pin, call, '', `${bait} javascript:window.pwned=1`]);
    await page.getByText(bait, { exact: false }).first().waitFor();
    await page.getByRole('button', { name: /^Join/ }).first().click();
    await page
      .getByRole('button', { name: /^(Leave|Mute yourself)/ })
      .first()
      .waitFor();
    const panel = page.locator('aside.chat');
    if (!(await panel.isVisible())) await page.getByRole('button', { name: /^Chat/ }).first().click();
    await server.rpc('webconference.chat', [room, pin, call, '', bait]);
    await page.locator('.chat-text').first().waitFor();
    assert.ok((await page.locator('.chat-text').first().textContent())?.startsWith(bait));
    await isInert();
  });

  test('the operator sees the same as letters, in calls, one call and rooms {web-operator}', async () => {
    const call = await callOf(server);
    for (const path of ['/operator', `/operator/calls/${call}`, '/operator/rooms', '/operator/events']) {
      await page.goto(`${server.http}${path}`);
      await page.locator('main').waitFor();
      await page.waitForTimeout(300);
      await isInert();
    }
    await page.goto(`${server.http}/operator/calls/${encodeURIComponent(bait)}`);
    await page.locator('main').waitFor();
    await isInert();
  });

  test('an address of the page is a room or nothing, whatever it says; it leads nowhere else {web-conference}', async () => {
    for (const path of [
      `/c/${encodeURIComponent(bait)}#${bait}`,
      '/c/%E0%A4%A#%E0%A4%A',
      '/c/__proto__#constructor',
      '/c/javascript:window.pwned=1#javascript:window.pwned=1',
      '/c/..%2f..%2foperator#//evil.example',
      '/operator/functions/__proto__.constructor',
      '/operator/%2f%2fevil.example',
    ]) {
      await page.goto(`${server.http}${path}`);
      await page.locator('main').waitFor();
      await page.waitForTimeout(150);
      assert.equal(new URL(page.url()).origin, server.http, path);
      await isInert();
    }
  });

  test('the PIN stands in no request, no address and nothing that outlives the tab {web-sign-in}', async () => {
    await page.goto(`${server.http}/c/${room}#${pin}`);
    await page.getByRole('button', { name: 'Check the microphone' }).waitFor();
    assert.ok(requested.length > 0);
    assert.deepEqual(
      requested.filter((line) => line.includes(pin)),
      [],
    );
    assert.ok(!page.url().includes(pin));
    const kept = await page.evaluate<string>(`JSON.stringify([{ ...localStorage }, document.cookie, document.title])`);
    assert.ok(!kept.includes(pin), kept);
    const log = server.peer.output();
    assert.ok(!log.includes(pin), 'the PIN is in the log');
    assert.ok(!JSON.stringify(await server.rpc('audit.list', [])).includes(pin), 'or in the audit');
  });

  test('no other page may frame, read or rebind this one {http}', async () => {
    const index = await fetch(`${server.http}/c/${room}`, { headers: { Accept: 'text/html' } });
    assert.match(index.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
    assert.equal(index.headers.get('x-frame-options'), 'DENY');
    assert.equal(index.headers.get('cache-control'), 'no-cache');
    assert.equal(index.headers.get('access-control-allow-origin'), null);
    for (const path of [
      '/assets/../index.html',
      '/assets/%2e%2e/package.json',
      '/..%2f..%2fetc/passwd',
      '//etc/passwd',
    ])
      assert.notEqual((await fetch(`${server.http}${path}`)).status, 200, path);
    for (const path of ['/ws', '/sip'])
      for (const origin of ['null', 'https://evil.example', `${server.http}.evil.example`]) {
        assert.equal(await upgradeStatus(server.http, path, origin), 403, `${path} ${origin}`);
      }
  });
});

async function callOf(server: LiveServer): Promise<string> {
  const calls = await server.rpc('call.list', []);
  const [first] = Array.isArray(calls) ? calls : [];
  const tag: unknown = first === null || typeof first !== 'object' ? null : Reflect.get(first, 'call');
  assert.ok(typeof tag === 'string', JSON.stringify(first));
  return tag;
}

/** The status of a WebSocket's opening from that origin. */
async function upgradeStatus(http: string, path: string, origin: string): Promise<number> {
  const { default: WebSocket } = await import('ws');
  return new Promise((resolve) => {
    const socket = new WebSocket(`${http.replace('http', 'ws')}${path}`, [path === '/ws' ? 'jsonrpc' : 'sip'], {
      origin,
    });
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('error', () => {});
  });
}
