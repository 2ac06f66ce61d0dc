/** A stack and raw peers in simulated time: what a test sends and sees are messages, not objects. */
import assert from 'node:assert/strict';
import { fillDefaults } from '../../../core/config/defaults.ts';
import {
  CodedError,
  createSimulation,
  type Endpoint,
  type Log,
  type SimLoopMonitor,
  type Simulation,
  type UdpSocket,
} from '../../../core/runtime/index.ts';
import {
  createSipStack,
  type Dialog,
  type DialogEvent,
  type ParsedMessage,
  ParsedRequest,
  ParsedResponse,
  parseMessage,
  type ServerRequest,
  type SipConfig,
  SipConfigSchema,
  type SipStack,
  type SipStackOptions,
} from '../../../core/sip/index.ts';

export const serverAddress = '10.0.0.1';

/** The schema's defaults with these keys instead. */
export function sipConfig(overrides: Partial<SipConfig> = {}): SipConfig {
  const config = fillDefaults(SipConfigSchema, {}) as SipConfig;
  return { ...config, ...overrides };
}

/** A log that gives its messages to `onLine`, debug aside. */
function lineLog(onLine: (message: string) => void): Log {
  const log: Log = { debug: () => {}, info: onLine, warn: onLine, error: onLine, child: () => log };
  return log;
}

export interface Lab {
  readonly sim: Simulation;
  readonly stack: SipStack;
  /** What the stack measures of its event loop. */
  readonly loop: SimLoopMonitor;
  readonly dialogs: Dialog[];
  /** Kinds and events of every dialog, in order. */
  readonly events: DialogEvent[];
  readonly requests: ServerRequest[];
  counter(name: string): number;
  /** Messages whose handling threw, and owners that threw: our mistakes. */
  faults(): number;
  peer(address: string, port?: number): Promise<Peer>;
  /** Lets simulated time pass. */
  pass(durationMs: number): Promise<void>;
  /** After all timers nothing may be left. */
  assertEmpty(): Promise<void>;
}

export async function lab(
  overrides: Partial<SipConfig> = {},
  options: SipStackOptions = {},
  onLine: (message: string) => void = () => {},
): Promise<Lab> {
  const sim = createSimulation({ seed: 1 });
  const { seams } = sim.host(serverAddress, { addresses: ['2001:db8::1', '10.0.0.77'], log: lineLog(onLine) });
  const stack = await createSipStack(seams, sipConfig(overrides), options);
  const dialogs: Dialog[] = [];
  const events: DialogEvent[] = [];
  const requests: ServerRequest[] = [];
  stack.handlers = {
    onInvite(dialog) {
      dialogs.push(dialog);
      dialog.onEvent = (event) => events.push(event);
    },
    onRequest: (request) => requests.push(request),
  };
  stack.open();
  const counter = (name: string): number => {
    const sample = seams.counters.samples().find((each) => each.name === `callbus_sip_${name}_total`);
    return sample?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
  };
  const pass = (durationMs: number): Promise<void> => sim.clock.advance(durationMs);
  return {
    sim,
    stack,
    loop: seams.loop,
    dialogs,
    events,
    requests,
    pass,
    counter,
    faults() {
      const dropped = seams.counters.samples().find(({ name }) => name === 'callbus_sip_messages_dropped_total');
      const thrown = dropped?.values.find(({ labels }) => labels['why'] === 'fault')?.value ?? 0;
      return thrown + counter('owner_faults');
    },
    async peer(address, port = 5060) {
      const host = sim.host(address);
      const peer = new Peer({ address, port }, pass);
      peer.socket = await host.seams.network.udp({
        address,
        port,
        onDatagram: (bytes, from) => peer.take(bytes, from),
        onError: () => {},
      });
      return peer;
    },
    async assertEmpty() {
      await pass(400_000);
      assert.deepEqual(stack.load, { transactions: 0, dialogs: 0, connections: 0 });
      assert.equal(sim.clock.pending, 0, `timers left: ${sim.clock.pendingDelaysMs()}`);
    },
  };
}

