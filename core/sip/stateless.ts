/**
 * Responses without a transaction (RFC 3261 8.2.7): for what is malformed, refused by rule or past
 * a limit. "A stateless UAS MUST generate the same To tag for the same request", so it is a keyed hash.
 */
import { createHmac } from 'node:crypto';
import type { Random } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import type { HeaderSection } from './header-section.ts';
import { buildResponse } from './print.ts';
import { productLine } from './stack-headers.ts';
import type { Flow, HeaderLine } from './types.ts';

export interface StatelessResponse {
  readonly status: number;
  /** Default: the RFC's phrase. */
  readonly reason?: string;
  readonly headers?: readonly HeaderLine[];
}

export class StatelessAnswers {
  readonly #secret: Uint8Array;
  readonly #config: SipConfig;

  constructor(random: Random, config: SipConfig) {
    this.#secret = random.secure(16);
    this.#config = config;
  }

  /** The bytes of the response to a request that came on `flow`. */
  build(request: { readonly section: HeaderSection }, flow: Flow, response: StatelessResponse): Uint8Array {
    return buildResponse(request, {
      status: response.status,
      ...(response.reason === undefined ? {} : { reason: response.reason }),
      toTag: this.#tag(request.section),
      source: flow.remote,
      headers: [...(response.headers ?? []), ...productLine('Server', this.#config)],
    });
  }

  #tag(section: HeaderSection): string {
    const identity = ['via', 'from', 'call-id', 'cseq'].map((name) => section.header(name) ?? '').join('\n');
    return createHmac('sha1', this.#secret).update(identity).digest('hex').slice(0, 24);
  }
}
