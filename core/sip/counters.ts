/** The stack's counters: one for every unusual branch. All names begin with `callbus_sip_`. */
import type { Counter, Counters } from '../runtime/index.ts';

export interface SipCounters {
  readonly received: Counter;
  readonly sent: Counter;
  readonly sendFailed: Counter;
  readonly socketErrors: Counter;
  readonly keepAlives: Counter;
  readonly pings: Counter;
  readonly stunAnswers: Counter;
  readonly flowsFailed: Counter;
  readonly dropped: Counter;
  readonly malformed: Counter;
  readonly refused: Counter;
  readonly limited: Counter;
  readonly untrustedHeaders: Counter;
  readonly retransmitted: Counter;
  readonly merged: Counter;
  readonly looseMatches: Counter;
  readonly stray: Counter;
  readonly timeouts: Counter;
  readonly failovers: Counter;
  readonly lateAnswers: Counter;
  readonly targetsSkipped: Counter;
  readonly dnsQueries: Counter;
  readonly dnsFailures: Counter;
  readonly connectionsRefused: Counter;
  readonly connectionsClosed: Counter;
  readonly tlsRefused: Counter;
  readonly udpToTcp: Counter;
  readonly tcpToUdp: Counter;
  readonly authRetries: Counter;
  readonly glare: Counter;
  readonly forkedAnswers: Counter;
  readonly noAck: Counter;
  readonly sessionTimer: Counter;
  readonly noPrack: Counter;
  readonly answeredTwice: Counter;
  readonly unanswered: Counter;
  readonly ownerFaults: Counter;
  readonly notifiesLeftOut: Counter;
}

/** Registers all of them. */
export function sipCounters(counters: Counters): SipCounters {
  const counter = (name: string, help: string): Counter => counters.counter(`callbus_sip_${name}_total`, help);
  return {
    received: counter('messages_received', 'SIP messages received, well-formed or not.'),
    sent: counter('messages_sent', 'SIP messages sent, retransmissions included.'),
    sendFailed: counter('send_failed', 'Messages that could not be sent because their connection was gone.'),
    socketErrors: counter('socket_errors', 'Errors of UDP sockets.'),
    keepAlives: counter('keep_alives', 'Keep-alives of peers (CRLF).'),
    pings: counter('pings', 'Keep-alives of ours: CRLF, STUN and WebSocket pings.'),
    stunAnswers: counter('stun_answers', 'STUN binding requests answered.'),
    flowsFailed: counter('flows_failed', 'UDP flows of registrations that failed, by why: silent, refused, moved.'),
    dropped: counter('messages_dropped', 'Messages dropped without an answer, by why.'),
    malformed: counter('parse_errors', 'Malformed messages, by kind.'),
    refused: counter('requests_refused', 'Requests refused before any call or handler saw them, by status.'),
    limited: counter('requests_limited', 'Requests answered 503 because of a limit, by which.'),
    untrustedHeaders: counter('untrusted_headers', 'Headers removed because their sender is not in sip.trusted.'),
    retransmitted: counter('retransmissions', 'Messages sent again by a timer or for a repeated request.'),
    merged: counter('merged_requests', 'Requests answered 482 because they came on two paths.'),
    looseMatches: counter(
      'loose_matches',
      'ACKs and CANCELs with a branch of their own, matched by Call-ID, tag and CSeq.',
    ),
    stray: counter('stray_messages', 'Messages that fit no transaction and no dialog, by kind.'),
    timeouts: counter('timeouts', 'Client transactions that got no final response.'),
    failovers: counter('failovers', 'Requests sent to a further target after a failure of one.'),
    targetsSkipped: counter('targets_skipped', 'Targets passed over because they failed a short while ago.'),
    dnsQueries: counter('dns_queries', 'Questions to name servers, by type.'),
    dnsFailures: counter('dns_failures', 'Questions that no name server answered, by type.'),
    lateAnswers: counter('late_answers', 'Responses of a target that we had turned away from.'),
    connectionsRefused: counter(
      'connections_refused',
      'Connections closed because of sip.maxConnections, sip.maxConnectionsPerSource or too many TLS handshakes, by limit.',
    ),
    connectionsClosed: counter('connections_closed', 'Connections closed by us, by why.'),
    tlsRefused: counter('tls_refused', 'TLS handshakes that failed, and certificates that were not for the domain.'),
    udpToTcp: counter('udp_to_tcp', 'Large requests sent by TCP instead of UDP.'),
    tcpToUdp: counter('tcp_to_udp', 'Large requests sent by UDP because the peer refused TCP.'),
    authRetries: counter('auth_retries', 'Requests repeated with credentials.'),
    glare: counter('glare', 'INVITEs that met another one in the same dialog (491, 500).'),
    forkedAnswers: counter('forked_answers', 'Further 2xx of a forked INVITE, ended with BYE.'),
    sessionTimer: counter('session_timer', 'Session timers by event: refresh, raised, refused, expired.'),
    noAck: counter('no_ack', '2xx responses that no ACK came for.'),
    noPrack: counter('no_prack', 'Reliable provisional responses that no PRACK came for.'),
    answeredTwice: counter('answered_twice', 'Second answers to one request, ignored.'),
    unanswered: counter('requests_unanswered', 'Requests answered 500 because nobody did.'),
    ownerFaults: counter('owner_faults', 'Handlers of calls or requests that threw.'),
    notifiesLeftOut: counter('notifies_left_out', 'NOTIFYs left out because the subscriber answers too slowly.'),
  };
}
