import { type Compatibility, soundBehaviour } from './compatibility.ts';
import type { ValueSource } from './operand.ts';

const nameEnds = ' ,()[]$#@\t;:\'"';

/** A reference in a text: its name, and where the text goes on. */
interface Reference {
  readonly name: string;
  readonly end: number;
}

/**
 * Values in place of `$name`, `$(name)`, `#name`, `@name` in a text (reference/dsm 2.4). What is unset goes;
 * a doubled sign stands for itself, but not at the beginning (K); one behind `\` is left alone.
 */
export function expand(text: string, source: ValueSource, compatibility: Compatibility = soundBehaviour): string {
  let done = '';
  let at = 0;
  while (at < text.length) {
    const next = findMarker(text, at);
    done += text.slice(at, next);
    if (next >= text.length) break;
    const marker = text[next] ?? '';
    if (next > 0 && text[next - 1] === '\\') {
      done += marker;
      at = next + 1;
    } else if (done !== '' && text[next + 1] === marker) {
      done += marker;
      at = next + 2;
    } else {
      const { name, end } = readReference(text, next, compatibility);
      const value = valueOfName(marker, name, source);
      done += value ?? text.slice(next, end);
      at = end;
      if (compatibility.emptyHidesMarker && value === '' && isSet(marker, name, source) && isMarker(text[end])) {
        done += text[end];
        at = end + 1;
      }
    }
  }
  return done;
}

const isMarker = (character: string | undefined): boolean =>
  character === '$' || character === '#' || character === '@';

function findMarker(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isMarker(text[at])) at++;
  return at;
}

/** `$(name)`, `$"name"`, `$'name'`, `$name`. */
function readReference(text: string, at: number, compatibility: Compatibility): Reference {
  const open = text[at + 1] ?? '';
  if (open !== '(' && open !== '"' && open !== "'") {
    let end = at + 1;
    while (end < text.length && !nameEnds.includes(text[end] ?? '')) end++;
    return { name: text.slice(at + 1, end), end };
  }
  const close = text.indexOf(open === '(' ? ')' : open, at + 2);
  if (close < 0) return { name: text.slice(at + 2), end: text.length };
  const name = text.slice(at + 2, close);
  return compatibility.oneLetterNames && name.length < 2 ? { name: open + name, end: close } : { name, end: close + 1 };
}

/** Null: the reference is left as it is. */
function valueOfName(marker: string, name: string, source: ValueSource): string | null {
  if (marker === '$') return source.variables.get(name);
  if (marker === '@') return source.select(name);
  return source.parameters === null ? null : (source.parameters.get(name) ?? '');
}

function isSet(marker: string, name: string, source: ValueSource): boolean {
  if (marker === '$') return source.variables.has(name);
  return marker === '#' ? source.parameters?.has(name) === true : name !== '';
}
