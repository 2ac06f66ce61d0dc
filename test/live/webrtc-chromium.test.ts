/**
 * Chromium calls by SIP over WebSocket from a page that has nothing but JsSIP: what is proved is the server, not our
 * page. One browser and one server for all.
 */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { decodeWav, encodeWav } from '../../core/index.ts';
import { phoneCommand } from '../../di-modules/phone/command.ts';
import { hears, hearsNot, skipWithoutChromium, startChromium, type TestBrowser } from '../support/chromium.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import {
  type BarePage,
  bareArguments,
  type CallFigures,
  call,
  callMore,
  connect,
  ended,
  figures,
  figuresOfAll,
  hangUp,
  hangUpAll,
  servePage,
} from './webrtc/bare-page.ts';
import { nothingLeft } from './webrtc/nothing-left.ts';

const skip = skipWithoutChromium;
/** For machines that have other things to do. */
const patienceMs = 30_000;
let bare: BarePage;
let server: LiveServer;
let browser: TestBrowser;
const uri = (user: string): string => `sip:${user}@127.0.0.1:${server.sipPort}`;

before(async () => {
  if (skip !== false) return;
  bare = await servePage();
  [server, browser] = await Promise.all([
    startLiveServer({
      limitMs: 180_000,
      config: {
        rpc: { listen: { address: '127.0.0.1', port: 0 }, netstring: null, origins: [bare.origin] },
        media: { iceTimeoutMs: 5000 },
      },
    }),
    startChromium({ toneHz: 440, args: bareArguments }),
  ]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await bare?.close();
});

/** Of telephones that a test has called with. */
const hungUp: AbortController[] = [];
afterEach(async () => {
  for (const telephone of hungUp.splice(0)) telephone.abort();
  await browser?.closePages();
});

/** A page that is connected. */
async function open(user: string, toneHz?: number): Promise<Page> {
  const page = await browser.open(bare.url, toneHz === undefined ? {} : { toneHz });
  await connect(page, server.http, user);
  return page;
}

// By Opus our own page hears itself, in browser-phone.test.ts.
test('a page hears itself at the echo by G.711, and a stranger changes nothing {webrtc}', { skip }, async (context) => {
  const page = await open('echo-caller');
  await call(page, uri('echo'), { only: [0] });
  const heardMs = await hears(page, 440, patienceMs);
  await dtlsOfAStranger(await page.evaluate<string>('bare.remoteSdp'));
  await pause(300);
  await hears(page, 440, patienceMs);
  const { codec, dtls, srtp } = await figures(page);
  assert.deepEqual({ codec, dtls }, { codec: 'audio/PCMU', dtls: 'connected' });
  const answeredMs = await page.evaluate<number>('bare.ms');
  context.diagnostic(`${srtp}: answered in ${Math.round(answeredMs)} ms, heard ${Math.round(heardMs)} ms later`);
  await hangUp(page);
  assert.match(await ended(page), /^local/);
  await nothingLeft(server);
});

/** A ClientHello, an alert and noise from an address that ICE does not know, to the port of the call's media. */
async function dtlsOfAStranger(sdp: string): Promise<void> {
  const port = Number(/^a=candidate:\S+ 1 udp \d+ \S+ (\d+)/m.exec(sdp)?.[1]);
  const socket = createSocket('udp4');
  const record = (type: number, ...content: number[]): Buffer =>
    Buffer.from([type, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, content.length, ...content]);
  const packets = [record(22, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 4, 0xfe, 0xfd, 1, 2), record(21, 2, 40), record(23, 1)];
  for (const packet of packets) await new Promise((resolve) => socket.send(packet, port, '127.0.0.1', resolve));
  socket.close();
}

test('two pages and a telephone in a room hear each other {webrtc}', { skip }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-webrtc-'));
  const [one, two] = await Promise.all([open('one', 620), open('two', 910)]);
  const recorded = join(folder, 'heard.wav');
  const phone = await telephone(folder, 1430, recorded);
  await Promise.all([call(one, uri('537')), call(two, uri('537'))]);
  const heard = [
    [one, 910],
    [one, 1430],
    [two, 620],
    [two, 1430],
  ] as const;
  await Promise.all(heard.map(([page, hz]) => hears(page, hz, patienceMs))).catch((fault: unknown) => {
    throw new Error(`${String(fault)}; the telephone: ${phone.told()}`);
  });
  await pause(1500);
  phone.abort();
  await phone.ended;
  await hearsNot(one, 1430);
  const recording = levels(await readFile(recorded), [620, 910, 1430]);
  const [first = 0, second = 0, own = 0] = recording;
  assert.ok(first > 300 && second > 300 && own < 100, `the telephone heard ${recording}`);
  await Promise.all([hangUp(one), hangUp(two)]);
  await rm(folder, { recursive: true });
  await nothingLeft(server);
});

