/** The process as the `callbus` command sees it: arguments, environment, streams, signals, exit. */
export interface ProcessFace {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nodeMajor: number;
  /** Is stderr a terminal? */
  readonly isTerminal: boolean;
  stdout(text: string): void;
  stderr(text: string): void;
  onSignal(signals: readonly ('SIGINT' | 'SIGTERM' | 'SIGHUP')[], run: () => void): void;
  /** Faults that nobody caught: reported, and the process lives on (one call's fault ends no other). */
  onUncaught(report: (fault: unknown) => void): void;
  exit(code: number): void;
}

export function processFace(): ProcessFace {
  return {
    argv: process.argv.slice(2),
    environment: process.env,
    nodeMajor: Number(process.versions.node.split('.')[0]),
    isTerminal: process.stderr.isTTY === true,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    onSignal(signals, run) {
      for (const signal of signals) process.on(signal, run);
    },
    onUncaught(report) {
      process.on('uncaughtException', report);
      process.on('unhandledRejection', report);
    },
    exit: (code) => {
      // Pending output to a pipe is written before the process ends.
      process.exitCode = code;
      process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
    },
  };
}
