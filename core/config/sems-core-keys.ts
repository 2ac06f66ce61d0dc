/**
 * What becomes of the keys of sems.conf (reference/core-and-sbc 1.2–1.7; di-interfaces 2.2, 3.3). Keys of
 * interfaces, modules and the choice of the application are read together, in `import-sems.ts`.
 */
import { because, count, dscp, flag, isYes, limitTriple, oneOf, type SemsRule, text } from './sems-draft.ts';

const seconds = (n: number): number => n * 1000;
const threads = because('one signalling thread, and media threads by media.workers: nothing to set');
const own = because('set by the system that starts the server: see docs/deploy');
const noEffect = because('has no effect in SEMS either');
const transcoders = because('load is told by /metrics and server.overload events instead');

export const coreRules: { readonly [key: string]: SemsRule } = {
  // Network
  sig_sock_opts(value, draft) {
    const options = value.split(',').map((option) => option.trim());
    if (options.includes('force_via_address')) draft.set('sip.replyToVia', true);
    const others = options.filter((option) => option !== 'force_via_address' && option !== '');
    return others.length === 0 ? null : `${others.join(', ')}: not built`;
  },
  tcp_connect_timeout: because('connections are tried for 4 s (RFC 3263 failover decides)'),
  tcp_idle_timeout: count('sip.idleTimeoutMs', { least: 10_000 }),
  sip_nat_handling: because('answers always go where requests came from; connections are reused (RFC 5923)'),
  force_symmetric_rtp: (value, draft) => {
    draft.set('media.symmetricRtp', true);
    return isYes(value) ? null : 'peers are learned from their first packet all the same: media.symmetricRtp';
  },
  outbound_proxy: text('sip.outboundProxy'),
  force_outbound_proxy: because('would break the routes of dialogs (RFC 3261 12.2)'),
  next_hop: text('sip.nextHop'),
  next_hop_1st_req: flag('sip.nextHopInDialogs', (only) => !only),
  next_hop_for_replies: noEffect,
  force_outbound_if: because(
    'the kernel chooses by its routes; sip.listen[].eachAddress answers from where it was called',
  ),
  use_raw_sockets: because('not built: the kernel sends'),
  dscp_sip: dscp('sip.dscp'),
  dscp_rtp: dscp('media.dscp'),
  udp_rcvbuf: because('set net.core.rmem_default'),
  disable_dns_srv: flag('sip.dns.srv', (off) => !off),
  rtp_mux_ip: because('RTP multiplexing between SEMS servers is not built'),
  rtp_mux_port: because('RTP multiplexing between SEMS servers is not built'),
  rtp_mux_out_interface: because('RTP multiplexing between SEMS servers is not built'),
  rtp_mux_mtu_threshold: because('RTP multiplexing between SEMS servers is not built'),
  rtp_mux_max_frame_age_ms: because('RTP multiplexing between SEMS servers is not built'),

  // Modules
  plugin_path: because('modules come with the program; those from outside stand in plugins:'),
  plugin_config_path: because('all files of the folder were read for this one'),
  load_plugins_rtld_global: because('there are no shared objects'),

  // Process, logging
  fork: own,
  daemon: own,
  stderr: because('the log always goes to standard error'),
  daemon_uid: own,
  daemon_gid: own,
  loglevel: oneOf('log.level', {
    0: 'error',
    error: 'error',
    err: 'error',
    1: 'warn',
    warning: 'warn',
    warn: 'warn',
    2: 'info',
    info: 'info',
    3: 'debug',
    debug: 'debug',
    dbg: 'debug',
  }),
  syslog_facility: because('the log goes to standard error; systemd or a collector takes it from there'),
  log_sessions: because('each call has its lines in the log at level info'),
  log_events: because('events come over the bus: events.subscribe'),
  unhandled_reply_loglevel: because('counted in /metrics'),
  log_raw_messages: because('messages of a call are kept: trace.call, sip.trace'),
  log_parsed_messages: because('messages of a call are kept: trace.call, sip.trace'),
  max_shutdown_time(value, draft) {
    if (!/^\d{1,6}$/.test(value)) return 'not a number of seconds';
    // For SEMS 0 means for ever; a day is as long as that for a telephone call.
    draft.set('drainMs', value === '0' ? 86_400_000 : seconds(Number(value)));
    return null;
  },
  shutdown_mode_reply(value, draft) {
    const [, status, reason] = /^([4-6]\d\d) (.+)$/.exec(value) ?? [];
    if (status === undefined) return 'expected <code> <reason>';
    draft.set('calls.shutdownReply', { status: Number(status), reason });
    return null;
  },
  use_default_signature: because('the Server and User-Agent header names this program: sip.serverHeader'),
  signature: text('sip.serverHeader'),

  // Threads
  session_processor_threads: threads,
  media_processor_threads: count('media.workers', { least: 1, most: 128 }),
  rtp_receiver_threads: threads,
  sip_server_threads: threads,

  // Calls
  session_limit: limitTriple('calls.sessions'),
  options_session_limit: because('OPTIONS is answered by load: sip.overload, and 503 in shutdown mode'),
  cps_limit: limitTriple('calls.perSecond'),
  dead_rtp_time: count('media.rtpTimeoutMs', { convert: seconds }),
  max_forwards: because('70, as RFC 3261 8.1.1.6 says'),
  '100rel': oneOf('sip.reliableProvisional', {
    disabled: 'off',
    off: 'off',
    supported: 'supported',
    require: 'required',
  }),
  accept_forked_dialogs: because('forked requests are told apart by branch, merged ones are refused (482)'),
  proxy_sticky_auth: because('credentials are repeated within their dialog'),
  ignore_notify_lower_cseq: because('a lower CSeq is refused (RFC 3261 12.2.2)'),
  accept_fr_without_totag: noEffect,
  single_codec_in_ok: noEffect,
  ignore_rtpxheaders: because('header extensions are always passed over'),
  dtmf_detector: because('one detector: media.inbandDtmf'),
  resampling_library: because('one resampler'),
  enable_zrtp: because('not built: SRTP by SDES (media.srtp)'),
  enable_zrtp_debuglog: because('not built: SRTP by SDES (media.srtp)'),
  default_bl_ttl: count('sip.blacklistMs', { most: 86_400_000 }),
  sip_timer_t2: because('4 s, as RFC 3261 says'),
  options_transcoder_out_stats_hdr: transcoders,
  options_transcoder_in_stats_hdr: transcoders,
  transcoder_out_stats_hdr: transcoders,
  transcoder_in_stats_hdr: transcoders,
  dump_conference_streams: because('record a room, or each participant: conference.record'),
  dump_conference_path: because('record a room, or each participant: conference.record'),
};

/** `sip_timer_A` and the like. */
export const timerRule = because('timers follow from sip.t1Ms as RFC 3261 17 says');
