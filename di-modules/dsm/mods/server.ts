import { DsmException, type DsmScript, type ModuleContext } from '../../../core/index.ts';
import type { DsmConfig } from '../config.ts';
import { type CallFace, callFaceOf, type ScriptHost, scriptHostOf } from '../host/call-face.ts';

/** @throws DsmException `core` for a script that runs in no server. */
export function hostOf(script: DsmScript): ScriptHost {
  const host = scriptHostOf(script);
  if (host === null) throw new DsmException('core', { cause: 'the script runs in no server' });
  return host;
}

/** What the server lends the script's modules. @throws DsmException `core` for a script that runs in no server. */
export function serverOf(script: DsmScript): ModuleContext<DsmConfig> {
  return hostOf(script).context;
}

/** The script's call. @throws DsmException `core` for a script without one. */
export function callOf(script: DsmScript): CallFace {
  const face = callFaceOf(script);
  if (face === null) throw new DsmException('core', { cause: 'not implemented for a script without a call' });
  return face;
}

/** One `T` for each server that runs in this process: what scripts of one server share. */
export function perServer<T>(make: () => T): (context: object) => T {
  const made = new WeakMap<object, T>();
  return (context) => {
    let found = made.get(context);
    if (found === undefined) {
      found = make();
      made.set(context, found);
    }
    return found;
  };
}

const atTheEnd = new WeakMap<DsmScript, Set<string>>();

/** As `script.onEnd`, once for each `name` however often it is asked for. */
export function atEnd(script: DsmScript, name: string, run: () => void): void {
  const names = atTheEnd.get(script) ?? new Set();
  if (names.has(name)) return;
  atTheEnd.set(script, names.add(name));
  script.onEnd(run);
}
