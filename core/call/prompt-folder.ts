import { CodedError } from '../runtime/index.ts';

/** No control characters, no `\`, `:` or `|`; a leading dot would name a hidden file, or a folder above. */
const segment = /^[^.\\:|\p{Cc}][^\\:|\p{Cc}]{0,127}$/u;
const maxSegments = 8;

/** Where a prompt that was named from outside lies: always below `folder`. @throws CodedError `file.name`. */
export function promptIn(folder: string, name: string): string {
  const segments = name.split('/');
  if (segments.length > maxSegments || !segments.every((each) => segment.test(each)))
    throw new CodedError('file.name', `${JSON.stringify(name.slice(0, 200))} is not a name inside the folder`);
  return `${folder.replace(/\/+$/, '')}/${name}`;
}
