import { CodedError } from '../../core/index.ts';

const maxSegments = 8;
/** No control characters, no `\`, `:` or `|`; a leading dot would name a hidden file, or a folder above. */
const segment = /^[^.\\:|\p{Cc}][^\\:|\p{Cc}]{0,127}$/u;
const subtype = /^[A-Za-z0-9-]{1,32}$/;

/**
 * Where a file that was named from outside lies: always below `folder`. `name.wav|A-Law` carries a
 * subtype of the format along. @throws CodedError `file.name`.
 */
export function pathIn(folder: string, name: string): { readonly path: string; readonly subtype: string } {
  const [file = '', kind, ...more] = name.split('|');
  const segments = file.split('/');
  const fits = segments.length <= maxSegments && segments.every((each) => segment.test(each));
  if (!fits || more.length > 0 || (kind !== undefined && !subtype.test(kind)))
    throw new CodedError('file.name', `${JSON.stringify(name.slice(0, 200))} is not a name inside the folder`);
  return { path: `${folder}/${file}`, subtype: kind === undefined ? '' : `|${kind}` };
}

/** `a/b.wav` and `x` become `a/b-x.wav`. */
export function withSuffix(name: string, suffix: string): string {
  const [, stem = name, rest = ''] = /^(.*?[^/])((?:\.[^./|]*)?(?:\|.*)?)$/.exec(name) ?? [];
  return `${stem}-${fileText(suffix)}${rest}`;
}

/** Any text as a part of a file name. */
export const fileText = (text: string): string => text.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || '_';

/** A configured folder without its final slash. */
export const folderPath = (path: string): string => path.replace(/\/+$/, '') || '/';
