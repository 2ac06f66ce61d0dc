import { type Static, Type } from '../../core/runtime/index.ts';

const ServerSchema = Type.Object(
  {
    application: Type.String({ minLength: 1, maxLength: 128, description: 'Key of the pool that it belongs to.' }),
    host: Type.String({ minLength: 1, maxLength: 253 }),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    uri: Type.String({ default: '/RPC2', pattern: '^(/[!-~]*)?$', description: 'Path; empty: /RPC2.' }),
    weight: Type.Integer({ minimum: 1, maximum: 100, default: 1, description: 'How often it is picked.' }),
    tls: Type.Boolean({ default: false, description: 'HTTPS; the certificate is verified.' }),
    ca: Type.String({
      default: '',
      description: 'PEM file of the authorities to believe; empty: those of the system.',
    }),
    server_name: Type.String({ default: '', description: 'Name that the certificate must carry; empty: host.' }),
    user: Type.String({ default: '', description: 'For HTTP Basic; empty: none.' }),
    password: Type.String({ default: '', description: 'For HTTP Basic. Secret.', 'x-secret': true }),
  },
  { additionalProperties: false },
);

/** `modules.xmlrpc2di`: SEMS's keys of the client (`xmlrpc2di.conf`), and the servers that may be called. */
export const XmlRpcClientConfigSchema = Type.Object(
  {
    servers: Type.Array(ServerSchema, {
      maxItems: 1000,
      default: [],
      description: 'Servers that are in their pools from the start.',
    }),
    allow: Type.Array(Type.String({ pattern: '^[^\\s/:]+(:[0-9]{1,5})?$|^\\[[0-9A-Fa-f:.]+\\](:[0-9]{1,5})?$' }), {
      default: [],
      description: 'Hosts (host, host:port, [IPv6]:port) that newConnection may add, beside those of servers.',
    }),
    server_timeout: Type.Integer({ minimum: 0, default: 5000, description: 'Time for a request, ms; 0: no limit.' }),
    server_retry_after: Type.Integer({
      minimum: 0,
      default: 10,
      description: 'A server that failed is left alone for this long, s.',
    }),
    server_retry_max: Type.Integer({
      minimum: 0,
      default: 0,
      description:
        'Where it is longer than server_retry_after: the rest doubles with every failure in a row up to it, s.',
    }),
    reply_bytes: Type.Integer({ minimum: 1000, default: 1_000_000, description: 'Largest reply.' }),
    max_requests: Type.Integer({ minimum: 1, default: 256, description: 'Requests under way at once.' }),
  },
  { additionalProperties: false, default: {}, description: 'XML-RPC client: calls functions of other servers.' },
);
export type XmlRpcClientConfig = Static<typeof XmlRpcClientConfigSchema>;
export type XmlRpcServerConfig = XmlRpcClientConfig['servers'][number];
