import { join } from 'node:path';
import type { ModuleContext } from '../../../core/index.ts';
import type { BillingConfig, OutputValues } from '../config.ts';
import type { Store } from '../store.ts';
import { OutputFeed } from './feed.ts';
import { LineFile } from './line-file.ts';
import { csvHeader, csvLine, jsonLine } from './lines.ts';
import type { Output } from './output.ts';
import { SqlTable } from './sql-table.ts';
import { Webhook } from './webhook.ts';

/** The configured outputs, each with its place in the records. */
export function openOutputs(context: ModuleContext<BillingConfig>, store: Store): readonly OutputFeed[] {
  const { clock, config, counters, log, publishDeclared } = context;
  return config.outputs.map(
    (values) =>
      new OutputFeed({
        name: values.name,
        output: outputOf(values, context),
        ...{ store, clock, log, counters },
        onState: (state, reason) => publishDeclared('billing.output', { output: values.name, state, reason }),
      }),
  );
}

function outputOf(values: OutputValues, context: ModuleContext<BillingConfig>): Output {
  const { clock, dataPath, files, http, openDatabase } = context;
  switch (values.type) {
    case 'csv':
    case 'jsonl': {
      const { daily, folder, maxBytes, name, type } = values;
      return new LineFile({
        ...{ files, clock, daily, maxBytes },
        folder: folder === '' ? join(dataPath) : folder,
        prefix: name,
        extension: type,
        header: type === 'csv' ? csvHeader : '',
        line: type === 'csv' ? csvLine : jsonLine,
      });
    }
    case 'sql':
      return new SqlTable(openDatabase(values.url), values.table);
    case 'webhook':
      return new Webhook({ http, url: values.url, secret: values.secret, batch: values.batch });
  }
}
