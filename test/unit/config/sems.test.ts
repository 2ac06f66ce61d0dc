import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSemsConfig } from '../../../core/config/index.ts';

const none = async (name: string): Promise<string> => {
  throw new Error(`no file ${name}`);
};

async function values(text: string, include = none): Promise<Record<string, string>> {
  const { entries } = await readSemsConfig(text, { file: 'a.conf', include });
  return Object.fromEntries([...entries].map(([key, { value }]) => [key, value]));
}

test("SEMS's files: comments, quotes, blanks {configuration}", async () => {
  const text = '# comment\n  key = value further # x\nquoted="a b # c" # d\nempty=\nhash=x#y\r\nurl=http://h/?a=b\n';
  assert.deepEqual(await values(text), { key: 'value', quoted: 'a b # c', empty: '', hash: 'x', url: 'http://h/?a=b' });
});

test('includes are read in place; entries know their file and line', async () => {
  const { entries, warnings } = await readSemsConfig('a=1\n@more.conf\nb=3\n', {
    file: 'a.conf',
    include: async () => '\nb=2\n',
  });
  assert.deepEqual(entries.get('b'), { key: 'b', value: '3', file: 'a.conf', line: 3 });
  assert.deepEqual(warnings, ['a.conf:3: b overwrites the value of more.conf:2']);
});

test('faults are told with their places, all at once', async () => {
  await assert.rejects(
    readSemsConfig(`nothing\nq="open\n${'x'.repeat(2048)}\n@gone`, { file: 'a.conf', include: none }),
    {
      code: 'config.invalid',
      detail: [
        'a.conf:1: expected key=value',
        'a.conf:2: q: the closing quote is missing',
        'a.conf:3: the line is longer than 2047 characters',
        'a.conf:4: @gone: no file gone',
      ].join('\n'),
    },
  );
});

test('files that include themselves come to an end', async () => {
  await assert.rejects(
    values('@self', async () => '@self'),
    /more than 8 deep/,
  );
});
