/** The ways in which a call ends: each has its own name, SIP status and `why` (design, section 2). */
import { CodedError, type Why } from '../runtime/index.ts';
import type { DialogEvent, SipRequest, SipResponse } from '../sip/index.ts';
import type { CallEnd } from './types.ts';

/** A `CallEnd` before the stream's last figures are known. */
export type EndCause = Omit<CallEnd, 'stats'>;

const withReasonHeader = (message: SipRequest | SipResponse, line: string): string => {
  const reason = message.header('Reason');
  return reason === null ? line : `${line}; Reason: ${reason}`;
};

/** BYE may come in an early dialog, too: such a call was never answered. */
function endedByBye(bye: SipRequest, answered: boolean): EndCause {
  return {
    // An answered call's final status is that of its INVITE.
    status: answered ? 200 : 487,
    reason: answered ? 'OK' : 'Request Terminated',
    endedBy: 'remote',
    why: [{ code: 'call.bye', sentence: 'The other side hung up.', cause: withReasonHeader(bye, 'BYE') }],
  };
}

function endedByCancel(cancel: SipRequest): EndCause {
  return {
    status: 487,
    reason: 'Request Terminated',
    endedBy: 'remote',
    why: [
      {
        code: 'call.cancelled',
        sentence: 'The caller gave up before the answer.',
        cause: withReasonHeader(cancel, 'CANCEL'),
      },
    ],
  };
}

/** RFC 3261 13.3.1: an invitation that "expires before the UAS has generated a final response" gets 487. */
export function endedByExpiry(): EndCause {
  return {
    status: 487,
    reason: 'Request Terminated',
    endedBy: 'remote',
    why: [
      { code: 'call.expired', sentence: 'The time in the Expires header of the INVITE ran out before the answer.' },
    ],
  };
}

/** Our INVITE was refused, or never got through. */
function endedByRefusal(response: SipResponse, cause: 'response' | 'timeout' | 'transport'): EndCause {
  const line = withReasonHeader(response, `SIP/2.0 ${response.status} ${response.reason}`);
  const why: Record<typeof cause, Why> = {
    response: { code: 'call.refused', sentence: 'The other side refused the call.', cause: line },
    timeout: new CodedError('sip.timeout', line).why()[0] ?? { code: 'sip.timeout', sentence: 'No answer.' },
    transport: new CodedError('sip.transport', line).why()[0] ?? { code: 'sip.transport', sentence: 'Not sent.' },
  };
  return {
    status: response.status,
    reason: response.reason,
    endedBy: cause === 'response' ? 'remote' : 'network',
    why: [why[cause]],
  };
}

export function endedByMissingAck(): EndCause {
  return {
    // An answered call's final status is that of its INVITE.
    status: 200,
    reason: 'OK',
    endedBy: 'network',
    why: [
      {
        code: 'call.noAck',
        sentence: 'The caller never acknowledged our answer.',
        cause: 'no ACK within 64*T1',
        next: 'Check that our Contact address is reachable from the caller.',
      },
    ],
  };
}

/** RFC 3262 3: a reliable provisional response that is never acknowledged ends the INVITE. */
function endedByMissingPrack(): EndCause {
  return {
    status: 504,
    reason: 'Server Time-out',
    endedBy: 'network',
    why: [
      {
        code: 'call.noPrack',
        sentence: 'The caller never acknowledged our provisional answer.',
        cause: 'no PRACK within 64*T1',
        next: 'Check that our Contact address is reachable from the caller, or set sip.reliableProvisional: off.',
      },
    ],
  };
}

/** RFC 4028 10: the session interval ran out without a refresh. */
export function endedBySessionTimer(): EndCause {
  return {
    // An answered call's final status is that of its INVITE.
    status: 200,
    reason: 'OK',
    endedBy: 'network',
    why: [
      {
        code: 'call.sessionExpired',
        sentence: 'The session was not refreshed in time.',
        cause: 'the session timer (RFC 4028) ran out',
        next: 'Check that re-INVITE and UPDATE pass between the two sides.',
      },
    ],
  };
}

export function endedByLostPeer(status: number): EndCause {
  return {
    // An answered call's final status is that of its INVITE.
    status: 200,
    reason: 'OK',
    endedBy: 'network',
    why: [
      {
        code: 'call.remoteGone',
        sentence: 'The other side no longer knows the call.',
        cause: `a request of ours got ${status}`,
      },
    ],
  };
}

export function endedByRtpTimeout(timeoutMs: number): EndCause {
  return {
    // An answered call's final status is that of its INVITE.
    status: 200,
    reason: 'OK',
    endedBy: 'network',
    why: [
      {
        code: 'call.rtpTimeout',
        sentence: 'The other side fell silent: no RTP came.',
        cause: `media.rtpTimeoutMs ${timeoutMs}`,
        next: 'Check the network path, or raise media.rtpTimeoutMs.',
      },
    ],
  };
}

/** Why the media of a browser failed, in words for who sits before it and who runs the server. */
const webRtcEnds = {
  ice: {
    code: 'call.iceFailed',
    sentence: "The browser's audio cannot reach this server: the call has no sound.",
    next: 'Let UDP (or TCP) pass to that address and port. Behind NAT or in a container set media.external to the address that browsers see, and media.browserPort to publish one port for all of them.',
  },
  dtls: {
    code: 'call.dtlsFailed',
    sentence: 'The encryption of the audio could not be agreed with the browser.',
    next: 'Call again. Where the fingerprint is wrong something between browser and server changes the session description: use wss.',
  },
  consent: {
    code: 'call.consentLost',
    sentence: 'The browser is gone: it no longer agrees to receive audio.',
    next: 'Check the network of the browser, and call again.',
  },
} as const;

/** `detail`: what the media engine saw; `places`: where the browser was told to send to. */
export function endedByWebRtc(
  { reason, detail }: { readonly reason: keyof typeof webRtcEnds; readonly detail: string },
  places: string,
  answered: boolean,
): EndCause {
  const { code, sentence, next } = webRtcEnds[reason];
  const cause = places === '' || reason !== 'ice' ? detail : `${detail} (candidates: ${places})`;
  return {
    status: answered ? 200 : 480,
    reason: answered ? 'OK' : 'Temporarily Unavailable',
    endedBy: 'network',
    why: [{ code, sentence, cause, next }],
  };
}

/** We end it: hang-up, refusal, cancellation. */
export function endedByUs(status: number, reason: string, why: Why | undefined): EndCause {
  return {
    status,
    reason,
    endedBy: 'local',
    why: [why ?? { code: 'call.hangup', sentence: 'The application hung up.' }],
  };
}

/** A failure of ours, or of what the peer negotiated. */
export function endedByFault(fault: CodedError, answered: boolean): EndCause {
  return {
    status: answered ? 200 : fault.row.sip,
    reason: answered ? 'OK' : fault.row.sentence.replace(/\.$/, ''),
    endedBy: 'local',
    why: fault.why(),
  };
}

/** The end that an event of the dialog means, after which nothing more can be done with it; null: it goes on. */
export function endOfEvent(event: DialogEvent, answered: boolean): EndCause | null {
  switch (event.kind) {
    case 'bye':
      return endedByBye(event.request, answered);
    case 'cancelled':
      return endedByCancel(event.request);
    case 'noPrack':
      return endedByMissingPrack();
    case 'failed':
      return endedByRefusal(event.response, event.cause);
    case 'remoteGone':
      return endedByLostPeer(event.status);
    default:
      return null;
  }
}
