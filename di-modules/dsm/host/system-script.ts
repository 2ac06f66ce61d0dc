import { type CallEvent, type DsmEventType, Mailbox } from '../../../core/index.ts';
import type { Bundle } from './bundle.ts';
import { HostScript } from './host-script.ts';
import { postedEvent } from './posted-events.ts';
import type { ScriptServices } from './services.ts';

/** A script without a call: `SystemDSM_<id>` (reference/dsm 6.6). */
export class SystemScript extends HostScript {
  readonly #queue: Mailbox<() => void | Promise<void>>;

  constructor(services: ScriptServices, bundle: Bundle, tag: string) {
    super(services, bundle, { tag, call: null });
    this.#queue = new Mailbox<() => void | Promise<void>>(
      (run) => this.#run(run),
      (fault) => this.log.error('DSM: an event of a system script failed', { fault: String(fault) }),
    );
    this.registerQueue(tag);
  }

  /** "`startup` (server start, createSystemDSM) or `reload` (live config load)". */
  begin(diagram: string, event: Extract<DsmEventType, 'Startup' | 'Reload'>): void {
    this.services.watch.began(this, { diagram, application: this.bundle.name });
    this.enqueue(async () => {
      await this.runner.init(diagram, event);
      if (this.runner.place !== null) return;
      this.log.warn('DSM: there is no such diagram to start: the system script ends', { diagram });
      this.stopped = true;
    });
  }

  enqueue(run: () => void | Promise<void>): void {
    if (this.isOver) return;
    if (!this.#queue.post(run)) this.log.warn('DSM: an event of a system script was dropped: its queue is full');
  }

  receiveNamed(event: CallEvent): void {
    if (event.kind === 'posted') this.enqueue(() => this.raise(postedEvent(event.name, event.data)));
  }

  override select(name: string): string {
    return name === 'local_tag' ? this.tag : '';
  }

  override stop(_bye: boolean): void {
    this.stopped = true;
  }

  /** At the end of the server, or of the module: the script hears of it. */
  shutDown(): Promise<void> {
    this.#queue.close();
    return this.finish({ type: 'System', parameters: new Map([['type', 'ServerShutdown']]) });
  }

  async #run(run: () => void | Promise<void>): Promise<void> {
    if (this.isOver) return;
    await this.turn(run);
    if (!this.stopped) return;
    this.#queue.close();
    await this.finish();
  }
}
