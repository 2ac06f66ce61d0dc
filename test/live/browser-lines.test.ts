/**
 * Ways to the phone page other than plain loopback, and what ends in the middle: HTTPS, WSS and audio over IPv6 with the
 * self-signed certificate, and a room that is closed while somebody joins.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { connect } from 'node:tls';
import type { Page } from 'playwright-core';
import {
  consoleFaults,
  hears,
  screenshot,
  skipWithoutChromium,
  startChromium,
  type TestBrowser,
} from '../support/chromium.ts';
import { labPhones, shares } from '../support/lab-phone.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';

const toneHz = 440;
const phoneHz = 850;
const pin = '771204';

suite('lines of a page', { skip: skipWithoutChromium }, () => {
  let server: LiveServer;
  let encrypted: LiveServer;
  let browser: TestBrowser;
  const phones = labPhones();

  before(async () => {
    [server, encrypted, browser] = await Promise.all([
      startLiveServer({
        limitMs: 150_000,
        config: {
          modules: { echo: {}, b2bua: {}, webconference: { private_rooms: true, predefined_rooms: `4711:${pin}` } },
        },
      }),
      startLiveServer({
        limitMs: 150_000,
        config: { rpc: { listen: { address: '::1', port: 0, tls: 'self-signed' }, netstring: null } },
      }),
      startChromium({ toneHz }),
    ]);
  });
  after(async () => {
    await browser?.close();
    await Promise.all([server?.stop(), encrypted?.stop()]);
    phones.dispose();
  });
  afterEach(() => browser?.closePages());

  const button = (page: Page, name: RegExp) => page.getByRole('button', { name });

  test('https and wss with the printed certificate, and audio over IPv6 {web-phone} {webrtc} {sip-tls}', async () => {
    const page = await browser.open(encrypted.http, { ignoreTls: true });
    assert.match(encrypted.http, /^https:\/\/\[::1\]:\d+$/);
    const [, printed = ''] = await encrypted.peer.shows(/self-signed, its SHA-256 is ([0-9A-Fa-f:]+)/);
    assert.equal(await fingerprintOf(Number(new URL(encrypted.http).port)), printed.toUpperCase());
    await button(page, /^Echo/).click();
    await hears(page, toneHz);
    const urls = await page.evaluate<string[]>('callbusTest.sockets.map(({ url }) => new URL(url).protocol)');
    assert.deepEqual([...new Set(urls)], ['wss:']);
    const way = await page.evaluate<string>(remoteAddress);
    assert.equal(way, '::1');
    await button(page, /^Hang up$/).click();
    await page.getByText('You hung up.').waitFor();
    assert.deepEqual(consoleFaults.get(page), []);
  });

  test('a page calls a telephone of this machine: both hear each other, through the engine {web-phone} {b2bua}', async () => {
    const phone = phones.start('answer', '--play', phones.tone(phoneHz, 60));
    const page = await browser.open(server.http);
    const address = page.getByLabel('Name, number or SIP address');
    await address.fill(`sip:vera@127.0.0.1:${await phone.port}`);
    await address.press('Enter');
    await hears(page, phoneHz);
    await page.waitForTimeout(2000); // so long the telephone hears it too
    await button(page, /^Hang up$/).click();
    await page.getByText('You hung up.').waitFor();
    assert.equal(await phone.code, 0);
    const [heard = 0] = shares(phone.recording, [toneHz]);
    assert.ok(heard > 0.4, `the telephone heard the page in ${heard} of its seconds`);
    assert.deepEqual(await server.rpc('call.list'), []);
  });

  test('a room that is closed while somebody joins says so, and leaves nothing behind {web-conference}', async () => {
    const page = await browser.open(`${server.http}/c/4711#${pin}`);
    await page.getByText('Nobody is here yet').waitFor();
    await page.evaluate(waitForMicrophone);
    await page.getByLabel('Your name').fill('Ana');
    await page.getByRole('button', { name: 'Join the room' }).click();
    await page.waitForFunction('callbusTest.letMicrophone !== undefined');
    await server.rpc('webconference.roomDelete', ['4711', pin]);
    await page.getByRole('alert').getByText('The room was closed while you were joining.').waitFor();
    await screenshot(page, 'conference-closed-joining-wide');
    await page.evaluate('callbusTest.letMicrophone()');
    await page.getByRole('alert').getByText('The room was closed.').waitFor();
    assert.deepEqual(await server.rpc('call.list'), []);
  });
});

/** In the page: the next microphone is given when the test says so. */
const waitForMicrophone = `{
  const devices = navigator.mediaDevices;
  const give = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    await new Promise((resolve) => { callbusTest.letMicrophone = resolve; });
    return give(wanted);
  };
}`;

/** In the page: where its audio goes. */
const remoteAddress = `callbusTest.connections.at(-1).getStats().then((reports) => {
  const all = [...reports.values()];
  const pair = all.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
  return all.find(({ id }) => id === pair?.remoteCandidateId)?.address ?? '';
})`;

/** Of the certificate on that port of ::1, as openssl prints it. */
function fingerprintOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '::1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
