/** What may stand at the last word of a command line. */
import { commonFlags, commonValues } from './command.ts';
import { type BusDocument, findFunction } from './document.ts';
import { choicesOf } from './shape.ts';

const options: { readonly [command: string]: readonly string[] } = {
  call: [],
  ls: ['events'],
  calls: ['watch'],
  events: ['since', 'match', 'count'],
  log: ['sip'],
};

/** @param words after `callbus`; the last is the one that is being typed, perhaps empty. */
export async function candidates(
  words: readonly string[],
  commands: readonly string[],
  document: () => Promise<BusDocument>,
): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  return (await all(words, commands, document)).filter((word) => word.startsWith(typed));
}

async function all(
  words: readonly string[],
  commands: readonly string[],
  document: () => Promise<BusDocument>,
): Promise<string[]> {
  const [command = '', ...rest] = words;
  const typed = rest.at(-1) ?? '';
  if (rest.length === 0) return [...commands, 'help'];
  const own = Object.hasOwn(options, command) ? options[command] : undefined;
  if (typed.startsWith('-')) {
    return own === undefined ? [] : [...commonValues, ...commonFlags, ...own, 'help'].map((name) => `--${name}`);
  }
  switch (command) {
    case 'help':
      return [...commands];
    case 'token':
      return rest.length === 1 ? ['create', 'list', 'revoke', 'hash'] : [];
    case 'completion':
      return rest.length === 1 ? ['bash', 'zsh', 'fish'] : [];
    case 'ls':
      return [...new Set((await document()).functions.map(({ module }) => module))];
    case 'events':
      return eventFilters(await document());
    case 'call':
      return callWords(await document(), rest);
    default:
      return [];
  }
}

function eventFilters({ events }: BusDocument): string[] {
  const groups = events.filter(({ name }) => name.includes('.')).map(({ name }) => `${name.split('.')[0]}.*`);
  return [...new Set([...events.map(({ name }) => name), ...groups])];
}

/** Names of functions, then of parameters with `=`, then the choices of one. */
function callWords(document: BusDocument, rest: readonly string[]): string[] {
  const [name = '', ...given] = rest;
  if (given.length === 0) return document.functions.flatMap((fn) => [fn.name, ...fn.aliases]);
  const found = findFunction(document, name);
  if (!('name' in found)) return [];
  const parameters = found.lists[0] ?? [];
  const [, parameter] = /^(\w+)=/.exec(given.at(-1) ?? '') ?? [];
  const named = parameters.find((each) => each.name === parameter);
  if (named !== undefined) return choicesOf(named.schema).map((choice) => `${named.name}=${choice}`);
  const used = new Set(given.slice(0, -1).map((word) => /^(\w+)=/.exec(word)?.[1]));
  const here = parameters[given.length - 1];
  return [
    ...(here === undefined ? [] : choicesOf(here.schema)),
    ...parameters.filter((each) => !used.has(each.name)).map((each) => `${each.name}=`),
  ];
}
