/**
 * The capability table of README.md: one row each, proved by tests that carry one of its `{ids}` in their name.
 * `limits` says what is known to be missing: the row then reads "partly".
 */
export interface Capability {
  readonly ids: readonly string[];
  readonly area: string;
  readonly title: string;
  readonly limits?: string;
}

export interface Outcome {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
}

export const tableStart = '<!-- capabilities: written by npm test -- --write -->';
export const tableEnd = '<!-- end of capabilities -->';

const row = (area: string, title: string, ids: string, limits?: string): Capability => ({
  area,
  title,
  ids: ids.split(' '),
  ...(limits === undefined ? {} : { limits }),
});

export const capabilities: readonly Capability[] = [
  row('SIP', 'Messages of RFC 3261: parse, print, URIs; torture tests of RFC 4475 and 5118', 'sip-parser sip-printer'),
  row('SIP', 'UDP and TCP, IPv4 and IPv6', 'sip-udp sip-tcp sip-ipv6 sip-config'),
  row('SIP', 'Transactions with all timers of RFC 3261 and 6026', 'sip-transactions sip-loss'),
  row(
    'SIP',
    'Dialogs as caller and callee: INVITE, ACK, BYE, CANCEL, forks, glare',
    'call-in call-out sip-call cancel bye sip-glare sip-options no-codec',
  ),
  row('SIP', 'Malformed and hostile messages, floods', 'sip-robust sip-validation scanner limits call-log'),
  row('SIP', 'Digest authentication', 'sip-digest'),
  row('SIP', 'Hold, resume, late offer, early media, bridges', 'hold late-offer early-media bridge'),
  row(
    'SIP',
    'Headers of strangers are not believed; what may be dialled is limited',
    'sip-trust trust may-dial dial-limits',
  ),
  row('SIP', 'TLS with verified peers and certificate reload', 'sip-tls'),
  row('SIP', 'SIP over WebSocket, WS and WSS, for phones that connect to us', 'sip-ws'),
  row('SIP', 'Keep-alives: CRLF and STUN; flows of registrations (RFC 5626)', 'sip-keepalive sip-outbound'),
  row('SIP', 'Targets by NAPTR and SRV, failover, blacklist', 'sip-target sip-srv sip-failover'),
  row('SIP', 'Forked INVITEs, early dialogs, 100rel, UPDATE', 'sip-forks sip-100rel sip-update'),
  row('SIP', 'Session timers', 'session-timer'),
  row('SIP', 'Digest server; registration client', 'digest-server registration'),
  row('SIP', 'SUBSCRIBE and NOTIFY, MESSAGE, INFO packages', 'sip-subscribe sip-message'),
  row('SIP', 'identity headers: asserted identity, Privacy, Diversion, History-Info, Reason', 'identity'),
  row('SIP', 'The reason why the server ends a call, for the display of the device', 'end-reason'),
  row('SIP', 'DSCP marks on SIP, RTP and RTCP', 'dscp'),
  row('SIP', 'REFER both ways, Replaces, attended transfer', 'refer sip-refer sip-replaces'),
  row('SIP', 'Overload control, limits per source', 'overload'),
  row('SIP', 'Tracing: ring per call, pcap, HEP', 'sip-trace'),
  row('SIP', 'Seeded fuzzing of parser, framer, transactions and dialogs', 'sip-fuzz'),
  row('SIP', 'linphone, sipsak and Kamailio as peers', 'interop-linphone interop-sipsak interop-kamailio'),
  row('Calls', 'B2BUA: two legs coupled, media relayed or passed by', 'b2bua media-relay'),
  row('SIP', 'SIPp and baresip as peers', 'interop-sipp interop-baresip live-conference'),
  row('Media', 'Session descriptions, offer and answer', 'sdp'),
  row('Media', 'G.711, both laws', 'g711'),
  row('Media', 'G.722, G.726 at four rates in both packings, GSM, iLBC 20 and 30 ms, L16', 'g722 g726 gsm ilbc l16'),
  row('Media', 'Opus and Speex, where the machine has a library for them', 'opus speex'),
  row('Media', 'Transcoding between any two codecs; several codecs and rates in one room', 'transcoding'),
  row('Media', 'Comfort noise, silence suppression', 'comfort-noise'),
  row('Media', 'RTP, RTCP, symmetric RTP, strangers, time-out', 'rtp rtcp rtp-timeout symmetric-rtp latch'),
  row('Media', 'Playout: adaptive, fixed and simple; concealment, clock drift', 'jitter playout concealment'),
  row('Media', 'Quality of each stream: loss, jitter, delay, levels, MOS', 'quality'),
  row('Media', 'Keys: RFC 4733 both ways, SIP INFO, in-band tones', 'dtmf dtmf-info dtmf-inband'),
  row('Media', 'Files: WAV, AU, raw, GSM, MP3, both ways', 'formats mp3'),
  row('Media', 'Playlists, prompts, WAV, tones, recording', 'playlist wav recorder recording tone prompts'),
  row('Media', 'Mixing N-1 at 8 to 48 kHz; gains, gates, whispers, who speaks', 'mixer room-options'),
  row(
    'Media',
    'Worker threads; a stream moves between them without a lost packet',
    'media-workers media-move media-admission',
  ),
  row('Media', 'Packets through libc, with node:dgram as fallback', 'media-io'),
  row('Media', 'Audio across threads (RemoteStream)', 'remote-stream'),
  row('Media', 'SRTP by SDES: offered, required or off', 'srtp sdes'),
  row('Media', 'WebRTC: browsers as phones (ICE-lite, DTLS-SRTP, Opus)', 'webrtc'),
  row('Media', 'One port for all browser legs, UDP and ICE-TCP', 'one-port'),
  row('Browser', 'The phone in the browser', 'web-phone'),
  row('Browser', 'The conference page', 'web-conference'),
  row('Browser', "The operator's page", 'web-operator'),
  row('Browser', 'Sign-in, link of a room as guest, security headers, HTTPS', 'web-sign-in'),
  row('Control', 'Floor control, chat and private talks in rooms', 'floor-control'),
  row('Calls', 'Routing as in SEMS: selectors, mapping, rules, P-App-Param', 'routing'),
  row('Calls', 'One thousand calls at once; isolation of faults; drain', 'thousand-calls isolation drain'),
  row('Calls', 'Snapshot and restore in mid-conference', 'snapshot sip-snapshot media-snapshot'),
  row('Applications', 'echo', 'echo'),
  row('Applications', 'announcement', 'announcement'),
  row('Applications', 'conference', 'conference', 'no dial-out by keys'),
  row('Applications', 'webconference: every function of SEMS, PIN entry, rooms', 'webconference'),
  row('Applications', 'callbus phone, the lab phone', 'phone'),
  row('Applications', 'DSM: scripts of SEMS read, checked, formatted, drawn', 'dsm-reader dsm-tools'),
  row('Applications', 'DSM: the engine; calls and system scripts', 'dsm-engine dsm-calls'),
  row('Applications', 'DSM: modules of scripts', 'dsm-modules'),
  row('Applications', 'Voicemail, SBC, IVR', 'voicemail'),
  row('Control', 'XML-RPC, standard and as SEMS speaks it', 'xml-rpc'),
  row('Control', 'XML-RPC client: pools of servers, HTTPS', 'xmlrpc2di-client'),
  row('Control', 'JSON-RPC 2.0 over HTTP and WebSocket', 'json-rpc websocket'),
  row('Control', 'JSON-RPC in netstrings', 'netstring'),
  row(
    'Control',
    "JSON-RPC to other servers: SEMS's jsonrpc, peers that stay connected, events pushed",
    'jsonrpc-peers',
  ),
  row('Control', 'The bus: rows, validation, scopes, audit, events, OpenRPC', 'rpc-bus openrpc events audit builtins'),
  row('Control', 'Access control: tokens, scopes, Host and Origin', 'access-control http'),
  row('Control', 'monitoring: every function of SEMS', 'monitoring'),
  row('Control', 'di_dial: every function of SEMS', 'di-dial'),
  row('Control', 'registrar_client: every function of SEMS, retries', 'registrar-client'),
  row('Control', 'reg_agent: accounts of the configuration', 'reg-agent'),
  row('Control', 'db_reg_agent: accounts of a database', 'db-reg-agent'),
  row('Control', 'uac_auth and session_timer: the modules of SEMS', 'uac-auth session-timer-module'),
  row('Control', 'Every interface and function of SEMS has a known state', 'appendix-a appendix-b'),
  row('Control', "SEMS's statistics over UDP", 'stats-udp'),
  row('Control', "di_log: SEMS's log in memory", 'di-log'),
  row('Control', 'callgen: load on purpose', 'callgen'),
  row('Control', 'Python client, both protocols', 'python-client'),
  row('Control', 'TypeScript client: typed, batches, reconnect with resume', 'typescript-client'),
  row('Control', 'Events: durable log, resume, webhooks', 'event-log webhooks'),
  row('Control', 'Billing: detail records, ledger, limits; cc_acc', 'billing cc-acc'),
  row('Control', 'Click-to-dial: A, then B, bridged, with progress and cancel', 'click-to-dial'),
  row('Control', 'Routing and gateways changed at run time', 'routing-runtime'),
  row('Control', 'The command line: call, ls, calls, events, log', 'command-line'),
  row('Control', 'Reference page, types and clients made from the bus', 'generated-clients'),
  row('Control', 'msg_storage and mwi', 'msg-storage mwi'),
  row('Control', 'MySQL and PostgreSQL beside SQLite', 'sql-servers'),
  row('House', "SEMS's configuration imported", 'import-sems'),
  row('House', 'Operations: metrics, health, levels of the log, drain', 'operations'),
  row('House', 'Configuration: YAML, environment, checked with file, line and key', 'configuration'),
  row('House', 'Everything in simulated time; journal and replay', 'simulated-time'),
  row('House', 'Modules from outside: codec, format, application, functions', 'plugin'),
  row('House', 'The code blocks of the documents run', 'docs'),
];

/** The table as Markdown; a row whose tests were all skipped keeps the line it has in `current`. */
export function capabilityTable(outcomes: readonly Outcome[], current: string): string {
  const lines = capabilities.map((capability) => {
    const mine = outcomes.filter(({ name }) => capability.ids.some((id) => name.includes(`{${id}}`)));
    const start = `| ${capability.area} | ${capability.title} |`;
    if (mine.some(({ result }) => result === 'skipped')) {
      const kept = current.split('\n').find((line) => line.startsWith(start));
      if (kept !== undefined) return kept;
    }
    return `${start} ${state(capability, mine)} |`;
  });
  return ['| Area | Capability | State |', '|---|---|---|', ...lines].join('\n');
}

function state(capability: Capability, outcomes: readonly Outcome[]): string {
  if (!outcomes.some(({ result }) => result === 'passed'))
    return capability.limits === undefined ? 'not yet' : `not yet: ${capability.limits}`;
  if (outcomes.some(({ result }) => result === 'failed')) return 'partly: a test fails';
  return capability.limits === undefined ? 'works' : `partly: ${capability.limits}`;
}
