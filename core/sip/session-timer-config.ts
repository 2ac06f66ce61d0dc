/** `sip.sessionTimer`, and how a call departs from it. */
import { type Static, Type } from '../runtime/index.ts';
import type { SessionTimerSettings } from './session-timer.ts';

export const SessionTimerConfigSchema = Type.Object(
  {
    mode: Type.Union([Type.Literal('off'), Type.Literal('supported'), Type.Literal('always')], {
      default: 'supported',
      description:
        'supported: offered in our INVITEs, used with callers that support it; always: also with others; off: only for a caller that requires it.',
    }),
    expiresSeconds: Type.Integer({
      minimum: 90,
      maximum: 604_800,
      default: 1800,
      description: 'Session-Expires that we ask for, seconds.',
    }),
    minimumSeconds: Type.Integer({
      minimum: 90,
      maximum: 604_800,
      default: 90,
      description: 'Min-SE: less is answered 422, seconds.',
    }),
    maximumSeconds: Type.Integer({
      minimum: 90,
      maximum: 604_800,
      default: 3600,
      description: 'Largest Min-SE of a 422 that we obey, seconds.',
    }),
    refreshMethod: Type.Union(
      [Type.Literal('UPDATE_FALLBACK_INVITE'), Type.Literal('UPDATE'), Type.Literal('INVITE')],
      {
        default: 'UPDATE_FALLBACK_INVITE',
        description: 'What a session is refreshed with; UPDATE only where the peer allows it.',
      },
    ),
    accept501: Type.Boolean({ default: true, description: 'A 501 to a refresh counts as a sign of life.' }),
  },
  { additionalProperties: false, default: {}, description: 'Session timers (RFC 4028).' },
);
export type SessionTimerConfig = Static<typeof SessionTimerConfigSchema>;

/** For one call: false is `off`, true is `always`, keys replace those of the configuration. */
export type SessionTimerOption = boolean | Partial<SessionTimerSettings>;

export function sessionTimerSettings(
  config: SessionTimerConfig,
  option: SessionTimerOption | undefined,
): SessionTimerSettings {
  if (option === undefined) return config;
  if (typeof option === 'boolean') return { ...config, mode: option ? 'always' : 'off' };
  return { ...config, ...option };
}
