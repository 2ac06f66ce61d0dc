import { createHmac } from 'node:crypto';
import { CodedError, type ModuleContext } from '../../../core/index.ts';
import type { OutputPlace, StoredRecord } from '../store.ts';
import { jsonText } from '../store.ts';
import type { Output } from './output.ts';

export interface WebhookOptions {
  readonly http: ModuleContext<unknown>['http'];
  readonly url: string;
  /** Empty: unsigned. */
  readonly secret: string;
  readonly batch: number;
}

/**
 * POSTs `{"records": [...]}`; any 2xx takes them. The same records come again when the answer was lost: their ids
 * say so.
 */
export class Webhook implements Output {
  readonly #options: WebhookOptions;
  readonly #closed = new AbortController();

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  get batch(): number {
    return this.#options.batch;
  }

  async deliver(records: readonly StoredRecord[], place: OutputPlace): Promise<OutputPlace> {
    const { http, secret, url } = this.#options;
    const body = jsonText({ records: records.map(({ record }) => record) });
    const signature = secret === '' ? {} : { 'x-callbus-signature': `sha256=${hmac(secret, body)}` };
    const { status } = await http.send({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...signature },
      body,
      namedBy: 'configuration',
      signal: this.#closed.signal,
    });
    if (status < 200 || status > 299) throw new CodedError('network.failed', `the server answered ${status}`);
    return { ...place, seq: records.at(-1)?.seq ?? place.seq };
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}

const hmac = (secret: string, body: string): string => createHmac('sha256', secret).update(body).digest('hex');
