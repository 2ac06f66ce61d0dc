import {
  type Clock,
  CodedError,
  DsmException,
  type DsmScript,
  type Log,
  type Processes,
  packageFile,
  type RunningProcess,
} from '../../../../core/index.ts';
import { eventTypes } from './event-types.ts';
import { pythonMessage } from './message.ts';
import { sessionFunctions } from './session-functions.ts';

/** One run may take so long, with what it calls of the session. */
const runMs = 5000;
const maxWaiting = 1000;
const maxLineChars = 8 << 20;
const maxCodeChars = 1 << 20;

export interface PythonParts {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly log: Log;
}

export type PythonMode = 'exec' | 'eval';

interface Job {
  readonly script: DsmScript;
  readonly settle: (result: boolean | PythonFault) => void;
}

/** Why there is no result. `script`: the code raised it · `general`: Python hangs, died or is not there. */
export class PythonFault extends Error {
  readonly errno: 'script' | 'general';

  constructor(errno: 'script' | 'general', message: string) {
    super(message);
    this.errno = errno;
  }
}

/**
 * A Python process that runs the code of one configuration's scripts, one piece after the other; each script has
 * names of its own there. One that hangs is killed, and the next piece starts another:
 *
 * ```
 *          run                   done, failed
 *   idle ───────► running ───────────────────────► idle
 *    ▲              │ call: answered, stays running
 *    │ next run     ▼ too long, ended, nonsense
 *    └──────────  gone (names of all scripts are lost)
 * ```
 */
export class Python {
  readonly #parts: PythonParts;
  readonly #numbers = new WeakMap<DsmScript, number>();
  #process: RunningProcess | null = null;
  #job: Job | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #sessions = 0;
  #closed = false;

  constructor(parts: PythonParts) {
    this.#parts = parts;
  }

  /** `eval`: true only for `True`. @throws PythonFault */
  async run(script: DsmScript, mode: PythonMode, code: string): Promise<boolean> {
    if (this.#job?.script === script) throw new PythonFault('general', 'py() inside of py()');
    if (this.#waiting >= maxWaiting) throw new PythonFault('general', `${maxWaiting} pieces of Python wait already`);
    if (code.length > maxCodeChars) throw new PythonFault('general', `more than ${maxCodeChars} characters of Python`);
    this.#waiting++;
    const result = this.#last.then(() => this.#runNow(script, mode, code)).finally(() => this.#waiting--);
    this.#last = result.catch(() => {});
    return result;
  }

  close(): void {
    this.#closed = true;
    this.#drop('the server stops');
  }

  #runNow(script: DsmScript, mode: PythonMode, code: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new PythonFault('general', 'the server stops'));
        return;
      }
      const timer = this.#parts.clock.after(runMs, () => this.#drop(`it took longer than ${runMs} ms`));
      this.#job = {
        script,
        settle: (result) => {
          timer.cancel();
          this.#job = null;
          if (typeof result === 'boolean') resolve(result);
          else reject(result);
        },
      };
      this.#process ??= this.#start();
      const params = Object.fromEntries(script.parameters ?? []);
      this.#write({ run: mode, session: this.#numberOf(script), code, type: eventTypes[script.eventType], params });
    });
  }

  #numberOf(script: DsmScript): number {
    const known = this.#numbers.get(script);
    if (known !== undefined) return known;
    const number = ++this.#sessions;
    this.#numbers.set(script, number);
    script.onEnd(() => this.#write({ end: number }));
    return number;
  }

  #start(): RunningProcess {
    const args = [JSON.stringify(eventTypes), JSON.stringify(Object.keys(sessionFunctions))];
    const process = this.#parts.processes.start({
      program: 'python3',
      args: ['-u', packageFile('di-modules/dsm/mods/py/agent.py'), ...args],
      environment: { PYTHONIOENCODING: 'utf-8', PYTHONDONTWRITEBYTECODE: '1' },
    });
    const decoder = new TextDecoder();
    let text = '';
    process.onOutput = (bytes) => {
      if (process !== this.#process) return;
      const lines = (text + decoder.decode(bytes, { stream: true })).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) if (process === this.#process) this.#receive(line);
      if (text.length > maxLineChars) this.#drop('it wrote a line without end');
    };
    process.onErrorOutput = (bytes) =>
      this.#parts.log.info('DSM: Python wrote', {
        text: Buffer.from(bytes.subarray(0, 1000)).toString('utf8').trimEnd(),
      });
    process.onEnd = ({ status, signal, fault }) => {
      if (process === this.#process)
        this.#drop(fault?.message ?? `it ended (${signal === null ? 'status' : 'signal'} ${signal ?? status})`);
    };
    return process;
  }

  #write(message: object): void {
    this.#process?.write(Buffer.from(`${JSON.stringify(message)}\n`));
  }

  #receive(line: string): void {
    const message = pythonMessage(line);
    const job = this.#job;
    if (message === null || job === null) {
      this.#drop('it wrote what is no message');
      return;
    }
    switch (message.kind) {
      case 'call':
        void this.#answer(job, message.name, message.args);
        return;
      case 'log':
        this.#log(job.script.log, message.level, message.text);
        return;
      case 'done':
        job.settle(message.value);
        return;
      case 'failed':
        job.settle(new PythonFault('script', message.text));
    }
  }

  async #answer(job: Job, name: string, args: readonly string[]): Promise<void> {
    let answer: object;
    try {
      const run = Object.hasOwn(sessionFunctions, name) ? sessionFunctions[name] : undefined;
      if (run === undefined) throw new DsmException('internal', { cause: `there is no function ${name}` });
      answer = { result: await run(job.script, args) };
    } catch (fault) {
      if (!(fault instanceof DsmException) && !(fault instanceof CodedError))
        this.#parts.log.error('DSM: a function of Python failed', { name, fault: String(fault) });
      answer = { error: fault instanceof DsmException ? fault.type : String(fault) };
    }
    if (this.#job === job) this.#write(answer);
  }

  #log(log: Log, level: number, text: string): void {
    const write = [log.error, log.warn, log.info, log.debug][level] ?? log.debug;
    write.call(log, `DSM: ${text.slice(0, 2000).trimEnd()}`);
  }

  /** Ends the process; what runs in it fails. */
  #drop(reason: string): void {
    const process = this.#process;
    this.#process = null;
    process?.kill();
    const job = this.#job;
    if (job === null) return;
    this.#parts.log.warn('DSM: Python was ended', { reason });
    job.settle(new PythonFault('general', `Python: ${reason}`));
  }
}
