/** The line of JSON that the command prints on stdout at the end of each call. */
export interface Summary {
  /** Final SIP status; 408 without any answer, 500 when the phone itself failed. */
  readonly status: number;
  readonly reason: string;
  readonly endedBy: 'us' | 'peer' | 'refused';
  /** From the answer to the end. */
  readonly seconds: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** No RTP, or from an address that is not allowed. */
  readonly packetsIgnored: number;
  readonly keysReceived: string;
}

export function printSummary(summary: Summary): string {
  return `${JSON.stringify(summary)}\n`;
}

/** Exit code: 0 when the call was answered. */
export function exitCodeOf(summary: Summary): number {
  return summary.status >= 200 && summary.status < 300 ? 0 : 1;
}
