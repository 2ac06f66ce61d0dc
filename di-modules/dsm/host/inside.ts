import { normalize } from 'node:path';
import { CodedError } from '../../../core/index.ts';

/** Name of a diagram or bundle as functions may give it: a file name, no path. @throws CodedError `file.name`. */
export function plainName(name: string): string {
  if (!/^[\w.@+-]{1,200}$/.test(name) || name.startsWith('.')) throw new CodedError('file.name', name.slice(0, 200));
  return name;
}

/**
 * A path that a function gave: relative ones are of `folder`; others must lie in one of `folders`, unless the
 * operator allows all (`allow_paths`). @throws CodedError `file.name`.
 */
export function insideOf(path: string, folders: readonly string[], allowsAll: boolean): string {
  const [first = ''] = folders;
  const whole = normalize(path.startsWith('/') ? path : `${first}${path}`);
  const inside = folders.some((folder) => folder !== '' && `${whole}/`.startsWith(normalize(folder)));
  if (allowsAll || (inside && !whole.split('/').includes('..'))) return whole;
  throw new CodedError('file.name', `${path.slice(0, 200)} is not in a configured folder: see dsm.allow_paths`);
}