/** A telephone with G.711 that says a tone in the room until it is told to end; after the tone's minute it is silent. */
async function telephone(folder: string, hz: number, record: string) {
  const samples = Int16Array.from({ length: 8000 * 60 }, (_, at) => 6000 * Math.sin((2 * Math.PI * hz * at) / 8000));
  const file = join(folder, 'tone.wav');
  await writeFile(file, encodeWav({ sampleRateHz: 8000, samples }));
  const abort = new AbortController();
  hungUp.push(abort);
  const told: string[] = [];
  const ended = phoneCommand.run(['call', uri('537'), '--play', file, '--record', record, '--seconds', '60'], {
    stdout: (text) => void told.push(text),
    stderr: (text) => void told.push(text),
    signal: abort.signal,
  });
  return { ended, abort: () => abort.abort(), told: () => told.join('') };
}

/** Peak level of each frequency in the last second of a recording. */
function levels(wav: Uint8Array, frequencies: readonly number[]): number[] {
  const { samples, sampleRateHz } = decodeWav(wav);
  const last = samples.slice(-sampleRateHz);
  return frequencies.map((hz) => {
    let re = 0;
    let im = 0;
    last.forEach((sample, at) => {
      re += sample * Math.cos((2 * Math.PI * hz * at) / sampleRateHz);
      im += sample * Math.sin((2 * Math.PI * hz * at) / sampleRateHz);
    });
    return Math.round((2 * Math.hypot(re, im)) / last.length);
  });
}

test('a wrong fingerprint, and ICE that comes to nothing, end the call with a sentence {webrtc}', {
  skip,
}, async (context) => {
  const page = await open('wrong');
  await call(page, uri('echo'), { wrongFingerprint: true });
  const fingerprint = await ended(page);
  await nothingLeft(server);
  await call(page, uri('echo'), { wrongIce: true });
  const ice = await ended(page);
  for (const end of [fingerprint, ice]) assert.match(end, /^remote: /);
  const log = server.peer.output();
  assert.match(log, /the certificate of the peer has another fingerprint than its description says/);
  const [, said] = /"reason":"ice","detail":"([^"]*)"/.exec(log) ?? [];
  assert.ok(said !== undefined, log);
  context.diagnostic(`${fingerprint}; ${ice}: ${said}`);
  await nothingLeft(server);
});

/** Waits until each leg of the page has received a second of audio. */
async function allReceive(page: Page, count: number): Promise<CallFigures[]> {
  const sinceMs = performance.now();
  for (;;) {
    const all = await figuresOfAll(page);
    const done = all.filter(({ packetsReceived }) => packetsReceived > 50).length;
    if (done === count || performance.now() - sinceMs > patienceMs) return all;
    await pause(200);
  }
}

test('six legs of a page at once lose nothing {webrtc}', { skip }, async (context) => {
  const page = await open('many');
  await callMore(page, uri('echo'), 6);
  const all = await allReceive(page, 6);
  context.diagnostic(`packets received: ${all.map(({ packetsReceived }) => packetsReceived)}`);
  assert.equal(all.length, 6);
  for (const { packetsLost, packetsReceived } of all) assert.ok(packetsLost === 0 && packetsReceived > 50);
  await hangUpAll(page);
  await nothingLeft(server);
});
