import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.env['CALLBUS_CONFORMANCE'];

/** Reason to skip tests of a folder of the conformance data, or false. */
export function skipWithout(folder: string): string | false {
  if (root === undefined) return 'CALLBUS_CONFORMANCE is not set';
  return existsSync(join(root, folder)) ? false : `${folder} is not there`;
}

/** Names of a folder that end with `ending`, sorted; none when it is absent. */
export function names(folder: string, ending = ''): string[] {
  if (skipWithout(folder) !== false) return [];
  return readdirSync(join(root ?? '', folder))
    .filter((name) => name.endsWith(ending))
    .sort();
}

export function bytes(folder: string, name: string): Buffer {
  return readFileSync(join(root ?? '', folder, name));
}

export function text(folder: string, name: string): string {
  return bytes(folder, name).toString('utf8');
}

/** The rows of an EXPECTED.tsv without its first: name and what is expected. */
export function expectations(folder: string): { readonly name: string; readonly expected: string }[] {
  if (skipWithout(folder) !== false) return [];
  return text(folder, 'EXPECTED.tsv')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const fields = line.split('\t');
      return { name: fields[0] ?? '', expected: fields.at(-1) ?? '' };
    });
}

/** The two PDUs of a PROTOS case with their place-holders filled. */
export function protosPdus(name: string): Buffer[] {
  const file = bytes('protos', name);
  const pdus: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const match = /^\s*([0-9]+) /.exec(file.toString('latin1', at, at + 20));
    if (match === null) break;
    const start = at + match[0].length;
    at = start + Number(match[1]);
    pdus.push(Buffer.from(filled(file.toString('latin1', start, at)), 'latin1'));
  }
  return pdus;
}

function filled(pdu: string): string {
  const values: { readonly [name: string]: string } = {
    To: 'bob@127.0.0.1',
    From: 'alice@127.0.0.1',
    'From-Address': '127.0.0.1',
    'From-IP': '127.0.0.1',
    'Local-Port': '5060',
    'Call-ID': '1',
    CSeq: '1',
    'Branch-ID': '1',
    'Content-Length': '0',
    'Teardown-Method': 'CANCEL',
  };
  return pdu.replace(/<([A-Za-z-]+)>/g, (written, name: string) => values[name] ?? written);
}
