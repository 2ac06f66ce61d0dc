/** An error's `code` as Node's system errors carry it, or ''. */
export function systemCode(fault: unknown): string {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : '';
}
