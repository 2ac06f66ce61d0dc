/** The operator's page in Chromium, against a real server with real calls. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { packageFile } from '../../core/runtime/index.ts';
import {
  accessibilityFaults,
  consoleFaults,
  narrow,
  screenshot,
  skipWithoutChromium,
  startChromium,
  type TestBrowser,
} from '../support/chromium.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { findProgram, type Peer, startPeer } from '../support/peers.ts';

const callbus = packageFile('dist/program/cli.js');
const limitMs = 200_000;
const used = ['echo', 'conference', 'webconference', 'monitoring', 'di_dial', 'registrar_client'];
const modules = Object.fromEntries(used.map((name) => [name, {}]));

suite('the operator page', { skip: skipWithoutChromium }, () => {
  let server: LiveServer;
  let browser: TestBrowser;
  const peers: Peer[] = [];
  /** The page of the viewer, whose token was revoked meanwhile. */
  let ending: Page | null = null;

  before(async () => {
    browser = await startChromium();
    server = await startLiveServer({
      config: { media: { qualityIntervalMs: 400, workers: 1 }, modules },
      limitMs: 300_000,
    });
  });
  after(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await browser?.close();
    await server?.stop();
  });

  /** A lab phone that calls a name of the server. */
  function phone(name: string, ...more: string[]): Peer {
    const uri = `sip:${name}@127.0.0.1:${server.sipPort}`;
    const peer = startPeer(process.execPath, [callbus, 'phone', 'call', uri, '--seconds', '180', ...more], { limitMs });
    peers.push(peer);
    return peer;
  }

  async function run(
    program: string,
    args: readonly string[],
    environment: Record<string, string> = {},
  ): Promise<string> {
    const peer = startPeer(program, args, { limitMs: 60_000, environment });
    await peer.ended;
    return peer.output();
  }

  const token = async (name: string, scopes: string): Promise<string> => {
    const config = join(server.folder, 'callbus.yaml');
    const made = await run(process.execPath, [
      callbus,
      'token',
      'create',
      '--name',
      name,
      '--scopes',
      scopes,
      '--config',
      config,
    ]);
    return made.trim().split('\n').at(-1) ?? '';
  };

  async function isFine(page: Page, name: string): Promise<void> {
    await screenshot(page, name);
    assert.deepEqual(await accessibilityFaults(page), [], name);
    assert.deepEqual(consoleFaults.get(page), [], name);
  }

  const lines = async (page: Page): Promise<string> => (await page.locator('.lines code').first().textContent()) ?? '';

  test('a call appears, its page has ladder and quality on one axis, and it ends from there {web-operator}', async () => {
    const page = await browser.open(`${server.http}/operator`);
    await page.getByText('Nobody is calling now').waitFor();
    phone('echo', '--from', 'sip:alice@a.example');
    const row = page.locator('.calls tbody tr:not(.gap)');
    await row.getByText('Connected').waitFor();
    assert.match((await row.textContent()) ?? '', /alice@a\.example[\s\S]*echo@127\.0\.0\.1[\s\S]*echo/);
    await isFine(page, 'operator-calls-wide');
    await row.getByRole('link').click();

    const ladder = page.locator('.ladder');
    await ladder.getByRole('button', { name: /200 OK to/ }).waitFor();
    await page.locator('.lane.chart path.own[d*=L]').first().waitFor({ state: 'attached' });
    await ladder.getByRole('button', { name: /INVITE from/ }).click();
    assert.match((await ladder.locator('.message').textContent()) ?? '', /^INVITE sip:echo@[\s\S]*m=audio/);
    assert.match((await page.locator('.story').first().textContent()) ?? '', /an INVITE came in/);
    await isFine(page, 'operator-call-wide');

    await page.getByRole('button', { name: /^End the call from/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill("it's enough");
    assert.match((await dialog.locator('.lines code').textContent()) ?? '', /it'\\''s enough/);
    await dialog.getByRole('button', { name: 'End the call' }).click();
    await page.getByText('This server hung up after').waitFor();
    await ladder.getByRole('button', { name: /BYE to/ }).waitFor();
    await page.getByText('call.end', { exact: true }).first().waitFor();
    assert.match((await page.locator('.why').textContent()) ?? '', /ended over the bus[\s\S]*it's enough/);
    await page.setViewportSize(narrow);
    await isFine(page, 'operator-call-ended-narrow');

    await page.getByRole('link', { name: 'Calls', exact: true }).click();
    await page.getByText('Nobody is calling now').waitFor();
    await page.getByRole('link', { name: 'Ended', exact: true }).click();
    await page.getByRole('link', { name: 'alice@a.example' }).waitFor();
    await screenshot(page, 'operator-ended-narrow');
    await page.getByRole('link', { name: 'alice@a.example' }).click();
    await ladder.getByRole('button', { name: /BYE to/ }).waitFor();
    await page.close();
  });

  test('a form calls a function, and the lines beside it do the same when they are run {web-operator}', async () => {
    const page = await browser.open(`${server.http}/operator/functions`);
    await page.getByLabel('Name or what it does').fill('monitoring.log');
    await page.getByRole('link', { name: 'log', exact: true }).click();
    await page.getByLabel('id', { exact: true }).fill('quotes');
    await page.getByRole('button', { name: 'Give pairs' }).click();
    await page.getByRole('button', { name: 'One more in pairs' }).click();
    await page.getByRole('button', { name: 'One more in pairs' }).click();
    const text = `it's "$(exit 1)" \`x\` $HOME \\ ü`;
    await page.getByRole('textbox', { name: 'pairs 1' }).fill('"text"');
    await page.getByRole('textbox', { name: 'pairs 2' }).fill(JSON.stringify(text));
    await isFine(page, 'operator-form-wide');

    const noted = async (): Promise<unknown> => {
      const found = await server.rpc('monitoring.get', ['quotes']);
      await server.rpc('monitoring.erase', ['quotes']);
      return found;
    };
    await page.getByRole('button', { name: 'Call it' }).click();
    await page.getByText('done', { exact: true }).waitFor();
    const wanted = await noted();
    assert.ok(JSON.stringify(wanted).includes(JSON.stringify(text)), JSON.stringify(wanted));
    if (findProgram('curl') !== null) {
      assert.match(await run('sh', ['-c', await lines(page)]), /"result"/);
      assert.deepEqual(await noted(), wanted);
    }
    await page.locator('.lines-languages').getByText('Python').click();
    if (findProgram('python3') !== null) {
      assert.match(await run('python3', ['-c', await lines(page)]), /'result'/);
      assert.deepEqual(await noted(), wanted);
    }

    await page.goto(`${server.http}/operator/functions/routing.test`);
    await page.getByRole('button', { name: 'Call it' }).click();
    await page.getByText('This is needed.').waitFor();
    await page.getByRole('button', { name: 'Fill in the example' }).click();
    await page.getByRole('button', { name: 'Call it' }).click();
    await page.getByRole('cell', { name: 'application', exact: true }).waitFor();
    assert.match(await lines(page), /ServerProxy/);
    if (findProgram('python3') !== null)
      assert.match(await run('python3', ['-c', await lines(page)]), /'application': 'echo'/);
    await page.setViewportSize(narrow);
    await isFine(page, 'operator-form-narrow');
    await page.close();
  });

  test('secrets are password fields, and stand in no line {web-operator}', async () => {
    const page = await browser.open(`${server.http}/operator/functions/webconference.roomInfo`);
    await page.getByLabel(/^room/).fill('4711');
    await page.getByLabel(/^adminPin/).fill('918273');
    assert.equal(await page.getByLabel(/^adminPin/).getAttribute('type'), 'password');
    const shown = await lines(page);
    assert.ok(!shown.includes('918273') && /ADMIN_PIN/.test(shown), shown);
    await page.getByRole('button', { name: 'Call it' }).click();
    await page.getByText('done', { exact: true }).waitFor();
    const language = page.locator('.lines-languages');
    for (const [name, program] of [
      ['curl', 'sh'],
      ['Python', 'python3'],
    ] as const) {
      await language.getByText(name).click();
      if (findProgram(name === 'curl' ? 'curl' : program) === null) continue;
      const output = await run(program, ['-c', await lines(page)], { ADMIN_PIN: '918273' });
      assert.match(output, /^(\{.*)?\[0, ?["']OK["']/, output);
    }
    await page.close();
  });

  test('rooms, server, functions and events: on a phone, in the dark {web-operator}', async () => {
    phone('conference', '--from', 'sip:carol@a.example');
    phone('conference', '--from', 'sip:dave@a.example');
    const page = await browser.open(`${server.http}/operator/rooms`, { size: narrow, dark: true });
    await page.getByText('2 participants').waitFor();
    await page.getByRole('button', { name: 'Mute carol@a.example' }).click();
    await page.getByText('muted', { exact: true }).waitFor();
    await isFine(page, 'operator-rooms-narrow-dark');
    await page.getByRole('link', { name: 'Calls', exact: true }).click();
    await page.getByText('dave@a.example').waitFor();
    await isFine(page, 'operator-calls-narrow-dark');
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill('call.quality');
    await page.locator('.event-list li').nth(2).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export as JSON lines' }).click();
    assert.equal((await saving).suggestedFilename(), 'callbus-events.jsonl');
    await isFine(page, 'operator-events-narrow-dark');
    await page.getByRole('link', { name: 'Server', exact: true }).click();
    await page.getByText('Worker 1').waitFor();
    await page.setViewportSize({ width: 1280, height: 860 });
    await isFine(page, 'operator-server-wide-dark');
    await page.getByRole('link', { name: 'Functions', exact: true }).click();
    await page.getByLabel('Name or what it does').fill('end');
    await page.getByRole('link', { name: 'end', exact: true }).first().waitFor();
    await isFine(page, 'operator-functions-wide-dark');
    await page.close();
  });

  test('a viewer sees and cannot act {web-operator}', async () => {
    const viewer = await token('viewer', 'viewer');
    assert.match(viewer, /^\S{16,}$/);
    const page = await browser.open(`${server.http}/operator`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Token').fill(viewer);
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('contentinfo').getByText('viewer').waitFor();
    await page.locator('.calls tbody').getByText('Connected').first().waitFor();
    assert.equal(await page.getByRole('button', { name: /^End/ }).count(), 0);
    await page.locator('.calls tbody a').first().click();
    await page
      .locator('.ladder')
      .getByRole('button', { name: /INVITE from/ })
      .waitFor();
    assert.equal(await page.getByRole('button', { name: /^End/ }).count(), 0);
    await page.getByRole('link', { name: 'Rooms', exact: true }).click();
    await page.getByText('2 participants').waitFor();
    assert.equal(await page.getByRole('button', { name: /Mute|Remove|Lock/ }).count(), 0);
    await page.goto(`${server.http}/operator/functions/call.end`);
    await page.getByText('You may not call it').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Call it' }).count(), 0);
    assert.match(await lines(page), /CALLBUS_TOKEN/);
    assert.ok(!(await page.content()).includes(viewer));

    await page.getByRole('link', { name: 'Server', exact: true }).click();
    await run(process.execPath, [
      callbus,
      'token',
      'revoke',
      '--name',
      'viewer',
      '--config',
      join(server.folder, 'callbus.yaml'),
    ]);
    ending = page;
  });

  test('an administrator reads the audit log; registrations and their state are listed {web-operator}', async () => {
    const page = await browser.open(`${server.http}/operator`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Token').fill(await token('boss', 'admin'));
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Audit', exact: true }).click();
    await page.getByLabel('Function').fill('monitoring.*');
    await page.getByRole('cell', { name: 'monitoring.log', exact: true }).first().waitFor();
    await isFine(page, 'operator-audit-wide');
    await server.rpc('registrar_client.createRegistration', ['127.0.0.1:9', 'alice', '', '', '', '']);
    await page.getByRole('link', { name: 'Registrations', exact: true }).click();
    await page.getByRole('cell', { name: 'alice@127.0.0.1:9', exact: true }).first().waitFor();
    await isFine(page, 'operator-registrations-wide');
    await page.close();
  });

  test('two thousand calls: only those in sight are in the document {web-operator}', async () => {
    const page = await browser.open('about:blank');
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const up = socket.connectToServer();
      let asked: unknown = null;
      socket.onMessage((message) => {
        const { id, method } = JSON.parse(String(message)) as { id?: unknown; method?: unknown };
        if (method === 'call.list') asked = id;
        up.send(message);
      });
      up.onMessage((message) => {
        const { id } = JSON.parse(String(message)) as { id?: unknown };
        socket.send(id !== undefined && id === asked ? manyCalls(id) : message);
      });
    });
    await page.goto(`${server.http}/operator`);
    await page
      .getByRole('paragraph')
      .filter({ hasText: /^2,000 calls$/ })
      .waitFor();
    const box = page.locator('.call-box');
    assert.ok((await page.locator('.calls tbody tr').count()) < 60);
    await box.evaluate((element: { scrollTop: number; scrollHeight: number }) => {
      element.scrollTop = element.scrollHeight;
    });
    await page.getByText('caller-0@a.example').waitFor();
    assert.ok((await page.locator('.calls tbody tr').count()) < 60);
    await page.getByLabel('From or to').fill('caller-1234');
    await page
      .getByRole('paragraph')
      .filter({ hasText: /^1 of 2,000 calls$/ })
      .waitFor();
    await page.close();
  });

  test('when a token ends, the page says so and asks for another {web-operator}', async () => {
    assert.ok(ending !== null);
    const dialog = ending.getByRole('dialog');
    await dialog.getByText(/revoked or has expired/).waitFor();
    assert.equal(await ending.getByText('Worker 1').count(), 0);
    await isFine(ending, 'operator-token-ended');
    await ending.close();
  });
});

/** An answer to `call.list` with two thousand calls. */
function manyCalls(id: unknown): string {
  const result = Array.from({ length: 2000 }, (_, i) => ({
    call: `call-${i}`,
    trace: `trace-${i}`,
    direction: 'in',
    state: 'connected',
    application: 'echo',
    from: `<sip:caller-${i}@a.example>`,
    to: '<sip:echo@b.example>',
    ruri: 'sip:echo@b.example',
    sipCallId: `id-${i}`,
    peer: '192.0.2.1:5060',
    codec: 'PCMU/8000',
    startedAtMs: 1_790_000_000_000 + i,
  }));
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}
