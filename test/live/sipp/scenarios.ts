/** Scenarios that others wrote for their own servers: which of them are run here, how, and which are not and why. */

export const siphon = 'sipp/siphon-rs/sipp';
export const drachtio = 'sipp/drachtio-server';

/** Which of the test's servers: `patient` waits long for RTP, `open` does not. */
export type ServerName = 'open' | 'patient';

export interface Scenario {
  readonly file: string;
  /** SIPp calls us (`in`), or we it. */
  readonly direction: 'in' | 'out';
  /** Incoming: the user part, which chooses the application. Outgoing: the application. */
  readonly user: string;
  readonly transport?: 'udp' | 'tcp' | 'udp6';
  /** Default `open`. */
  readonly server?: ServerName;
  readonly args?: readonly string[];
  /** A file of values with the address of somebody who answers. */
  readonly peerInFile?: true;
  /** `name: value` of a header of our INVITE. */
  readonly header?: string;
  /** It loses messages by chance: it may be repeated that often. */
  readonly attempts?: number;
  readonly limitMs?: number;
}

type Options = Omit<Scenario, 'file' | 'direction' | 'user'>;

const several =
  (direction: 'in' | 'out', folder: string) =>
  (user: string, names: string, options: Options = {}): Scenario[] =>
    names.split(' ').map((name) => ({ file: `${folder}/${name}.xml`, direction, user, ...options }));

const calls = several('in', siphon);
const callsDrachtio = several('in', drachtio);
const answers = several('out', siphon);
const answersDrachtio = several('out', drachtio);

/** They end in seconds. */
export const quick: readonly Scenario[] = [
  ...calls('echo', 'invite_bye info info_out_of_dialog invite_multi_codec malformed_sdp max_forwards_decrement'),
  ...calls('echo', 'max_forwards_edge_case max_forwards_zero options reinvite session_timer session_timer_refresh'),
  // `update`, `invite` and `session_timer` leave their call behind: silence ends it.
  ...calls('echo', 'unsupported_method update_out_of_dialog update invite message'),
  ...calls('ringing', 'cancel forking_invite route_bye prack_missing_rack'),
  ...calls('conference', 'invite_bye reinvite info'),
  ...calls('echo', 'invite_bye', { transport: 'tcp' }),
  ...calls('echo', 'invite_bye_ipv6', { transport: 'udp6' }),
  ...calls('conference', 'refer', { peerInFile: true }),
  ...calls('b2b', 'proxy_invite_bye', { peerInFile: true }),
  ...answers('short', 'uas_invite'),
  ...callsDrachtio('echo', 'uac uac-options-expect-200 uac-utf8 uac-preloaded-route uac-overlapping uac-refresh'),
  ...callsDrachtio('echo', 'uac-session-expires-no-refresher-default pcap/uac-refresh'),
  ...callsDrachtio('echo', 'uac-outbound-3031 uac-outbound-3032 uac-outbound-3034 uac-outbound-3035 uac-outbound-3041'),
  ...callsDrachtio('refuse480', 'uac-outbound-3033-expect-480 uac-expect-480'),
  ...['red', 'blue', 'green', 'orange', 'black'].flatMap((colour) => callsDrachtio(colour, `uac_${colour}`)),
  ...callsDrachtio('keys', 'uac-pcap'),
  ...callsDrachtio('progress', 'uac-cancel uac-update-during-invite'),
  ...callsDrachtio('ringing', 'uac-notify-during-call-setup'),
  ...callsDrachtio('hesitant', 'uac-reinvite-bye-race'),
  ...callsDrachtio('reoffering', 'uac-recv-reinvite'),
  ...callsDrachtio('short', 'uac-recv-bye uac-send-reinvite-no-sdp'),
  ...callsDrachtio('refuse486', 'uac-expect-486'),
  ...callsDrachtio('refuse503', 'uac-expect-503'),
  ...callsDrachtio('refuse603', 'uac-spammer-expect-603 uac-spammer-ack-crash'),
  ...callsDrachtio('broken', 'uac-expect-500 uac-invalid-uri-user'),
  ...answersDrachtio('short', 'uas-success uas-183-180-200 uas-tcp uas-prack'),
  ...answersDrachtio('short', 'uas-invite-delay uas-slow-response uas-183-recv-update'),
  ...answersDrachtio('echo', 'uas-fail-486 uas-bye'),
  ...answersDrachtio('echo', 'uas-fail-480', { header: 'X-Custom: custom header value' }),
  ...answersDrachtio('impatient', 'uas-cancel uas-ackbye'),
  ...answersDrachtio('reinviting', 'uas-success-reinvite'),
];

