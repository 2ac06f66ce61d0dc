/** The `sip:` part of the configuration. */
import { DscpSchema, type Static, Type } from '../runtime/index.ts';
import { SessionTimerConfigSchema } from './session-timer-config.ts';

const ClientCertificate = Type.Union([Type.Literal('never'), Type.Literal('optional'), Type.Literal('required')]);

const ListenerTlsSchema = Type.Object(
  {
    certFile: Type.Optional(Type.String({ description: 'Certificate chain, PEM.' })),
    keyFile: Type.Optional(Type.String({ description: 'Its private key, PEM.' })),
    caFile: Type.Optional(Type.String({ description: 'Authorities that peers are verified with, PEM.' })),
    requestClientCertificate: Type.Optional(ClientCertificate),
  },
  { additionalProperties: false, description: 'For tls; what is missing is taken from sip.tls.' },
);

export const SipConfigSchema = Type.Object(
  {
    listen: Type.Array(
      Type.Object(
        {
          transport: Type.Union(
            [Type.Literal('udp'), Type.Literal('tcp'), Type.Literal('tls'), Type.Literal('ws'), Type.Literal('wss')],
            { 'x-not-built-values': ['ws', 'wss'] },
          ),
          name: Type.Optional(
            Type.String({ minLength: 1, description: 'Requests may ask to be sent from it; listeners may share one.' }),
          ),
          address: Type.String({ default: '0.0.0.0', format: 'ip-address' }),
          port: Type.Integer({ minimum: 0, maximum: 65535, default: 5060, description: '0 picks a free port.' }),
          advertised: Type.Optional(
            Type.String({ description: 'host[:port] for Via and Contact instead of the real address.' }),
          ),
          eachAddress: Type.Optional(
            Type.Boolean({
              description:
                'With 0.0.0.0 or ::, one UDP socket for each address of the machine: answers leave from the address that was called.',
            }),
          ),
          tls: Type.Optional(ListenerTlsSchema),
          srtp: Type.Optional(
            Type.Union([Type.Literal('off'), Type.Literal('optional'), Type.Literal('required')], {
              description: 'Encryption of the media of calls over it; default: media.srtp.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      {
        description: 'Addresses to listen on.',
        default: [
          { transport: 'udp', address: '0.0.0.0', port: 5060 },
          { transport: 'tcp', address: '0.0.0.0', port: 5060 },
        ],
      },
    ),
    tls: Type.Object(
      {
        certFile: Type.Optional(
          Type.String({ description: 'Certificate chain of ours, PEM; also shown to servers that ask.' }),
        ),
        keyFile: Type.Optional(Type.String({ description: 'Its private key, PEM.' })),
        caFile: Type.Optional(
          Type.String({ description: 'Authorities that peers are verified with, PEM; none: those of the system.' }),
        ),
        requestClientCertificate: Type.Union(
          [Type.Literal('never'), Type.Literal('optional'), Type.Literal('required')],
          { default: 'never', description: 'Mutual TLS: what listeners ask of clients.' },
        ),
        verifyServers: Type.Boolean({
          default: true,
          description: 'Servers that we call must show a certificate for the domain that was called (RFC 5922).',
        }),
      },
      { additionalProperties: false, default: {}, description: 'Defaults of TLS listeners, and TLS as client.' },
    ),
    dscp: DscpSchema('cs3', 'SIP over UDP, TCP and TLS'),
    trusted: Type.Array(Type.String(), {
      description:
        'Addresses, CIDR networks or TLS identities (tls:example.org) whose P-App-* and identity headers are believed.',
      default: ['127.0.0.1', '::1'],
    }),
    t1Ms: Type.Integer({ minimum: 50, default: 500, description: 'Timer T1 (RFC 3261 17), ms.' }),
    ringLimitMs: Type.Integer({
      minimum: 10_000,
      maximum: 86_400_000,
      default: 600_000,
      description:
        'An INVITE of ours that gets provisional responses only is cancelled so long after the first of them, ms; without any for three minutes it ends sooner.',
    }),
    maxMessageBytes: Type.Integer({ minimum: 1000, default: 65535, description: 'Larger messages are refused.' }),
    maxTransactions: Type.Integer({ minimum: 1, default: 20000, description: 'Live transactions; 503 past them.' }),
    maxTransactionsPerSource: Type.Integer({
      minimum: 0,
      default: 5000,
      description:
        'Of those that one address outside sip.trusted began; 503 for its new requests past them, for those in dialogs (BYE aside) past twice as many; 0: no limit.',
    }),
    maxConnections: Type.Integer({
      minimum: 1,
      default: 2000,
      description: 'TCP, TLS and WebSocket connections; new ones are closed past them.',
    }),
    maxConnectionsPerSource: Type.Integer({
      minimum: 0,
      default: 500,
      description: 'Of those from one address that is not in sip.trusted; 0: no limit.',
    }),
    idleTimeoutMs: Type.Integer({
      minimum: 10_000,
      default: 600_000,
      description: 'A connection without traffic is closed after this time, ms.',
    }),
    keepAlive: Type.Object(
      {
        pingMs: Type.Integer({
          minimum: 0,
          default: 0,
          description:
            'CRLF pings on TCP and TLS connections that we opened, each so many ms (RFC 5626 3.5.1); no answer in 10 s: closed. 0: none.',
        }),
        stun: Type.Boolean({ default: true, description: 'Answer STUN binding requests on UDP listeners.' }),
      },
      { additionalProperties: false, default: {} },
    ),
    webSocket: Type.Object(
      {
        enabled: Type.Boolean({ default: true, description: 'SIP over WebSocket at /sip of rpc.listen (RFC 7118).' }),
        pingMs: Type.Integer({
          minimum: 0,
          default: 30_000,
          description: 'WebSocket pings, each so many ms; two without an answer: closed. 0: none.',
        }),
        advertised: Type.Optional(
          Type.String({ description: 'host[:port] for Via and Contact instead of the address of rpc.listen.' }),
        ),
      },
      { additionalProperties: false, default: {} },
    ),
    replyToVia: Type.Boolean({
      default: false,
      description: 'UDP responses go to the host and port of the Via instead of where the request came from.',
    }),
    newCallsPerSecondPerSource: Type.Integer({
      minimum: 0,
      default: 1000,
      description: 'INVITEs a second from one address that is not in sip.trusted; 503 past them; 0: no limit.',
    }),
    requestsPerSecondPerSource: Type.Integer({
      minimum: 0,
      default: 0,
      description:
        'Requests outside of dialogs a second from one address that is not in sip.trusted; 503 past them; 0: no limit.',
    }),
    overload: Type.Object(
      {
        lagMs: Type.Integer({
          minimum: 0,
          default: 250,
          description: 'The event loop is so late that new requests are answered 503, ms; 0: not looked at.',
        }),
        busyPercent: Type.Integer({
          minimum: 0,
          maximum: 100,
          default: 98,
          description:
            'The event loop works for so much of a second that more and more new requests are answered 503, %; 0: not looked at.',
        }),
        retryAfterSeconds: Type.Integer({
          minimum: 1,
          maximum: 3600,
          default: 10,
          description: 'Least Retry-After of these answers, s; at most twice as much, at random.',
        }),
        exempt: Type.Array(Type.String(), {
          default: ['urn:service:sos*', 'sip:sos@*', 'sip:112@*', 'sip:911@*', 'tel:112', 'tel:911'],
          description: 'Request-URIs that are never refused for load or limits; * stands for anything.',
        }),
      },
      { additionalProperties: false, default: {}, description: 'What is shed when this server cannot keep up.' },
    ),
    trace: Type.Object(
      {
        calls: Type.Integer({
          minimum: 0,
          maximum: 100_000,
          default: 1000,
          description: 'Calls whose messages are kept for trace.call; 0: none.',
        }),
        messagesPerCall: Type.Integer({
          minimum: 2,
          maximum: 10_000,
          default: 100,
          description: 'Messages kept of one call: its first half and its newest.',
        }),
        bytes: Type.Integer({
          minimum: 100_000,
          default: 16_000_000,
          description: 'Bytes of all kept messages; the calls that were quiet the longest go first.',
        }),
        minutes: Type.Integer({
          minimum: 1,
          maximum: 1440,
          default: 10,
          description: 'A call without a message for so long is forgotten, minutes.',
        }),
        hep: Type.Union(
          [
            Type.Object(
              {
                host: Type.String({ minLength: 1, description: 'Where the collector is.' }),
                port: Type.Integer({ minimum: 1, maximum: 65535, default: 9060, description: 'Its UDP port.' }),
                id: Type.Integer({ minimum: 0, maximum: 4294967295, default: 2001, description: 'Our capture id.' }),
                password: Type.String({ default: '', description: 'Empty: none.', 'x-secret': true }),
              },
              { additionalProperties: false },
            ),
            Type.Null(),
          ],
          { default: null, description: 'Sends every message to a collector as HEP 3 (Homer); null: no.' },
        ),
      },
      { additionalProperties: false, default: {}, description: 'Messages are kept for a while, without secrets.' },
    ),
    reliableProvisional: Type.Union(
      [Type.Literal('off'), Type.Literal('supported'), Type.Literal('required'), Type.Literal('relay')],
      {
        description:
          'Reliable provisional responses (RFC 3262): off refuses them (420), supported uses them with peers that know them, required insists (421), relay leaves RSeq, RAck and PRACK to the owner of the call.',
        default: 'supported',
      },
    ),
    outboundProxy: Type.String({
      default: '',
      description:
        'SIP URI that new calls, registrations and other requests outside a dialog go through (Route); empty: none.',
    }),
    nextHop: Type.String({
      default: '',
      description:
        'host[:port][/transport], comma list: where new calls and requests outside a dialog are sent whatever their URI and routes say; empty: nowhere else.',
    }),
    nextHopInDialogs: Type.Boolean({
      default: false,
      description: 'sip.nextHop is for requests inside dialogs as well.',
    }),
    blacklistMs: Type.Integer({
      minimum: 0,
      maximum: 86_400_000,
      default: 60_000,
      description:
        'How long new requests pass over a target after a 503, a transport error or silence, if there is another, ms; 0: never.',
    }),
    dns: Type.Object(
      {
        servers: Type.Array(Type.String(), {
          default: [],
          description: 'Name servers, address[:port]; none: those of the system.',
        }),
        srv: Type.Boolean({ default: true, description: 'Look up SRV records (RFC 3263); false: addresses only.' }),
        naptr: Type.Boolean({
          default: true,
          description: 'Look up NAPTR records for the transport, with sip.dns.srv.',
        }),
        cacheSeconds: Type.Integer({
          minimum: 0,
          maximum: 86_400,
          default: 60,
          description: 'Answers are kept no longer, whatever their TTL, s; SRV and NAPTR as long as this.',
        }),
        timeoutMs: Type.Integer({
          minimum: 100,
          default: 5000,
          description: 'A name server must answer in this time, ms.',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    sessionTimer: SessionTimerConfigSchema,
    serverHeader: Type.String({
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      default: 'Callbus',
      description: 'Server and User-Agent header; empty: none.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type SipConfig = Static<typeof SipConfigSchema>;
