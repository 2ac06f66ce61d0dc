/** The server of `sip-uas`: a stack that answers every INVITE with a fixed session description. */
import { fillDefaults } from '../../core/config/defaults.ts';
import { silentLog, tuneHeap } from '../../core/runtime/index.ts';
import { realSeams } from '../../core/runtime/real-seams.ts';
import { createSipStack, type SipConfig, SipConfigSchema } from '../../core/sip/index.ts';

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const body = { contentType: 'application/sdp', content: Buffer.from(sdp) };
const defaults = fillDefaults(SipConfigSchema, {}) as SipConfig;
// Nothing is shed: what it costs is what is asked.
const config: SipConfig = {
  ...defaults,
  overload: { ...defaults.overload, lagMs: 0, busyPercent: 0 },
  listen: [{ transport: 'udp', address: '127.0.0.1', port: 0 }],
  newCallsPerSecondPerSource: 0,
  requestsPerSecondPerSource: 0,
  maxTransactions: 1_000_000,
  maxTransactionsPerSource: 0,
};

// As the command does.
tuneHeap();
const stack = await createSipStack(realSeams({ log: silentLog }), config);
stack.handlers = {
  onInvite(dialog) {
    dialog.onEvent = (event) => {
      if (event.kind === 'noAck') dialog.end();
    };
    dialog.respond(180);
    dialog.respond(200, undefined, { body });
  },
  onRequest: (request) => request.respond(501),
};
stack.open();

/** Every message of the parent asks for the figures so far. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  process.send?.({ cpuUs: user + system, rssBytes: rss, load: stack.load });
});
process.on('disconnect', () => process.exit());
process.send?.({ port: stack.listeners[0]?.port ?? 0 });
