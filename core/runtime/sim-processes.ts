import type { Clock } from './clock.ts';
import { CodedError } from './errors.ts';
import type { ProcessEnd, Processes, ProcessOrder, RunningProcess } from './processes.ts';

/** A simulated program's side of its pipes. */
export interface SimProcess {
  readonly order: ProcessOrder;
  onInput: (bytes: Uint8Array) => void;
  onInputEnd: () => void;
  /** Runs when it is killed; it has ended by then. */
  onKill: () => void;
  output(bytes: Uint8Array | string): void;
  errorOutput(bytes: Uint8Array | string): void;
  /** Ends it; what it does afterwards reaches nobody. */
  exit(status: number): void;
}

export type SimProgram = (process: SimProcess) => void;

/** Programs that tests write, by name; any other is missing. */
export class SimProcesses implements Processes {
  readonly programs = new Map<string, SimProgram>();
  /** What was started, in order. */
  readonly started: ProcessOrder[] = [];
  readonly #clock: Clock;
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Processes that have not ended: for leak tests. */
  get running(): number {
    return this.#running;
  }

  start(order: ProcessOrder): RunningProcess {
    this.started.push(order);
    this.#running++;
    const program = this.programs.get(order.program);
    let ended = false;
    // Every piece of news comes later, in order.
    const later = (run: () => void): void => void this.#clock.after(0, run);
    const end = (how: ProcessEnd): void => {
      if (ended) return;
      ended = true;
      this.#running--;
      later(() => outside.onEnd(how));
    };
    const inside: SimProcess = {
      order,
      onInput: () => {},
      onInputEnd: () => {},
      onKill: () => {},
      output: (bytes) => void (ended || later(() => outside.onOutput(Buffer.from(bytes)))),
      errorOutput: (bytes) => void (ended || later(() => outside.onErrorOutput(Buffer.from(bytes)))),
      exit: (status) => end({ status, signal: null, fault: null }),
    };
    const outside: RunningProcess = {
      onOutput: () => {},
      onErrorOutput: () => {},
      onEnd: () => {},
      write: (bytes) => later(() => ended || inside.onInput(bytes)),
      unread: 0,
      endInput: () => later(() => ended || inside.onInputEnd()),
      kill() {
        if (ended) return;
        end({ status: null, signal: 9, fault: null });
        inside.onKill();
      },
    };
    if (program === undefined)
      end({ status: null, signal: null, fault: new CodedError('process.missing', order.program) });
    else program(inside);
    return outside;
  }
}
