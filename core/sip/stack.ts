/** The SIP stack put together: transports, transactions, dialogs, and the door to their owner. */
import { type Seams, secureToken } from '../runtime/index.ts';
import { Blacklist } from './blacklist.ts';
import { Capabilities } from './capabilities.ts';
import type { SipConfig } from './config.ts';
import { sipCounters } from './counters.ts';
import { SipDialog } from './dialog.ts';
import { CallerDialog } from './dialog-caller.ts';
import { DialogLeg } from './dialog-leg.ts';
import { readSnapshot } from './dialog-snapshot.ts';
import { DialogTable } from './dialog-table.ts';
import { Dispatcher } from './dispatch.ts';
import { defaultPortOf } from './flow.ts';
import type { Via } from './header-via.ts';
import type { RefusalStatus } from './message.ts';
import { checkOutgoingConfig } from './outgoing-config.ts';
import { OutgoingRequests } from './outgoing-request.ts';
import { Overload } from './overload.ts';
import { reachOf } from './reach.ts';
import { Registrations } from './registrations.ts';
import { Resolver } from './resolver.ts';
import type { ReplyPath } from './server-machine.ts';
import type { SipCore } from './sip-core.ts';
import { REFER_SUBSCRIPTION_SECONDS } from './stack-limits.ts';
import { SubscriptionTable } from './subscription-table.ts';
import { Subscriptions } from './subscriptions.ts';
import { MessageTrace } from './trace.ts';
import { startHep } from './trace-hep.ts';
import { branchCookie } from './transaction-keys.ts';
import { TransactionLayer } from './transaction-layer.ts';
import { Transports } from './transports.ts';
import type { AdmissionRule, Dialog, DialogSnapshot, Flow, InviteOptions, SipHandlers, SipStack } from './types.ts';

/** Bytes of randomness in tags and branches: 96 bits. */
const TOKEN_BYTES = 12;

/** Nobody serves yet. */
const closedDoor: SipHandlers = {
  onInvite: (dialog) => dialog.respond(503),
  onRequest: (request) => request.respond(503),
};

export interface SipStackOptions {
  /** Judges each new INVITE and request before any call exists. */
  readonly admission?: AdmissionRule;
}

/**
 * Binds the listeners of `config`; messages are let in by `open`.
 * @throws CodedError `config.notBuilt` (ws, wss), `config.invalid`, `port.taken`, `network.failed`.
 */
