import type { Diagram } from './ast.ts';
import { drawingOf } from './drawn-edges.ts';

/** The diagram as a Mermaid `stateDiagram-v2`. */
export function drawMermaid(diagram: Diagram): string {
  const { states, edges } = drawingOf(diagram);
  const lines = ['stateDiagram-v2'];
  for (const [index, { name, isInitial, isMissing }] of states.entries()) {
    lines.push(`  state "${escaped(name)}${isMissing ? ' (not declared)' : ''}" as s${index}`);
    if (isInitial) lines.push(`  [*] --> s${index}`);
  }
  for (const { from, to, labels } of edges) lines.push(`  s${from} --> s${to} : ${labels.map(escaped).join('<br/>')}`);
  return `${lines.join('\n')}\n`;
}

/** Mermaid reads entities as `#…;`, and takes these characters as its own. */
function escaped(text: string): string {
  return text.replace(/["#;:<>{}[\]&%\\]/g, (character) => `#${character.codePointAt(0)};`).replace(/[\r\n]+/g, ' ');
}
