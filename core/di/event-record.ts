import type { PublishedEvent } from './events.ts';
import { isStruct } from './kinds.ts';
import { printJson } from './print-json.ts';
import type { DiStruct, DiValue } from './value.ts';

/** An event as the log and its followers have it: its JSON text is made once for all of them. */
export class EventRecord {
  /** Rises by each event, also over restarts; about the Unix time in µs. */
  readonly id: number;
  readonly name: string;
  /** The scope that a receiver needs. */
  readonly scope: string;
  #payload: DiStruct | null;
  #text: string | null;

  private constructor(id: number, name: string, scope: string, payload: DiStruct | null, text: string | null) {
    this.id = id;
    this.name = name;
    this.scope = scope;
    this.#payload = payload;
    this.#text = text;
  }

  static ofEvent({ id, name, scope, payload, atUnixMs }: PublishedEvent): EventRecord {
    const record = new EventRecord(id, name, scope, payload, null);
    record.#at = atUnixMs;
    return record;
  }

  /** @param text as `text` below was. */
  static stored(id: number, name: string, scope: string, text: string): EventRecord {
    return new EventRecord(id, name, scope, null, text);
  }

  #at = 0;

  /** `"id":…,"name":…,"at":…,"payload":…`: the members of a JSON object, without its braces. */
  get text(): string {
    this.#text ??= `"id":${this.id},"name":${JSON.stringify(this.name)},"at":"${new Date(this.#at).toISOString()}","payload":${printJson(this.#payload)}`;
    return this.#text;
  }

  /** Of a stored one: as JSON carries it. */
  get payload(): { readonly [field: string]: DiValue } {
    this.#payload ??= payloadOf(this.#text ?? '');
    return this.#payload;
  }
}

function payloadOf(text: string): DiStruct {
  const stored: DiValue = JSON.parse(`{${text}}`); // our own text
  const payload = isStruct(stored) ? stored['payload'] : null;
  return payload !== undefined && isStruct(payload) ? payload : {};
}
