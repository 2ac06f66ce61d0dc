import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, offline, resultOf, withRpc, xmlCall } from './world.ts';

const xml = (title: string, work: Parameters<typeof withRpc>[1]): void => {
  test(`${title} {xml-rpc}`, () => withRpc(offline, work));
};

xml('the reply of calls is SEMS’s to the byte', async ({ rpc }) => {
  const reply = await rpc.dispatchXml('<?xml version="1.0"?>\n<methodCall><methodName>calls</methodName></methodCall>');
  const expected =
    '<?xml version="1.0"?>\r\n<methodResponse><params><param>\r\n\t<value><i4>3</i4></value>\r\n</param></params></methodResponse>\r\n';
  assert.equal(reply, expected);
  assert.equal(reply.length, 120);
});

xml('a function answers under module.function, its bare name and di', async ({ rpc }) => {
  assert.equal(resultOf(await xmlCall(rpc, 'sample.small')), '<i4>7</i4>');
  assert.equal(resultOf(await xmlCall(rpc, 'small')), '<i4>7</i4>');
  assert.equal(resultOf(await xmlCall(rpc, 'di', '<string>sample</string>', 'small')), '<i4>7</i4>');
});

const types: readonly (readonly [sent: string, back: string])[] = [
  ['<i4>-12</i4>', '<i4>-12</i4>'],
  ['<int>+0012</int>', '<i4>12</i4>'],
  ['<i1>5</i1>', '<i4>5</i4>'],
  ['<i2>-300</i2>', '<i4>-300</i4>'],
  ['<i8>9007199254740993</i8>', '<i8>9007199254740993</i8>'],
  ['<i8>5</i8>', '<i4>5</i4>'],
  ['<ex:i8>-2147483649</ex:i8>', '<i8>-2147483649</i8>'],
  ['<boolean>1</boolean>', '<i4>1</i4>'],
  ['<boolean> false </boolean>', '<i4>0</i4>'],
  ['<double>2</double>', '<double>2.0</double>'],
  ['<double>-12.214</double>', '<double>-12.214</double>'],
  ['<double>1.5e-7</double>', '<double>0.00000015</double>'],
  ['<double>1e21</double>', '<double>1000000000000000000000.0</double>'],
  ['<double>0.1</double>', '<double>0.1</double>'],
  ['<string>a&lt;b&gt;&amp;&apos;&quot;</string>', '<string>a&lt;b&gt;&amp;&apos;&quot;</string>'],
  ['<string>&#65;&#x1F600;</string>', '<string>A😀</string>'],
  ['<string><![CDATA[<x>&amp;]]></string>', '<string>&lt;x&gt;&amp;amp;</string>'],
  ['<string>a<!-- no -->b</string>', '<string>ab</string>'],
  ['bare text', '<string>bare text</string>'],
  [' spaced ', '<string> spaced </string>'],
  ['', '<string></string>'],
  ['<string/>', '<string></string>'],
  ['<string></string>', '<string></string>'],
  ['<nil/>', '<i4>0</i4>'],
  ['<ex:nil></ex:nil>', '<i4>0</i4>'],
  ['<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>', '<string>19980717T14:08:55</string>'],
  ['<base64>\n eW91IGNh\r\n bid0 </base64>', '<base64>eW91IGNhbid0</base64>'],
  ['<base64/>', '<base64></base64>'],
  ['<array><data/></array>', '<array><data></data></array>'],
  ['<array/>', '<array><data></data></array>'],
  ['<struct/>', '<struct></struct>'],
  [
    ' <array> <data> <value/> <value><i4>1</i4></value> </data> </array> ',
    '<array><data><value><string></string></value><value><i4>1</i4></value></data></array>',
  ],
  [
    '<struct><member><name>z&amp;</name><value>1</value></member><member><name>a</name><value><i4>2</i4></value></member></struct>',
    '<struct><member><name>a</name><value><i4>2</i4></value></member><member><name>z&amp;</name><value><string>1</string></value></member></struct>',
  ],
  [
    '<struct><member><name>__proto__</name><value>x</value></member></struct>',
    '<struct><member><name>__proto__</name><value><string>x</string></value></member></struct>',
  ],
  ['<string>\r\n</string>', '<string>&#13;\n</string>'],
];
for (const [sent, back] of types) {
  xml(`${JSON.stringify(sent)} comes back as ${back}`, async ({ rpc }) => {
    assert.equal(resultOf(await xmlCall(rpc, 'same', sent)), back);
  });
}

xml('booleans and nil stand only where the result declares them', async ({ rpc }) => {
  assert.equal(resultOf(await xmlCall(rpc, 'flag')), '<boolean>1</boolean>');
  assert.equal(resultOf(await xmlCall(rpc, 'maybe')), '<nil/>');
  assert.equal(resultOf(await xmlCall(rpc, 'nothing')), '<i4>0</i4>');
});

