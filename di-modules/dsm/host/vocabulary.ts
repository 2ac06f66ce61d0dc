import type { DsmAction, DsmModule } from '../../../core/index.ts';
import { coreActions, coreConditions } from '../engine/index.ts';
import { createVocabulary, type Vocabulary } from '../language/index.ts';
import { b2bActions } from './b2b-actions.ts';
import { mediaActions } from './media-actions.ts';
import { timerActions } from './timer-actions.ts';

/** The core's 87 actions (reference/dsm 4). */
export const allCoreActions: readonly DsmAction[] = [...coreActions, ...mediaActions, ...timerActions, ...b2bActions];

const planned: ReadonlyMap<string, string> = new Map([
  ['mod_sbc', 'it comes with the SBC, which this version does not have'],
]);

/** What scripts can say: the core, and what the modules bring that they import. */
export function scriptVocabulary(modules: readonly DsmModule[]): Vocabulary {
  return createVocabulary({ actions: allCoreActions, conditions: coreConditions }, modules, planned);
}
