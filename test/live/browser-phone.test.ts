/** The phone page in Chromium: opened, called from, cut off, signed in to. One browser and two servers for all of it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { type Events, type Methods, type SocketLike, socketClient } from '../../clients/typescript/index.ts';
import { packageFile, realRandom } from '../../core/runtime/index.ts';
import { hashPassword } from '../../rpc/index.ts';
import {
  accessibilityFaults,
  consoleFaults,
  hears,
  hearsNot,
  narrow,
  screenshot,
  skipWithoutChromium,
  startChromium,
  type TestBrowser,
  wide,
} from '../support/chromium.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';

const run = promisify(execFile);
const maxCompressedBytes = 150_000;
const toneHz = 440;

suite('the phone page', { skip: skipWithoutChromium }, () => {
  let server: LiveServer;
  let guarded: LiveServer;
  let browser: TestBrowser;
  before(async () => {
    [server, guarded, browser] = await Promise.all([
      startLiveServer({ limitMs: 150_000 }),
      startGuarded(),
      startChromium({ toneHz, args: ['--host-resolver-rules=MAP plain.test 127.0.0.1'] }),
    ]);
  });
  after(async () => {
    await browser?.close();
    await Promise.all([server?.stop(), guarded?.stop()]);
  });
  afterEach(() => browser?.closePages());

  const button = (page: Page, name: RegExp) => page.getByRole('button', { name });
  const calls = async (): Promise<number> => ((await server.rpc('call.list')) as unknown[]).length;

  test('the page is small, and opens without a fault of its content policy or of accessibility {web-phone}', async (t) => {
    const files = JSON.parse(await readFile(packageFile('dist/web/files.json'), 'utf8')) as {
      brotliBytes: number;
      gzipBytes: number;
    }[];
    const sum = (of: 'brotliBytes' | 'gzipBytes'): number => files.reduce((total, file) => total + file[of], 0);
    t.diagnostic(`weight of all pages: ${sum('brotliBytes')} bytes by brotli, ${sum('gzipBytes')} by gzip`);
    assert.ok(sum('gzipBytes') <= maxCompressedBytes);

    const startedMs = performance.now();
    const page = await browser.open(server.http, { size: wide });
    await isConnected(page);
    await page.getByText('Ready', { exact: true }).waitFor();
    t.diagnostic(`open and ready after ${Math.round(performance.now() - startedMs)} ms`);
    assert.deepEqual(await accessibilityFaults(page), []);
    await screenshot(page, 'phone-wide');
    await page.setViewportSize(narrow);
    await screenshot(page, 'phone-narrow');
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await accessibilityFaults(page), []);
    await screenshot(page, 'phone-narrow-dark');
    assert.deepEqual(consoleFaults.get(page), []);
  });

  test('one click and the echo is heard; mute, hold, keys and the end do what they say {web-phone} {webrtc}', async (t) => {
    const page = await browser.open(server.http);
    await button(page, /^Echo/).click();
    t.diagnostic(`first sound ${Math.round(await hears(page, toneHz))} ms after the click`);
    // How good, a machine decides that has other things to do.
    await page.getByText(/^(Good|Fair|Poor) sound opus/).waitFor();
    await screenshot(page, 'call-wide');

    await button(page, /^Mute$/).click();
    await hearsNot(page, toneHz);
    await button(page, /^Muted$/).click();
    await hears(page, toneHz);

    await button(page, /^Hold$/).click();
    await page.getByText('On hold').waitFor();
    await hearsNot(page, toneHz);
    await button(page, /^Resume$/).click();
    await hears(page, toneHz);

    const client = await socketClient<Methods, Events>({
      url: server.http,
      socket: (url) => new WebSocket(url) as unknown as SocketLike,
    });
    const pressed: string[] = [];
    await client.subscribe('dtmf', ({ payload }) => pressed.push(payload.key));
    await button(page, /^Keypad$/).click();
    assert.deepEqual(await accessibilityFaults(page), []);
    await button(page, /^7/).click();
    await page.keyboard.press('#');
    await page.getByLabel('Keys sent').getByText('7#').waitFor();
    await eventually(async () => pressed.join('') === '7#');
    client.close();
    await page.setViewportSize(narrow);
    await screenshot(page, 'call-narrow');

    await button(page, /^Hang up$/).click();
    await page.getByText('You hung up.').waitFor();
    await eventually(async () => (await calls()) === 0);
    await page.getByText('The same by RPC').click();
    await page.getByText('di_dial.dial').first().waitFor();
    await screenshot(page, 'ended-narrow');
    assert.deepEqual(consoleFaults.get(page), []);
  });

  test('a call goes on while both WebSockets are lost, and can be ended afterwards {web-phone}', async () => {
    const page = await browser.open(server.http);
    await button(page, /^Echo/).click();
    await hears(page, toneHz);
    await page.evaluate('callbusTest.sockets.forEach((socket) => socket.close())');
    await page.getByText(/^Connection lost/).waitFor();
    await page.getByText(/^No line/).waitFor();
    await hears(page, toneHz);
    await isConnected(page);
    await page.getByText('Ready', { exact: true }).waitFor();
    await hears(page, toneHz);
    await button(page, /^Hang up$/).click();
    await eventually(async () => (await calls()) === 0);
  });

  test('what cannot be called is told in a sentence, and leaves nothing behind {web-phone}', async () => {
    const page = await browser.open(server.http);
    const address = page.getByLabel('Name, number or SIP address');
    await address.fill('nobody-has-this');
    await address.press('Enter');
    await page.getByRole('alert').getByText('Nobody has this address.').waitFor();
    await screenshot(page, 'refused-wide');
    assert.deepEqual(await accessibilityFaults(page), []);
    await address.fill('two words');
    await address.press('Enter');
    await page.getByText('“two words” cannot be called.').waitFor();
    assert.equal(await calls(), 0);
  });

  test('without a microphone: why, what to do, and listening all the same {web-phone}', async () => {
    const page = await browser.open(server.http, { microphone: 'denied' });
    await button(page, /^Announcement/).click();
    await page.getByText('The microphone is blocked.').waitFor();
    assert.equal(await calls(), 0);
    await button(page, /^Listen only$/).click();
    await page.getByText('Connected', { exact: true }).first().waitFor();
    await eventually(async () => (await calls()) === 1);
    await page.context().close();
    // Who closes the page has hung up.
    await eventually(async () => (await calls()) === 0);
  });

  test('a page that is not encrypted says that it has no microphone, and what cures it {web-sign-in}', async () => {
    const page = await browser.open(guarded.http.replace('127.0.0.1', 'plain.test'));
    await page.getByText('--tls-self-signed').first().waitFor();
  });

  test('a server with users asks who comes: wrong and right tokens, one tab long, until it is revoked {web-sign-in}', async () => {
    const token = await makeToken(guarded);
    const page = await browser.open(`${guarded.http}/operator`);
    const dialog = page.getByRole('dialog', { name: 'Sign in' });
    await dialog.waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await screenshot(page, 'sign-in-wide');
    await dialog.getByLabel('Token').fill('not-a-token');
    await dialog.getByLabel('Token').press('Enter');
    await dialog.getByText(/does not know this token/).waitFor();
    await dialog.getByLabel('Token').fill(token);
    await dialog.getByLabel('Token').press('Enter');
    await isConnected(page);
    assert.ok(!page.url().includes(token));
    await page.reload();
    await isConnected(page);
    assert.equal(
      await page.evaluate('JSON.stringify({ ...localStorage })').then((text) => String(text).includes(token)),
      false,
    );

    await commandLine(guarded, 'token', 'revoke', '--name', 'page');
    // The server may know a token for 5 s more that another process has revoked.
    await eventually(async () => {
      await page.reload();
      await page
        .locator('footer')
        .getByText(/^(Connected|Sign-in needed)$/)
        .waitFor();
      return dialog.isVisible();
    });
    await dialog.getByRole('button', { name: 'Use a password' }).click();
    await dialog.getByLabel('User').fill('olga');
    await dialog.getByLabel('Password').fill('correct horse');
    await dialog.getByLabel('Password').press('Enter');
    await isConnected(page);
    await page.getByText('olga').waitFor();
    await button(page, /^Sign out$/).click();
    await dialog.waitFor();
  });

  test('pages from elsewhere reach neither the bus nor the SIP line {web-sign-in}', async () => {
    for (const path of ['/ws', '/sip']) {
      const reply = await fetch(server.http + path, {
        headers: {
          Origin: 'https://evil.example',
          'Sec-WebSocket-Protocol': 'sip',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        },
      });
      assert.equal(reply.status, 403, path);
    }
  });
});

async function startGuarded(): Promise<LiveServer> {
  return startLiveServer({
    limitMs: 150_000,
    config: {
      rpc: {
        listen: { address: '127.0.0.1', port: 0 },
        netstring: null,
        hosts: ['plain.test'],
        users: [{ name: 'olga', hash: await hashPassword('correct horse', realRandom()), scopes: ['operator'] }],
      },
    },
  });
}

async function commandLine({ folder }: LiveServer, ...args: string[]): Promise<string> {
  const config = ['--config', join(folder, 'callbus.yaml')];
  const { stdout } = await run(process.execPath, [packageFile('dist/program/cli.js'), ...args, ...config], {
    timeout: 800_000,
  });
  return stdout.trim();
}

async function makeToken(server: LiveServer): Promise<string> {
  const told = await commandLine(server, 'token', 'create', '--name', 'page', '--scopes', 'operator');
  return told.split(/\s+/).at(-1) ?? '';
}

const isConnected = (page: Page): Promise<void> =>
  page.getByRole('contentinfo').getByText('Connected', { exact: true }).waitFor();

async function eventually(holds: () => Promise<boolean>, limitMs = 120_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error('it does not come true');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
