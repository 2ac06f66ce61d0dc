import { CodedError } from '../runtime/index.ts';
import type { LayeredCall } from './call.ts';
import type { Engine } from './engine.ts';

/**
 * The live call that `id` names: by its tag, else by its Call-ID or the peer's tag, else by the trace id that all legs
 * of one service share. Two legs of one bridge or coupling count as one, for what ends one ends both: the older.
 * @throws CodedError `call.unknown`, `call.ambiguous`.
 */
export function callNamed(engine: Engine, id: string): LayeredCall {
  const own = engine.layered(id);
  if (own !== null) return own;
  const calls = engine.calls();
  const byDialog = calls.filter(({ session: { dialog } }) => dialog.ids.callId === id || dialog.ids.remoteTag === id);
  const found = byDialog.length > 0 ? byDialog : calls.filter(({ traceId }) => traceId === id);
  const [first, second] = found;
  if (first === undefined || id === '') throw new CodedError('call.unknown', id);
  if (second === undefined || (found.length === 2 && first.session.otherTag === second.tag)) return first;
  const tags = found.slice(0, 10).map(({ tag }) => tag);
  throw new CodedError('call.ambiguous', `${id}: ${tags.join(', ')}${found.length > 10 ? ', …' : ''}`);
}