export async function createSipStack(
  seams: Seams,
  config: SipConfig,
  options: SipStackOptions = {},
): Promise<SipStack> {
  checkOutgoingConfig(config);
  const counters = sipCounters(seams.counters);
  const log = seams.log.child({ part: 'sip' });
  const trace = new MessageTrace(config.trace, seams.clock);
  let door: Dispatcher | null = null;
  const receiver = {
    onMessage(bytes: Uint8Array, flow: Flow): void {
      trace.message('in', bytes, flow);
      if (door === null) counters.dropped.add(1, { why: 'notOpen' });
      else door.receive(bytes, flow);
    },
    onRefused(bytes: Uint8Array, flow: Flow, status: RefusalStatus, why: string): void {
      trace.message('in', bytes, flow);
      if (door === null) counters.dropped.add(1, { why: 'notOpen' });
      else door.refuse(bytes, flow, status, why);
    },
    onSent(bytes: Uint8Array, flow: Flow): void {
      trace.message('out', bytes, flow);
      counters.sent.add();
    },
  };
  const hep = config.trace.hep === null ? null : await startHep(seams, config.trace.hep, trace);
  const transports = await Transports.open({ seams, config, counters, receiver }).catch((fault: unknown) => {
    hep?.dispose();
    throw fault;
  });
  const transactions = new TransactionLayer({
    clock: seams.clock,
    t1Ms: config.t1Ms,
    counters,
    replyPath: (flow, request) => replyPath(transports, flow, request.via, () => counters.sendFailed.add()),
  });
  const dialogs = new DialogTable();
  const subscriptions = new SubscriptionTable();
  dialogs.onRemoved = (dialog) => subscriptions.dialogEnded(dialog.ids);
  const core: SipCore = {
    seams,
    config,
    counters,
    log,
    transports,
    transactions,
    dialogs,
    subscriptions,
    resolver: new Resolver({ ...seams, config: config.dns, counters, reach: () => reachOf(transports.listeners) }),
    blacklist: new Blacklist(seams.clock, config.blacklistMs),
    capabilities: new Capabilities(
      config,
      () => stack.handlers.abilities,
      () => subscriptions.packages.size > 0,
    ),
    overload: new Overload(config.overload, seams, log),
    trace,
    newBranch: () => branchCookie + secureToken(seams.random, TOKEN_BYTES),
    newTag: () => secureToken(seams.random, TOKEN_BYTES),
  };
  const outgoing = new OutgoingRequests(core);
  const registrations = new Registrations(core, (request) => outgoing.send(request));
  const usages = new Subscriptions(core, (request) => outgoing.send(request));
  seams.counters.gauge('callbus_sip_transactions', 'Live SIP transactions.', () => transactions.size);
  seams.counters.gauge('callbus_sip_dialogs', 'Live SIP dialogs.', () => dialogs.size);
  seams.counters.gauge(
    'callbus_sip_connections',
    'Open TCP, TLS and WebSocket connections.',
    () => transports.connections,
  );

  const stack: SipStack = {
    listeners: transports.listeners,
    handlers: closedDoor,
    open() {
      door ??= new Dispatcher({ core, usages, admission: options.admission ?? null, handlers: () => stack.handlers });
    },
    invite(inviteOptions: InviteOptions): Dialog {
      const dialog = new CallerDialog(core, inviteOptions);
      dialogs.add(dialog);
      return dialog;
    },
    request: (request) => outgoing.send(request),
    register: (registerOptions) => registrations.register(registerOptions),
    serviceRoute: (addressOfRecord) => registrations.serviceRoute(addressOfRecord),
    acceptWebSocket: (peer, pageHost) => transports.acceptWebSocket(peer, pageHost ?? null),
    reload: () => transports.reload(),
    restoreDialog: (snapshot) => restore(core, snapshot),
    findDialog: (callId, localTag, remoteTag) => dialogs.findByIds(callId, localTag, remoteTag),
    subscribe: (subscribeOptions) => usages.subscribe(subscribeOptions),
    notifier: (eventPackage, handlers) => usages.notifiers.register(eventPackage, handlers),
    get eventPackages() {
      return usages.notifiers.packages;
    },
    referSubscription: (dialog, request, id) =>
      usages.notifiers.implicit(dialog, request, { event: 'refer', id, expiresSeconds: REFER_SUBSCRIPTION_SECONDS }),
    takeSubscription: (dialog, request) => usages.takeWithin(dialog, request),
    overload: core.overload,
    trace,
    get load() {
      return { transactions: transactions.size, dialogs: dialogs.size, connections: transports.connections };
    },
    async close() {
      door = null;
      subscriptions.close();
      dialogs.close();
      registrations.close();
      outgoing.close();
      core.overload.close();
      hep?.dispose();
      transactions.close();
      transports.close();
    },
  };
  return stack;
}

/** @throws CodedError `sip.malformed` when it is no snapshot of a dialog. */
function restore(core: SipCore, snapshot: DialogSnapshot): Dialog {
  const { role, data, flow, invite, timer } = readSnapshot(snapshot);
  const leg = new DialogLeg({ core, data, flow, credentials: [] });
  const dialog = new SipDialog({ core, leg, role, state: 'confirmed', from: invite.from, to: invite.to, invite });
  if (timer !== null) dialog.resumeTimer(timer);
  core.dialogs.add(dialog);
  return dialog;
}

/** Nothing can be sent any more. */
const closedPath: ReplyPath = { reliable: false, send: () => false };

/**
 * Sends responses along the flow of their request. When the connection is gone "the server SHOULD
 * open a connection to the IP address in the received parameter, if present, using the port in the
 * sent-by value, or the default port" (RFC 3261 18.2.2). False when there is no way left to try.
 */
function replyPath(transports: Transports, flow: Flow, via: Via, onFailed: () => void): ReplyPath {
  const { transport } = flow;
  if (transport === 'udp') return transports.replyChannel(flow, via) ?? closedPath;
  const port = via.port ?? defaultPortOf(transport);
  const hop = { transport, address: flow.remote.address, port, serverName: via.host };
  return {
    reliable: true,
    send(bytes) {
      const channel = transports.channelOf(flow);
      if (channel !== null) return channel.send(bytes);
      // A WebSocket client takes no connections.
      if (transport !== 'tcp' && transport !== 'tls') return false;
      transports
        .connect(hop)
        .then((fresh) => {
          if (!fresh.send(bytes)) onFailed();
        })
        .catch(onFailed);
      return true;
    },
  };
}
