/** mod_curl (reference/dsm 5.7), mod_http, mod_json. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../../../core/index.ts';
import { httpWith, serverWith, sessionWith } from './server-of.ts';

const page = () => httpWith(({ url }) => ({ status: 404, body: Buffer.from(`page ${url}`) }));

test('curl: the reply is $curl.out whatever its status; scripts go where `outgoing` lets callers go {dsm-modules}', async () => {
  const { client, requests } = page();
  const s = sessionWith(['mod_curl'], serverWith({ http: client }), { variables: { a: '1', b: 'x y' } });
  await s.run('set($curl.timeout=3); curl.get(http://h/x);');
  assert.deepEqual([s.get('curl.out'), s.get('errno')], ['page http://h/x', '']);
  assert.deepEqual([requests[0]?.timeoutMs, requests[0]?.namedBy], [3000, 'caller']);
  await s.run('curl.getForm(http://h/x, $a;$b); curl.getForm("http://h/x?q=1", a);');
  assert.deepEqual([requests[1]?.url, requests[2]?.url], ['http://h/x?a=1&b=x%20y', 'http://h/x?q=1&a=1']);
  await s.run('set($curl.out=old); curl.getDiscardResult(http://h/x); curl.postDiscardResult(http://h/p, $a);');
  assert.equal(s.get('curl.out'), 'old');
  await s.run('curl.post(http://h/p, $a;$b);');
  const body = String(requests.at(-1)?.body);
  assert.match(body, /name="a"\r\n\r\n1\r\n--/);
  assert.match(body, /name="b"\r\n\r\nx y\r\n--.*--\r\n$/s);
  assert.match(requests.at(-1)?.headers?.['Content-Type'] ?? '', /^multipart\/form-data; boundary=----callbus/);
});

test('curl: a file only where scripts may write; faults are errno and $curl.err {dsm-modules}', async () => {
  const { client } = page();
  const server = serverWith({ http: client });
  const s = sessionWith(['mod_curl'], server);
  await s.run('curl.getFile(http://h/f.wav, /data/dsm/f.wav);');
  assert.deepEqual([s.get('errno'), server.files.names], ['', ['/data/dsm/f.wav']]);
  await s.run('curl.getFile(http://h/f.wav, /etc/f.wav);');
  assert.equal(s.get('errno'), 'file');
  assert.match(s.get('curl.err'), /sys_paths/);

  for (const [code, errno] of [
    ['http.invalid', 'arg'],
    ['http.forbidden', 'general'],
    ['network.failed', 'general'],
  ] as const) {
    const failing = httpWith(() => Promise.reject(new CodedError(code, 'so')));
    const other = sessionWith(['mod_curl'], serverWith({ http: failing.client }));
    await other.run('curl.get(http://127.0.0.1/);');
    assert.equal(other.get('errno'), errno);
    assert.match(other.get('curl.err'), /so/);
  }
});

test('http: JSON goes out, status and body come back {dsm-modules}', async () => {
  const { client, requests } = httpWith(() => ({ status: 201, body: Buffer.from('{"id":7}') }));
  const s = sessionWith(['mod_http', 'mod_json'], serverWith({ http: client, config: { trusted_urls: true } }), {
    variables: { who: 'bob' },
  });
  await s.run(
    'json.set($j, user.name=$who); set($http.bearer=t0k); http.post(http://h/api, $j); json.get($id=$http.body id);',
  );
  assert.deepEqual([s.get('http.status'), s.get('id'), s.get('errno')], ['201', '7', '']);
  assert.equal(requests[0]?.body, '{"user":{"name":"bob"}}');
  assert.deepEqual(requests[0]?.headers, { 'Content-Type': 'application/json', Authorization: 'Bearer t0k' });
  assert.equal(requests[0]?.namedBy, 'configuration');
  await s.run('http.get(http://h/api);');
  assert.equal(requests[1]?.method, 'GET');
});

test('json: members by path, and into variables {dsm-modules}', async () => {
  const s = sessionWith(['mod_json'], serverWith(), {
    variables: { j: '{"a":{"b":[10,{"c":"x"}]},"n":null,"__proto__":1}', i: '1' },
  });
  await s.run('json.get($x=$j a.b[1].c); json.get($y=$j a.b); json.get($z=$j a.none.more); json.get($n=$j n);');
  assert.deepEqual([s.get('x'), s.get('y'), s.get('z'), s.get('n')], ['x', '[10,{"c":"x"}]', '', '']);
  await s.run('json.set($d, list[2]=true); json.set($d, name="a b"); json.set($d, n=12);');
  assert.equal(s.get('d'), '{"list":[null,null,true],"name":"a b","n":12}');
  await s.run('json.each($y, $e); json.parse($j, p);');
  assert.deepEqual([s.get('e.size'), s.get('e[0]'), s.get('e[1]'), s.get('p.a.b[0]')], ['2', '10', '{"c":"x"}', '10']);
  for (const list of ['json.get($x=no a);', 'json.set($d, =1);', 'json.each("1", e);', 'json.parse("[", e);']) {
    await s.run(`set($errno=none); ${list}`);
    assert.equal(s.get('errno'), 'arg', list);
  }
});
