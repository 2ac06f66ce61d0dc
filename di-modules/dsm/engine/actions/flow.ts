import { type DsmAction, DsmException } from '../../../../core/index.ts';
import { isPromise } from '../drive.ts';
import { machineOf, ownScript } from '../script-base.ts';

/** Flow and errors (reference/dsm 4.1). */
export const flowActions: readonly DsmAction[] = [
  {
    name: 'repost',
    summary: 'Runs the same event again in the state that the transition leads to.',
    form: 'none',
    parameters: [],
    run(script) {
      machineOf(script).repost();
      return undefined;
    },
  },
  {
    name: 'jumpFSM',
    summary: 'Goes to the initial state of another diagram, for good.',
    form: '1P',
    parameters: [{ name: 'diagram', kind: 'R' }],
    run: (script, diagram) => machineOf(script).jump(diagram),
  },
  {
    name: 'callFSM',
    summary: 'Goes to the initial state of another diagram; returnFSM comes back to the rest of this list.',
    form: '1P',
    parameters: [{ name: 'diagram', kind: 'R' }],
    run: (script, diagram) => machineOf(script).call(diagram),
  },
  {
    name: 'returnFSM',
    summary: 'Goes back to where callFSM was run and goes on behind it.',
    form: 'none',
    parameters: [],
    run: (script) => machineOf(script).return(),
  },
  {
    name: 'break',
    summary:
      'Leaves the innermost loop; outside of loops the whole step: in exit and transition lists the state stays.',
    form: 'none',
    parameters: [],
    run: () => 'break',
  },
  {
    name: 'throw',
    summary: 'Raises an exception; the rest of the list is not run.',
    form: '2P,?',
    parameters: [
      { name: 'type', kind: 'R', summary: 'Becomes #type.' },
      { name: 'parameters', kind: 'R', summary: 'name=value;name=value' },
    ],
    throws: ['any'],
    run(_script, type, pairs) {
      throw new DsmException(type, parsePairs(pairs));
    },
  },
  {
    name: 'throwOnError',
    summary: 'Raises an exception of the type in $errno, with $strerror as #text, unless $errno is empty.',
    form: 'none',
    parameters: [],
    throws: ['any'],
    run({ variables }) {
      const errno = variables.get('errno');
      if (errno !== '') throw new DsmException(errno, { text: variables.get('strerror') });
      return undefined;
    },
  },
  {
    name: 'stop',
    summary: 'Ends the session when this event is done. A connected call gets a BYE in any case.',
    form: '1P',
    parameters: [{ name: 'bye', kind: 'R', summary: 'true: BYE, CANCEL or 487 at once.' }],
    run(script, bye) {
      const done = ownScript(script).stop(bye === 'true');
      return isPromise(done) ? done.then(() => undefined) : undefined;
    },
  },
];

/** `k=v;k2=v2`; pairs with other than exactly one `=` are dropped. */
function parsePairs(text: string): { readonly [name: string]: string } {
  const pairs = text
    .split(';')
    .map((pair) => pair.split('='))
    .flatMap(([name, value, ...more]) => (value === undefined || more.length > 0 ? [] : [[name, value] as const]));
  return Object.fromEntries(pairs);
}
