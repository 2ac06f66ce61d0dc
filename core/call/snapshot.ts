import { CodedError } from '../runtime/index.ts';
import { incomingParameters } from './app-params.ts';
import type { Engine } from './engine.ts';
import type { CallSnapshot, EngineSnapshot } from './types.ts';

/** Answered calls as plain, versioned data: dialogs, streams, seats. Others cannot be resumed. */
export async function snapshotCalls(engine: Engine): Promise<EngineSnapshot> {
  const connected = engine.calls().filter(({ state }) => state === 'connected');
  const calls = await Promise.all(
    connected.map(async (call): Promise<CallSnapshot> => {
      const { session } = call;
      const negotiated = session.negotiation.snapshot();
      const [room] = engine.rooms.seatsOf(session);
      return {
        tag: call.tag,
        traceId: call.traceId,
        application: call.application,
        direction: call.direction,
        dialog: session.dialog.snapshot(),
        media: (await session.media?.snapshot()) ?? null,
        ...(negotiated === null ? {} : { session: negotiated }),
        room: room ?? null,
        startedAtMs: session.startedAtMs,
        answeredAtMs: session.answeredAtMs,
        identity: { from: call.from, to: call.to, ruri: call.ruri, user: call.user, domain: call.domain },
        labels: call.labels,
        otherTag: session.otherTag,
      };
    }),
  );
  return { version: 1, calls };
}

/**
 * Goes on with the calls of a snapshot: each dialog, stream and seat is taken over, and the
 * application is asked to `resume`.
 * @throws CodedError `call.wrongState` for another version.
 */
export async function restoreCalls(engine: Engine, snapshot: EngineSnapshot): Promise<void> {
  if (snapshot.version !== 1) throw new CodedError('call.wrongState', 'the snapshot is of another version');
  for (const each of snapshot.calls) {
    try {
      await restoreCall(engine, each);
    } catch (fault) {
      engine.parts.seams.log.error('a call could not be restored', { call: each.tag, fault: String(fault) });
      engine
        .find(each.tag)
        ?.session.end({ why: { code: 'call.notRestored', sentence: 'The call could not be resumed.' } });
    }
  }
}

async function restoreCall(engine: Engine, each: CallSnapshot): Promise<void> {
  const dialog = engine.parts.sip.restoreDialog(each.dialog);
  const header = (name: string): string | null => dialog.invite.header(name);
  const call = engine.adopt(
    dialog,
    each.application,
    {
      ...each.identity,
      parameters: null,
      labels: each.labels ?? {},
      header,
      parameter: each.direction === 'in' ? incomingParameters(header) : () => null,
    },
    { traceId: each.traceId },
  );
  const { session } = call;
  session.resume(each.startedAtMs, each.answeredAtMs);
  session.otherTag = each.otherTag;
  engine.feed.started(call);
  if (each.media !== null) await session.negotiation.restore(each.media, each.session);
  session.checkPeer();
  const seat = each.room === null ? null : engine.rooms.resume(session, each.room);
  const application = engine.application(each.application);
  if (application?.resume !== undefined) engine.run(call, () => application.resume?.(call, seat));
}
