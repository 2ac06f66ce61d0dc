import { type Static, Type } from '../../core/index.ts';

/** `modules.registrar_client`. SEMS's module has no file; all of these have its behaviour as default. */
export const RegistrarClientConfigSchema = Type.Object(
  {
    expires_s: Type.Integer({
      minimum: 10,
      maximum: 604_800,
      default: 3600,
      description: 'Asked for, seconds; the registrar decides.',
    }),
    max_registrations: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 10_000,
      description: 'Registrations at the same time; more are refused.',
    }),
    outbound: Type.Boolean({
      default: false,
      description: 'RFC 5626: registrars that support it reach us on the connection that we opened.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Outgoing registrations.' },
);
export type RegistrarClientConfig = Static<typeof RegistrarClientConfigSchema>;
