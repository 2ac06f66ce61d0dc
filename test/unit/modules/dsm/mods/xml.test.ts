/** mod_xml (reference/dsm 5.10). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xml } from '../../../../../di-modules/dsm/mods/xml/index.ts';
import { modSession } from './mod-session.ts';

const document = '<r xmlns="urn:a"><c state="on">1 &amp; 2</c><c state="off">3</c><e/></r>';
const parsed = 'set($x.ns="a=urn:a"); xml.parse($doc, x);';

for (const [what, list, expected] of [
  ['count', 'xml.evalXPath("//a:c", x); xml.XPathResultCount($n=x.xpath);', { n: '2' }],
  ['count of nothing', 'xml.XPathResultCount($n=nope);', { n: '0' }],
  ['one node', "xml.evalXPath(//a:c[@state='off'], x); xml.getXPathResult($r=x.xpath);", { r: '3' }],
  ['an attribute', 'xml.evalXPath(//a:c[2]/@state, x); xml.getXPathResult($r=x.xpath);', { r: 'off' }],
  [
    'several nodes',
    'xml.evalXPath("//a:c", x); xml.getXPathResult($r=x.xpath);',
    { 'r[0]': '1 & 2', 'r[1]': '3', r: '' },
  ],
  [
    'a number is no node set',
    'set($r=old); xml.evalXPath(count(//a:c), x); xml.getXPathResult($r=x.xpath);',
    { r: '' },
  ],
  ['no result', 'xml.getXPathResult($r=nope);', { r: '0' }],
  ['nodes that are not there', 'xml.evalXPath("//b", x); xml.getXPathResult($r=x.xpath);', { r: '', errno: '' }],
  [
    'one node is changed',
    "xml.evalXPath('//a:c', x); xml.updateXPathResult('x.xpath[1]'='<n>'); xml.getXPathResult($r=x.xpath);",
    { 'r[0]': '1 & 2', 'r[1]': '<n>' },
  ],
  [
    'a node that is not there is not changed',
    "xml.evalXPath('//a:c', x); xml.updateXPathResult('x.xpath[2]'=n);",
    { errno: 'arg' },
  ],
  [
    'print appends',
    'set($r="> "); xml.evalXPath(//a:c[2], x); xml.printXPathResult($r=x.xpath);',
    { r: '> 1 nodes\n[0] c: 3\n' },
  ],
  [
    'dump is indented',
    'xml.docDump($r=x);',
    {
      r: '<?xml version="1.0"?>\n<r xmlns="urn:a">\n  <c state="on">1 &amp; 2</c>\n  <c state="off">3</c>\n  <e/>\n</r>\n',
    },
  ],
  ['an expression that is none', 'xml.evalXPath("//[", x);', { errno: 'arg' }],
  ['an unknown prefix', 'xml.evalXPath("//q:c", x);', { errno: 'arg' }],
  ['no document', 'xml.evalXPath("//c", y);', { errno: 'arg' }],
  ['the level', 'xml.setLoglevel(debug);', { errno: '' }],
  ['an unknown level', 'xml.setLoglevel(loud);', { errno: 'arg' }],
  ['an error is never cleared', 'xml.docDump($r=y); xml.docDump($r=x);', { errno: 'arg' }],
  [
    'a body',
    'xml.parseSIPMsgBody(SipSubscriptionBody, b); xml.evalXPath(/b, b); xml.getXPathResult($r=b.xpath);',
    { r: 'body' },
  ],
  ['a body that is not there', 'xml.parseSIPMsgBody(nope, b);', { errno: 'arg' }],
  ['freed objects are gone', 'freeObject(x); xml.docDump($r=x);', { errno: 'arg' }],
] as const)
  test(`mod_xml: ${what} {dsm-modules}`, async () => {
    const { run, get, script } = modSession([xml], undefined, { variables: { doc: document } });
    script.objects.set('SipSubscriptionBody', { contentType: 'text/xml', content: Buffer.from('<b>body</b>') });
    assert.equal(await run(`${parsed} ${list}`), '');
    for (const [name, value] of Object.entries(expected)) assert.equal(get(name), value, `${name}: ${get('strerror')}`);
  });

for (const [what, text, reason] of [
  ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><a>&d;</a>', /entities/],
  ['a document without end', '<a>', /unclosed/],
  ['nothing', '', /root/],
  ['what is no XML', 'hello', /./],
  ['too deep', '<a>'.repeat(201) + '</a>'.repeat(201), /levels/],
  ['too long', `<a>${'x'.repeat(512 << 10)}</a>`, /characters/],
] as const)
  test(`mod_xml refuses ${what} {dsm-modules}`, async () => {
    const { run, get } = modSession([xml], undefined, { variables: { doc: text } });
    await run('xml.parse($doc, x);');
    assert.equal(get('errno'), 'arg');
    assert.match(get('strerror'), reason);
  });

test('mod_xml: comments and empty elements are no levels {dsm-modules}', async () => {
  const { run, get } = modSession([xml], undefined, { variables: { doc: `<a>${'<b/><!-- <c> -->'.repeat(300)}</a>` } });
  await run('xml.parse($doc, x);');
  assert.equal(get('errno'), '');
});
