import { useEffect, useState } from 'preact/hooks';
import type { Methods } from '../../../typescript/index.ts';
import { bus, sentenceOf } from '../../bus/index.ts';
import { Card, every, Table, unixMs } from '../../shell/index.ts';
import { durationText } from '../../shell/text.ts';
import { type Point, pathOf, scaleOf } from '../call/curve.ts';
import { modules } from '../sections.ts';
import { bytesText, percentText } from '../text.ts';

type Load = ReturnType<Methods['server.load']>;

interface Look {
  readonly atMs: number;
  readonly load: Load;
  /** Threads' worth of processor time since the look before; null: it was the first. */
  readonly processors: number | null;
}

const everyMs = 2000;
const kept = 90;

/** What the server has to do, and what it is made of. */
export function ServerView() {
  const [looks, setLooks] = useState<readonly Look[]>([]);
  const [fault, setFault] = useState('');
  useEffect(() => {
    const look = (): void => {
      if (document.hidden || bus.state.value !== 'open') return;
      bus.call('server.load', []).then(
        (load) => {
          setFault('');
          setLooks((before) => [...before, lookAfter(before.at(-1), load)].slice(-kept));
        },
        (why: unknown) => setFault(bus.state.value === 'open' ? sentenceOf(why) : ''),
      );
    };
    const offOpen = bus.onOpen(look);
    const offTimer = every(everyMs, look);
    return () => {
      offOpen();
      offTimer();
    };
  }, []);
  const load = looks.at(-1)?.load ?? null;
  return (
    <div class="stack">
      {fault === '' ? null : <p class="notice bad">{fault}</p>}
      {load === null ? <p class="empty">Asking the server…</p> : <Figures load={load} looks={looks} />}
      {load === null ? null : <Workers load={load} />}
      <Modules />
    </div>
  );
}

function lookAfter(before: Look | undefined, load: Load): Look {
  const atMs = unixMs();
  const spanSeconds = before === undefined ? 0 : (atMs - before.atMs) / 1000;
  const processors =
    before === undefined || spanSeconds <= 0
      ? null
      : Math.max(0, (load.cpuSeconds - before.load.cpuSeconds) / spanSeconds);
  return { atMs, load, processors };
}

function Figures({ load, looks }: { readonly load: Load; readonly looks: readonly Look[] }) {
  const { loop } = load;
  const processors = looks.at(-1)?.processors ?? null;
  const points = (read: (look: Look) => number | null): readonly Point[] =>
    looks.map((look) => ({ atMs: look.atMs, value: read(look) }));
  return (
    <>
      {loop.overloaded ? (
        <p class="notice bad" role="alert">
          The server is overloaded: it refuses new requests for want of time ({loop.shed} since the start).
        </p>
      ) : null}
      {load.refusesCalls ? (
        <p class="notice">New calls are refused (set_shutdownmode, or the server is draining).</p>
      ) : null}
      <div class="figures">
        <Figure
          name="Calls"
          value={String(load.calls)}
          more={`${load.callsTotal.toLocaleString()} since the start`}
          points={points((look) => look.load.calls)}
          least={5}
        />
        <Figure
          name="New calls a second"
          value={String(load.callsPerSecond)}
          more="over the last 5 s"
          points={points((look) => look.load.callsPerSecond)}
          least={5}
        />
        <Figure
          name="Processor"
          value={processors === null ? '–' : percentText(processors)}
          more={`${load.cpuSeconds.toFixed(0)} s since the start; 100 % is one core`}
          points={points((look) => look.processors)}
          least={0.2}
        />
        <Figure
          name="Memory"
          value={bytesText(load.memoryBytes)}
          more="resident"
          points={points((look) => look.load.memoryBytes)}
          least={1e6}
        />
        <Figure
          name="Event loop"
          value={`${loop.lagMs.toFixed(1)} ms`}
          more={`late at most; ${percentText(loop.busyFraction)} busy`}
          points={points((look) => look.load.loop.lagMs)}
          least={5}
        />
        <Figure name="Running for" value={durationText(load.uptimeSeconds * 1000)} more={`Callbus ${load.version}`} />
      </div>
    </>
  );
}

const spark = { width: 240, height: 40 };

function Figure(props: {
  readonly name: string;
  readonly value: string;
  readonly more: string;
  readonly points?: readonly Point[];
  readonly least?: number;
}) {
  const { name, value, more, points = [], least = 1 } = props;
  const last = points.at(-1)?.atMs ?? 0;
  const axis = { fromMs: last - kept * everyMs, toMs: last };
  return (
    <Card class="figure">
      <h2>{name}</h2>
      <p class="figure-value">{value}</p>
      <p class="hint">{more}</p>
      <svg class="spark" viewBox={`0 0 ${spark.width} ${spark.height}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={pathOf(points, axis, scaleOf(points, least), spark.width, spark.height)} />
      </svg>
    </Card>
  );
}

function Workers({ load }: { readonly load: Load }) {
  return (
    <Card title="Media workers">
      <Table
        caption="Media workers"
        rows={load.workers.map((worker, i) => ({ ...worker, name: `Worker ${i + 1}` }))}
        keyOf={({ name }) => name}
        empty="Media runs in the main thread."
        columns={[
          { title: 'Worker', cell: ({ name }) => name },
          {
            title: 'State',
            cell: ({ alive }) => <span class={`badge ${alive ? 'good' : 'bad'}`}>{alive ? 'works' : 'dead'}</span>,
          },
          { title: 'Streams', numeric: true, cell: ({ streams }) => streams },
          { title: 'Rooms', numeric: true, cell: ({ rooms }) => rooms },
          { title: 'Relayed lines', numeric: true, cell: ({ relayLines }) => relayLines },
          { title: 'Busy', numeric: true, cell: ({ busyFraction }) => percentText(busyFraction) },
          { title: 'Latest', numeric: true, cell: ({ maxLatenessMs }) => `${maxLatenessMs.toFixed(1)} ms` },
        ]}
      />
    </Card>
  );
}

function Modules() {
  return (
    <Card title="Modules">
      <Table
        caption="Modules"
        rows={modules.value ?? []}
        keyOf={({ name }) => name}
        empty="Asking the server…"
        columns={[
          {
            title: 'Name',
            cell: ({ name, functions }) =>
              functions === 0 ? name : <a href={`/operator/functions/${encodeURIComponent(name)}`}>{name}</a>,
          },
          { title: 'What it is for', cell: ({ summary }) => (summary === '' ? 'Part of the server.' : summary) },
          { title: 'Functions', numeric: true, cell: ({ functions }) => functions },
        ]}
      />
    </Card>
  );
}
