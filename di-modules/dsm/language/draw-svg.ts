import type { Diagram } from './ast.ts';
import { type DrawnEdge, type DrawnState, drawingOf } from './drawn-edges.ts';
import { type Box, layOut } from './layout.ts';

const sizes = { characterWidth: 8, boxHeight: 36, gap: 160, rowGap: 130, margin: 60 };
const lineHeight = 13;
const labelCharacterWidth = 5.8;
/** Of the labels on one arrow; the rest is counted. */
const mostLabels = 4;

const style = `text{font:13px system-ui,sans-serif;fill:#1b1f24;text-anchor:middle}
.loop{text-anchor:start}.label{font-size:11px;fill:#444c56;paint-order:stroke;stroke:#fff;stroke-width:4px}
rect{fill:#eef4fb;stroke:#3b6ea5;stroke-width:1.5}.initial{stroke-width:3}.missing{fill:#fdecea;stroke:#c0392b;stroke-dasharray:5 3}
path{fill:none;stroke:#57606a;stroke-width:1.2}.exception{stroke:#c0392b;stroke-dasharray:4 3}`;

/** The diagram as a picture: states in rows from the initial one down, exceptions dashed. */
export function drawSvg(diagram: Diagram): string {
  const { states, edges } = drawingOf(diagram);
  const { boxes, width, height } = layOut({ states, edges }, sizes);
  // Room for the texts beside loops at the right.
  const full = Math.ceil(width) + 240;
  const taken: Area[] = boxes.slice(0, mostTaken).map((box) => ({ ...box }));
  const lines = edges.flatMap((edge, index) => {
    const [from, to] = [boxes[edge.from], boxes[edge.to]];
    return from === undefined || to === undefined ? [] : [drawEdge(edge, from, to, index, taken)];
  });
  const drawn = states.flatMap((state, index) => {
    const box = boxes[index];
    return box === undefined ? [] : drawState(state, box);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${full} ${Math.ceil(height)}" width="${full}" height="${Math.ceil(height)}">`,
    `<title>${escaped(diagram.name)}</title>`,
    `<style>${style}</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#57606a;stroke:none"/></marker></defs>',
    ...lines.map(({ line }) => line),
    ...drawn,
    ...lines.flatMap(({ labels }) => labels),
    '</svg>',
    '',
  ].join('\n');
}

function drawState({ name, isInitial, isMissing }: DrawnState, { x, y, width, height }: Box): string[] {
  const kind = isMissing ? ' class="missing"' : isInitial ? ' class="initial"' : '';
  const shown = name.length > 40 ? `${name.slice(0, 39)}…` : name;
  return [
    `<rect${kind} x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="10"><title>${escaped(name)}</title></rect>`,
    `<text x="${round(x + width / 2)}" y="${round(y + height / 2 + 4)}">${escaped(shown)}</text>`,
  ];
}

/** A line, and where on it a text may stand. */
interface Curve {
  readonly path: string;
  at(part: number): { readonly x: number; readonly y: number };
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Along a line, the middle first. */
const parts = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.12, 0.88];
/** Texts that a new one is kept apart from: the last ones. */
const mostTaken = 300;

interface DrawnLine {
  readonly line: string;
  readonly labels: readonly string[];
}

function drawEdge(
  { labels, isException, from: source, to: target }: DrawnEdge,
  from: Box,
  to: Box,
  index: number,
  taken: Area[],
): DrawnLine {
  const isLoop = source === target;
  const { path, at } = isLoop ? loop(from) : curve(from, to, index);
  const shown =
    labels.length > mostLabels
      ? [...labels.slice(0, mostLabels - 1), `and ${labels.length - mostLabels + 1} more`]
      : labels;
  const width = Math.max(...shown.map(({ length }) => length)) * labelCharacterWidth;
  const height = shown.length * lineHeight;
  const areas = parts.map((part): Area => {
    const { x, y } = at(part);
    return { x: isLoop ? x : x - width / 2, y: y - height / 2, width, height };
  });
  const area = areas.find((one) => !taken.some((other) => overlap(one, other))) ?? areas[0] ?? from;
  taken.push(area);
  if (taken.length > mostTaken) taken.shift();
  const kind = isLoop ? 'label loop' : 'label';
  const x = isLoop ? area.x : area.x + width / 2;
  return {
    line: `<path${isException ? ' class="exception"' : ''} d="${path}" marker-end="url(#tip)"/>`,
    labels: shown.map(
      (label, line) =>
        `<text class="${kind}" x="${round(x)}" y="${round(area.y + 10 + line * lineHeight)}">${escaped(label)}</text>`,
    ),
  };
}

function overlap(a: Area, b: Area): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Out at the right side, and in again. */
function loop({ x, y, width, height }: Box): Curve {
  const right = x + width;
  const path = `M${round(right)} ${round(y + 10)}C${round(right + 40)} ${round(y - 6)} ${round(right + 40)} ${round(y + height + 6)} ${round(right)} ${round(y + height - 10)}`;
  return { path, at: (part) => ({ x: right + 34, y: y + height / 2 + (part - 0.5) * 120 }) };
}

/** From the lower edge to the upper one for the way down; upwards and sideways in a bow, apart from each other. */
function curve(from: Box, to: Box, index: number): Curve {
  const isDown = to.y > from.y;
  const isSame = to.y === from.y;
  const x1 = from.x + from.width * (isDown ? 0.4 : 0.7);
  const x2 = to.x + to.width * (isDown ? 0.4 : 0.7);
  const y1 = isDown || isSame ? from.y + from.height : from.y;
  const y2 = isDown ? to.y : to.y + to.height;
  // Past the states of the rows between.
  const isFar = isDown && to.y - from.y > 1.5 * (sizes.boxHeight + sizes.rowGap);
  const bow = isFar ? 130 + (index % 3) * 25 : isDown ? 0 : 30 + (index % 4) * 18;
  const bend = isSame ? 46 + (index % 3) * 12 : (y2 - y1) * 0.45;
  const end = isSame ? y2 + bend : y2 - bend;
  const path = `M${round(x1)} ${round(y1)}C${round(x1 + bow)} ${round(y1 + bend)} ${round(x2 + bow)} ${round(end)} ${round(x2)} ${round(y2)}`;
  return {
    path,
    at: (part) => ({ x: bezier(x1, x1 + bow, x2 + bow, x2, part), y: bezier(y1, y1 + bend, end, y2, part) }),
  };
}

function bezier(a: number, b: number, c: number, d: number, t: number): number {
  const u = 1 - t;
  return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  const entities: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no form for them.
  return text.replace(/[\u0000-\u001f]+/g, ' ').replace(/[&<>"]/g, (character) => entities[character] ?? '');
}
