/** The 16-bit arithmetic of GSM 06.10, section 5.1. Operands are 16-bit integers. */

export function limit16(value: number): number {
  return value > 32767 ? 32767 : Math.max(value, -32768);
}

/** `add( a, b )`; `sub` with the sign turned. */
export function add(a: number, b: number): number {
  return limit16((a + b) | 0);
}

/** `mult( a, b )`: the only product that does not fit is of -32768 by itself. */
export function mult(a: number, b: number): number {
  return limit16(Math.imul(a, b) >> 15);
}

/** `mult_r( a, b )`: rounded. */
export function multR(a: number, b: number): number {
  return limit16((Math.imul(a, b) + 16384) >> 15);
}

/** `norm( a )`: left shifts until bit 30 differs from the sign; for positive numbers. */
export function norm(value: number): number {
  return Math.clz32(value) - 1;
}

/** `div( a, b )`: 0 <= a <= b as a 15-bit fraction. */
export function div(numerator: number, denominator: number): number {
  if (numerator >= denominator) return 32767;
  return Math.floor((numerator * 32768) / denominator);
}

/** `abs( a )`. */
export function magnitude(value: number): number {
  return value < 0 ? (value === -32768 ? 32767 : -value | 0) : value;
}
