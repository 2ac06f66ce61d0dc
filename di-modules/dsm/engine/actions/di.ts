import { CodedError, type DiValue, type DsmAction, type DsmScript } from '../../../../core/index.ts';
import { scalarText } from '../flatten.ts';
import { readDiCall } from './di-arguments.ts';

/** Elements of a result that become variables. */
const maxResults = 10_000;

/** Calls of functions of the bus (reference/dsm 4.5). */
export const diActions: readonly DsmAction[] = [
  row('DI', 'Calls a function of the server.', () => true),
  row('DIgetResult', 'Calls a function; its result becomes $DI_res, or $DI_res0, $DI_res1, … .', (script, result) =>
    setResult(script, result, (i) => `DI_res${i}`),
  ),
  row(
    'DIgetResultArray',
    'Calls a function; its result becomes $DI_res, or $DI_res[0], $DI_res[1], … and $DI_res_size.',
    (script, result) => {
      if (Array.isArray(result)) script.variables.set('DI_res_size', String(result.length));
      return setResult(script, result, (i) => `DI_res[${i}]`);
    },
  ),
];

function row(name: string, summary: string, take: (script: DsmScript, result: DiValue) => boolean): DsmAction {
  return {
    name,
    summary,
    form: 'raw',
    parameters: [
      {
        name: 'module, function, arguments…',
        kind: 'L',
        summary: '"text" is literal, (int)x, (struct)name, (array)name, (json)x are converted, all else is resolved.',
      },
    ],
    errno: ['arg', 'config'],
    throws: ['limit'],
    async run(script, text) {
      const call = readDiCall(text, script);
      if (typeof call === 'string') {
        script.setError('arg', `${name}: ${call}`);
        return undefined;
      }
      let result: DiValue;
      try {
        result = await script.invoke(call.module, call.name, call.args);
      } catch (fault) {
        const isUnknown = fault instanceof CodedError && fault.code === 'rpc.unknownModule';
        script.setError(isUnknown ? 'config' : 'arg', fault instanceof Error ? fault.message.slice(0, 500) : name);
        return undefined;
      }
      if (take(script, result)) script.clearError();
      else script.setError('arg', `${name}: a part of the result is no text and no number`);
      return undefined;
    },
  };
}

/** Scalars only; structs set nothing. False: an element of an array is none. */
function setResult(script: DsmScript, result: DiValue, nameOf: (i: number) => string): boolean {
  if (!Array.isArray(result)) {
    const text = result === null ? null : scalarText(result);
    if (text !== null) script.variables.set('DI_res', text);
    return true;
  }
  let isWhole = true;
  for (const [i, item] of result.slice(0, maxResults).entries()) {
    const text = item === null ? null : scalarText(item);
    if (text === null) isWhole = false;
    else script.variables.set(nameOf(i), text);
  }
  return isWhole;
}
