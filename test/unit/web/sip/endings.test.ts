import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EndCause, endingOf } from '../../../../clients/web/sip/endings.ts';

const causes: readonly EndCause[] = [
  { kind: 'microphone', name: 'NotAllowedError' },
  { kind: 'microphone', name: 'NotFoundError' },
  { kind: 'microphone', name: 'NotReadableError' },
  { kind: 'microphone', name: 'InsecureContext' },
  { kind: 'microphone', name: 'Whatever' },
  { kind: 'noIce' },
  { kind: 'audioLost' },
  { kind: 'lineLost' },
  { kind: 'noAnswer' },
  { kind: 'badTarget', typed: 'a b' },
  { kind: 'badDescription', detail: '' },
  { kind: 'other', text: '' },
  ...[401, 403, 404, 407, 480, 486, 488, 500, 503, 599, 699].map(
    (status): EndCause => ({ kind: 'status', status, phrase: 'Phrase', detail: '' }),
  ),
];

test('every failure is a sentence, with another one that says what to do {web-phone}', () => {
  for (const cause of causes) {
    const { kind, what, advice } = endingOf(cause);
    assert.equal(kind, 'failed');
    assert.match(what, /^[A-Z“].*\.$/, JSON.stringify(cause));
    assert.ok(advice.length > 10, JSON.stringify(cause));
  }
});

test('no two microphone failures are told alike', () => {
  const told = causes.filter(({ kind }) => kind === 'microphone').map((cause) => endingOf(cause).advice);
  assert.equal(new Set(told).size, told.length);
});

test('what the server wrote stands beside the status', () => {
  const { advice } = endingOf({ kind: 'status', status: 404, phrase: 'Not Found', detail: 'dial echo, 600 or 5xx' });
  assert.match(advice, /The server said 404 dial echo, 600 or 5xx\.$/);
  assert.match(endingOf({ kind: 'status', status: 486, phrase: 'Busy Here', detail: '' }).advice, /486 Busy Here\.$/);
});

test('who hangs up is told, and nothing needs to be done', () => {
  assert.deepEqual(endingOf({ kind: 'hungUp', byUs: true, reason: '' }), {
    kind: 'normal',
    what: 'You hung up.',
    advice: '',
  });
  const other = endingOf({ kind: 'hungUp', byUs: false, reason: 'the room was closed' });
  assert.deepEqual(other, { kind: 'normal', what: 'The other side hung up.', advice: 'the room was closed' });
});

test('a page that is not encrypted is told the option that cures it', () => {
  assert.match(endingOf({ kind: 'microphone', name: 'InsecureContext' }).advice, /--tls-self-signed/);
});
