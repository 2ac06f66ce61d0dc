import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobOf, runJobs } from '../../schedule.ts';

test('test files that wait run beside one that computes; every file runs once, a browser beside no other live one', async () => {
  const live = ['/live/browser-a', '/live/sipp-scenarios', '/live/docs', '/live/x'].map((path) => jobOf(path, true));
  const others = ['/unit/a', '/unit/b', '/unit/c'].map((path) => jobOf(path));
  const running = new Set<string>();
  const seen: string[] = [];
  await runJobs(
    [...others, ...live],
    async (path) => {
      running.add(path);
      seen.push([...running].join(' '));
      await new Promise((resolve) => setImmediate(resolve));
      running.delete(path);
    },
    2,
  );
  assert.equal(seen[0], '/live/browser-a');
  assert.equal(seen[1], '/live/browser-a /unit/a');
  assert.ok(seen.every((paths) => paths.split(' ').length <= 3));
  assert.deepEqual(
    seen.map((paths) => paths.split(' ').at(-1)).sort(),
    [...live, ...others].map(({ path }) => path).sort(),
  );
});
