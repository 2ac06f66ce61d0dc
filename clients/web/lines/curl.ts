/** The `curl` line of a call, for a POSIX shell. */
import { hiddenParams, isLineList, type LineRequest, type LineValue, Placeholder, tokenVariable } from './request.ts';

export function curlLine(request: LineRequest): string {
  const { method, origin, signedIn } = request;
  const params = hiddenParams(request);
  const isEmpty = typeof params === 'object' && params !== null && Object.keys(params).length === 0;
  const body = {
    jsonrpc: '2.0',
    method,
    ...(isEmpty ? {} : { params }),
    id: 1,
  };
  return [
    `curl -s ${shellWord(`${origin}/jsonrpc`)}`,
    `-H ${shellWord('Content-Type: application/json')}`,
    ...(signedIn ? [`-H "Authorization: Bearer $${tokenVariable}"`] : []),
    `-d ${quotedJson(body)}`,
  ].join(' \\\n  ');
}

const plainWord = /^[A-Za-z0-9_./:=@%+,-]+$/;

/** A text as one word of a POSIX shell: nothing in it means anything to the shell. */
export function shellWord(text: string): string {
  return plainWord.test(text) ? text : singleQuoted(text);
}

/** Within single quotes every character stands for itself (POSIX.1-2017, 2.2.2); a single quote itself is outside. */
const singleQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** JSON in single quotes; placeholders are outside of them, in double quotes, as the shell shall replace them. */
function quotedJson(value: LineValue): string {
  const parts: string[] = [];
  const variables: string[] = [];
  // A mark that JSON.stringify cannot give by itself: it escapes control characters.
  writeJson(
    value,
    (text) => parts.push(text),
    (variable) => {
      variables.push(variable);
      parts.push('\0');
    },
  );
  const [first = '', ...others] = parts.join('').split('\0');
  return others.reduce((line, text, i) => `${line}"$${variables[i] ?? ''}"${singleQuoted(text)}`, singleQuoted(first));
}

function writeJson(value: LineValue, write: (text: string) => void, placeholder: (variable: string) => void): void {
  if (value instanceof Placeholder) {
    write('"');
    placeholder(value.variable);
    write('"');
  } else if (isLineList(value)) {
    write('[');
    value.forEach((item, i) => {
      if (i > 0) write(',');
      writeJson(item, write, placeholder);
    });
    write(']');
  } else if (typeof value === 'object' && value !== null) {
    write('{');
    Object.entries(value).forEach(([name, member], i) => {
      write(`${i > 0 ? ',' : ''}${JSON.stringify(name)}:`);
      writeJson(member, write, placeholder);
    });
    write('}');
  } else write(JSON.stringify(value));
}
