import type { Files, SimClock } from '../../core/runtime/index.ts';

/**
 * Real files inside simulated time, for prompts that come with the package: time stands still while
 * the disk works, and operations run one after the other, so that the order of their ends is the
 * same in each run.
 */
export function outsideFiles(files: Files, clock: SimClock): Files {
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(run: () => Promise<T>): Promise<T> => {
    const done = clock.track(last.then(run));
    last = done.catch(() => {});
    return done;
  };
  return {
    read: (path, options) => inOrder(() => files.read(path, options)),
    write: (path, bytes) => inOrder(() => files.write(path, bytes)),
    append: (path, bytes) => inOrder(() => files.append(path, bytes)),
    truncate: (path, sizeBytes) => inOrder(() => files.truncate(path, sizeBytes)),
    create: (path) => inOrder(() => files.create(path)),
    stat: (path) => inOrder(() => files.stat(path)),
    list: (path) => inOrder(() => files.list(path)),
    rename: (from, to) => inOrder(() => files.rename(from, to)),
    remove: (path) => inOrder(() => files.remove(path)),
    makeDirectory: (path) => inOrder(() => files.makeDirectory(path)),
    setTimes: (path, times) => inOrder(() => files.setTimes(path, times)),
  };
}
