import { useState } from 'preact/hooks';
import type { JsonValue } from '../../bus/index.ts';
import { Button, Card, Table } from '../../shell/index.ts';
import { resultTable } from '../forms/result-table.ts';
import { Source } from '../source.tsx';

const mostRows = 200;

/** What a function gave, as JSON and, where it has that shape, as a table. */
export function ResultView(props: {
  readonly result: JsonValue | undefined;
  readonly fault: string;
  readonly ms: number;
}) {
  const { result, fault, ms } = props;
  const [asTable, setAsTable] = useState(true);
  const time = <small class="hint">{ms.toFixed(0)} ms</small>;
  if (result === undefined)
    return (
      <div class="notice bad" role="alert">
        {fault} {time}
      </div>
    );
  const table = resultTable(result);
  const isTable = table !== null && asTable;
  return (
    <Card class="result">
      <div class="row spread">
        <h2>
          Result <span class="badge good">done</span> {time}
        </h2>
        {table === null ? null : (
          <div class="row">
            <Button size="small" pressed={isTable} onClick={() => setAsTable(true)}>
              Table
            </Button>
            <Button size="small" pressed={!isTable} onClick={() => setAsTable(false)}>
              JSON
            </Button>
          </div>
        )}
      </div>
      {isTable ? (
        <>
          <Table<{ readonly cells: readonly string[]; readonly key: string }>
            caption="Result"
            rows={table.rows.slice(0, mostRows).map((cells, i) => ({ cells, key: String(i) }))}
            keyOf={({ key }) => key}
            columns={table.columns.map((title, i) => ({
              title,
              cell: ({ cells }) => <span class="cell">{cells[i]}</span>,
            }))}
          />
          {table.rows.length > mostRows ? (
            <p class="hint">
              The first {mostRows} of {table.rows.length} rows; JSON has them all.
            </p>
          ) : null}
        </>
      ) : (
        <Source label="Result as JSON" class="result-json">
          {JSON.stringify(result, null, 2)}
        </Source>
      )}
    </Card>
  );
}
