import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cli } from './server-process.ts';

export interface LabPhone {
  /** Unix time (ms) of the answer. */
  readonly answered: Promise<number>;
  /** The SIP port of an answering phone. */
  readonly port: Promise<number>;
  /** The summary that the phone prints at its end. */
  readonly ended: Promise<{ readonly status: number; readonly packetsReceived: number }>;
}

/** Runs `callbus phone …`; its progress lines on stderr say `answered` and `listening on port N`. */
export function startLabPhone(args: readonly string[]): LabPhone {
  const child = spawn(process.execPath, [cli, 'phone', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const text: string[] = [];
  let summary = '';
  const progress = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((found, failed) => {
      createInterface(child.stderr).on('line', (line) => {
        text.push(line);
        const match = pattern.exec(line);
        if (match !== null) found(match);
      });
      child.once('exit', (code) =>
        failed(new Error(`phone ${args.join(' ')} ended with ${code}: ${text.join(' / ')}`)),
      );
    });
  createInterface(child.stdout).on('line', (line) => {
    summary = line;
  });
  const answered = progress(/answered/).then(() => Date.now());
  const port = args[0] === 'answer' ? progress(/port (\d+)/).then((match) => Number(match[1])) : Promise.resolve(0);
  // A phone that fails is reported by whoever waits for it.
  answered.catch(() => {});
  port.catch(() => {});
  const ended = new Promise<{ status: number; packetsReceived: number }>((resolve, reject) => {
    child.once('close', () => {
      try {
        resolve(JSON.parse(summary));
      } catch {
        reject(new Error(`phone ${args.join(' ')} gave no summary: ${text.join(' / ')}`));
      }
    });
  });
  return { answered, port, ended };
}
