/** The engine on our real stack and three phones that are bare stacks, in simulated time. */
import assert from 'node:assert/strict';
import {
  type Call,
  CallsConfigSchema,
  createCallEngine,
  DialConfigSchema,
  embeddedRouting,
} from '../../../core/call/index.ts';
import { fillDefaults } from '../../../core/config/defaults.ts';
import { createBus, type PublishedEvent } from '../../../core/di/index.ts';
import { createSimulation } from '../../../core/runtime/index.ts';
import {
  createSipStack,
  type Dialog,
  type DialogEvent,
  type HeaderLine,
  parseSipFragment,
  type SipConfig,
  SipConfigSchema,
  type SipRequest,
  type SipStack,
} from '../../../core/sip/index.ts';
import { FakeMedia } from './fake-media.ts';
import { offerSdp } from './fake-sip.ts';

export const sdpBody = (text = offerSdp) => ({
  contentType: 'application/sdp',
  content: new TextEncoder().encode(text),
});

/** A phone: a stack that rings and answers, and notes what it hears in its dialogs. */
export class Phone {
  readonly sip: SipStack;
  readonly address: string;
  readonly dialogs: Dialog[] = [];
  readonly heard: string[] = [];
  readonly requests: SipRequest[] = [];
  /** What it answers an INVITE. */
  answer = 200;

  constructor(sip: SipStack, address: string) {
    this.sip = sip;
    this.address = address;
    sip.handlers = { onInvite: (dialog) => this.#ring(dialog), onRequest: (request) => request.respond(501) };
    sip.open();
  }

  #ring(dialog: Dialog): void {
    this.watch(dialog);
    dialog.respond(180);
    if (this.answer < 300) dialog.respond(this.answer, 'OK', { body: sdpBody() });
    else dialog.respond(this.answer);
  }

  watch(dialog: Dialog): void {
    this.dialogs.push(dialog);
    dialog.onEvent = (event) => this.#on(dialog, event);
  }

  #on(dialog: Dialog, event: DialogEvent): void {
    if (event.kind === 'answered') dialog.acknowledge();
    if (event.kind === 'bye') this.heard.push(`BYE ${event.request.header('Reason') ?? ''}`.trim());
    if (event.kind === 'failed') this.heard.push(String(event.response.status));
    if (event.kind !== 'request') return;
    const { request } = event.request;
    this.requests.push(request);
    const fragment = parseSipFragment(request.header('Content-Type'), request.body);
    this.heard.push(fragment === null ? request.method : `NOTIFY ${fragment.status}`);
    event.request.respond(request.method === 'REFER' ? 202 : 200);
  }

  call(user: string, headers: readonly HeaderLine[] = []): Dialog {
    const dialog = this.sip.invite({
      requestUri: `sip:${user}@10.0.0.1`,
      from: `<sip:phone@${this.address}>`,
      to: `<sip:${user}@10.0.0.1>`,
      localTag: `t${this.dialogs.length}x${this.address}`,
      headers,
      offer: () => Promise.resolve(sdpBody()),
    });
    this.watch(dialog);
    return dialog;
  }
}

export async function transferWorld(
  options: { readonly calls?: Record<string, unknown>; readonly trusted?: readonly string[] } = {},
) {
  const simulation = createSimulation({ seed: 1 });
  const { clock } = simulation;
  const end = async (address: string) => {
    const { seams } = simulation.host(address);
    const listen = [{ transport: 'udp' as const, address, port: 5060 }];
    const config = {
      ...(fillDefaults(SipConfigSchema, {}) as SipConfig),
      listen,
      trusted: [...(options.trusted ?? [])],
    };
    return { seams, sip: await createSipStack(seams, config) };
  };
  const { seams, sip } = await end('10.0.0.1');
  const [ann, bob, carol] = [
    new Phone((await end('10.0.0.2')).sip, '10.0.0.2'),
    new Phone((await end('10.0.0.3')).sip, '10.0.0.3'),
    new Phone((await end('10.0.0.4')).sip, '10.0.0.4'),
  ];
  const media = new FakeMedia();
  const bus = createBus({ clock, counters: seams.counters, random: seams.random, log: seams.log, checkResults: true });
  const events: PublishedEvent[] = [];
  bus.subscribe('*', ['*:*'], (event) => void events.push(event));
  const engine = createCallEngine({
    seams,
    sip,
    media,
    bus,
    logControl: { level: 'info' },
    config: {
      calls: fillDefaults(CallsConfigSchema, options.calls ?? {}) as never,
      dial: fillDefaults(DialConfigSchema, {}) as never,
      routing: embeddedRouting,
      media: { address: 'auto', external: null, rtpTimeoutMs: 300_000, symmetricRtp: true },
    },
  });
  const calls: Call[] = [];
  engine.registerApplication({
    name: 'conference',
    async onInvite(call) {
      calls.push(call);
      await call.accept();
      call.join(call.user);
    },
    async originate(call) {
      calls.push(call);
      await call.connected;
      call.join(call.user);
    },
  });
  engine.registerApplication({
    name: 'echo',
    async onInvite(call) {
      calls.push(call);
      await call.accept();
    },
  });
  sip.open();
  return {
    clock,
    engine,
    sip,
    media,
    bus,
    events,
    ann,
    bob,
    carol,
    calls,
    pass: (ms = 500) => clock.advance(ms),
    /** Peers of those who sit in the room. */
    inRoom: (room: string) => engine.rooms.participants(room).map((tag) => engine.find(tag)?.remoteParty ?? '?'),
    async nothingLeft() {
      for (const phone of [ann, bob, carol]) for (const dialog of phone.dialogs) dialog.end();
      await clock.advance(300_000);
      assert.equal(engine.calls().length, 0);
      assert.equal(media.open.length, 0);
      for (const stack of [sip, ann.sip, bob.sip, carol.sip])
        assert.deepEqual([stack.load.transactions, stack.load.dialogs], [0, 0]);
      assert.equal(clock.pending, 0, `timers left: ${clock.pendingDelaysMs()}`);
    },
  };
}
