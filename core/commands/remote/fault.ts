/** What keeps a command from its work, with the exit code that it ends with and the step that may help. */
import { exitCode } from '../command.ts';

export class CommandFault extends Error {
  readonly exitCode: number;
  /** What to do about it; may be empty. */
  readonly next: string;
  /** The server's own name of the error, for `--json`. */
  readonly code: string;

  constructor(exit: number, message: string, next = '', code = '') {
    super(message);
    this.exitCode = exit;
    this.next = next;
    this.code = code;
  }
}

/** The server said no. */
export const refused = (message: string, next: string, code: string): CommandFault =>
  new CommandFault(exitCode.refused, message, next, code);

/** What was typed cannot be done. */
export const wrongUsage = (message: string, next = ''): CommandFault =>
  new CommandFault(exitCode.usage, message, next, 'usage');

/** Nobody answered, or nobody of ours. */
export const unreachable = (message: string, next = ''): CommandFault =>
  new CommandFault(exitCode.unreachable, message, next, 'unreachable');
