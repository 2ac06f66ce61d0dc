import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { HttpClientRequest } from '../../../../core/http/index.ts';
import { Webhook } from '../../../../di-modules/billing/outputs/webhook.ts';
import { someRecord } from './some-record.ts';

test('a webhook gets signed records; it has taken them when it says 2xx, and only then {billing}', async () => {
  const sent: HttpClientRequest[] = [];
  const statuses = [503, 204];
  const webhook = new Webhook({
    http: {
      async send(request) {
        sent.push(request);
        return { status: statuses.shift() ?? 500, headers: {}, body: new Uint8Array() };
      },
    },
    url: 'https://crm.example/cdr',
    secret: 's3cret',
    batch: 10,
  });
  const place = { seq: 4, file: '', bytes: 0 };
  const records = [5, 6].map((seq) => ({ seq, record: someRecord(`id-${seq}`) }));
  await assert.rejects(webhook.deliver(records, place), /503/);
  assert.deepEqual(await webhook.deliver(records, place), { ...place, seq: 6 });
  const [first, second] = sent;
  const body = String(first?.body);
  assert.equal(body, String(second?.body), 'the same again');
  assert.deepEqual(
    (JSON.parse(body) as { records: { id: string }[] }).records.map(({ id }) => id),
    ['id-5', 'id-6'],
  );
  const signature = createHmac('sha256', 's3cret').update(body).digest('hex');
  assert.equal(first?.headers?.['x-callbus-signature'], `sha256=${signature}`);
  assert.equal(first?.namedBy, 'configuration');
});
