/** GET /metrics: the server's counters and the process's figures as Prometheus text. */
import type { HttpReply } from '../core/http/index.ts';
import { type CounterSample, type Counters, processFace } from '../core/runtime/index.ts';

/** `prom-client` is loaded, and begins to watch the process, with the first question. */
export function createMetrics(counters: Counters): () => Promise<HttpReply> {
  let client: Promise<typeof import('prom-client')> | null = null;
  let processFigures: import('prom-client').Registry | null = null;
  return async () => {
    client ??= import('prom-client');
    const { Counter, collectDefaultMetrics, Gauge, Registry } = await client;
    if (processFigures === null) {
      processFigures = new Registry();
      collectDefaultMetrics({ register: processFigures });
      sinceTheStart(processFigures, Counter);
    }
    const register = new Registry();
    for (const sample of counters.samples()) {
      const { name, help } = sample;
      const metric = { name, help, labelNames: labelNames(sample), registers: [register] };
      if (sample.type === 'gauge') {
        const gauge = new Gauge(metric);
        for (const { labels, value } of sample.values) gauge.set(labels, value);
      } else {
        const counter = new Counter(metric);
        for (const { labels, value } of sample.values) counter.inc(labels, value);
      }
    }
    const body = `${await register.metrics()}\n${await processFigures.metrics()}`;
    return { status: 200, headers: { 'Content-Type': register.contentType }, body };
  };
}

const labelNames = ({ values }: CounterSample): string[] => [
  ...new Set(values.flatMap(({ labels }) => Object.keys(labels))),
];

type Client = typeof import('prom-client');

/** `prom-client` counts processor time from when it was loaded: what was used before is added. */
function sinceTheStart(register: InstanceType<Client['Registry']>, Counter: Client['Counter']): void {
  const { user, system } = processFace().cpuSeconds();
  const used = {
    process_cpu_user_seconds_total: user,
    process_cpu_system_seconds_total: system,
    process_cpu_seconds_total: user + system,
  };
  for (const [name, seconds] of Object.entries(used)) {
    const metric = register.getSingleMetric(name);
    if (metric instanceof Counter) metric.inc(seconds);
  }
}
