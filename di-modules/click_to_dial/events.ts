import { type EventDeclaration, Type } from '../../core/index.ts';
import { dialFields } from './schemas.ts';

export const clickToDialEvents = {
  'click_to_dial.progress': {
    summary: 'A dial came to its next phase; ended comes exactly once, when nothing is left of it.',
    scope: 'click_to_dial:read',
    payload: Type.Object({ ...dialFields, atMs: Type.Number({ description: 'Unix time, ms.' }) }),
  },
} as const satisfies Record<string, EventDeclaration>;
