/**
 * Writes `docs/playout.md`: how playout does on each network, and against Chromium's receiver.
 *
 *   CALLBUS_CONFORMANCE=<folder> npx tsx test/unit/media/playout/table.ts
 */
import { writeFileSync } from 'node:fs';
import { chromium } from './chromium.ts';
import { burstQuality, figuresOf, msToRecover, run, type Scenario, scenarios } from './scenarios.ts';
import { speechName } from './speech.ts';

function row({ name, seconds, ...rest }: Scenario): string {
  const figures = figuresOf(run({ name, seconds, ...rest }));
  const delays = [figures.p1Ms, figures.meanMs, figures.p99Ms].map((ms) => ms.toFixed(0));
  const share = figures.concealedPercent.toFixed(figures.concealedPercent < 0.1 ? 3 : 2);
  const stretched = figures.stretchedMs / (seconds / 60);
  const minutes = seconds / 60;
  return `| ${[name, minutes, ...delays, share, stretched.toFixed(0), figures.droppedMs.toFixed(0)].join(' | ')} |`;
}

const rows = Object.values(scenarios).map(row);
const quality = burstQuality();
const recoveredMs = msToRecover(run(scenarios.spike));
const text = `# Playout on bad networks

What the jitter buffer adds and loses, in simulated time on ${speechName}: G.711, packets and frames of 20 ms, \`media.playout: adaptive\`. Written by \`test/unit/media/playout/table.ts\`; the bars that hold it are in \`playout.test.ts\` beside it.

The added delay goes from the mean arrival of packets to the tick that plays them, the wait for that tick included (10 ms in the mean, whatever the buffer does).

| network | minutes | delay p1, ms | mean | p99 | concealed, % | stretched, ms a minute | dropped, ms |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

After the spike of 500 ms the delay is back within 20 ms of what it was in ${(recoveredMs / 1000).toFixed(1)} s; all that was said in it is heard, late and then faster.

## Concealment

5 % of the packets are lost, three at a time (60 ms), in a minute of speech: log-spectral distance (100 to 3700 Hz, frames with speech, 32 ms windows) from what would have been heard without loss.

| receiver | mean, dB | worst 5 % of the frames, dB |
| --- | --- | --- |
| Callbus | ${quality.meanDb.toFixed(2)} | ${quality.worst5Db.toFixed(1)} |
| ${chromium.version} | ${chromium.meanDb.toFixed(2)} | ${chromium.worst5Db.toFixed(1)} |

Chromium's figures were recorded on ${chromium.date} with the same packets and the same losses (seed ${chromium.seed}) by \`test/unit/media/playout/record-chromium.ts\`. Its receiver is measured against what itself hears of the same call without loss, so that its filters do not count.

The largest step between two samples is ${quality.step.toFixed(1)} standard deviations of the source's steps; the source's own largest is ${quality.sourceStep.toFixed(1)}.
`;
writeFileSync(new URL('../../../../docs/playout.md', import.meta.url), text);
console.log(text);
