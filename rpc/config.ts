/** The `rpc:` part of the configuration (design, section 7). */
import { type Static, Type } from '../core/runtime/index.ts';
import {
  AuditConfigSchema,
  CertificateSchema,
  HttpFaceSchema,
  NetstringFaceSchema,
  UserSchema,
} from './access-config.ts';
import { EventsConfigSchema } from './events-config.ts';

const PeerSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128, description: 'Its connection id for jsonrpc.sendMessage.' }),
    host: Type.String({ minLength: 1, maxLength: 253 }),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    connect: Type.Boolean({ default: false, description: 'Keep a connection to it, opened again when it breaks.' }),
    scopes: Type.Array(Type.String(), {
      default: [],
      description: 'What it may call here, and which events it may get.',
    }),
    events: Type.Array(Type.String({ pattern: '^(\\*|[A-Za-z]\\w*(\\.\\w+)*(\\.\\*)?)$' }), {
      default: [],
      description: 'Event filters that are sent to it (connect: true).',
    }),
  },
  { additionalProperties: false },
);
export type PeerConfig = Static<typeof PeerSchema>;

export const RpcConfigSchema = Type.Object(
  {
    listen: Type.Union([HttpFaceSchema, Type.Null()], {
      default: {},
      description: 'The HTTP listener: XML-RPC, JSON-RPC, WebSocket, metrics; null: none.',
    }),
    listeners: Type.Array(HttpFaceSchema, {
      maxItems: 16,
      default: [],
      description: 'Further HTTP listeners, each with an access policy of its own.',
    }),
    netstring: Type.Union([NetstringFaceSchema, Type.Null()], {
      default: {},
      description: 'JSON-RPC in netstrings over TCP; null: none.',
    }),
    peers: Type.Array(PeerSchema, {
      maxItems: 64,
      default: [],
      description: 'JSON-RPC servers (netstrings over TCP) that jsonrpc.execRpc may call.',
    }),
    users: Type.Array(UserSchema, {
      default: [],
      description: 'Read-only credentials; further tokens live hashed in the storage.',
    }),
    certificates: Type.Array(CertificateSchema, {
      default: [],
      description: 'Whom client certificates name, and what they may do; they need tls.clientCa on a listener.',
    }),
    audit: AuditConfigSchema,
    events: EventsConfigSchema,
    openLoopback: Type.Boolean({
      default: true,
      description: 'Without users, a listener on loopback needs no credentials (role operator).',
    }),
    hosts: Type.Array(Type.String(), { default: [], description: 'Further accepted Host names.' }),
    origins: Type.Array(Type.String(), { default: [], description: 'Origins that browsers may call from.' }),
    allowPlainText: Type.Boolean({ default: false, description: 'Accept credentials over plain HTTP off loopback.' }),
    directExport: Type.Array(Type.String(), {
      default: ['monitoring', 'webconference', 'di_dial', 'dsm', 'sbc'],
      description: 'Modules whose functions are also reachable by their bare names; the first listed wins.',
    }),
    limits: Type.Object(
      {
        bodyBytes: Type.Integer({ minimum: 1000, default: 1_000_000 }),
        depth: Type.Integer({ minimum: 4, default: 32 }),
        batch: Type.Integer({ minimum: 1, default: 100, description: 'Requests in a batch or multicall.' }),
        perSecondPerSource: Type.Integer({
          minimum: 0,
          default: 0,
          description: 'Requests a second from one address; 0: no limit.',
        }),
        concurrent: Type.Integer({ minimum: 1, default: 256, description: 'Requests under way at once.' }),
        connections: Type.Integer({ minimum: 1, default: 512 }),
        connectionsPerSource: Type.Optional(
          Type.Integer({
            minimum: 0,
            description:
              'Connections to each listener from one address that is not loopback; default: a quarter of connections; 0: no limit.',
          }),
        ),
        deadlineMs: Type.Integer({ minimum: 100, default: 30000 }),
      },
      { additionalProperties: false, default: {} },
    ),
  },
  { additionalProperties: false, default: {} },
);
export type RpcConfig = Static<typeof RpcConfigSchema>;
