import type { DsmCondition, DsmEventType } from '../../../core/index.ts';

/** Keyword, the event that it matches (null: any), and when that comes (reference/dsm 3.1, 3.2). */
const keywords: readonly (readonly [name: string, event: DsmEventType | null, when: string])[] = [
  ['test', null, 'any event, exceptions too'],
  ['start', 'Start', 'the session begins'],
  ['invite', 'Invite', 'the first INVITE of an incoming call'],
  ['sessionStart', 'SessionStart', 'the call is connected and its media is agreed'],
  ['ringing', 'Ringing', 'an outgoing call rings'],
  ['early', 'EarlySession', 'media is agreed before the answer'],
  ['earlySession', 'EarlySession', 'media is agreed before the answer'],
  ['failed', 'FailedCall', 'an outgoing call was refused'],
  ['hangup', 'Hangup', 'BYE, CANCEL, or no ACK for our 200'],
  ['key', 'Key', 'a key was pressed: #key, #duration'],
  ['keyTest', 'Key', 'a key was pressed: #key, #duration'],
  ['timer', 'Timer', 'a timer of setTimer is over: #id'],
  ['timerTest', 'Timer', 'a timer of setTimer is over: #id'],
  ['noAudio', 'NoAudio', 'the playlist ran empty'],
  ['noAudioTest', 'NoAudio', 'the playlist ran empty'],
  ['separator', 'PlaylistSeparator', 'a separator of the playlist is reached: #id'],
  ['separatorTest', 'PlaylistSeparator', 'a separator of the playlist is reached: #id'],
  ['event', 'DSMEvent', 'an event of postEvent, of a program, of a conference'],
  ['eventTest', 'DSMEvent', 'an event of postEvent, of a program, of a conference'],
  ['B2Bevent', 'B2BEvent', 'an event of the other leg'],
  ['B2B.otherRequest', 'B2BOtherRequest', 'a request of the other leg (SBC)'],
  ['B2B.otherReply', 'B2BOtherReply', 'a reply of the other leg'],
  ['B2B.otherBye', 'B2BOtherBye', 'BYE of the other leg'],
  ['sipRequest', 'SipRequest', 'a request, with $enable_request_events'],
  ['sipReply', 'SipReply', 'a reply, with $enable_reply_events'],
  ['remoteDisappeared', 'RemoteDisappeared', 'a reply says that the other side is gone'],
  ['sessionTimeout', 'SessionTimeout', 'the session timer is over'],
  ['rtpTimeout', 'RtpTimeout', 'no RTP comes any more'],
  ['jsonRpcRequest', 'JsonRpcRequest', 'a JSON-RPC request'],
  ['jsonRpcResponse', 'JsonRpcResponse', 'a JSON-RPC response'],
  ['subscription', 'SIPSubscription', 'news of a SIP subscription'],
  ['startup', 'Startup', 'a system script begins'],
  ['reload', 'Reload', 'a system script begins after a reload'],
  ['system', 'System', 'a signal to the server, its shutdown'],
  ['beforeDestroy', 'BeforeDestroy', 'the last event of a session'],
];

/** The core's 36 condition keywords. */
export const coreConditions: readonly DsmCondition[] = [
  ...keywords.map(
    ([name, event, when]): DsmCondition => ({
      name,
      summary: `Event: ${when}; and the expression holds.`,
      form: 'raw',
      parameters: [{ name: 'expression', kind: 'L', summary: 'Comparison with ==, !=, <, >, <= or >=; none: true.' }],
      event,
    }),
  ),
  {
    name: 'keyPress',
    summary: 'Event: this key was pressed.',
    form: 'raw',
    parameters: [{ name: 'key', kind: 'L', summary: '0 to 9, 10 for *, 11 for #; as written, blanks count.' }],
    event: 'Key',
    test: ({ parameters }, key) => parameters?.get('key') === key,
  },
];
