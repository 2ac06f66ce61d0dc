import type { DsmAction } from '../../../../core/index.ts';
import { ownScript } from '../script-base.ts';

/** Life of objects that actions hand to each other by name (reference/dsm 4.5). */
export const objectActions: readonly DsmAction[] = [
  row('trackObject', 'Frees the object of that name when the session ends.', (script, name) =>
    script.trackObject(name),
  ),
  row('releaseObject', 'Undoes trackObject.', (script, name) => script.releaseObject(name)),
  row('freeObject', 'Frees the object of that name now.', (script, name) => script.freeObject(name)),
];

function row(
  name: string,
  summary: string,
  act: (script: ReturnType<typeof ownScript>, object: string) => boolean | Promise<boolean>,
): DsmAction {
  return {
    name,
    summary,
    form: '1P',
    parameters: [{ name: 'object', kind: 'R' }],
    errno: ['arg'],
    run(script, object) {
      const tell = (isThere: boolean): undefined => {
        if (isThere) script.clearError();
        else script.setError('arg', `${name}: no object ${object.slice(0, 80)}`);
      };
      const done = act(ownScript(script), object);
      return typeof done === 'boolean' ? tell(done) : done.then(tell);
    },
  };
}
