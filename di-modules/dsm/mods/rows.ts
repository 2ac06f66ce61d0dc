/** Short ways to write the rows of modules. A parameter is `name` or `name:kind`; without a kind it is resolved (`R`). */
import type { DsmAction, DsmCondition, DsmParameter, DsmParameterForm, DsmParameterKind } from '../../../core/index.ts';

type Named = string | `${string}:${DsmParameterKind}`;
type ActionRow = Omit<DsmAction, 'form' | 'parameters'>;
type ConditionRow = Omit<DsmCondition, 'form' | 'parameters' | 'event'>;

const kinds: readonly DsmParameterKind[] = ['R', 'T', 'N', 'RN', 'L'];

function parametersOf(names: readonly Named[]): readonly DsmParameter[] {
  return names.map((text) => {
    const [name = '', mark] = text.split(':');
    return { name, kind: kinds.find((kind) => kind === mark) ?? 'R' };
  });
}

function actions(form: DsmParameterForm, ...names: readonly Named[]): (row: ActionRow) => DsmAction {
  const parameters = parametersOf(names);
  return (row) => ({ form, parameters, ...row });
}

function conditions(form: DsmParameterForm, ...names: readonly Named[]): (row: ConditionRow) => DsmCondition {
  const parameters = parametersOf(names);
  return (row) => ({ form, parameters, event: null, ...row });
}

/** Actions by the form of their parameters (reference/dsm 1.6). */
export const action = {
  none: actions('none'),
  one: (name: Named) => actions('1P', name),
  /** Both are needed. */
  two: (first: Named, second: Named) => actions('2P,', first, second),
  /** The second may be absent. */
  twoMaybe: (first: Named, second: Named) => actions('2P,?', first, second),
  /** `first=second`. */
  assign: (first: Named, second: Named) => actions('2P=', first, second),
};

/** Conditions of any event. One parameter comes as it is written. */
export const condition = {
  one: (name: Named) => conditions('raw', name),
  two: (first: Named, second: Named) => conditions('2P,', first, second),
};
