import { useEffect, useRef, useState } from 'preact/hooks';
import { after, nowMs } from '../shell/index.ts';

/** The value, changing at most once in `ms`: for what a screen reader reads out. */
export function useThrottled<Value>(value: Value, ms: number): Value {
  const [shown, setShown] = useState(value);
  const changedMs = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (value === shown) return;
    const waitMs = Math.max(0, changedMs.current + ms - nowMs());
    return after(waitMs, () => {
      changedMs.current = nowMs();
      setShown(value);
    });
  }, [value, shown, ms]);
  return shown;
}
