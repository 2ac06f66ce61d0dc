import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialVariables, paramVariables } from '../../../../../di-modules/dsm/host/app-param.ts';
import { B2bHeaders } from '../../../../../di-modules/dsm/host/b2b-headers.ts';
import { bundleName } from '../../../../../di-modules/dsm/host/bundle-files.ts';
import {
  headerLines,
  keyNumber,
  packParameters,
  unpackParameters,
} from '../../../../../di-modules/dsm/host/call-events.ts';
import { insideOf, plainName } from '../../../../../di-modules/dsm/host/inside.ts';
import { keysOf, mainSettings } from '../../../../../di-modules/dsm/host/settings.ts';
import { allCoreActions } from '../../../../../di-modules/dsm/host/vocabulary.ts';

test('YAML values become what SEMS would have written, and are read alike {dsm-calls}', () => {
  const keys = keysOf({ load_diags: ['a', 'b'], set_param_variables: true, x: 3, monitor_select_use_callee: 'from' });
  assert.deepEqual(keys, { load_diags: 'a,b', set_param_variables: 'yes', x: '3', monitor_select_use_callee: 'from' });
  const settings = mainSettings({ ...keys, diag_path: '/s' });
  assert.deepEqual([settings.diagPath, settings.loadDiags, settings.setParamVariables], ['/s/', ['a', 'b'], true]);
  assert.equal(settings.monSelect.callee, 'to');
  assert.throws(() => mainSettings({ monitor_select_use_caller: 'ruri' }), /none of from, no, pai/);
  assert.throws(() => mainSettings({ session_expires: 'soon' }), /no number of seconds/);
  assert.throws(() => keysOf({ x: { y: 1 } }), /x: expected/);
});

test('P-App-Param: exactly k=v, the first of equal keys, nothing trimmed {dsm-calls}', () => {
  assert.deepEqual(
    [...paramVariables('k=v;q="a b";w;e=1=2;k=z; s=t')],
    [
      ['k', 'v'],
      ['q', '"a b"'],
      [' s', 't'],
    ],
  );
  assert.deepEqual([...paramVariables(null)], []);
});

test('dial parameters: texts as they are, lists by number, the rest printed {dsm-calls}', () => {
  const variables = dialVariables({ a: 'x', n: 3, l: ['p', 2], s: { y: 'z' } });
  assert.deepEqual(Object.fromEntries(variables), { a: 'x', n: '3', l_size: '2', l_0: 'p', l_1: '2', s: "{'y': 'z'}" });
  assert.deepEqual([...dialVariables(['credentials', { pin: '5' }])], [['pin', '5']]);
  assert.deepEqual([...dialVariables('text')], []);
});

test('header text of scripts: literal line ends, nothing that is no header, no control characters {dsm-calls}', () => {
  assert.deepEqual(headerLines('X-A: 1\\r\\nX-B: 2\r\nno header\\r\\nX-C: a\u0000b'), [
    ['X-A', '1'],
    ['X-B', '2'],
    ['X-C', 'ab'],
  ]);
  const headers = new B2bHeaders();
  headers.set('X-A: 1', false);
  headers.set('X-B: 2\\r\\n', true);
  headers.add('X-A: 3');
  headers.remove('x-a');
  assert.deepEqual(headers.lines, [['X-B', '2']]);
  headers.clear();
  assert.deepEqual(headers.lines, []);
});

test('keys have numbers; parameters pass a mailbox whatever their names {dsm-calls}', () => {
  assert.deepEqual(['0', '9', '*', '#', 'A', 'd'].map(keyNumber), ['0', '9', '10', '11', '12', '15']);
  const parameters = new Map([
    ['__proto__', '1'],
    ['', '2'],
  ]);
  assert.deepEqual(unpackParameters(packParameters(parameters)), parameters);
  assert.deepEqual(unpackParameters({ a: 1 }), new Map());
});

test('names and paths of functions stay in configured folders {dsm-calls}', () => {
  assert.equal(plainName('menu-2.a'), 'menu-2.a');
  for (const name of ['../x', 'a/b', '.x', '', 'a b', 'a\0']) assert.throws(() => plainName(name));
  assert.equal(insideOf('shop.conf', ['/conf/'], false), '/conf/shop.conf');
  assert.equal(insideOf('/conf/a/../b.conf', ['/conf/'], false), '/conf/b.conf');
  for (const path of ['/etc/passwd', '../x.conf', '/conf/../etc/x', '/config/x'])
    assert.throws(() => insideOf(path, ['/conf/'], false), { code: 'file.name' });
  assert.throws(() => insideOf('/x', ['', ''], false), { code: 'file.name' });
  assert.equal(insideOf('/etc/x', ['/conf/'], true), '/etc/x');
  assert.deepEqual(['/c/shop.conf', 'shop.yaml', 'x.cfg_'].map(bundleName), ['shop', 'shop', 'x']);
});

test('the core has the 87 actions of SEMS, each once {dsm-calls}', () => {
  const names = allCoreActions.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.equal(names.length, 87);
});
