export type PosixExpression = (text: string) => readonly (string | null)[] | null;
export function compilePosix(expression: string): PosixExpression {
  const re = new RegExp(expression);
  return (text) => re.exec(text);
}
