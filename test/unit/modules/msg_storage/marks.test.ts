import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnread, markOf, parseMarks, printMarks, timesOf } from '../../../../di-modules/msg_storage/marks.ts';
import { isName, pathOf } from '../../../../di-modules/msg_storage/names.ts';

const at = (accessedUnixMs: number, modifiedUnixMs: number) => ({ accessedUnixMs, modifiedUnixMs });

test('without a mark the times say what SEMS says {msg-storage}', () => {
  assert.equal(isUnread(at(5000, 5000), undefined), true);
  assert.equal(isUnread(at(5999, 5001), undefined), true, 'whole seconds count');
  assert.equal(isUnread(at(6000, 5000), undefined), false);
  assert.equal(isUnread(at(1000, 5000), undefined), false);
});

test('a mark outlives what reading does to the access time {msg-storage}', () => {
  const unread = markOf(at(5000, 5000), false);
  assert.equal(isUnread(at(90_000, 5000), unread), true);
  assert.equal(isUnread(at(6000, 5000), unread), false, 'SEMS marked it as read');
  assert.equal(isUnread(at(5000, 5000), markOf(at(5000, 5000), true)), false);
  assert.equal(isUnread(at(9000, 9000), markOf(at(5000, 5000), true)), true, 'it was written anew');
});

test('the times that we set are those that SEMS sets {msg-storage}', () => {
  assert.deepEqual(timesOf(5000, false), at(5000, 5000));
  assert.deepEqual(timesOf(5000, true), at(6000, 5000));
});

test('marks are written and read, and what is no file of ours counts as none {msg-storage}', () => {
  const marks = new Map([
    ['a.wav', { second: 5, isRead: true }],
    ['__proto__', { second: 6, isRead: false }],
  ]);
  assert.deepEqual(parseMarks(printMarks(marks)), marks);
  for (const text of ['', '{', 'null', '[]', '{"messages":[]}', '{"messages":{"a":1,"b":["x"],"c":[1e400]}}'])
    assert.equal(parseMarks(text).size, 0, text);
});

test('a name is one step of a path {msg-storage} {access-control}', () => {
  for (const name of ['alice', 'example.org-prompts', '1254000000+"Ann" <sip:ann@example.net>.wav', 'ü'.repeat(100)])
    assert.ok(isName(name), name);
  for (const name of ['', '.', '..', '...', '.hidden', 'a/b', '../a', 'a\\b', 'a\0b', 'a\nb', 'ü'.repeat(101)])
    assert.ok(!isName(name), name);
  assert.equal(pathOf('/data', 'example.org', 'alice'), '/data/example.org/alice');
  assert.throws(() => pathOf('/data', '..'), { code: 'file.name' });
});
