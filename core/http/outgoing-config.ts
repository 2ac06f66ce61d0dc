/** The `outgoing:` part of the configuration: where requests to other servers may go. */
import { type Static, Type } from '../runtime/index.ts';

const Places = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 253 }), { maxItems: 1000, default: [], description });

export const OutgoingConfigSchema = Type.Object(
  {
    allow: Places(
      'Where a URL that a caller named may lead beside public addresses: host, *.suffix, address or network. The address that a listed host has at the time is believed.',
    ),
    deny: Places('Where it may not lead, public or not: host, *.suffix, address or network. Goes before allow.'),
    publicAddresses: Type.Boolean({
      default: true,
      description: 'Public addresses need no entry in allow. false: only what allow lists is reached.',
    }),
    requests: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 256,
      description: 'Requests to other servers under way at once; further ones are refused.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type OutgoingConfig = Static<typeof OutgoingConfigSchema>;
