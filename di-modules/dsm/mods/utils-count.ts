/** Which files speak a number (reference/dsm 5.3). */

/** Units behind the tens (`Right`: twenty-one), or before them (`Left`: einundzwanzig). */
export type UnitPlace = 'right' | 'left';

/**
 * Up to 20 one file; else one for each power of ten from 10^9 to 100, then the rest: one file up to 20 and for full
 * tens, else tens and `x<unit>`.
 *
 * 2345 right → 2000 300 40 x5 · left → 2000 300 x5 40
 */
export function countNames(count: number, units: UnitPlace): readonly string[] {
  if (count <= 20) return [String(count)];
  const names: string[] = [];
  let rest = count;
  for (let power = 10 ** 9; power >= 100; power /= 10) {
    const full = Math.floor(rest / power) * power;
    if (full > 0) names.push(String(full));
    rest -= full;
  }
  if (rest === 0) return names;
  if (rest <= 20 || rest % 10 === 0) return [...names, String(rest)];
  const tens = String(rest - (rest % 10));
  const unit = `x${rest % 10}`;
  return units === 'right' ? [...names, tens, unit] : [...names, unit, tens];
}
