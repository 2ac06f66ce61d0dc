import type { Counter, Log, PublishedEvent } from '../../core/index.ts';
import { CodedError } from '../../core/index.ts';
import type { Condition, RecordStore } from './record-store.ts';

/**
 * Writes the attributes of di-interfaces section 6 from the bus: every call has a record under its
 * tag from `call.started`, which is marked finished by `call.ended`.
 */
export class CallFeed {
  readonly #records: RecordStore;
  readonly #log: Log;
  readonly #dropped: Counter;

  constructor(records: RecordStore, log: Log, dropped: Counter) {
    this.#records = records;
    this.#log = log;
    this.#dropped = dropped;
  }

  /** A full store must not disturb calls: what does not fit is counted. */
  receive(event: PublishedEvent): void {
    try {
      this.#write(event);
    } catch (fault) {
      this.#dropped.add();
      if (!(fault instanceof CodedError)) throw fault;
      this.#log.debug('record not kept', { event: event.name, reason: fault.message });
    }
  }

  #write({ name, payload }: PublishedEvent): void {
    const { call } = payload;
    if (typeof call !== 'string') return;
    switch (name) {
      case 'call.started':
        this.#records.set(call, [
          ['app', payload['application'] ?? ''],
          ['dir', payload['direction'] ?? ''],
          ['from', payload['from'] ?? ''],
          ['ruri', payload['ruri'] ?? ''],
          ['to', payload['to'] ?? ''],
        ]);
        return;
      case 'call.linked':
        this.#update(call, [['b2b_leg', payload['other'] ?? '']]);
        return;
      case 'conference.joined':
        // SEMS: written by conference, not by webconference.
        if (this.#records.find(call)?.attributes.get('app') === 'webconference') return;
        this.#update(call, [['conf_id', payload['room'] ?? '']]);
        return;
      case 'call.quality':
        // Not SEMS's: it knows nothing of its media.
        this.#update(call, [
          ['rtp_jitter_ms', payload['jitterMs'] ?? 0],
          ['rtp_loss', payload['lossFraction'] ?? 0],
          ['rtp_mos', payload['mos'] ?? 0],
        ]);
        return;
      case 'call.ended':
        if (this.#records.find(call) !== null) this.#records.markFinished(call);
        return;
    }
  }

  /** A record that was erased while its call lives stays erased. */
  #update(id: string, pairs: readonly Condition[]): void {
    if (this.#records.find(id) !== null) this.#records.set(id, pairs);
  }
}
