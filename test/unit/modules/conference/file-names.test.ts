import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileText, folderPath, pathIn, withSuffix } from '../../../../di-modules/conference/file-names.ts';

test('a name lies in the folder, with its subtype kept apart {recording}', () => {
  assert.deepEqual(pathIn('/r', 'a.wav'), { path: '/r/a.wav', subtype: '' });
  assert.deepEqual(pathIn('/r', 'mon day/ü.wav|A-Law'), { path: '/r/mon day/ü.wav', subtype: '|A-Law' });
});

test('what leads out of the folder, or is no name, is refused {recording}', () => {
  const bad = [
    '',
    '..',
    '../a',
    'a/../b',
    '/a',
    'a/',
    './a',
    '.a',
    'a\\b',
    'c:a',
    'a\0b',
    'a\nb',
    'a|',
    'a|b|c',
    'a|../b',
  ];
  for (const name of [...bad, 'x'.repeat(200), 'a/'.repeat(9)])
    assert.throws(() => pathIn('/r', name), { code: 'file.name' }, JSON.stringify(name));
});

test('a suffix goes before extension and subtype, and can lead nowhere {recording}', () => {
  assert.equal(withSuffix('a/b.wav', 'x'), 'a/b-x.wav');
  assert.equal(withSuffix('a.b/c', 'x'), 'a.b/c-x');
  assert.equal(withSuffix('b.wav|A-Law', 'x'), 'b-x.wav|A-Law');
  assert.equal(withSuffix('b.wav', '../../x'), 'b-______x.wav');
  assert.equal(fileText(''), '_');
  assert.deepEqual(['/r/', '/', '/r'].map(folderPath), ['/r', '/', '/r']);
});
