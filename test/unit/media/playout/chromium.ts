/** What Chromium's receiver made of the same lost packets: measured once, by `record-chromium.ts`. */
export const chromium = {
  version: 'Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)',
  date: '2026-11-21',
  seed: 5,
  speech: 'recorded speech',
  meanDb: 0.808,
  worst5Db: 11.74,
};
