/**
 * The session timer keys of SEMS (reference/applications 3.5), for modules whose applications have them:
 * their properties in the module's configuration, and what they mean for a call.
 */
import { Type } from '../runtime/index.ts';
import type { SessionTimerOption } from '../sip/index.ts';

const Seconds = (standard: number, description: string) =>
  Type.Integer({ minimum: 90, maximum: 604_800, default: standard, description });

export const sessionTimerKeys = {
  enable_session_timer: Type.Boolean({
    default: false,
    description: 'RFC 4028 session timers with every peer, by the keys that follow; false: as sip.sessionTimer says.',
  }),
  session_expires: Seconds(120, 'Session-Expires that we ask for, seconds.'),
  minimum_timer: Seconds(90, 'Min-SE, seconds.'),
  maximum_timer: Seconds(900, 'Largest Min-SE of a 422 that we obey, seconds.'),
  session_refresh_method: Type.Union(
    [Type.Literal('UPDATE_FALLBACK_INVITE'), Type.Literal('UPDATE'), Type.Literal('INVITE')],
    { default: 'UPDATE_FALLBACK_INVITE', description: 'What a session is refreshed with.' },
  ),
  accept_501_reply: Type.Boolean({ default: true, description: 'A 501 to a refresh counts as a sign of life.' }),
};

export interface SessionTimerKeys {
  readonly enable_session_timer: boolean;
  readonly session_expires: number;
  readonly minimum_timer: number;
  readonly maximum_timer: number;
  readonly session_refresh_method: 'UPDATE_FALLBACK_INVITE' | 'UPDATE' | 'INVITE';
  readonly accept_501_reply: boolean;
}

/** For `Application.sessionTimer`: nothing when the keys leave it to the server. */
export function sessionTimerOf(keys: SessionTimerKeys): { readonly sessionTimer?: SessionTimerOption } {
  if (!keys.enable_session_timer) return {};
  return {
    sessionTimer: {
      mode: 'always',
      expiresSeconds: keys.session_expires,
      minimumSeconds: keys.minimum_timer,
      maximumSeconds: keys.maximum_timer,
      refreshMethod: keys.session_refresh_method,
      accept501: keys.accept_501_reply,
    },
  };
}
