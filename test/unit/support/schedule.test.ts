import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobOf, runJobs } from '../../schedule.ts';

test('test files that wait run beside one that computes; every file runs once, no two browsers at a time', async () => {
  const live = ['/live/browser-a', '/live/browser-b', '/live/sipp-scenarios', '/live/docs', '/live/x'].map((path) =>
    jobOf(path, true),
  );
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
  assert.equal(seen[3], '/live/browser-a /live/sipp-scenarios /live/docs /unit/a');
  assert.ok(seen.slice(0, -live.length).every((paths) => (paths.match(/unit/g)?.length ?? 0) <= 1));
  assert.ok(seen.every((paths) => !/browser.*browser/.test(paths) && paths.split(' ').length <= 6));
  assert.deepEqual(
    seen.map((paths) => paths.split(' ').at(-1)).sort(),
    [...live, ...others].map(({ path }) => path).sort(),
  );
});
