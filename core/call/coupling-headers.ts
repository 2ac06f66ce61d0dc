/**
 * Which headers cross a B2BUA. What belongs to one hop or one dialog stays on its leg: nothing of one
 * side's network is seen on the other. All others cross as they came, in order, unknown ones included.
 *
 * | header                                                     | crosses?                                       |
 * | ---------------------------------------------------------- | ---------------------------------------------- |
 * | Via, Route, Record-Route, Path, Service-Route              | no: one hop's way                              |
 * | From, To, Call-ID, CSeq, Contact, Max-Forwards, Timestamp  | no: each leg has its own (Max-Forwards lowered) |
 * | Contact of a 300–305                                       | yes: where else the callee is                  |
 * | Content-Length, Content-Type                               | come with the body                             |
 * | Session-Expires, Min-SE; RSeq, RAck                        | no: session timer and 100rel of each leg       |
 * | Supported, Require, Unsupported                            | yes, without `timer`, `100rel`, and what one hop needs |
 * | Proxy-Require, Proxy-Authentication-Info                   | no                                             |
 * | WWW-/Proxy-Authenticate, (Proxy-)Authorization             | yes, unless we have credentials for the callee |
 * | P-App-Name, P-App-Param                                    | no: they are meant for us                      |
 * | Replaces, Refer-To, Event: refer;id=                       | yes, with the ids of the other leg             |
 * | any header of a CANCEL but Reason                          | no                                             |
 * | the rest: Allow, User-Agent, Subject, P-…, X-…             | yes                                            |
 */
import { type HeaderLine, normalHeaderName, type SipHeaders } from '../sip/index.ts';

const ownOfLeg: ReadonlySet<string> = new Set([
  ...['via', 'v', 'route', 'record-route', 'path', 'service-route'],
  ...['from', 'f', 'to', 't', 'call-id', 'i', 'cseq', 'contact', 'm', 'max-forwards', 'timestamp'],
  ...['content-length', 'l', 'content-type', 'c'],
  ...['session-expires', 'x', 'min-se', 'rseq', 'rack'],
  ...['proxy-require', 'proxy-authentication-info', 'authentication-info'],
  ...['p-app-name', 'p-app-param'],
]);

const authorization: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization']);
const optionTags: ReadonlySet<string> = new Set(['supported', 'k', 'require', 'unsupported']);
/** Extensions that each leg agrees on for itself. */
const ownTags: ReadonlySet<string> = new Set(['timer', '100rel', 'path', 'outbound', 'gruu', 'sec-agree']);

export interface CopyRules {
  /** We answer the callee's challenges: the caller's answers to others' stay here. */
  readonly ownCredentials: boolean;
}

/** The header lines of a request that cross. */
export function crossingOfRequest(message: SipHeaders, rules: CopyRules): HeaderLine[] {
  return crossing(message, (name) => ownOfLeg.has(name) || (rules.ownCredentials && authorization.has(name)));
}

/** The same of a response; `status` 300–305 keeps its Contact. */
export function crossingOfReply(message: SipHeaders, status: number): HeaderLine[] {
  const redirects = status >= 300 && status <= 305;
  return crossing(message, (name) => ownOfLeg.has(name) && !(redirects && (name === 'contact' || name === 'm')));
}

/** "forward only the Reason header of a CANCEL"; BYE takes it along as well (RFC 3326). */
export function reasonOf(message: SipHeaders): HeaderLine[] {
  return message.headers('Reason').map((value) => ['Reason', value] as const);
}

function crossing(message: SipHeaders, stays: (name: string) => boolean): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (const line of message.allHeaders()) {
    const name = normalHeaderName(line[0]);
    if (stays(name)) continue;
    if (!optionTags.has(name)) lines.push(line);
    else {
      const tags = line[1]
        .split(',')
        .map((tag) => tag.trim())
        .filter((tag) => tag !== '' && !ownTags.has(tag.toLowerCase()));
      if (tags.length > 0) lines.push([line[0], tags.join(', ')]);
    }
  }
  return lines;
}
