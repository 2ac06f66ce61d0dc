/** What Chromium's receiver made of the same lost packets: measured once, by `record-chromium.ts`. */
export const chromium = {
  version: '',
  date: '',
  seed: 5,
  speech: 'none',
  meanDb: 0,
  worst5Db: 0,
};
