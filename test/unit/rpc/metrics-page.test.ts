import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Counters, packageFile, processFace } from '../../../core/runtime/index.ts';
import { createMetrics } from '../../../rpc/metrics.ts';
import { metrics, operatePage, pageWithTable } from '../../lint/metrics.ts';

const page = readFileSync(operatePage, 'utf8');

test('docs/operate.md lists every metric of the sources {operations}', () => {
  assert.ok(page === pageWithTable(page), 'metrics changed: npx tsx test/lint/metrics.ts --write');
  assert.ok(metrics().length > 100);
  assert.deepEqual(
    metrics().filter(({ help }) => help === ''),
    [],
  );
});

test('dashboard and alerts use metrics that there are {operations}', () => {
  const known = new Set(
    metrics().flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  for (const file of ['docs/deploy/grafana.json', 'docs/deploy/alerts.yaml']) {
    const used = readFileSync(packageFile(file), 'utf8').match(/callbus_[a-z_]+/g) ?? [];
    assert.ok(used.length > 5);
    assert.deepEqual(
      [...new Set(used)].filter((name) => !known.has(name)),
      [],
      file,
    );
  }
});

test('processor time is counted from the start of the process, not from the first question {operations}', async () => {
  const before = processFace().cpuSeconds();
  const { body } = await createMetrics(new Counters())();
  const [, told = '0'] = /^process_cpu_seconds_total ([\d.]+)/m.exec(String(body)) ?? [];
  assert.ok(Number(told) >= before.user + before.system, `${told} s`);
});