xml('numbers and bytes come as declared', async ({ rpc }) => {
  assert.equal(resultOf(await xmlCall(rpc, 'count')), '<i8>9007199254740993</i8>');
  assert.equal(resultOf(await xmlCall(rpc, 'half', '<i4>4</i4>')), '<double>2.0</double>');
  assert.equal(resultOf(await xmlCall(rpc, 'bytes')), '<base64>AQL/</base64>');
});

xml('characters that XML cannot hold do not break a reply', async ({ rpc }) => {
  const back = await rpc.dispatchJson('{"jsonrpc":"2.0","method":"same","params":["a\\u0000b"],"id":1}');
  assert.match(back ?? '', /a\\u0000b/);
  const { encodeValue } = await import('../../../rpc/xmlrpc/encode.ts');
  assert.equal(encodeValue('a\u0000b\u000bc\uffffd', null), '<value><string>a\ufffdb\ufffdc\ufffdd</string></value>');
  assert.equal(
    encodeValue({ '<': Number.NaN }, null),
    '<value><struct><member><name>&lt;</name><value><double>nan</double></value></member></struct></value>',
  );
});

xml('a lone struct is the first argument, not named arguments', async ({ rpc }) => {
  const struct = '<struct><member><name>options</name><value>x</value></member></struct>';
  assert.match(resultOf(await xmlCall(rpc, 'struct', struct)), /<name>options<\/name><value><string>x/);
});

xml('attributes, comments, declarations and white space do not disturb', async ({ rpc }) => {
  const reply = await rpc.dispatchXml(`<?xml version='1.0' encoding="UTF-8"?>
    <!-- a > b -->
    <methodCall xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions" a='>'>
      <methodName> same </methodName>
      <params ><param><value><i4 x="1">7</i4 ></value></param></params>
    </methodCall >
    <!-- the end -->`);
  assert.equal(resultOf(reply), '<i4>7</i4>');
});

const faults: readonly (readonly [title: string, body: string, code: number, text: RegExp])[] = [
  ['an unknown method', call('nope'), -1, /^nope: unknown method name/],
  ['an unknown module', call('nope.x'), -1, /^nope\.x: unknown method name/],
  ['an unknown function of a module', call('sample.x'), -1, /^sample\.x: unknown method name/],
  ['an internal function', call('sample.hidden'), -1, /^sample\.hidden: unknown method name/],
  ['di without arguments', call('di'), -1, /^type error/],
  ['di with one argument', call('di', 'sample'), 400, /need at least factory name and function name to call/],
  ['di with a number for a name', call('di', '<i4>1</i4>', 'x'), -1, /^type error/],
  ['di to an unknown module', call('di', 'nope', 'x'), 500, /^could not get factory/],
  ['di to an unknown function', call('di', 'sample', 'nope'), 504, /^Exception: AmDynInvoke::NotImplemented: nope/],
  [
    'di to an internal function',
    call('di', 'sample', 'hidden'),
    504,
    /^Exception: AmDynInvoke::NotImplemented: hidden/,
  ],
  [
    'too few arguments',
    call('sample.same'),
    300,
    /^Exception: AmArg out of bounds - parameter number mismatch\..*value/,
  ],
  ['a wrong type', call('sample.struct', 'text'), 300, /^Exception: Type mismatch in arguments\..*options/],
  ['a wrong type for a built-in', call('set_loglevel', 'x'), -1, /^type error/],
  ['a handler that throws', call('sample.broken'), 500, /^Exception: The function failed/],
  ['a coded error', call('sample.refuses'), 404, /tag X/],
  ['no scope', call('sample.wipe'), 403, /sample:admin/],
  ['an i4 beyond 32 bits', call('same', '<i4>4294967296</i4>'), 400, /does not fit into 32 bits/],
  ['an int of letters', call('same', '<int>1a</int>'), 400, /"1a" is not an integer/],
  ['an empty int', call('same', '<int/>'), 400, /<int> is empty/],
  ['infinity', call('same', '<double>inf</double>'), 400, /no infinity/],
  ['a strange boolean', call('same', '<boolean>2</boolean>'), 400, /is not 0 or 1/],
  ['broken base64', call('same', '<base64>a*b</base64>'), 400, /base64/],
  ['an unknown type', call('same', '<foo>1</foo>'), 400, /<foo> is not a type of XML-RPC/],
  ['text beside a type', call('same', 'x<i4>1</i4>'), 400, /text beside/],
  ['a DOCTYPE', '<!DOCTYPE x [<!ENTITY a "b">]><methodCall/>', 400, /DOCTYPE/],
  ['an unknown entity', call('same', '&nbsp;'), 400, /&nbsp; is not a reference/],
  ['a reference to NUL', call('same', '&#0;'), 400, /does not allow/],
  ['a control character', call('same', '\u0001'), 400, /does not allow/],
  ['nothing', '', 400, /start tag/],
  ['JSON', '{"jsonrpc":"2.0"}', 400, /text where a tag should be/],
  ['a response', '<methodResponse></methodResponse>', 400, /<methodCall> was expected/],
  ['no method name', '<methodCall><methodName/></methodCall>', 400, /methodName/],
  ['text after the end', `${call('calls')}x`, 400, /text where a tag should be/],
  ['an unclosed tag', '<methodCall><methodName>calls', 400, /line 1, column 30.*ends here/],
  ['crossed tags', '<methodCall><methodName>calls</params></methodCall>', 400, /<\/methodName> was expected/],
];
function call(method: string, ...values: string[]): string {
  const params = values.map((value) => `<param><value>${value}</value></param>`).join('');
  return `<methodCall><methodName>${method}</methodName><params>${params}</params></methodCall>`;
}
for (const [title, body, code, pattern] of faults) {
  xml(`${title} gives fault ${code}`, async ({ rpc }) => {
    const fault = faultOf(await rpc.dispatchXml(body));
    assert.equal(fault.code, code);
    assert.match(fault.text, pattern);
  });
}