/** A peer that says exactly what it is told and keeps what it hears. */
export class Peer {
  readonly endpoint: Endpoint;
  socket: UdpSocket | null = null;
  readonly heard: ParsedMessage[] = [];
  readonly startLines: string[] = [];
  /** False: what it hears is thrown away. */
  keep = true;
  /** True: it may hear what does not parse, as when its own broken headers come back in a 400. */
  tolerant = false;
  readonly #pass: (durationMs: number) => Promise<void>;
  /** Where it sends: the server, or where the last message came from. */
  to: Endpoint = { address: serverAddress, port: 5060 };

  constructor(endpoint: Endpoint, pass: (durationMs: number) => Promise<void>) {
    this.endpoint = endpoint;
    this.#pass = pass;
  }

  take(bytes: Uint8Array, from: Endpoint): void {
    this.to = from;
    if (!this.keep) return;
    const message = parseMessage(bytes);
    this.startLines.push(Buffer.from(bytes).toString().split('\r\n', 1)[0] ?? '');
    if (message.kind !== 'refused') this.heard.push(message);
    else assert.ok(this.tolerant, `the stack sent: ${Buffer.from(bytes)}`);
  }

  /** Sends text (LF becomes CRLF) or bytes, and lets them arrive and be answered. */
  async send(text: string | Uint8Array): Promise<void> {
    this.socket?.send(typeof text === 'string' ? Buffer.from(text.replaceAll('\n', '\r\n')) : text, this.to);
    await this.#pass(20);
  }

  get statuses(): number[] {
    return this.heard.flatMap((message) => (message instanceof ParsedResponse ? [message.status] : []));
  }

  get methods(): string[] {
    return this.heard.flatMap((message) => (message instanceof ParsedRequest ? [message.method] : []));
  }

  lastResponse(): ParsedResponse {
    const found = this.heard.findLast((message) => message instanceof ParsedResponse);
    assert.ok(found instanceof ParsedResponse, 'no response came');
    return found;
  }

  lastRequest(method?: string): ParsedRequest {
    const found = this.heard.findLast(
      (message) => message instanceof ParsedRequest && (method === undefined || message.method === method),
    );
    assert.ok(found instanceof ParsedRequest, `no ${method ?? 'request'} came`);
    return found;
  }

  /** An INVITE, or another request of the same call, from this peer. */
  request(method: string, options: RequestOptions = {}): string {
    const { address, port } = this.endpoint;
    const host = address.includes(':') ? `[${address}]` : address;
    const {
      callId = `call@${address}`,
      cseq = 1,
      branch = `z9hG4bK${method}${cseq}`,
      fromTag = 'peer',
      toTag = '',
      headers = [],
      uri = `sip:echo@${serverAddress}`,
      body = '',
    } = options;
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${host}:${port};branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: <sip:peer@${host}>;tag=${fromTag}`,
      `To: <sip:echo@${serverAddress}>${toTag === '' ? '' : `;tag=${toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:peer@${host}:${port}>`,
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body.replaceAll('\n', '\r\n'))}`,
      '',
      body,
    ].join('\n');
  }

  /** A response to `request` as a user agent gives it. */
  response(request: ParsedRequest, status: number, options: ReplyOptions = {}): string {
    const { address, port } = this.endpoint;
    const { toTag = 'callee', headers = [], contact = `<sip:callee@${address}:${port}>`, body = '' } = options;
    const to = request.header('to') ?? '';
    return [
      `SIP/2.0 ${status} Whatever`,
      ...request.headers('via').map((via) => `Via: ${via}`),
      `From: ${request.header('from')}`,
      `To: ${toTag === '' || to.includes(';tag=') ? to : `${to};tag=${toTag}`}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.header('cseq')}`,
      ...(contact === '' ? [] : [`Contact: ${contact}`]),
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\n');
  }
}

export interface RequestOptions {
  readonly callId?: string;
  readonly cseq?: number;
  readonly branch?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly headers?: readonly string[];
  readonly uri?: string;
  readonly body?: string;
}

export interface ReplyOptions {
  readonly toTag?: string;
  readonly headers?: readonly string[];
  readonly contact?: string;
  readonly body?: string;
}

/** Throws CodedError; for tests of faults. */
export function isCode(code: string): (fault: unknown) => boolean {
  return (fault) => fault instanceof CodedError && fault.code === code;
}
