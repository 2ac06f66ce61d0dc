/** Which message of the peer may follow which (RFC 5246 7.3, RFC 6347 4.2.4): everything else ends the handshake. */
export const messageTypes = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** What came last from the peer. */
export type HandshakeState = 'start' | 'hello' | 'cookie' | 'certificate' | 'keys' | 'asked' | 'proof' | 'done';

type Order = { readonly [state in HandshakeState]?: { readonly [type: number]: HandshakeState } };

/**
 *     peer                              us (passive)
 *     ClientHello         ─────────▶
 *                         ◀─────────    HelloVerifyRequest
 *     ClientHello, cookie ─────────▶
 *                         ◀─────────    ServerHello … ServerHelloDone
 *     Certificate, ClientKeyExchange, CertificateVerify, Finished ▶
 *                         ◀─────────    Finished
 */
const passive: Order = {
  start: { [messageTypes.clientHello]: 'hello' },
  hello: { [messageTypes.clientHello]: 'cookie' },
  cookie: { [messageTypes.certificate]: 'certificate' },
  certificate: { [messageTypes.clientKeyExchange]: 'keys' },
  keys: { [messageTypes.certificateVerify]: 'proof' },
  proof: { [messageTypes.finished]: 'done' },
};

const active: Order = {
  start: { [messageTypes.helloVerifyRequest]: 'cookie', [messageTypes.serverHello]: 'hello' },
  cookie: { [messageTypes.serverHello]: 'hello' },
  hello: { [messageTypes.certificate]: 'certificate' },
  certificate: { [messageTypes.serverKeyExchange]: 'keys' },
  keys: { [messageTypes.certificateRequest]: 'asked', [messageTypes.serverHelloDone]: 'proof' },
  asked: { [messageTypes.serverHelloDone]: 'proof' },
  proof: { [messageTypes.finished]: 'done' },
};

const orders = { passive, active };

/** Null when this message may not come now. `setup` is our part. */
export function nextState(setup: 'active' | 'passive', state: HandshakeState, type: number): HandshakeState | null {
  return orders[setup][state]?.[type] ?? null;
}
