/**
 * What the machine does in a moment like this one: µs for 100,000 multiplications and additions that
 * wait for each other. A figure of a codec says little on a busy machine; how many of these loops it
 * takes says more.
 */
const size = 1000;
const a = Float64Array.from({ length: size }, (_, index) => 1 / (index + 1));
const b = new Float64Array(size).fill(1.5);

function once(): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}

/** Least of `rounds`, each of 100,000 × 10 steps. */
export function referenceLoopUs(rounds = 15): number {
  let least = Infinity;
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < 1000; i++) sum += once();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 10);
  }
  return Number.isFinite(sum) ? least : Number.NaN;
}
