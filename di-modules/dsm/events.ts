import { type EventDeclaration, Type } from '../../core/index.ts';

const call = Type.String({ description: 'Call tag, or SystemDSM_<id>.' });
const place = { diagram: Type.String(), state: Type.String() };

/** What scripts do, for operators and authors. */
export const dsmEvents: { readonly [name: string]: EventDeclaration } = {
  'dsm.state': {
    summary: 'A script came to a state.',
    scope: 'dsm:read',
    payload: Type.Object({
      call,
      application: Type.String(),
      ...place,
      previous: Type.String({ description: 'diagram/state before; empty at the start.' }),
      transition: Type.String({ description: 'Name of the transition that led there.' }),
    }),
  },
  'dsm.ended': {
    summary: 'A script ended.',
    scope: 'dsm:read',
    payload: Type.Object({ call, application: Type.String() }),
  },
  'dsm.paused': {
    summary: 'A script came to a break point and waits for dsm.continue or dsm.step.',
    scope: 'dsm:control',
    payload: Type.Object({ call, ...place }),
  },
  'dsm.trace': {
    summary: 'A script processed an event: what it tried, did and where it is (modules.dsm.trace).',
    scope: 'dsm:control',
    payload: Type.Object({ call, line: Type.String() }),
  },
  'dsm.stopped': {
    summary: 'A bound ended an event of a script: a loop without end, for example.',
    scope: 'dsm:read',
    payload: Type.Object({ call, ...place, reason: Type.String() }),
  },
  'dsm.loaded': {
    summary: 'Diagrams were loaded, or not, with what was found in them.',
    scope: 'dsm:read',
    payload: Type.Object({
      bundle: Type.String(),
      diagram: Type.String(),
      loaded: Type.Boolean(),
      faults: Type.Array(Type.String({ description: 'file:line:column: what, and what to do.' })),
    }),
  },
};
