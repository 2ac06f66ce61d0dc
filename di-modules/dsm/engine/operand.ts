import type { DsmParameterKind, DsmScript } from '../../../core/index.ts';
import { strip } from './strip.ts';

/** What values are made from. */
export type ValueSource = Pick<DsmScript, 'variables' | 'parameters' | 'select'>;

/** A value that is decided when it is used. `length`: of the operand inside `len(…)`, in bytes. */
export type Operand =
  | { readonly kind: 'literal' | 'variable' | 'parameter' | 'select' | 'template'; readonly text: string }
  | { readonly kind: 'length'; readonly of: Operand };

const marks: { readonly [mark: string]: 'variable' | 'parameter' | 'select' } = {
  $: 'variable',
  '#': 'parameter',
  '@': 'select',
};

/** The first character decides and the whole text is one operand (reference/dsm 2.3). */
export function parseOperand(text: string): Operand {
  const mark = text[0] ?? '';
  const kind = marks[mark];
  if (kind === undefined) return { kind: 'literal', text: strip(text, '"') };
  if (text[1] === mark || text === '@') return { kind: 'literal', text: mark };
  return { kind, text: text.slice(1) };
}

/** An operand as its parameter kind has it (reference/dsm, conventions). */
export function parameterOperand(kind: DsmParameterKind, text: string): Operand {
  switch (kind) {
    case 'R':
    case 'RN':
      return parseOperand(text);
    case 'T':
      return { kind: 'template', text };
    case 'N':
      return { kind: 'literal', text: bareName(text) };
    case 'L':
      return { kind: 'literal', text };
  }
}

/** `$x` and `x` name the same variable where a name is asked for. */
export const bareName = (text: string): string => (text.startsWith('$') ? text.slice(1) : text);

/** The operand's value now; what is unset is `''`. */
export function operandValue(operand: Operand, source: ValueSource & Pick<DsmScript, 'expand'>): string {
  return operand.kind === 'template' ? source.expand(operand.text) : plainValue(operand, source);
}

/** `operandValue` for operands of expressions, which hold no template. */
export function plainValue(operand: Operand, source: ValueSource): string {
  switch (operand.kind) {
    case 'variable':
      return source.variables.get(operand.text);
    case 'parameter':
      return source.parameters?.get(operand.text) ?? '';
    case 'select':
      return source.select(operand.text);
    case 'length':
      return String(Buffer.byteLength(plainValue(operand.of, source)));
    case 'literal':
    case 'template':
      return operand.text;
  }
}

/** `resolve` of reference/dsm 2.3. */
export const resolve = (text: string, source: ValueSource): string => plainValue(parseOperand(text), source);
