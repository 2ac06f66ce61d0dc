/**
 * How long the first sound takes: from the opening of the page, and from the click on Echo, with what happens in
 * between. Chromium, its fake microphone and the server are on this machine; the clock is the page's own. The first
 * call of a server, the second of the same page, and one of a page that was opened later.
 *
 *   node dist/test/bench/browser-first-sound.js [turns]
 */
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { skipWithoutChromium, startChromium } from '../support/chromium.ts';
import { startLiveServer } from '../support/live-server.ts';
import type { BenchResult } from './conference.ts';

/** What is noted, in its order; ms since the click. */
const steps = {
  microphone: 'the microphone is there',
  offer: 'the offer is made',
  invite: 'INVITE is sent',
  answer: '200 is there',
  ice: 'ICE has a pair',
  connected: 'DTLS has keys',
  packet: 'the first packet came',
  heard: 'the tone is heard',
} as const;

type Step = keyof typeof steps;
/** ms of the page's clock, which is 0 when the page begins to open. */
type Marks = { readonly [step in Step | 'clicked']?: number };

/** Before the page's scripts: marks the first time of each step, anew with each click. */
const watch = `(() => {
  let marks = {};
  const mark = (step, atMs = performance.now()) => { marks[step] ??= atMs; };
  globalThis.firstSound = { marks: () => marks };
  addEventListener('click', () => { marks = { clicked: performance.now() }; }, true);
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wishes) => {
    const stream = await getUserMedia(wishes);
    mark('microphone');
    return stream;
  };
  const Socket = globalThis.WebSocket;
  globalThis.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (/^SIP\\/2.0 200 [\\s\\S]*CSeq: *\\d+ INVITE/i.test(data)) mark('answer');
      });
    }
    send(data) {
      if (String(data).startsWith('INVITE ')) mark('invite');
      super.send(data);
    }
  };
  const context = new AudioContext({ sampleRate: 48000 });
  const Connection = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Connection {
    constructor(...args) {
      super(...args);
      this.addEventListener('iceconnectionstatechange', () => {
        if (/connected|completed/.test(this.iceConnectionState)) mark('ice');
      });
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') mark('connected');
      });
      this.addEventListener('track', ({ track, receiver }) => {
        const analyser = new AnalyserNode(context, { fftSize: 512 });
        context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        const samples = new Float32Array(512);
        const timer = setInterval(async () => {
          analyser.getFloatTimeDomainData(samples);
          if (samples.some((sample) => Math.abs(sample) > 0.02)) mark('heard');
          if (this.connectionState === 'closed' || (marks.heard && marks.packet)) clearInterval(timer);
          if (marks.packet) return;
          for (const one of (await receiver.getStats()).values())
            if (one.type === 'inbound-rtp' && one.packetsReceived > 0) mark('packet');
        }, 10);
      });
    }
    async createOffer(...args) {
      const offer = await super.createOffer(...args);
      mark('offer');
      return offer;
    }
  };
})()`;

interface Sound {
  /** Since the page began to open; NaN for further calls of a page. */
  readonly openMs: number;
  /** Since the click. */
  readonly clickMs: number;
  readonly steps: { readonly [step in Step]?: number };
}

/** @throws Error when nothing is heard within a minute. */
async function heardMarks(page: Page): Promise<Marks> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
    const marks = await page.evaluate<Marks>('firstSound.marks()');
    if (marks.heard !== undefined) return marks;
    await page.waitForTimeout(50);
  }
  throw new Error(`nothing is heard: ${JSON.stringify(await page.evaluate('firstSound.marks()'))}`);
}

async function callEcho(page: Page): Promise<Sound> {
  await page.getByRole('button', { name: /^Echo/ }).click();
  const marks = await heardMarks(page);
  const { clicked = Number.NaN, heard = Number.NaN } = marks;
  const since = Object.fromEntries(
    Object.keys(steps).map((step) => [step, Math.round((marks[step as Step] ?? Number.NaN) - clicked)]),
  );
  await page.getByRole('button', { name: /^Hang up$/ }).click();
  await page.getByText('You hung up.').waitFor();
  return { openMs: Math.round(heard), clickMs: Math.round(heard - clicked), steps: since };
}

/** Each turn has a server of its own: what is the first with it, is. */
async function turn(): Promise<readonly Sound[]> {
  const [server, browser] = await Promise.all([
    startLiveServer({ limitMs: 180_000 }),
    startChromium({ args: ['--autoplay-policy=no-user-gesture-required'] }),
  ]);
  try {
    const open = async (): Promise<Page> => {
      const page = await browser.open('about:blank');
      await page.addInitScript(watch);
      await page.goto(server.http);
      return page;
    };
    const page = await open();
    const first = await callEcho(page);
    const second = await callEcho(page);
    const later = await callEcho(await open());
    return [first, second, later];
  } finally {
    await Promise.all([browser.close(), server.stop()]);
  }
}

export async function bench(turns = 3): Promise<BenchResult[]> {
  if (skipWithoutChromium !== false) return [{ name: 'first sound', figures: { skipped: skipWithoutChromium } }];
  const all: (readonly Sound[])[] = [];
  for (let at = 0; at < turns; at++) all.push(await turn());
  const names = ['the first call of a server', 'the second of the same page', 'one of a page opened later'];
  return names.map((name, at) => {
    const sounds = all.flatMap((sounds) => sounds.slice(at, at + 1)).sort((a, b) => a.clickMs - b.clickMs);
    const fastest = sounds[0];
    const list = (of: (sound: Sound) => number): string => sounds.map(of).join(', ');
    return {
      name: `first sound: ${name}, ${turns} turns, ms`,
      figures: {
        ...(at === 1 ? {} : { 'page open to first sound (demand: 5000)': list(({ openMs }) => openMs) }),
        'click to first sound (demand: 1000)': list(({ clickMs }) => clickMs),
        ...Object.fromEntries(
          Object.entries(steps).map(([step, text]) => [`  ${text}`, fastest?.steps[step as Step] ?? 'not seen']),
        ),
      },
    };
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { name, figures } of await bench(Number(process.argv[2] ?? 3))) {
    process.stdout.write(`${name}\n`);
    for (const [figure, value] of Object.entries(figures)) process.stdout.write(`  ${figure}: ${value}\n`);
  }
}
