/** "Did you mean": the name that is nearest, or null when none is near. */
export function suggest(name: string, known: Iterable<string>): string | null {
  const wanted = name.toLowerCase();
  // A word of many letters may have more mistakes.
  let nearest = Math.min(3, Math.ceil(wanted.length / 3)) + 1;
  let found: string | null = null;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= nearest) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), nearest);
    if (distance >= nearest) continue;
    nearest = distance;
    found = candidate;
  }
  return found;
}

/** Letters to insert, leave out, change or swap with a neighbour; `limit` or more counts as `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (a.length > 100 || b.length > 100) return a === b ? 0 : limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    if (Math.min(...row) >= limit) return limit;
    before = last;
    last = row;
  }
  return last[b.length] ?? limit;
}
