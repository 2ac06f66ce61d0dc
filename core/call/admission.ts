/** Who is let in: shutdown mode, limits of calls and of calls a second (core-and-sbc 2.6, 1.7). */
import type { CodedError, Why } from '../runtime/index.ts';
import type { HeaderLine } from '../sip/index.ts';
import type { CallsConfig } from './config.ts';
import { sdpType } from './sdp-body.ts';
import type { Statistics } from './statistics.ts';

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly why: Why;
}

export interface HeadedRefusal extends Refusal {
  readonly headers?: readonly HeaderLine[];
}

export const unsupportedBody: HeadedRefusal = {
  status: 415,
  reason: 'Unsupported Media Type',
  headers: [['Accept', sdpType]],
  why: { code: 'sdp.malformed', sentence: 'The body of the INVITE is no session description.' },
};

/**
 * Overload order for INVITE: shutdown mode, number of sessions, rate; null lets the call in. An
 * emergency call (`sip.overload.exempt`) is past all limits, but a server that shuts down sends it
 * to another one.
 */
export function admitCall(
  config: CallsConfig,
  statistics: Statistics,
  shutdownMode: boolean,
  isExempt = false,
): Refusal | null {
  const shutdown = admitDuringShutdown(config, shutdownMode);
  if (shutdown !== null || isExempt) return shutdown;
  return (
    (config.sessions.limit > 0 && statistics.calls() >= config.sessions.limit
      ? limited(config.sessions, `calls.sessions.limit ${config.sessions.limit}`)
      : null) ??
    (statistics.isOverRate() ? limited(config.perSecond, `calls.perSecond.limit ${statistics.limit.current}`) : null)
  );
}

/** OPTIONS outside a dialog, the health probe of proxies. */
export function admitDuringShutdown({ shutdownReply }: CallsConfig, shutdownMode: boolean): Refusal | null {
  if (!shutdownMode) return null;
  return {
    ...shutdownReply,
    why: {
      code: 'call.shutdown',
      sentence: 'The server is shutting down.',
      next: 'Try another server, or end the shutdown mode with set_shutdownmode.',
    },
  };
}

/** All media workers are over `media.maxBusy`: one call more would harm those that run. */
export function admitMedia(media: { refusal(): CodedError | null }): Refusal | null {
  const fault = media.refusal();
  const why = fault?.why()[0];
  return why === undefined ? null : { status: 503, reason: 'Service Unavailable', why };
}

function limited({ status, reason }: { readonly status: number; readonly reason: string }, cause: string): Refusal {
  return { status, reason, why: { code: 'call.limit', sentence: 'Too many calls.', cause, next: 'Raise that limit.' } };
}
