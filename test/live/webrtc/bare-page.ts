/**
 * A page of the test's own with nothing but JsSIP in it: bundled when the test starts, served on loopback. What
 * it can do is `bare` (see below); tones are heard by what test/support/chromium.ts puts into each page.
 */
import { createServer } from 'node:http';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { packageFile } from '../../../core/runtime/index.ts';

export interface BarePage {
  readonly url: string;
  /** For `rpc.origins`: the page is another server's. */
  readonly origin: string;
  close(): Promise<void>;
}

export interface CallWishes {
  /** Payload numbers that stay in the offer; default: all. */
  readonly only?: readonly number[];
  /** Another fingerprint than that of the browser's certificate. */
  readonly wrongFingerprint?: boolean;
  /** Another ICE user name and password than the browser's. */
  readonly wrongIce?: boolean;
}

export interface CallFigures {
  readonly codec: string;
  readonly dtls: string;
  readonly dtlsRole: string;
  readonly srtp: string;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsSent: number;
}

const script = `
import { UA, WebSocketInterface } from 'jssip';
const bare = { sdp: '', remoteSdp: '', ended: null, ms: 0 };
globalThis.bare = bare;
let agent = null;
let session = null;
bare.connect = (url, user) => new Promise((resolve, reject) => {
  agent = new UA({ sockets: [new WebSocketInterface(url)], uri: 'sip:' + user + '@bare.invalid', register: false, session_timers: false });
  agent.on('connected', () => resolve());
  agent.on('disconnected', () => reject(new Error('no WebSocket to ' + url)));
  agent.start();
});
bare.call = (target, wishes) => new Promise((resolve, reject) => {
  const sinceMs = performance.now();
  bare.ended = null;
  session = agent.call(target, {
    mediaConstraints: { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false }, video: false },
    pcConfig: { iceServers: [] },
  });
  // Chromium decodes what somebody listens to.
  session.connection.addEventListener('track', ({ track }) => {
    const audio = new Audio();
    audio.srcObject = new MediaStream([track]);
    audio.play().catch(() => {});
    bare.audio = audio;
  });
  session.on('sdp', (event) => {
    if (event.originator !== 'local') { bare.remoteSdp = event.sdp; return; }
    if (wishes.only) event.sdp = event.sdp.replace(/^(m=audio \\S+ \\S+).*$/m, '$1 ' + wishes.only.join(' '))
      .replace(/^a=(?:rtpmap|fmtp|rtcp-fb):(\\d+).*\\r\\n/gm, (line, number) => wishes.only.includes(Number(number)) ? line : '');
    if (wishes.wrongFingerprint) event.sdp = event.sdp.replace(/^(a=fingerprint:sha-256 ).*$/m, '$1' + Array(32).fill('AA').join(':'));
    if (wishes.wrongIce) event.sdp = event.sdp.replace(/^a=ice-ufrag:.*$/m, 'a=ice-ufrag:else').replace(/^a=ice-pwd:.*$/m, 'a=ice-pwd:' + 'e'.repeat(24));
    bare.sdp = event.sdp;
  });
  session.on('confirmed', () => { bare.ms = performance.now() - sinceMs; resolve(); });
  session.on('failed', ({ cause, message }) => { bare.ended = String(cause); reject(new Error(cause + ' ' + (message?.reason_phrase ?? ''))); });
  session.on('ended', ({ cause, originator, message }) => {
    bare.ended = originator + ': ' + (message?.getHeader?.('Reason') ?? cause);
  });
});
bare.hangUp = () => { if (session && !session.isEnded()) session.terminate(); };
bare.keys = (keys) => session.sendDTMF(keys, { transportType: 'RFC2833' });
/** Further calls with the same microphone: their figures are all that is known of them. */
const others = [];
bare.more = (target, count) => Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
  const other = agent.call(target, { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } });
  other.connection.addEventListener('track', ({ track }) => {
    const audio = new Audio();
    audio.muted = true;
    audio.srcObject = new MediaStream([track]);
    audio.play().catch(() => {});
    others.push({ other, audio });
  });
  other.on('confirmed', () => resolve());
  other.on('failed', ({ cause }) => reject(new Error(cause)));
})));
bare.othersFigures = () => Promise.all(others.map(({ other }) => figuresOf(other)));
bare.hangUpAll = () => agent.terminateSessions();
bare.figures = () => figuresOf(session);
const figuresOf = async ({ connection }) => {
  const stats = [...(await connection.getStats()).values()];
  const transport = stats.find(({ type }) => type === 'transport');
  const inbound = stats.find(({ type }) => type === 'inbound-rtp');
  const outbound = stats.find(({ type }) => type === 'outbound-rtp');
  const codec = stats.find(({ id }) => id === inbound?.codecId);
  return {
    codec: codec?.mimeType ?? '', dtls: transport?.dtlsState ?? '', dtlsRole: transport?.dtlsRole ?? '',
    srtp: transport?.srtpCipher ?? '', packetsReceived: inbound?.packetsReceived ?? 0,
    packetsLost: inbound?.packetsLost ?? 0, packetsSent: outbound?.packetsSent ?? 0,
  };
};
`;

export async function servePage(): Promise<BarePage> {
  const bundle = await build({
    stdin: { contents: script, resolveDir: packageFile('.'), loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    define: { global: 'globalThis' },
    logLevel: 'silent',
  });
  const code = bundle.outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    const isScript = request.url === '/bare.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isScript ? code : '<!doctype html><title>bare</title><script src="/bare.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const origin = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
  return {
    url: `${origin}/`,
    origin,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const say = (value: unknown): string => JSON.stringify(value);

/** Sound without a click of a person. */
export const bareArguments = ['--autoplay-policy=no-user-gesture-required'];

/** To the server's SIP over WebSocket. */
export const connect = (page: Page, http: string, user: string): Promise<void> =>
  page.evaluate(`bare.connect(${say(`${http.replace(/^http/, 'ws')}/sip`)}, ${say(user)})`);

/** Resolves once the call is answered. @throws Error with the refusal. */
export const call = (page: Page, target: string, wishes: CallWishes = {}): Promise<void> =>
  page.evaluate(`bare.call(${say(target)}, ${say(wishes)})`);

export const hangUp = (page: Page): Promise<void> => page.evaluate('bare.hangUp()');

export const figures = (page: Page): Promise<CallFigures> => page.evaluate<CallFigures>('bare.figures()');

/** So many calls at once from one page. */
export const callMore = (page: Page, target: string, count: number): Promise<void> =>
  page.evaluate(`bare.more(${say(target)}, ${count})`);

export const figuresOfAll = (page: Page): Promise<CallFigures[]> =>
  page.evaluate<CallFigures[]>('bare.othersFigures()');

export const hangUpAll = (page: Page): Promise<void> => page.evaluate('bare.hangUpAll()');

/** Resolves with who ended the call and why (the Reason header), once it has ended. */
export async function ended(page: Page, limitMs = 20_000): Promise<string> {
  await page.waitForFunction('bare.ended !== null', null, { timeout: limitMs, polling: 50 });
  return page.evaluate<string>('bare.ended');
}
