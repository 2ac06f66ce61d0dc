/** The place of a key that a fault names, for checks that come after the schema. */
import { readYaml } from './yaml-source.ts';

/** `sip.listen[0].tls.keyFile`, at the start. */
const keyPattern = /^[a-z]\w*(?:\.[A-Za-z]\w*|\[\d+\])+/;

/** `fault` with `callbus.yaml:12:5: ` before it when it begins with a key of that file; one that has its place keeps it. */
export function withPlace(fault: string, file: string, text: string): string {
  if (fault.startsWith(`${file}:`)) return fault;
  const [key] = keyPattern.exec(fault) ?? [];
  if (key === undefined) return fault;
  const path = key.split(/[.[\]]+/).filter((step) => step !== '');
  const { line, column } = readYaml(text).locate(path, 'value');
  return `${file}:${line}:${column}: ${fault}`;
}
