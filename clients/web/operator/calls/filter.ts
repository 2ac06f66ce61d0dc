/** Which calls are shown. */
import type { CallRow } from './live-calls.ts';

export interface CallFilter {
  /** Empty: any. */
  readonly state: string;
  readonly application: string;
  /** In From, To or Request-URI. */
  readonly text: string;
  readonly account: string;
  /** In the tariff or the data. */
  readonly label: string;
  /** At least so long. */
  readonly seconds: number;
}

export const noFilter: CallFilter = { state: '', application: '', text: '', account: '', label: '', seconds: 0 };

export function isFiltering(filter: CallFilter): boolean {
  return Object.values(filter).some((value) => value !== '' && value !== 0);
}

/** @param nowMs Unix time: a call's length is until then. */
export function filterCalls(rows: readonly CallRow[], filter: CallFilter, nowMs: number): readonly CallRow[] {
  if (!isFiltering(filter)) return rows;
  const wanted = { ...filter, text: filter.text.toLowerCase(), label: filter.label.toLowerCase() };
  return rows.filter((row) => fits(row, wanted, nowMs));
}

function fits(row: CallRow, { state, application, text, account, label, seconds }: CallFilter, nowMs: number): boolean {
  return (
    (state === '' || row.state === state) &&
    (application === '' || row.application === application) &&
    (account === '' || (row.account ?? '').includes(account)) &&
    (seconds === 0 || nowMs - row.startedAtMs >= seconds * 1000) &&
    (text === '' || `${row.from}\n${row.to}\n${row.ruri}`.toLowerCase().includes(text)) &&
    (label === '' || labelsText(row).toLowerCase().includes(label))
  );
}

const labelsText = ({ tariff = '', data }: CallRow): string =>
  `${tariff}\n${data === undefined ? '' : JSON.stringify(data)}`;