xml('every truncation of a request is a fault', async ({ rpc }) => {
  const whole = call(
    'same',
    '<struct><member><name>a</name><value><array><data><value>&amp;<!-- x --></value></data></array></value></member></struct>',
  );
  for (let length = 0; length < whole.length; length++) faultOf(await rpc.dispatchXml(whole.slice(0, length)));
  assert.match(await rpc.dispatchXml(whole), /<params>/);
});

xml('nesting and the number of values are bounded', async ({ rpc }) => {
  const deep = '<array><data><value>'.repeat(5000) + '</value></data></array>'.repeat(5000);
  assert.match(faultOf(await rpc.dispatchXml(call('same', deep))).text, /nested more than 32 deep/);
  const wide = `<array><data>${'<value/>'.repeat(100_001)}</data></array>`;
  assert.equal(faultOf(await rpc.dispatchXml(call('same', wide))).code, 413);
});

xml('introspection tells names, help and signatures', async ({ rpc }) => {
  const names = resultOf(await xmlCall(rpc, 'system.listMethods'));
  for (const name of ['calls', 'di', 'sample.struct', 'struct', 'system.multicall', 'builtin.calls'])
    assert.ok(names.includes(`<string>${name}</string>`), name);
  assert.ok(!names.includes('hidden'));
  assert.match(resultOf(await xmlCall(rpc, 'system.methodHelp', 'sample.struct')), /Takes a struct.*How often/s);
  assert.equal(
    resultOf(await xmlCall(rpc, 'system.methodSignature', 'struct')).replaceAll(/<\/?(value|data|string)>/g, ''),
    '<array><array>structstruct</array><array>structstructint</array></array>',
  );
  assert.match(resultOf(await xmlCall(rpc, 'system.getCapabilities')), /introspection/);
  assert.equal(faultOf(await xmlCall(rpc, 'system.methodHelp', 'nope')).code, -1);
  assert.equal(faultOf(await xmlCall(rpc, 'system.methodHelp')).code, 300);
});

xml('a multicall answers each call, and refuses another multicall inside', async ({ rpc }) => {
  const one = (name: string, params: string): string =>
    `<value><struct><member><name>methodName</name><value>${name}</value></member><member><name>params</name><value><array><data>${params}</data></array></value></member></struct></value>`;
  const calls = [
    one('calls', ''),
    one('nope', ''),
    one('system.multicall', ''),
    '<value><i4>1</i4></value>',
    one('flag', ''),
  ].join('');
  const reply = resultOf(await xmlCall(rpc, 'system.multicall', `<array><data>${calls}</data></array>`));
  assert.match(reply, /^<array><data><value><array><data><value><i4>3<\/i4>/);
  assert.match(reply, /nope: unknown method name/);
  assert.match(reply, /Recursive system.multicall forbidden/);
  assert.match(reply, /expected a struct/);
  assert.match(reply, /<boolean>1<\/boolean><\/value><\/data><\/array><\/value><\/data><\/array>$/);
  assert.equal(faultOf(await xmlCall(rpc, 'system.multicall', '<i4>1</i4>')).code, -1);
  const many = one('calls', '').repeat(101);
  assert.equal(faultOf(await xmlCall(rpc, 'system.multicall', `<array><data>${many}</data></array>`)).code, 413);
});
