import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Diagram, drawMermaid, drawSvg, readDiagram } from '../../../../../di-modules/dsm/language/index.ts';
import { vocabulary } from './vocabulary.ts';

async function read(text: string): Promise<Diagram> {
  const { understood } = await readDiagram({ name: 'menu', text, vocabulary, mode: 'sems' });
  return understood;
}

const text = `initial state A; state "B <b>";
transition t A - key(#key < 3); not test($x == "1") -> "B <b>";
transition u A - exception -> C;
transition v "B <b>" - timer -> "B <b>";`;

test('a diagram becomes a Mermaid text {dsm-tools}', async () => {
  assert.equal(
    drawMermaid(await read(text)),
    `stateDiagram-v2
  state "A" as s0
  [*] --> s0
  state "B #60;b#62;" as s1
  state "C (not declared)" as s2
  s0 --> s1 : t#58; key(#35;key #60; 3)#59; not $x == #34;1#34;
  s0 --> s2 : u#58; exception
  s1 --> s1 : v#58; timer
`,
  );
});

test('a diagram becomes a picture, with nothing of the script as markup {dsm-tools}', async () => {
  const svg = drawSvg(await read(text));
  assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
  assert.equal(svg.match(/<rect/g)?.length, 3);
  assert.equal(svg.match(/marker-end/g)?.length, 3);
  assert.ok(svg.includes('B &lt;b&gt;') && !svg.includes('<b>'));
  assert.ok(!/NaN|undefined|Infinity/.test(svg), svg);
  // States stand below each other, and none upon another.
  const boxes = [...svg.matchAll(/<rect[^>]* x="([\d.]+)" y="([\d.]+)"/g)].map(([, x, y]) => `${x} ${y}`);
  assert.equal(new Set(boxes).size, 3);
});

test('a diagram of nothing can be drawn {dsm-tools}', async () => {
  assert.equal(drawMermaid(await read('')), 'stateDiagram-v2\n');
  assert.ok(!/NaN|Infinity/.test(drawSvg(await read(''))));
});
