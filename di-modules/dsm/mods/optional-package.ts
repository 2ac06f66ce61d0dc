import { CodedError } from '../../../core/index.ts';

/** Loads an optional package. @throws CodedError `package.missing` with the line that installs it. */
export async function optionalPackage<T>(install: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new CodedError('package.missing', `npm install ${install}`, { cause });
  }
}
