import { type Static, Type } from '../../core/index.ts';

/** `modules.uac_auth`: SEMS's key (`uac_auth.conf`), and what its server side had fixed. */
export const UacAuthConfigSchema = Type.Object(
  {
    server_secret: Type.Optional(
      Type.String({
        minLength: 5,
        description: 'Taken from SEMS and not used: nonces are signed with a random key of each run. Secret.',
        'x-secret': true,
      }),
    ),
    nonce_s: Type.Integer({ minimum: 10, maximum: 86_400, default: 300, description: 'Life of a nonce, seconds.' }),
    algorithms: Type.Array(Type.Union([Type.Literal('SHA-512-256'), Type.Literal('SHA-256'), Type.Literal('MD5')]), {
      minItems: 1,
      default: ['SHA-256', 'MD5'],
      description: 'Digest algorithms that are offered, the strongest first.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Digest authentication for other modules.' },
);
export type UacAuthConfig = Static<typeof UacAuthConfigSchema>;
