import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { CodedError } from './errors.ts';
import type { ProcessEnd, Processes, ProcessOrder, RunningProcess } from './processes.ts';
import { systemCode } from './system-code.ts';

/** Variables of the server's environment that programs get. */
const passedOn = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'SHELL'];

export function realProcesses(): Processes {
  return { start: startProcess };
}

function startProcess(order: ProcessOrder): RunningProcess {
  const { program, args = [], folder, environment = {} } = order;
  let child: ChildProcessByStdio<Writable, Readable, Readable>;
  try {
    child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own: `kill` ends what it has started as well.
      detached: true,
      env: { ...inherited(), ...environment },
      ...(folder === undefined ? {} : { cwd: folder }),
    });
  } catch (fault) {
    return neverBegan(faultOf(order, fault)); // a NUL in a name, an argument that is too long
  }
  let fault: CodedError | null = null;
  let ended = false;
  const running: RunningProcess = {
    onOutput: () => {},
    onErrorOutput: () => {},
    onEnd: () => {},
    write: (bytes) => void (child.stdin.writable && child.stdin.write(bytes)),
    get unread() {
      return child.stdin.writableLength;
    },
    endInput: () => void child.stdin.end(),
    kill() {
      if (ended || child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    },
  };
  const end = (status: number | null, signal: NodeJS.Signals | null): void => {
    if (ended) return;
    ended = true;
    running.onEnd({ status, signal: signal === null ? null : (constants.signals[signal] ?? 0), fault });
  };
  child.stdin.on('error', () => {}); // it ended without reading all
  child.stdout.on('data', (bytes: Uint8Array) => running.onOutput(bytes));
  child.stderr.on('data', (bytes: Uint8Array) => running.onErrorOutput(bytes));
  child.on('error', (reason) => {
    if (child.pid !== undefined) return;
    fault = faultOf(order, reason);
    end(null, null);
  });
  child.on('close', end);
  return running;
}

function neverBegan(fault: CodedError): RunningProcess {
  const running: RunningProcess = {
    onOutput: () => {},
    onErrorOutput: () => {},
    onEnd: (_end: ProcessEnd) => {},
    write: () => {},
    unread: 0,
    endInput: () => {},
    kill: () => {},
  };
  queueMicrotask(() => running.onEnd({ status: null, signal: null, fault }));
  return running;
}

function inherited(): Record<string, string> {
  const pairs = passedOn.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

function faultOf({ program, folder }: ProcessOrder, cause: unknown): CodedError {
  const place = folder === undefined ? program : `${program} in ${folder}`;
  if (systemCode(cause) === 'ENOENT') return new CodedError('process.missing', place, { cause });
  return new CodedError('process.failed', `${place}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}
