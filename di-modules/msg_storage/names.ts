import { CodedError, Type } from '../../core/index.ts';

/** A file's name has at most 255 bytes, and the temporary one of a write is longer than its own. */
const maxBytes = 200;

/**
 * One step of a path, and no further: no separator of any system, no control character. A dot in front would be this
 * folder, the one above, or a file that SEMS leaves out of its lists, as are our marks.
 */
const pattern = '^[^./\\\\\\u0000-\\u001f\\u007f][^/\\\\\\u0000-\\u001f\\u007f]*$';

export const NameSchema = Type.String({ minLength: 1, maxLength: maxBytes, pattern });
const fits = new RegExp(pattern, 'u');

/** Is that a name of a domain, a user, a message? */
export const isName = (text: string): boolean => fits.test(text) && Buffer.byteLength(text) <= maxBytes;

/** A path below `folder`. @throws CodedError `file.name`. */
export function pathOf(folder: string, ...names: readonly string[]): string {
  for (const name of names)
    if (!isName(name))
      throw new CodedError(
        'file.name',
        `${JSON.stringify(name.slice(0, 60))}: expected 1 to ${maxBytes} bytes, no path`,
      );
  return [folder, ...names].join('/');
}
