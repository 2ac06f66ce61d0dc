/** What test/support/chromium.ts runs inside pages: plain texts, for the page knows nothing of our modules. */

/** Before the page's scripts: remembers what its peer connections receive, and measures it. */
export const listen = `(() => {
  const streams = [];
  const Original = globalThis.RTCPeerConnection;
  if (Original === undefined) return;
  const connections = [];
  globalThis.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args);
      connections.push(this);
      this.addEventListener('track', ({ track }) => streams.push({ connection: this, stream: new MediaStream([track]) }));
    }
  };
  const sockets = [];
  const OriginalSocket = globalThis.WebSocket;
  globalThis.WebSocket = class extends OriginalSocket {
    constructor(...args) {
      super(...args);
      sockets.push(this);
    }
  };
  let context = null;
  const analysers = new Map();
  globalThis.callbusTest = {
    connections,
    sockets,
    /** Level of each frequency in what came last, by Goertzel with a Hann window. */
    levels(frequencies) {
      context ??= new AudioContext({ sampleRate: 48000 });
      const stream = streams.filter(({ connection }) => connection.connectionState !== 'closed').at(-1)?.stream;
      if (stream === undefined) return frequencies.map(() => -120);
      let analyser = analysers.get(stream);
      if (analyser === undefined) {
        analyser = context.createAnalyser();
        analyser.fftSize = 4096;
        context.createMediaStreamSource(stream).connect(analyser);
        analysers.set(stream, analyser);
      }
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      return frequencies.map((hz) => {
        const step = (2 * Math.PI * hz) / 48000;
        let re = 0;
        let im = 0;
        samples.forEach((sample, at) => {
          const weighed = sample * (1 - Math.cos((2 * Math.PI * at) / samples.length));
          re += weighed * Math.cos(step * at);
          im += weighed * Math.sin(step * at);
        });
        return Math.max(-120, 20 * Math.log10((2 * Math.hypot(re, im)) / samples.length + 1e-9));
      });
    },
  };
})()`;

/** Before the page's scripts: a microphone of its own, untouched by noise suppression. */
export const giveTone = (hz: number): string => `(() => {
  if (navigator.mediaDevices === undefined) return;
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    const out = context.createMediaStreamDestination();
    oscillator.frequency.value = ${hz};
    gain.gain.value = 0.25;
    oscillator.connect(gain).connect(out);
    oscillator.start();
    return out.stream;
  };
})()`;

/** Before the page's scripts. */
export const refuseMicrophone = (how: 'denied' | 'absent'): string => `(() => {
  if (navigator.mediaDevices === undefined) return;
  navigator.mediaDevices.getUserMedia = () => Promise.reject(
    new DOMException('by the test', '${how === 'absent' ? 'NotFoundError' : 'NotAllowedError'}'),
  );
})()`;

/** After axe-core: what it finds, short. */
export const axeRun = `axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) => ({
  id,
  impact,
  nodes: nodes.slice(0, 4).map(({ target, failureSummary }) => target.join(' ') + ': ' + failureSummary),
})))`;
