import type { DsmAction } from '../../../../core/index.ts';
import { diActions } from './di.ts';
import { eventActions } from './events.ts';
import { flowActions } from './flow.ts';
import { loggingActions } from './logging.ts';
import { objectActions } from './objects.ts';
import { variableActions } from './variables.ts';

/** The core's actions that need neither media nor SIP (reference/dsm 4.1 to 4.3, 4.5). */
export const coreActions: readonly DsmAction[] = [
  ...flowActions,
  ...variableActions,
  ...loggingActions,
  ...eventActions,
  ...objectActions,
  ...diActions,
];
