/** Colours of a terminal (ECMA-48, 8.3.117), or none. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly notice: (text: string) => string;
}

export function paint(isColoured: boolean): Style {
  const style =
    (on: number, off: number) =>
    (text: string): string =>
      isColoured && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), good: style(32, 39), bad: style(31, 39), notice: style(33, 39) };
}

/** Home, and what stands there erased to the end of the screen. */
export const clearScreen = '\u001b[H\u001b[2J\u001b[3J';
