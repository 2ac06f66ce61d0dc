/** How a call ended, in sentences that say what to do. Pure: tables only. */
import type { Ending } from './types.ts';

export type EndCause =
  /** Somebody hung up, as one does. */
  | { readonly kind: 'hungUp'; readonly byUs: boolean; readonly reason: string }
  /** A final answer that is no success. `detail`: what the server wrote beside it. */
  | { readonly kind: 'status'; readonly status: number; readonly phrase: string; readonly detail: string }
  /** `NotAllowedError` and so on, of getUserMedia. */
  | { readonly kind: 'microphone'; readonly name: string }
  | { readonly kind: 'noIce' }
  | { readonly kind: 'audioLost' }
  | { readonly kind: 'lineLost' }
  | { readonly kind: 'noAnswer' }
  | { readonly kind: 'badTarget'; readonly typed: string }
  | { readonly kind: 'badDescription'; readonly detail: string }
  | { readonly kind: 'other'; readonly text: string };

const failed = (what: string, advice: string): Ending => ({ kind: 'failed', what, advice });

export function endingOf(cause: EndCause): Ending {
  switch (cause.kind) {
    case 'hungUp':
      return {
        kind: 'normal',
        what: cause.byUs ? 'You hung up.' : 'The other side hung up.',
        advice: cause.byUs ? '' : cause.reason,
      };
    case 'status':
      return statusEnding(cause.status, cause.phrase, cause.detail);
    case 'microphone':
      return microphoneEnding(cause.name);
    case 'noIce':
      return failed(
        'No sound could get through.',
        'The call was answered, but the network between this browser and the server lets no audio pass. The server’s UDP ports for audio must be reachable: see media.external and media.browserPort.',
      );
    case 'audioLost':
      return failed('The sound was lost.', 'The network may have changed. Call again.');
    case 'lineLost':
      return failed(
        'The connection to the server was lost.',
        'It is opened again by itself; call again when the line is ready.',
      );
    case 'noAnswer':
      return failed('Nobody answered.', 'Try again later.');
    case 'badTarget':
      return failed(
        `“${cause.typed}” cannot be called.`,
        'Type a name or a number of this server, or an address such as sip:bob@example.com.',
      );
    case 'badDescription':
      return failed(
        'The browser does not understand the answer.',
        `The other side offers no sound that this browser can play${cause.detail === '' ? '' : ` (${cause.detail})`}.`,
      );
    case 'other':
      return failed(
        'The call failed.',
        cause.text === '' ? 'Try again; if it stays, look into the log of the server.' : cause.text,
      );
  }
}

function microphoneEnding(name: string): Ending {
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return failed(
        'The microphone is blocked.',
        'Allow it at the symbol beside the address, then call again; or listen only.',
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return failed('No microphone was found.', 'Plug one in or choose another one, then call again; or listen only.');
    case 'NotReadableError':
    case 'AbortError':
      return failed(
        'The microphone cannot be used.',
        'Another program may have it: close that one, then call again; or listen only.',
      );
    case 'InsecureContext':
      return failed(
        'Browsers give no microphone to a page that is not encrypted.',
        'Start the server with --tls-self-signed and open its https address, or open the page on the server’s own machine; or listen only.',
      );
    default:
      return failed('The microphone cannot be used.', `The browser says ${name}. Choose another one, or listen only.`);
  }
}

/** What each status says and what to do; `detail` of the server comes first where there is one. */
const statuses: { readonly [status: number]: readonly [what: string, advice: string] } = {
  401: ['The server wants a name and a password.', 'Enter your SIP user under Settings and call again.'],
  403: ['This call is not allowed.', 'Ask the operator of the server: what may be called is set under dial.'],
  404: ['Nobody has this address.', 'Check the name or number; echo, welcome and conference are always there.'],
  407: ['The server wants a name and a password.', 'Enter your SIP user under Settings and call again.'],
  408: ['Nobody answered.', 'Try again later.'],
  410: ['This address is gone.', 'Ask for the new one.'],
  415: ['The other side does not take this kind of call.', 'Try another address.'],
  480: ['Nobody can be reached there now.', 'Try again later.'],
  484: ['The number is not complete.', 'Type all of it.'],
  486: ['The line is busy.', 'Try again later.'],
  487: ['The call was cancelled.', ''],
  488: ['The two sides have no sound in common.', 'The server must allow WebRTC and one of Opus, G.722 and G.711.'],
  500: ['The server had a fault.', 'Try again; if it stays, look into its log.'],
  502: ['The server could not reach the other side.', 'Try again later.'],
  503: ['The server takes no more calls now.', 'Try again in a minute.'],
  504: ['The other side did not answer in time.', 'Try again later.'],
  600: ['The line is busy everywhere.', 'Try again later.'],
  603: ['The call was declined.', ''],
  606: ['The two sides have no sound in common.', 'Try another address.'],
};

function statusEnding(status: number, phrase: string, detail: string): Ending {
  const [what, advice] = statuses[status] ?? [
    status >= 500 ? 'The server could not make the call.' : 'The call was refused.',
    'Try again later.',
  ];
  const said = detail === '' ? phrase : detail;
  const asTold = `The server said ${status}${said === '' ? '' : ` ${said}`}.`;
  return failed(what, `${advice === '' ? '' : `${advice} `}${asTold}`);
}
