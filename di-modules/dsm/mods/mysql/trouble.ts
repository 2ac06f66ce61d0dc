import { CodedError, type DsmScript } from '../../../../core/index.ts';

/** What keeps an action of this module from being done: what it leaves in `$errno` and `$db.ereason`. */
export class Trouble extends Error {
  readonly errno: 'arg' | 'config' | 'connection' | 'query' | 'result' | 'file';
  /** The server's number or code for it; '' : none. */
  readonly serverCode: string;

  constructor(errno: Trouble['errno'], message: string, serverCode = '') {
    super(message);
    this.errno = errno;
    this.serverCode = serverCode;
  }
}

/** Runs an action: `$errno` becomes `''`, or tells the trouble. */
export async function attempt(script: DsmScript, run: () => void | Promise<void>): Promise<undefined> {
  try {
    await run();
    script.clearError();
  } catch (fault) {
    if (!(fault instanceof Trouble)) throw fault;
    tell(script, fault);
  }
}

export function tell(script: DsmScript, { errno, message, serverCode }: Trouble): void {
  script.log.warn('DSM: mod_mysql', { errno, reason: message });
  script.setError(errno, message);
  script.variables.set('db.ereason', message);
  if (serverCode !== '') script.variables.set('db.errno', serverCode);
}

/** A statement that failed: `query`, or `connection` where the server could not be asked at all. */
export function statementTrouble(fault: unknown, always?: 'connection'): Trouble {
  const message = fault instanceof CodedError ? fault.detail : String(fault);
  const cause: unknown = fault instanceof CodedError ? fault.cause : null;
  return new Trouble(always ?? (isAnswer(fault, cause) ? 'query' : 'connection'), message, codeOf(cause));
}

/** True where the database answered that it does not like the statement. */
function isAnswer(fault: unknown, cause: unknown): boolean {
  if (fault instanceof CodedError && fault.code === 'storage.driverMissing') return false;
  if (!(cause instanceof Error)) return !/is closed$|statements wait already$/.test(String(fault));
  // `sqlState`: of MySQL; `severity`: of PostgreSQL, whose class 08 and 57P are about the connection.
  if ('sqlState' in cause) return true;
  return 'severity' in cause && !/^(08|57P)/.test(codeOf(cause));
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  if ('errno' in cause && typeof cause.errno === 'number') return String(cause.errno);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
