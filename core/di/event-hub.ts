import { type Clock, CodedError, type Counter, type Counters, type Disposable, type Log } from '../runtime/index.ts';
import { DurableEventLog } from './event-log.ts';
import { EventRecord } from './event-record.ts';
import { coreEvents, type EventDeclaration, type PublishedEvent } from './events.ts';
import { filterMatches, isEventFilter } from './filter.ts';
import { isStruct } from './kinds.ts';
import { hasSecrets, maskSecrets } from './mask.ts';
import { isRowScope, scopeCovers } from './scopes.ts';
import type { DiStruct, DiValue } from './value.ts';
import { adapted, type ValueCheck, type ValueChecks } from './value-check.ts';

interface Subscription {
  readonly filter: string;
  readonly scopes: readonly string[];
  readonly listener: (event: PublishedEvent) => void;
  isActive: boolean;
}

interface DeclaredEvent {
  readonly declaration: EventDeclaration;
  readonly check: ValueCheck;
  readonly hasSecrets: boolean;
  readonly published: Pick<Counter, 'add'>;
}

/** The events of the bus: declarations, publishing, subscriptions. Delivery is synchronous, in order. */
export class EventHub {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #checks: ValueChecks;
  readonly #published: Counter;
  readonly #listenerFaults: Counter;
  readonly #declared = new Map<string, DeclaredEvent>();
  readonly #subscriptions = new Set<Subscription>();
  /** Who gets an event of a name; emptied by every change of subscriptions or declarations. */
  readonly #receivers = new Map<string, readonly Subscription[]>();
  /** What followers outside the process get, and what is kept. */
  readonly log: DurableEventLog;

  constructor(clock: Clock, log: Log, counters: Counters, checks: ValueChecks) {
    this.#clock = clock;
    this.#log = log;
    this.#checks = checks;
    this.log = new DurableEventLog(clock, log, counters);
    this.#published = counters.counter('callbus_events_published_total', 'Events published on the bus.');
    this.#listenerFaults = counters.counter('callbus_event_listener_faults_total', 'Event listeners that threw.');
    for (const [name, declaration] of Object.entries(coreEvents)) this.declare(name, declaration);
  }

  /** @throws CodedError `module.failed`: a name that is taken or malformed, a bad scope or schema. */
  declare(name: string, declaration: EventDeclaration): Disposable {
    const refuse = (reason: string): CodedError => new CodedError('module.failed', `event ${name}: ${reason}`);
    if (!/^[A-Za-z]\w*(\.\w+)*$/.test(name)) throw refuse('expected a name such as room.opened');
    if (this.#declared.has(name)) throw refuse('declared already');
    if (!isRowScope(declaration.scope)) throw refuse('its scope must be <module>:<read|control|admin>');
    const check = this.#checks.compile(declaration.payload);
    const published = this.#published.labelled({ event: name });
    const entry = { declaration, check, hasSecrets: hasSecrets(declaration.payload), published };
    this.#declared.set(name, entry);
    this.#receivers.clear();
    return {
      dispose: () => {
        if (this.#declared.get(name) !== entry) return;
        this.#declared.delete(name);
        this.#receivers.clear();
      },
    };
  }

  declarations(): ReadonlyMap<string, EventDeclaration> {
    return new Map([...this.#declared].map(([name, { declaration }]) => [name, declaration]));
  }

  /** Publishes a core event, whose payload the compiler has checked. */
  publish(name: string, payload: DiStruct): void {
    const entry = this.#declared.get(name);
    if (entry !== undefined) this.#deliver(name, entry, payload);
  }

  /** @throws CodedError `rpc.wrongType`: an unknown event or a payload that does not fit its schema. */
  publishDeclared(name: string, payload: DiValue): void {
    const entry = this.#declared.get(name);
    if (entry === undefined) throw new CodedError('rpc.wrongType', `event ${name} is not declared`);
    const value = adapted(entry.check, payload);
    const [fault] = entry.check.fits(value) ? [] : entry.check.faults(value);
    if (fault !== undefined || !isStruct(value)) {
      const place = ['event', name, ...(fault?.path ?? [])].join(' ');
      throw new CodedError('rpc.wrongType', `${place}: expected ${fault?.expected ?? 'an object'}`);
    }
    this.#deliver(name, entry, value);
  }

  /** @throws CodedError `rpc.wrongType` for a malformed filter. */
  subscribe(filter: string, scopes: readonly string[], listener: (event: PublishedEvent) => void): Disposable {
    if (!isEventFilter(filter)) {
      throw new CodedError('rpc.wrongType', 'event filter: expected an event name, prefix.* or *');
    }
    const subscription: Subscription = { filter, scopes, listener, isActive: true };
    this.#subscriptions.add(subscription);
    this.#receivers.clear();
    return {
      dispose: () => {
        subscription.isActive = false;
        if (this.#subscriptions.delete(subscription)) this.#receivers.clear();
      },
    };
  }

  #deliver(name: string, entry: DeclaredEvent, payload: DiStruct): void {
    // Given to all events: whoever counts them may see those that nobody hears.
    const id = this.log.nextId();
    entry.published.add();
    const receivers = this.#receiversOf(name, entry.declaration.scope);
    const isRecorded = this.log.wants(name);
    if (receivers.length === 0 && !isRecorded) return;
    const shown = entry.hasSecrets ? maskSecrets(entry.declaration.payload, payload) : payload;
    const event: PublishedEvent = {
      id,
      name,
      atUnixMs: this.#clock.unixMs(),
      scope: entry.declaration.scope,
      payload: isStruct(shown) ? shown : {},
    };
    // Before the listeners: what they publish in turn comes after it.
    if (isRecorded) this.log.add(EventRecord.ofEvent(event));
    for (const subscription of receivers) if (subscription.isActive) this.#tell(subscription, event);
  }

  /** A listener's throw harms nobody. */
  #tell({ listener }: Subscription, event: PublishedEvent): void {
    try {
      listener(event);
    } catch (fault) {
      this.#listenerFaults.add(1, { event: event.name });
      this.#log.error('an event listener failed', {
        event: event.name,
        fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault),
      });
    }
  }

  #receiversOf(name: string, scope: string): readonly Subscription[] {
    const known = this.#receivers.get(name);
    if (known !== undefined) return known;
    const receivers = [...this.#subscriptions].filter(
      ({ filter, scopes }) => filterMatches(filter, name) && scopeCovers(scopes, scope),
    );
    this.#receivers.set(name, receivers);
    return receivers;
  }
}
