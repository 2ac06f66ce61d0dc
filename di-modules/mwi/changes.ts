/** Mailboxes that changed, each told once a while. */
import type { Clock, Timer } from '../../core/index.ts';

/** Mailboxes that wait; of more the change is told at once. */
const maxWaiting = 10_000;

export class Changes {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #tell: (domain: string, user: string) => void;
  readonly #waiting = new Map<string, Timer>();

  constructor(clock: Clock, delayMs: number, tell: (domain: string, user: string) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#tell = tell;
  }

  /** The first change begins the time; so a mailbox that changes all the time is told of, too. */
  note(domain: string, user: string): void {
    const key = `${domain}/${user}`;
    if (this.#waiting.has(key)) return;
    if (this.#waiting.size >= maxWaiting) {
      this.#tell(domain, user);
      return;
    }
    const timer = this.#clock.after(this.#delayMs, () => {
      this.#waiting.delete(key);
      this.#tell(domain, user);
    });
    this.#waiting.set(key, timer);
  }

  stop(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
  }
}
