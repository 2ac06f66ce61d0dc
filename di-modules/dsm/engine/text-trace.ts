import type { ActionCall, ConditionCall, Transition } from '../language/ast.ts';
import type { MachineHooks, Place } from './hooks.ts';

/** A line grows to this and no further: an event may run 100,000 steps. */
const maxLine = 4000;
/** Lines of events inside an event that are kept. */
const maxNested = 100;

/** An event's line while it grows, and those of events inside it. */
interface Open {
  text: string;
  readonly nested: string[];
}

export interface TraceOptions {
  /** Parameters with their values, for `callbus dsm run`; without: as written in the script. Default false. */
  readonly values?: boolean;
}

/**
 * One line an event, for people and for golden files:
 * `Key key=5 | digit: key(#key < 10) yes | MENU -> CHECK by digit | transition: inc($tries) | enter: repost() | again | …`.
 * Lines of events that actions raise follow, indented. `write` gets each line; make one for each machine.
 */
export function textTrace(write: (line: string) => void, options: TraceOptions = {}): MachineHooks {
  const open: Open[] = [];
  const add = (part: string): void => {
    const line = open.at(-1);
    if (line === undefined || line.text.length > maxLine) return;
    const next = `${line.text} | ${part}`;
    line.text = next.length > maxLine ? `${next.slice(0, maxLine)}…` : next;
  };
  return {
    eventBegins(_machine, type, parameters) {
      open.push({ text: [type, ...pairs(parameters)].join(' '), nested: [] });
    },
    eventEnds(machine) {
      add(`at ${placeText(machine.place)}`);
      const line = open.pop();
      if (line === undefined) return;
      const around = open.at(-1);
      const lines = [line.text, ...line.nested.map((each) => `  ${each}`)];
      for (const each of lines) {
        if (around === undefined) write(each);
        else if (around.nested.length < maxNested) around.nested.push(each);
      }
    },
    conditionTried(_machine, transition: Transition | null, call: ConditionCall, held) {
      add(`${transition?.name ?? 'if'}: ${call.inverted ? 'not ' : ''}${callText(call)} ${held ? 'yes' : 'no'}`);
    },
    transitionFires(_machine, transition, from) {
      add(`${from.state} -> ${transition.target} by ${transition.name}`);
    },
    listBegins(_machine, list) {
      add(`${list}:`);
    },
    actionRuns(_machine, call, first, second) {
      add(
        options.values === true
          ? `${call.name}(${[first, second].slice(0, formSize(call)).map(quoted).join(', ')})`
          : callText(call),
      );
    },
    stateChanges(_machine, from, to) {
      if (from?.diagram !== to?.diagram) add(`in ${placeText(to)}`);
    },
    exceptionRaised(_machine, exception) {
      add(`exception ${pairs(exception.parameters).join(' ')}`);
    },
    reposted() {
      add('again');
    },
    stopped(_machine, reason) {
      add(`stopped: ${reason}`);
    },
  };
}

const placeText = (place: Place | null): string => (place === null ? 'nowhere' : `${place.diagram}/${place.state}`);

const callText = ({ name, text }: ActionCall | ConditionCall): string => `${name}(${oneLine(text)})`;

const pairs = (parameters: ReadonlyMap<string, string> | null): string[] =>
  [...(parameters ?? [])].map(([name, value]) => `${oneLine(name)}=${oneLine(value)}`);

const quoted = (text: string): string => `"${oneLine(text)}"`;

function oneLine(text: string): string {
  const cut = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return cut.replace(/\s+/g, ' ');
}

const formSize = ({ action }: ActionCall): number => action.parameters.length;
