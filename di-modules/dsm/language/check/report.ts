import type { Fault, Position } from '../ast.ts';
import { excerpt } from '../fault-list.ts';

/** Found by a check. `name` is what the script calls the place. */
export function found(
  severity: Fault['severity'],
  code: string,
  position: Position,
  message: string,
  name: string,
  hint?: string,
): Fault {
  return { severity, code, position, message, text: excerpt(name), ...(hint === undefined ? {} : { hint }) };
}
