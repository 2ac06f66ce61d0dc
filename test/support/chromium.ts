/**
 * Chromium for live tests: one browser a file, a page for each person. What a page hears is measured in the page, from
 * the tracks of its peer connections.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { axeRun, giveTone, listen, refuseMicrophone } from './chromium-scripts.ts';
import { findProgram } from './peers.ts';

const program = findProgram('chromium') ?? findProgram('chromium-browser') ?? findProgram('google-chrome');

/** For `test(name, { skip: skipWithoutChromium }, …)`. */
export const skipWithoutChromium: string | false = program === null ? 'not installed: chromium' : false;

export const wide = { width: 1280, height: 860 };
export const narrow = { width: 390, height: 844 };

export interface ChromiumOptions {
  /** What the fake microphone gives; default 440. */
  readonly toneHz?: number;
  readonly args?: readonly string[];
  /** What starts it; default: the one that is installed. */
  readonly executable?: string;
}

/** The installed browser's path. */
export const chromiumProgram: string = program ?? 'chromium';

export interface OpenOptions {
  /** Default: wide. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly dark?: boolean;
  /** Default: granted. */
  readonly microphone?: 'granted' | 'denied' | 'absent';
  /** Another tone than the browser's microphone gives, for this page alone. */
  readonly toneHz?: number;
  /** Takes the certificate of `--tls-self-signed`. */
  readonly ignoreTls?: boolean;
}

export interface TestBrowser {
  /** A page of its own: nothing is shared with the others but the browser. */
  open(url: string, options?: OpenOptions): Promise<Page>;
  /** All that are open: what one test leaves behind when it fails is not to fail the next. */
  closePages(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Upper bound of what is waited for, on a machine that has other things to do. */
const patienceMs = 120_000;

/** Faults and refusals (of the content policy too) that a page wrote to its console. */
export const consoleFaults = new WeakMap<Page, string[]>();

export async function startChromium({
  toneHz = 440,
  args = [],
  executable = chromiumProgram,
}: ChromiumOptions = {}): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-chromium-'));
  const tone = join(folder, 'tone.wav');
  await writeFile(tone, toneFile(toneHz));
  const browser: Browser = await chromium.launch({
    executablePath: executable,
    headless: true,
    timeout: patienceMs,
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${tone}`,
      '--allow-loopback-in-peer-connection',
      ...args,
    ],
  });
  return {
    async open(url, options = {}) {
      const { size = wide, dark = false, microphone = 'granted', ignoreTls = false } = options;
      const context = await browser.newContext({
        viewport: size,
        colorScheme: dark ? 'dark' : 'light',
        // What is looked at is never half way between two colours.
        reducedMotion: 'reduce',
        ignoreHTTPSErrors: ignoreTls,
        permissions: microphone === 'granted' ? ['microphone'] : [],
      });
      context.setDefaultTimeout(patienceMs);
      const page = await context.newPage();
      const faults: string[] = [];
      consoleFaults.set(page, faults);
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      page.on('pageerror', (fault) => faults.push(String(fault)));
      await page.addInitScript(listen);
      if (options.toneHz !== undefined) await page.addInitScript(giveTone(options.toneHz));
      if (microphone !== 'granted') await page.addInitScript(refuseMicrophone(microphone));
      await page.goto(url);
      return page;
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    async close() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Level of each frequency in what the page hears now, dB (0: full scale, -120: nothing). */
export function tonesHeard(page: Page, hz: readonly number[]): Promise<number[]> {
  return page.evaluate<number[]>(`callbusTest.levels(${JSON.stringify(hz)})`);
}

/** Above this a tone is heard, dB; below the other it is not. */
const heardDb = -55;
const unheardDb = -60;

/** Resolves with the ms that it took until the page heard that tone. @throws Error when it did not in time. */
export async function hears(page: Page, hz: number, limitMs = patienceMs): Promise<number> {
  const startedMs = performance.now();
  let last = -120;
  while (performance.now() - startedMs < limitMs) {
    const [level = -120, beside = -120] = await tonesHeard(page, [hz, hz * 1.31]);
    last = level;
    if (level > heardDb && level > beside + 15) return performance.now() - startedMs;
    await page.waitForTimeout(60);
  }
  throw new Error(`${hz} Hz is not heard: ${Math.round(last)} dB`);
}

/** Resolves once the tone was not heard for half a second. @throws Error when it goes on. */
export async function hearsNot(page: Page, hz: number, limitMs = patienceMs): Promise<void> {
  const startedMs = performance.now();
  let silentSinceMs = startedMs;
  let last = 0;
  while (performance.now() - startedMs < limitMs) {
    const [level = -120] = await tonesHeard(page, [hz]);
    last = level;
    if (level > unheardDb) silentSinceMs = performance.now();
    if (performance.now() - silentSinceMs > 500) return;
    await page.waitForTimeout(60);
  }
  throw new Error(`${hz} Hz is still heard: ${Math.round(last)} dB`);
}

/** Into the folder CALLBUS_SCREENSHOTS; without it nobody would look at it, and none is made. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['CALLBUS_SCREENSHOTS'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', fullPage: true });
}

/** Serious and critical faults of accessibility that axe-core finds: rule and elements. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  // Colours on their way are nobody's choice.
  await page.evaluate(
    'Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))',
  );
  const found = await page.evaluate<{ id: string; impact: string; nodes: string[] }[]>(axeRun);
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.join('; ')}`);
}

/** Ten seconds, 48 kHz, 16 bits, a quarter of full scale; the browser begins again at its end. */
function toneFile(hz: number): Uint8Array {
  const rate = 48_000;
  const samples = rate * 10;
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at++)
    file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * hz * at) / rate)), 44 + at * 2);
  return file;
}
