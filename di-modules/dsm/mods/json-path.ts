/** Members of JSON by paths that look like variables of scripts: `a.b[0].c`. */
import { type DiValue, isStruct } from '../../../core/index.ts';

export type PathStep = string | number;

const maxSteps = 50;
const maxIndex = 10_000;

/** Null: it is no path. The empty path is the whole document. */
export function parsePath(text: string): readonly PathStep[] | null {
  const steps: PathStep[] = [];
  const pattern = /\.?([^.[\]]+)|\[([0-9]{1,6})\]/y;
  while (pattern.lastIndex < text.length) {
    const found = pattern.exec(text);
    if (found === null || steps.length >= maxSteps) return null;
    const [, name, index] = found;
    if (name === undefined && Number(index) > maxIndex) return null;
    steps.push(name ?? Number(index));
  }
  return steps;
}

/** What is there; undefined: nothing. */
export function memberAt(value: DiValue, path: readonly PathStep[]): DiValue | undefined {
  let at: DiValue | undefined = value;
  for (const step of path) {
    if (at === undefined) return undefined;
    if (typeof step === 'number') at = Array.isArray(at) ? (at as readonly DiValue[])[step] : undefined;
    else at = isStruct(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  }
  return at;
}

/** The document with `member` at the path; what stands in its way is replaced. */
export function withMember(value: DiValue | undefined, [step, ...path]: readonly PathStep[], member: DiValue): DiValue {
  if (step === undefined) return member;
  if (typeof step === 'number') {
    const items: DiValue[] = Array.isArray(value) ? [...(value as readonly DiValue[])] : [];
    while (items.length < step) items.push(null);
    items[step] = withMember(items[step], path, member);
    return items;
  }
  const members = new Map(value !== undefined && isStruct(value) ? Object.entries(value) : []);
  members.set(step, withMember(members.get(step), path, member));
  return Object.fromEntries(members);
}
