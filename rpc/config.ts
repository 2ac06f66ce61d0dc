/** The `rpc:` part of the configuration (design, section 7). */
import { type Static, Type } from '../core/runtime/index.ts';

const Port = Type.Integer({ minimum: 0, maximum: 65535 });

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
    listen: Type.Union(
      [
        Type.Object(
          {
            address: Type.String({ default: '127.0.0.1', format: 'listen-address' }),
            port: Type.Union([Port, Type.Null()], {
              default: 8090,
              description: '0 picks a free port; null: no listener.',
            }),
            tls: Type.Optional(
              Type.Object(
                {
                  cert: Type.String({ minLength: 1, description: 'File of the certificate chain, PEM.' }),
                  key: Type.String({ minLength: 1, description: 'File of its private key, PEM.' }),
                },
                { additionalProperties: false, description: 'HTTPS and WSS instead of HTTP and WS.' },
              ),
            ),
          },
          { additionalProperties: false, default: {} },
        ),
        Type.Null(),
      ],
      { default: {}, description: 'The HTTP listener: XML-RPC, JSON-RPC, WebSocket, metrics; null: none.' },
    ),
    netstring: Type.Union(
      [
        Type.Object(
          {
            address: Type.String({ default: '127.0.0.1', format: 'listen-address' }),
            port: Type.Union([Port, Type.Null()], {
              default: 7080,
              description: '0 picks a free port; null: no listener.',
            }),
          },
          { additionalProperties: false, default: {} },
        ),
        Type.Null(),
      ],
      { default: {}, description: 'JSON-RPC in netstrings over TCP; null: none.' },
    ),
    peers: Type.Array(PeerSchema, {
      maxItems: 64,
      default: [],
      description: 'JSON-RPC servers (netstrings over TCP) that jsonrpc.execRpc may call.',
    }),
    users: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1 }),
          hash: Type.String({ pattern: '^scrypt:', description: 'From `callbus token hash`.' }),
          scopes: Type.Array(Type.String(), { default: [] }),
          limits: Type.Record(Type.String(), Type.Array(Type.String()), { default: {} }),
        },
        { additionalProperties: false },
      ),
      { default: [], description: 'Read-only credentials; further tokens live hashed in the storage.' },
    ),
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
