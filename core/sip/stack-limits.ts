/** Bounds that need no configuration: what is waited for, how long, how many. */

/** "if the request … is larger than 1300 bytes and the path MTU is unknown" (RFC 3261 18.1.1). */
export const UDP_REQUEST_LIMIT_BYTES = 1300;
/** A TCP connection that a request needs must stand within this time. */
export const CONNECT_TIMEOUT_MS = 4000;
/** A started message must be complete within this time, or its stream is closed. */
export const MESSAGE_TIMEOUT_MS = 32_000;
/** A stream without traffic is closed after this time. */
export const IDLE_TIMEOUT_MS = 600_000;
/** How long a peer that refused TCP is sent large requests by UDP straight away. */
export const TCP_REFUSED_MS = 300_000;
export const REFUSED_TCP_ENTRIES = 1000;
/** Source addresses towards peers that we remember, and for how long. */
export const LOCAL_ADDRESS_ENTRIES = 4096;
export const LOCAL_ADDRESS_MS = 60_000;
/** Messages that wait for the source address towards their sender. */
export const WAITING_MESSAGES = 4096;
/** Forks of one INVITE that are told apart. */
export const FORK_LIMIT = 32;
/** How often a re-INVITE is repeated after 491. */
export const GLARE_RETRIES = 3;
/** A re-INVITE without any answer by then gets a 100 (RFC 3261 17.2.1). */
export const TRYING_DELAY_MS = 200;
/** A request that the application leaves unanswered gets 500 after this time (RFC 4320: well before timer F). */
export const REQUEST_ANSWER_MS = 20_000;
/** The same for a re-INVITE, which may wait for a person. */
export const REINVITE_ANSWER_MS = 180_000;
/** "the UAS MUST send a non-100 provisional response at every minute" (RFC 3261 13.3.1.1). */
export const PROVISIONAL_REFRESH_MS = 60_000;
