import { CodedError, DsmException, type DsmScript } from '../../../../core/index.ts';

export type AwsErrno = 'aws_conn' | 'aws_put' | 'aws_create' | 'aws_delete' | 'aws_send' | 'arg';

/** What keeps an action of this module from being done. */
export class AwsTrouble extends Error {
  readonly errno: AwsErrno;

  constructor(errno: AwsErrno, message: string) {
    super(message);
    this.errno = errno;
  }
}

/**
 * Runs an action; `$errno` and `$aws.ereason` tell what fails, and S3's actions throw `aws` as well (reference/dsm
 * 5.13). `errno`: for what the service or the network refuses.
 */
export async function attempt(
  script: DsmScript,
  errno: AwsErrno,
  run: () => Promise<void>,
  throws = false,
): Promise<undefined> {
  try {
    await run();
    script.clearError();
  } catch (fault) {
    if (fault instanceof DsmException) throw fault;
    const trouble = fault instanceof AwsTrouble ? fault : new AwsTrouble(errno, reasonOf(fault));
    script.log.warn('DSM: mod_aws', { errno: trouble.errno, reason: trouble.message });
    script.setError(trouble.errno, trouble.message);
    script.variables.set('aws.ereason', trouble.message);
    if (throws) throw new DsmException('aws', { cause: trouble.message });
  }
}

function reasonOf(fault: unknown): string {
  if (fault instanceof CodedError || !(fault instanceof Error))
    return String(fault instanceof Error ? fault.message : fault);
  return `${fault.name}: ${fault.message}`.slice(0, 500);
}
