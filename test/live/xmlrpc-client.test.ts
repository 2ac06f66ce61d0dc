/** Python's xmlrpc.client, which SEMS's users write against, on our listener. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { withRpc } from '../unit/rpc/world.ts';

const python = spawnSync('python3', ['-c', 'import xmlrpc.client']).status === 0;
const skip = python ? false : 'python3 is not there';

const script = `
import sys, xmlrpc.client as x
url, token = sys.argv[1], sys.argv[2]
s = x.ServerProxy(url, allow_none=True)
assert s.calls() == 3
assert s.sample.echo(1, -2, 2.5, 2.0, 'a<&>\\u00e9\\U0001F600', [], [1, ['x']], {'b': 1, 'a': ''}) == [1, -2, 2.5, 2.0, 'a<&>\\u00e9\\U0001F600', [], [1, ['x']], {'a': '', 'b': 1}]
assert s.echo(x.Binary(b'\\x00\\xff'), True, None, x.DateTime('19980717T14:08:55')) == [x.Binary(b'\\x00\\xff'), 1, 0, '19980717T14:08:55']
assert s.same('tab\\tline\\ncr\\r') == 'tab\\tline\\ncr\\r'
assert s.count() == 9007199254740993
assert s.di('sample', 'small') == 7
assert s.maybe() is None and s.flag() is True
assert 'sample.echo' in s.system.listMethods()
assert s.system.methodSignature('sample.struct') == [['struct', 'struct'], ['struct', 'struct', 'int']]
m = x.MultiCall(s)
m.calls(); m.nope(); m.small()
r = m()
assert r[0] == 3 and r[2] == 7
try:
    r[1]
    raise SystemExit('no fault')
except x.Fault as f:
    assert f.faultCode == -1 and f.faultString.startswith('nope: unknown method name'), f
try:
    s.same()
    raise SystemExit('no fault')
except x.Fault as f:
    assert f.faultCode == 300, f
for n in range(50):
    assert s.same('x' * n * 1000) == 'x' * n * 1000
host = url.split('//')[1]
t = x.ServerProxy('http://reader:' + token + '@' + host)
assert t.calls() == 3
try:
    t.reset()
    raise SystemExit('no fault')
except x.Fault as f:
    assert f.faultCode == 403, f
try:
    x.ServerProxy('http://reader:wrong@' + host).calls()
    raise SystemExit('no error')
except x.ProtocolError as e:
    assert e.errcode == 401, e
print('ok')
`;

test('python3 xmlrpc.client works with every type, multicall, faults and credentials {xml-rpc}', { skip }, () =>
  withRpc({}, async ({ url, rpc }) => {
    const { token } = await rpc.tokens.create({ name: 'reader', scopes: ['viewer'] });
    const child = spawn('python3', ['-c', script, url, token]);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(output.trim(), 'ok');
    assert.equal(code, 0);
  }),
);
