/** A diagram without positions, and with rows by their names: for comparing. */
export function withoutPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, part: unknown) => {
      if (key === 'position') return undefined;
      if ((key === 'action' || key === 'condition') && typeof part === 'object' && part !== null)
        return 'name' in part ? part.name : null;
      return part;
    }),
  );
}
