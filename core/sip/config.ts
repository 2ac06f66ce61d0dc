/** The `sip:` part of the configuration. */
import { type Static, Type } from '../runtime/index.ts';

export const SipConfigSchema = Type.Object(
  {
    listen: Type.Array(
      Type.Object(
        {
          transport: Type.Union(
            [Type.Literal('udp'), Type.Literal('tcp'), Type.Literal('tls'), Type.Literal('ws'), Type.Literal('wss')],
            { 'x-not-built-values': ['tls', 'ws', 'wss'] },
          ),
          address: Type.String({ default: '0.0.0.0', format: 'ip-address' }),
          port: Type.Integer({ minimum: 0, maximum: 65535, default: 5060, description: '0 picks a free port.' }),
          advertised: Type.Optional(
            Type.String({ description: 'host[:port] for Via and Contact instead of the real address.' }),
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
    trusted: Type.Array(Type.String(), {
      description: 'Addresses or CIDR networks whose P-App-* and identity headers are believed.',
      default: ['127.0.0.1', '::1'],
    }),
    t1Ms: Type.Integer({ minimum: 50, default: 500, description: 'Timer T1 (RFC 3261 17), ms.' }),
    maxMessageBytes: Type.Integer({ minimum: 1000, default: 65535, description: 'Larger messages are refused.' }),
    maxTransactions: Type.Integer({ minimum: 1, default: 20000, description: 'Live transactions; 503 past them.' }),
    maxConnections: Type.Integer({
      minimum: 1,
      default: 2000,
      description: 'TCP connections; new ones are closed past them.',
    }),
    newCallsPerSecondPerSource: Type.Integer({
      minimum: 0,
      default: 1000,
      description: 'INVITEs a second from one address; 503 past them; 0: no limit.',
    }),
    serverHeader: Type.String({ default: 'Callbus', description: 'Server and User-Agent header; empty: none.' }),
  },
  { additionalProperties: false, default: {} },
);
export type SipConfig = Static<typeof SipConfigSchema>;
