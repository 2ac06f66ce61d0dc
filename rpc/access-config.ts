/** The parts of `rpc:` that say who may do what, and where. */
import { type Static, Type } from '../core/runtime/index.ts';

const Port = Type.Integer({ minimum: 0, maximum: 65535 });

const Scopes = (description: string) => Type.Array(Type.String(), { default: [], description });

/** Allowed values by module, or by argument. */
const Allowed = (description: string) =>
  Type.Record(Type.String(), Type.Array(Type.String()), { default: {}, description });

const rights = {
  scopes: Scopes('A role (viewer, operator, admin), or <module>:<read|control|admin>.'),
  limits: Allowed('By module: what its functions may be called for, { webconference: ["4711"] }.'),
  only: Allowed('By argument, whatever the module: { room: ["4711"] }. What does not name one of them is refused.'),
};

/** What a listener lets in. */
export const AccessSchema = Type.Object(
  {
    open: Type.Optional(
      Type.Union([Type.Boolean(), Type.Literal('viewer'), Type.Literal('operator'), Type.Literal('admin')], {
        description:
          'Callers without credentials: false: refused; true or a role: served as that (true: operator), on loopback only. Default: as openLoopback says.',
      }),
    ),
    credentials: Type.Array(
      Type.Union([Type.Literal('bearer'), Type.Literal('basic'), Type.Literal('certificate'), Type.Literal('room')]),
      {
        default: ['bearer', 'basic', 'certificate', 'room'],
        description:
          'Kinds that are accepted here. auth.login: {token} is bearer, {user, password} is basic, {room, pin} is room: a guest who may do with one room what its admin PIN allows.',
      },
    ),
    scopes: Type.Array(Type.String(), {
      default: ['admin'],
      description: 'The most that anybody may do here, whatever his credentials say.',
    }),
    modules: Type.Array(Type.String({ pattern: '^(\\*|[A-Za-z]\\w*)$' }), {
      default: ['*'],
      description: 'Modules whose functions (and events, by the module in their scope) are served here; * all.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Who may come in here, and what he may do.' },
);
export type AccessConfig = Static<typeof AccessSchema>;

export const TlsSchema = Type.Object(
  {
    cert: Type.String({ minLength: 1, description: 'File of the certificate chain, PEM.' }),
    key: Type.String({ minLength: 1, description: 'File of its private key, PEM.' }),
    clientCa: Type.Optional(
      Type.String({ minLength: 1, description: 'File of the authorities that clients are verified with, PEM.' }),
    ),
    clientCertificate: Type.Union([Type.Literal('optional'), Type.Literal('required')], {
      default: 'optional',
      description: 'With clientCa: required refuses handshakes without a verified certificate.',
    }),
  },
  { additionalProperties: false, description: 'TLS 1.2 or newer instead of plain text.' },
);
export type TlsConfig = Static<typeof TlsSchema>;

/** Files of a certificate, or one that the server makes for itself. */
const FaceTlsSchema = Type.Union(
  [
    Type.Literal('self-signed', {
      description:
        'A certificate of our own making, kept in storage.path; browsers and clients must be told to trust it.',
    }),
    TlsSchema,
  ],
  { description: 'TLS 1.2 or newer instead of plain text: files of a certificate, or self-signed.' },
);
export type FaceTlsConfig = Static<typeof FaceTlsSchema>;

/** One face on one address. */
const face = (port: number) => ({
  address: Type.String({ default: '127.0.0.1', format: 'listen-address' }),
  port: Type.Union([Port, Type.Null()], { default: port, description: '0 picks a free port; null: no listener.' }),
  tls: Type.Optional(FaceTlsSchema),
  access: AccessSchema,
});

export const HttpFaceSchema = Type.Object(face(8090), { additionalProperties: false, default: {} });
export type HttpFaceConfig = Static<typeof HttpFaceSchema>;

export const NetstringFaceSchema = Type.Object(face(7080), { additionalProperties: false, default: {} });
export type NetstringFaceConfig = Static<typeof NetstringFaceSchema>;

export const UserSchema = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    hash: Type.String({ pattern: '^scrypt:', description: 'From `callbus token hash`.' }),
    ...rights,
  },
  { additionalProperties: false },
);
export type UserConfig = Static<typeof UserSchema>;

export const CertificateSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Who it is, in the audit.' }),
    subject: Type.String({
      pattern: '^(DNS|URI|IP|CN):.+$',
      description: 'A name in the client certificate: DNS:door.example, URI:…, IP:…, or CN:… of the subject.',
    }),
    ...rights,
  },
  { additionalProperties: false },
);
export type CertificateConfig = Static<typeof CertificateSchema>;

export const AuditConfigSchema = Type.Object(
  {
    keep: Type.Integer({ minimum: 100, default: 100_000, description: 'Entries kept; the oldest are dropped.' }),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'The audit log: who did what, from where, and how it ended.',
  },
);
