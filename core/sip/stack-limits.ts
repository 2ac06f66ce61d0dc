/** Bounds that need no configuration: what is waited for, how long, how many. */

/** "if the request … is larger than 1300 bytes and the path MTU is unknown" (RFC 3261 18.1.1). */
export const UDP_REQUEST_LIMIT_BYTES = 1300;
/** A TCP connection that a request needs must stand within this time. */
export const CONNECT_TIMEOUT_MS = 4000;
/** A started message must be complete within this time, or its stream is closed. */
export const MESSAGE_TIMEOUT_MS = 32_000;
/** Bytes that may wait for a peer that does not read; past them its connection is closed. */
export const MAX_QUEUED_BYTES = 1024 * 1024;
/** A TLS handshake must be over within this time, and so many may be under way on one listener, with one stranger. */
export const HANDSHAKE_MS = 10_000;
export const MAX_HANDSHAKES = 256;
export const MAX_HANDSHAKES_PER_SOURCE = 64;
/** "If no response is received within 10 seconds, the UA considers the flow as failed" (RFC 5626 4.4.1). */
export const PONG_TIMEOUT_MS = 10_000;
/** Two lone CRLFs within this time are one ping that came in two pieces. */
export const SPLIT_PING_MS = 2000;
/** UDP peers whose channel is kept ready. */
export const UDP_PEERS = 8192;
/** How long a peer that refused TCP is sent large requests by UDP straight away. */
export const TCP_REFUSED_MS = 300_000;
export const REFUSED_TCP_ENTRIES = 1000;
/** Source addresses towards peers that we remember, and for how long. */
export const LOCAL_ADDRESS_ENTRIES = 4096;
export const LOCAL_ADDRESS_MS = 60_000;
/** Messages that wait for the source address towards their sender. */
export const WAITING_MESSAGES = 4096;
/** Targets that failed a short while ago. */
export const BLACKLIST_ENTRIES = 1000;
/** A referred call must have its final answer by then (RFC 3515 2.4.4). */
export const REFER_SUBSCRIPTION_SECONDS = 180;
/** Records of one DNS answer that are looked at (core-and-sbc 2.4: 32 SRV). */
export const SRV_LIMIT = 32;
export const NAPTR_LIMIT = 16;
export const ADDRESS_LIMIT = 32;
/** Names of each record type that are kept. */
export const DNS_CACHE_ENTRIES = 2000;
/** How long "no such record" and a failure of the name server are believed. */
export const NO_RECORD_SECONDS = 10;
export const DNS_FAILURE_SECONDS = 3;
/** Forks of one INVITE that are told apart. */
export const FORK_LIMIT = 32;
/** Reliable provisional responses of one early dialog that are taken before the first of them has its PRACK answered. */
export const OPEN_PRACKS = 8;
/** A re-INVITE without any answer by then gets a 100 (RFC 3261 17.2.1). */
export const TRYING_DELAY_MS = 200;
/** A request that the application leaves unanswered gets 500 after this time (RFC 4320: well before timer F). */
export const REQUEST_ANSWER_MS = 20_000;
/** The same for a re-INVITE, which may wait for a person. */
export const REINVITE_ANSWER_MS = 180_000;
/** "the UAS MUST send a non-100 provisional response at every minute" (RFC 3261 13.3.1.1). */
export const PROVISIONAL_REFRESH_MS = 60_000;
