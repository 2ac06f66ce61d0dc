/** All that is known of a call on one axis of time, under one cursor. */
import type { TargetedPointerEvent } from 'preact';
import { useId } from 'preact/hooks';
import { durationText } from '../../shell/text.ts';
import { clockText, offsetText } from '../text.ts';
import { type Axis, lastBefore, placeOf, ticksOf, timeAt } from './axis.ts';
import type { CallData, Sample } from './call-data.ts';
import { heightOf, type Point, pathOf, scaleOf } from './curve.ts';
import type { Rung } from './ladder.ts';

export interface Span {
  readonly state: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface TimeLineProps {
  readonly axis: Axis;
  readonly beginMs: number;
  readonly spans: readonly Span[];
  readonly rungs: readonly Rung[];
  readonly data: CallData;
  readonly cursorMs: number;
  readonly onCursor: (atMs: number) => void;
}

const steps = 1000;

export function TimeLine({ axis, beginMs, spans, rungs, data, cursorMs, onCursor }: TimeLineProps) {
  const id = useId();
  const { samples, events, deeds } = data;
  const place = placeOf(axis, cursorMs);
  const point = ({ currentTarget, clientX, buttons, pointerType }: TargetedPointerEvent<HTMLElement>): void => {
    if (pointerType !== 'mouse' && buttons === 0) return;
    const { left, width } = currentTarget.getBoundingClientRect();
    onCursor(timeAt(axis, Math.min(1, Math.max(0, (clientX - left) / width))));
  };
  const marks: readonly Lane[] = [
    { title: 'SIP', marks: rungs.map((rung) => ({ atMs: rung.message.atMs, kind: rung.kind, text: rung.title })) },
    { title: 'Events', marks: events.map(({ atMs, name }) => ({ atMs, kind: 'event', text: name })) },
    {
      title: 'RPC',
      marks: deeds.map(({ at, what, outcome }) => ({
        atMs: Date.parse(at),
        kind: outcome === 'ok' ? 'deed' : 'failure',
        text: what,
      })),
    },
  ];
  return (
    <div class="timeline">
      <div class="lane-names" aria-hidden="true">
        <span class="name state-name">State</span>
        {marks.map(({ title }) => (
          <span key={title} class="name">
            {title}
          </span>
        ))}
        {charts.map(({ title, unit }) => (
          <span key={title} class="name chart-name">
            {title} <small>{unit}</small>
          </span>
        ))}
      </div>
      <div class="lanes-box" onPointerMove={point} onPointerDown={point}>
        <div class="lane states">
          {spans.map(({ state, fromMs, toMs }) => (
            <span
              key={`${state}${fromMs}`}
              class={`span ${state}`}
              style={{
                left: `${placeOf(axis, fromMs) * 100}%`,
                width: `${(placeOf(axis, toMs) - placeOf(axis, fromMs)) * 100}%`,
              }}
            >
              {state}
            </span>
          ))}
        </div>
        {marks.map((lane) => (
          <div key={lane.title} class="lane marks">
            {lane.marks.map(({ atMs, kind, text }, i) => (
              <i
                key={i}
                class={`mark ${kind}`}
                title={`${offsetText(atMs - beginMs)} ${text}`}
                style={{ left: `${placeOf(axis, atMs) * 100}%` }}
              />
            ))}
          </div>
        ))}
        {charts.map((chart) => (
          <ChartLane key={chart.title} chart={chart} samples={samples} axis={axis} />
        ))}
        <Ticks axis={axis} />
        <span class="cursor" style={{ left: `${place * 100}%` }} aria-hidden="true" />
      </div>
      <div class="cursor-control">
        <label for={id} class="unseen">
          Cursor of time
        </label>
        <input
          id={id}
          type="range"
          min={0}
          max={steps}
          value={Math.round(place * steps)}
          aria-valuetext={`${offsetText(cursorMs - beginMs)}, ${clockText(cursorMs)}`}
          onInput={({ currentTarget }) => onCursor(timeAt(axis, Number(currentTarget.value) / steps))}
        />
      </div>
    </div>
  );
}

interface Lane {
  readonly title: string;
  readonly marks: readonly { readonly atMs: number; readonly kind: string; readonly text: string }[];
}

interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly read: (sample: Sample) => number | null;
  /** The other side's, paler. */
  readonly remote?: (sample: Sample) => number | null;
  /** Null: 0 to a round number over the largest, at least this one. */
  readonly scale: { readonly least: number; readonly most: number } | number;
  readonly digits: number;
}

