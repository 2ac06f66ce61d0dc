import { arg, CodedError, opt, rowsFor, secret } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import { dialOut, parseHeaders } from './dial-out.ts';
import { always, withMember } from './reach.ts';
import {
  adminPin,
  callTag,
  exampleInfo,
  HostPart,
  number,
  PlainText,
  participantId,
  room,
  StatusReply,
  TagReply,
  UserPart,
  wrongPin,
} from './schemas.ts';

const { fn, defineFunctions } = rowsFor<Conference>();

/** Participants: invite, call, mute, kick (di-interfaces 5.2). */
export const participantFunctions = defineFunctions({
  addParticipant: fn({
    summary: 'Invite a participant: an entry in the list that the call with that participant id will take.',
    params: [room, participantId, number],
    result: StatusReply,
    scope: 'webconference:control',
    limit: 'room',
    listed: false,
    examples: [{ params: ['4711', 'alice-1', '+43 1 4711'], result: [200, 'OK', exampleInfo] }],
    handler({ state }, name, id, number) {
      const opened = state.rooms.find(name) ?? (state.config.private_rooms ? null : state.rooms.enter(name, ''));
      if (opened === null) return [400, 'Failed', state.info];
      opened.invite(id, number, state.nowMs());
      return [200, 'OK', state.info];
    },
  }),
  dialout: fn({
    summary: 'Call somebody into a room. Returns before the call is answered; see roomInfo for its status.',
    params: [
      room,
      adminPin,
      arg('callee', UserPart, 'User part of the address to call.'),
      arg('fromUser', UserPart, 'User part of From.'),
      arg('domain', HostPart, 'Domain of From, and of the callee unless calleeDomain is given.'),
      arg('authUser', PlainText, 'User for the digest challenge; empty: no credentials.'),
      arg('authPassword', secret(PlainText), 'For the digest of the called side.'),
      opt('headers', PlainText, 'Further headers; | ends a line.'),
      opt('calleeDomain', HostPart, 'Domain of the URI to call.'),
      opt('participantId', PlainText, 'As addParticipant or dialout was given it.'),
    ],
    result: TagReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [
      {
        params: ['4711', '305182', 'bob', 'conference', 'sip.example.org', 'conference', 'secret'],
        result: [0, 'OK', '6f0c2b3d4e5f60718293a4b5', exampleInfo],
      },
    ],
    handler(context, name, pin, callee, from, domain, authUser, authPassword, headers, calleeDomain, id) {
      const { state, source, caller, log } = context;
      const extra = parseHeaders(headers ?? '');
      state.rooms.countDialout();
      const opened = state.rooms.access(name, pin, source);
      if (opened === null) return [1, wrongPin, '', state.info];
      try {
        const call = dialOut(state, opened, {
          callee,
          from,
          domain,
          authUser,
          authPassword,
          headers: extra,
          calleeDomain: calleeDomain ?? domain,
          participantId: id ?? '',
          origin: `rpc:${caller.name}`,
        });
        return [0, 'OK', call.tag, state.info];
      } catch (fault) {
        // The dial rules' refusal is a fault, because its text names the key to change.
        if (!(fault instanceof CodedError) || fault.code === 'dial.forbidden') throw fault;
        log.warn('dial-out failed', { room: name, reason: fault.message });
        return [1, 'internal error', '', state.info];
      }
    },
  }),
  mute: fn({
    summary: 'Stop mixing what a participant says; it still hears the room.',
    params: [room, adminPin, callTag],
    result: StatusReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['4711', '305182', '6f0c…'], result: [0, 'OK', exampleInfo] }],
    handler: (context, name, pin, tag) =>
      withMember(
        context,
        name,
        pin,
        tag,
        always((member) => context.state.setMuted(member, true)),
      ),
  }),
  unmute: fn({
    summary: 'Mix in what a participant says again.',
    params: [room, adminPin, callTag],
    result: StatusReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['4711', '305182', '6f0c…'], result: [0, 'OK', exampleInfo] }],
    handler: (context, name, pin, tag) =>
      withMember(
        context,
        name,
        pin,
        tag,
        always((member) => context.state.setMuted(member, false)),
      ),
  }),
  kickout: fn({
    summary: 'End the call of a participant.',
    params: [room, adminPin, callTag],
    result: StatusReply,
    scope: 'webconference:control',
    limit: 'room',
    examples: [{ params: ['4711', '305182', '6f0c…'], result: [0, 'OK', exampleInfo] }],
    handler: (context, name, pin, tag) =>
      withMember(
        context,
        name,
        pin,
        tag,
        always((member) => member.kick()),
      ),
  }),
});