/** They wait half a minute or more for timers of RFC 3261 and RFC 4028, or lose messages: beside the others. */
export const slow: readonly Scenario[] = [
  ...callsDrachtio('echo', 'uac-drop-all-200', { server: 'patient', limitMs: 60_000 }),
  ...callsDrachtio('refuse480', 'uac-no-ack', { server: 'patient', limitMs: 60_000 }),
  ...callsDrachtio('echo', 'uac-drop-one-200', { server: 'patient', attempts: 2, limitMs: 40_000 }),
  ...callsDrachtio('refuse503', 'uac-drop-one-503', { server: 'patient', attempts: 2, limitMs: 40_000 }),
  ...answersDrachtio('lingering', 'uas-drop-one-200', { server: 'patient', attempts: 3, limitMs: 40_000 }),
];

/** Run by tests of their own in `sipp-scenarios.test.ts`: against a stack with what the engine does not have. */
export const elsewhere = [
  `${siphon}/prack.xml`,
  `${siphon}/subscribe_notify.xml`,
  `${siphon}/subscribe_lifecycle.xml`,
  `${drachtio}/uas-options-delay.xml`,
  `${drachtio}/uas-handle-5-registers.xml`,
];

/** Not run. */
const registrar = 'needs a registrar';
const drachtioRegisters = 'register-bad-contact uac-register-with-star-in-contact uac-register-jp-chars';

/** Not run, and why. */
export const unfit: ReadonlyMap<string, string> = new Map([
  ...each(siphon, 'register register_multiple register_wildcard auth_register', registrar),
  ...each(drachtio, drachtioRegisters, registrar),
  ...each(drachtio, 'uac-register-subscribe-publish uac-register-recv-invite', registrar),
  ...each(drachtio, 'uac-long-sdp uac-long-uri', 'offers WebRTC media only: 488'),
  ...each(drachtio, 'uac-long-message', 'a body of Application/MANSCDP+xml: 415'),
  ...each(siphon, 'prack_bad_rack', 'expects 400 to an unknown RAck; RFC 3262 3: 481'),
  ...each(siphon, 'auth_invite', 'expects 401 without 100; SIPp writes "Authorization: Authorization:"'),
  ...each(siphon, 'refer_fail', 'has no place for the NOTIFY of the result, which comes before its BYE is answered'),
  ...each(drachtio, 'uac-drop-200-then-cancel', 'expects 481 to CANCEL and BYE after a 2xx; RFC 3261 9.2, 15.1.2: 200'),
  ...each(drachtio, 'uac-forking', 'its Call-ID is not one that SIPp knows again'),
  ...each(drachtio, 'uac-200-no-ack', 'sleeps 65 s; uac-drop-all-200 is the same'),
  ...each(drachtio, 'uac-session-expires', 'refresher=uac without Supported: timer; RFC 4028 9: we refresh'),
  ...each(drachtio, 'uac-session-expires-no-refresher', 'wants refresher=uac in the answer; ours is uas (RFC 4028 9)'),
  ...each(drachtio, 'uas-183-send-update', 'answers its own UPDATE instead of our INVITE'),
  ...each(
    drachtio,
    'uas-bad-bye',
    'expects 481 to BYE in an early dialog; ours ends the call: its 200 may be under way',
  ),
  ...each(drachtio, 'uas-overlapping', 'needs a client that sends re-INVITEs over each other, against RFC 3261 14.1'),
  ...each(drachtio, 'uas-reinvite-bye', 'has no place for the answers to its re-INVITE and BYE'),
  ...each(drachtio, 'uas-reinvite-bye-race', 'needs a client that sends a re-INVITE after its BYE'),
]);

function each(folder: string, names: string, why: string): [string, string][] {
  return names.split(' ').map((name) => [`${folder}/${name}.xml`, why]);
}

/** How a scenario that no list knows may be meant, from what it expects. */
export function guessScenario(file: string, text: string): Scenario {
  const expected = [...text.matchAll(/<recv\s[^>]*response="(\d+)"[^>]*>/g)]
    .filter(([whole]) => !whole.includes('optional'))
    .map(([, status]) => Number(status));
  const received = [...text.matchAll(/<recv\s[^>]*request="([A-Z]+)"/g)].map(([, method]) => method);
  const isCalled = /<(send|recv)\b/.exec(text)?.[1] === 'recv';
  if (isCalled) {
    const sendsRefusal = /SIP\/2\.0 [3-6]\d\d /.test(text);
    const user = received.includes('CANCEL')
      ? 'impatient'
      : received.includes('BYE') && !sendsRefusal
        ? 'short'
        : 'echo';
    return { file, direction: 'out', user };
  }
  const final = expected.find((status) => status >= 300);
  const waits = expected[0] === 183 || /^\s*CANCEL sip/m.test(text);
  const early = waits ? 'progress' : expected[0] === 180 ? 'ringing' : null;
  const answering = received.includes('INVITE') ? 'reoffering' : received.includes('BYE') ? 'short' : 'echo';
  const refusing = waits || final === undefined || final < 480 || expected[0] !== final ? null : `refuse${final}`;
  return { file, direction: 'in', user: refusing ?? early ?? answering };
}
