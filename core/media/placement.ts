/** Which engine gets the next stream, and whether there is headroom for one at all. */
import { CodedError } from '../runtime/index.ts';
import type { EngineLink } from './engine-link.ts';

/** What an engine holds beside what it reported. */
export interface Held {
  readonly link: EngineLink;
}

/** Streams, or lines of relays, by their ids; and how many each engine has of them, without a look at all of them. */
export class Holdings<Id, T extends Held> extends Map<Id, T> {
  /** The engine that each counts for: a stream may be elsewhere by the time it is forgotten. */
  readonly #homes = new Map<Id, EngineLink>();
  readonly #counts = new Map<EngineLink, number>();

  override set(id: Id, held: T): this {
    this.#count(id, held.link);
    return super.set(id, held);
  }

  override delete(id: Id): boolean {
    this.#count(id, null);
    return super.delete(id);
  }

  override clear(): void {
    this.#homes.clear();
    this.#counts.clear();
    super.clear();
  }

  /** It is with another engine from now on. */
  moved(id: Id): void {
    const held = this.get(id);
    if (held !== undefined) this.#count(id, held.link);
  }

  of(link: EngineLink): number {
    return this.#counts.get(link) ?? 0;
  }

  #count(id: Id, home: EngineLink | null): void {
    const before = this.#homes.get(id);
    if (before !== undefined) {
      const left = this.of(before) - 1;
      if (left === 0) this.#counts.delete(before);
      else this.#counts.set(before, left);
    }
    if (home === null) {
      this.#homes.delete(id);
      return;
    }
    this.#homes.set(id, home);
    this.#counts.set(home, this.of(home) + 1);
  }
}

/** Busy fractions in the same step count as equal: then the number of streams decides. */
const busyStep = 0.05;

export class Placement {
  readonly #links: readonly EngineLink[];
  readonly #held: (link: EngineLink) => number;
  readonly #maxBusy: number;
  /** Streams that are being opened, by link: they count as load already. */
  readonly #opening = new Map<EngineLink, number>();

  /** `held`: how many streams an engine has. */
  constructor(links: readonly EngineLink[], held: (link: EngineLink) => number, maxBusy: number) {
    this.#links = links;
    this.#held = held;
    this.#maxBusy = maxBusy;
  }

  /** Living engines, the one with the most headroom first. */
  byLoad(): EngineLink[] {
    const streams = (link: EngineLink): number => this.#held(link) + (this.#opening.get(link) ?? 0);
    const step = (link: EngineLink): number => Math.round(link.busy / busyStep);
    return this.#links
      .filter(({ dead }) => !dead)
      .sort((a, b) => step(a) - step(b) || streams(a) - streams(b) || a.index - b.index);
  }

  /** @throws CodedError `media.failed` when none is left. */
  leastLoaded(): EngineLink {
    const link = this.byLoad()[0];
    if (link === undefined) throw new CodedError('media.failed', 'no media worker is running');
    return link;
  }

  /** How busy the engine with the most headroom is, 0 to 1. */
  get busy(): number {
    const alive = this.#links.filter(({ dead }) => !dead);
    return alive.length === 0 ? 0 : Math.min(...alive.map(({ busy }) => busy));
  }

  /** Why no stream may be added now: the calls that run must not suffer. Null: there is headroom. */
  refusal(): CodedError | null {
    const { busy } = this;
    if (this.#maxBusy >= 1 || busy < this.#maxBusy) return null;
    const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`;
    return new CodedError(
      'media.overloaded',
      `every media worker is busy for more than media.maxBusy (${percent(this.#maxBusy)}) of its time, the least for ${percent(busy)}`,
    );
  }

  /**
   * Engines for a new stream, the one with the most headroom first. One that is over the bound gets
   * none, unless the stream is `urgent`. @throws CodedError `media.overloaded`.
   */
  forNewStream(isUrgent: boolean): EngineLink[] {
    const links = this.byLoad();
    if (isUrgent || this.#maxBusy >= 1 || links.length === 0) return links;
    const refusal = this.refusal();
    if (refusal !== null) throw refusal;
    return links.filter(({ busy }) => busy < this.#maxBusy);
  }

  async whileOpening<T>(link: EngineLink, work: Promise<T>): Promise<T> {
    this.#opening.set(link, (this.#opening.get(link) ?? 0) + 1);
    try {
      return await work;
    } finally {
      this.#opening.set(link, (this.#opening.get(link) ?? 1) - 1);
    }
  }
}