const charts: readonly Chart[] = [
  {
    title: 'MOS',
    unit: '1 – 4.5',
    read: ({ mos }) => mos,
    remote: ({ remoteMos }) => remoteMos,
    scale: { least: 1, most: 4.5 },
    digits: 2,
  },
  {
    title: 'Loss',
    unit: '%',
    read: ({ lossFraction }) => (lossFraction === null ? null : lossFraction * 100),
    scale: 2,
    digits: 1,
  },
  { title: 'Jitter', unit: 'ms', read: ({ jitterMs }) => jitterMs, scale: 10, digits: 1 },
  { title: 'Round trip', unit: 'ms', read: ({ roundTripMs }) => roundTripMs, scale: 50, digits: 0 },
];

const box = { width: 1000, height: 48 };

function ChartLane({
  chart,
  samples,
  axis,
}: {
  readonly chart: Chart;
  readonly samples: readonly Sample[];
  readonly axis: Axis;
}) {
  const points = samples.map((sample): Point => ({ atMs: sample.atMs, value: chart.read(sample) }));
  const scale = typeof chart.scale === 'number' ? scaleOf(points, chart.scale) : chart.scale;
  const { remote } = chart;
  const theirs = remote === undefined ? [] : samples.map((each): Point => ({ atMs: each.atMs, value: remote(each) }));
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const last = known.at(-1);
  const said =
    last === undefined
      ? `${chart.title}: nothing was measured`
      : `${chart.title}: ${Math.min(...known).toFixed(chart.digits)} to ${Math.max(...known).toFixed(chart.digits)}, last ${last.toFixed(chart.digits)}`;
  return (
    <div class="lane chart">
      <svg viewBox={`0 0 ${box.width} ${box.height}`} preserveAspectRatio="none" role="img" aria-label={said}>
        <path class="remote" d={pathOf(theirs, axis, scale, box.width, box.height)} />
        <path class="own" d={pathOf(points, axis, scale, box.width, box.height)} />
      </svg>
      <span class="most" aria-hidden="true">
        {scale.most}
      </span>
      {last === undefined ? null : (
        <span class="last" aria-hidden="true" style={{ top: `${heightOf(scale, last) * 100}%` }} />
      )}
    </div>
  );
}

function Ticks({ axis }: { readonly axis: Axis }) {
  const ticks = ticksOf(axis, 8);
  return (
    <div class="ticks" aria-hidden="true">
      {ticks.map((ms) => (
        <span key={ms} style={{ left: `${placeOf(axis, axis.fromMs + ms) * 100}%` }}>
          {tickText(ms, ticks[1] ?? 1000)}
        </span>
      ))}
    </div>
  );
}

function tickText(ms: number, stepMs: number): string {
  if (stepMs < 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : durationText(ms);
}

/** What held at a time: the last of each, in a line. */
export function Readout({ data, rungs, spans, cursorMs, beginMs }: Omit<TimeLineProps, 'axis' | 'onCursor'>) {
  const sample = data.samples[lastBefore(data.samples, cursorMs)];
  const rung =
    rungs[
      lastBefore(
        rungs.map(({ message }) => message),
        cursorMs,
      )
    ];
  const event = data.events[lastBefore(data.events, cursorMs)];
  const span = spans.findLast(({ fromMs }) => fromMs <= cursorMs);
  const isEnded = data.ended !== null && cursorMs >= (spans.at(-1)?.toMs ?? Number.POSITIVE_INFINITY);
  const facts: readonly (readonly [string, string])[] = [
    ['Time', `${offsetText(cursorMs - beginMs)} (${clockText(cursorMs)})`],
    ['State', isEnded ? 'ended' : (span?.state ?? '–')],
    ['Last message', rung?.title ?? '–'],
    ['Last event', event?.name ?? '–'],
    ...charts.map(({ title, unit, read, digits }): readonly [string, string] => {
      const value = sample === undefined ? null : read(sample);
      return [
        title,
        value === null ? '–' : `${value.toFixed(digits)}${unit === '%' || unit === 'ms' ? ` ${unit}` : ''}`,
      ];
    }),
  ];
  return (
    <dl class="readout">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
