/**
 * SIPp scenarios as lists of steps: what SIPp sends and waits for, with the headers of a dialog filled in.
 * `written` puts one into a file.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Step = (at: {
  readonly index: number;
  readonly inviteIndex: number;
  readonly role: Role;
  readonly host: string;
}) => string;
/** `caller` sends the INVITE. */
export type Role = 'caller' | 'callee';

interface Sent {
  readonly headers?: readonly string[];
  readonly sdp?: string;
  readonly body?: { readonly type: string; readonly text: string };
}

/** A description with one PCMU line; `direction`: a=…, further lines behind it. */
export function sdp(direction = 'sendrecv', more: readonly string[] = []): string {
  const family = 'IN IP[media_ip_type] [media_ip]';
  const lines = ['v=0', `o=sipp 1 1 ${family}`, 's=-', `c=${family}`, 't=0 0', 'm=audio [media_port] RTP/AVP 0'];
  return [...lines, 'a=rtpmap:0 PCMU/8000', `a=${direction}`, ...more].join('\n');
}

function message(startLine: string, headers: readonly string[], { headers: more = [], sdp, body }: Sent): string {
  const text = sdp ?? body?.text ?? '';
  const type = sdp !== undefined ? ['Content-Type: application/sdp'] : body ? [`Content-Type: ${body.type}`] : [];
  return [startLine, ...headers, ...more, ...type, 'Content-Length: [len]', '', text].join('\n');
}

const send = (text: string, retransmits: boolean): string =>
  `<send${retransmits ? ' retrans="500"' : ''}><![CDATA[\n${text}\n]]></send>`;

const contact = 'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>';

/** A request; in a dialog once there is one. `cseq` counts this side's requests. */
export function request(method: string, cseq: number, options: Sent & { readonly early?: true } = {}): Step {
  return ({ index, inviteIndex, role, host }) => {
    const first = role === 'caller' && (index === inviteIndex || options.early === true || method === 'CANCEL');
    // A CANCEL and the ACK of a refusal are of the INVITE's transaction; `index` counts messages.
    const ofInvite = method === 'CANCEL' || (method === 'ACK' && options.early === true);
    const branch = ofInvite ? `[branch-${index - inviteIndex}]` : '[branch]';
    const ownUri = role === 'caller' ? '<sip:sipp@[local_ip]:[local_port]>' : '[$to]';
    const from = `From: ${ownUri};tag=[pid]${role}[call_number]`;
    const to =
      role === 'callee'
        ? 'To:[$from]'
        : `To: <sip:[service]@${host}>${index === inviteIndex || method === 'CANCEL' ? '' : '[peer_tag_param]'}`;
    const uri = role === 'callee' ? '[$contact]' : first ? `sip:[service]@${host}` : '[next_url]';
    const headers = [`Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}`, from, to];
    const rest = ['Call-ID: [call_id]', `CSeq: ${cseq} ${method}`, contact, 'Max-Forwards: 70'];
    const routes = first ? [] : ['[routes]'];
    return send(message(`${method} ${uri} SIP/2.0`, [...headers, ...routes, ...rest], options), method !== 'ACK');
  };
}

interface Expected {
  readonly optional?: true;
  /** Regular expressions that the whole message must match. */
  readonly has?: readonly string[];
  /** Name of a variable: header and expression whose match it gets. */
  readonly keep?: Readonly<Record<string, readonly [header: string, expression: string, occurrence?: number]>>;
}

function actions({ has = [], keep = {} }: Expected): string {
  const escaped = (text: string): string => text.replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const kept = Object.entries(keep).map(
    ([name, [header, expression, occurrence = 1]]) =>
      `<ereg regexp="${escaped(expression)}" search_in="hdr" header="${header}:" occurrence="${occurrence}" assign_to="${name}"/>`,
  );
  const checks = has.map(
    (expression) => `<ereg regexp="${escaped(expression)}" search_in="msg" check_it="true" assign_to="checked"/>`,
  );
  return kept.length + checks.length === 0 ? '' : `<action>${[...kept, ...checks].join('')}</action>`;
}

export function response(status: number, options: Expected = {}): Step {
  const optional = options.optional ? ' optional="true"' : '';
  return () => `<recv response="${status}"${status === 200 ? ' rrs="true"' : ''}${optional}>${actions(options)}</recv>`;
}

/** A request of the other side; of the first INVITE what later steps need is kept. */
export function called(method: string, options: Expected = {}): Step {
  return ({ index, inviteIndex }) => {
    const first = { via: ['Via', '.*'], cseq: ['CSeq', '.*'], from: ['From', '.*'], to: ['To', '.*'] } as const;
    const target = { contact: ['Contact', 'sip:[^>]*'] } as const;
    const keep = index === inviteIndex ? { ...first, ...target, ...options.keep } : options.keep;
    const optional = options.optional ? ' optional="true"' : '';
    return `<recv request="${method}" rrs="true"${optional}>${actions({ ...options, ...(keep === undefined ? {} : { keep }) })}</recv>`;
  };
}

/** For `called('INVITE', proxied)`: one proxy is before us. */
export const proxied: Expected = { keep: { via2: ['Via', '.*', 2] } };

/** Answers the request that came last, or (`toInvite`) the first INVITE, which may have come through a proxy. */
export function respond(
  status: number,
  reason: string,
  options: Sent & { readonly toInvite?: true | 'proxied' } = {},
): Step {
  return () => {
    const tagged = ';tag=[pid]callee[call_number]';
    const headers = options.toInvite
      ? [
          ...(options.toInvite === 'proxied' ? ['Via:[$via]', 'Via:[$via2]'] : ['Via:[$via]']),
          '[last_Record-Route:]',
          'From:[$from]',
          `To:[$to]${tagged}`,
          '[last_Call-ID:]',
          'CSeq:[$cseq]',
        ]
      : ['[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]'];
    return send(
      message(`SIP/2.0 ${status} ${reason}`, [...headers, contact], options),
      status >= 200 && options.toInvite !== undefined,
    );
  };
}

export const wait =
  (ms: number): Step =>
  () =>
    `<pause milliseconds="${ms}"/>`;

/** Plays a file of G.711 µ-law (beside the scenario) to the other side. */
export const play =
  (file: string): Step =>
  () =>
    `<nop><action><exec rtp_stream="${file},-1,0"/></action></nop>`;

/** `host`: of the Request-URI that a caller begins with; default: where it sends to. */
export function scenarioText(role: Role, steps: readonly Step[], host = '[remote_ip]:[remote_port]'): string {
  const inviteIndex = 0;
  const body = steps.map((step, index) => step({ index, inviteIndex, role, host })).join('\n');
  const names = [...new Set([...body.matchAll(/assign_to="(\w+)"/g)].map(([, name]) => name))];
  const used = names.length === 0 ? '' : `<Reference variables="${names.join(',')}"/>`;
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="${role}">\n${body}\n${used}\n</scenario>\n`;
}

/** Path of a file with the scenario. */
export async function written(
  folder: string,
  name: string,
  role: Role,
  steps: readonly Step[],
  host?: string,
): Promise<string> {
  const path = join(folder, `${name}-${role}.xml`);
  await writeFile(path, scenarioText(role, steps, host));
  return path;
}
