import { availableParallelism } from 'node:os';
import { linesWritten } from './line-writer.ts';

/** The process around the server: what `cli.ts` and `main.ts` need of it, and nobody else. */
export interface ProcessFace {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nodeMajor: number;
  readonly platform: string;
  readonly processId: number;
  /** Standard error is a terminal that a person reads. */
  readonly isTerminal: boolean;
  /** Standard output is one. */
  readonly isOutputTerminal: boolean;
  /** Cores that this process may use. */
  readonly parallelism: number;
  /** Processor time of the process since its start, of all its threads, seconds. */
  cpuSeconds(): { readonly user: number; readonly system: number };
  /** Resident memory, bytes. */
  residentBytes(): number;
  /** The first line of standard input, without its end. */
  inputLine(): Promise<string>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Ends the process with that code once both outputs are written. */
  exit(code: number): void;
  /** Runs `run` on each of these signals, instead of the default action. */
  onSignal(signals: readonly NodeJS.Signals[], run: (signal: NodeJS.Signals) => void): void;
  /** Faults that nobody caught, thrown or rejected: the process goes on. */
  onUncaught(run: (fault: unknown) => void): void;
}

/** A reader who takes nothing for that long does not keep the process from ending. */
const exitPatienceMs = 1000;

const longestLine = 10_000;

export function processFace(): ProcessFace {
  return {
    argv: process.argv.slice(2),
    environment: process.env,
    nodeMajor: Number.parseInt(process.versions.node, 10),
    platform: process.platform,
    processId: process.pid,
    isTerminal: process.stderr.isTTY === true,
    isOutputTerminal: process.stdout.isTTY === true,
    parallelism: availableParallelism(),
    cpuSeconds() {
      const { user, system } = process.cpuUsage();
      return { user: user / 1e6, system: system / 1e6 };
    },
    residentBytes: () => process.memoryUsage.rss(),
    async inputLine() {
      let text = '';
      for await (const chunk of process.stdin.setEncoding('utf8')) {
        text += String(chunk);
        if (text.includes('\n') || text.length > longestLine) break;
      }
      return text.split(/\r?\n/, 1)[0] ?? '';
    },
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    exit(code) {
      // The outputs may be pipes, which write later: leave when all are empty, or their readers stall.
      process.exitCode = code;
      setTimeout(() => process.exit(code), exitPatienceMs).unref();
      void linesWritten().then(() => {
        process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
      });
    },
    onSignal(signals, run) {
      for (const signal of signals) process.on(signal, run);
    },
    onUncaught(run) {
      process.on('uncaughtException', run);
      process.on('unhandledRejection', run);
    },
  };
}
