/**
 * The page that Chromium runs: two calls within the page, PCMU, whose senders' frames are replaced by
 * our packets. One call gets all of them, the other lacks those that are lost; they are taken away
 * on the receiving side, before its jitter buffer. What both are heard as is sent back.
 */
export const page = `<!doctype html><script type="module">
const { packets, lost } = await (await fetch('/packets')).json();
const lead = 100;

const worker = () => new Worker(URL.createObjectURL(new Blob([\`
  onrtctransform = ({ transformer }) => {
    const { side, packets, lost, lead } = transformer.options;
    const missing = new Set(lost);
    let count = 0;
    transformer.readable.pipeThrough(new TransformStream({
      transform(frame, controller) {
        const packet = count++ - lead;
        if (side === 'send') {
          const bytes = new Uint8Array(frame.data.byteLength).fill(0xff);
          for (let i = 0; i < bytes.length && packet >= 0 && packet < packets.length / 160; i++) bytes[i] = packets[packet * 160 + i];
          frame.data = bytes.buffer;
        } else if (missing.has(packet)) return;
        controller.enqueue(frame);
      },
    })).pipeTo(transformer.writable);
  };
\`])));

const context = new AudioContext({ sampleRate: 8000 });
await context.audioWorklet.addModule(URL.createObjectURL(new Blob([\`
  registerProcessor('take', class extends AudioWorkletProcessor {
    process([input]) { if (input[0]) this.port.postMessage(input[0].slice()); return true; }
  });
\`], { type: 'text/javascript' })));

async function call(lost) {
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  a.onicecandidate = ({ candidate }) => b.addIceCandidate(candidate);
  b.onicecandidate = ({ candidate }) => a.addIceCandidate(candidate);
  const tone = context.createOscillator();
  const source = context.createMediaStreamDestination();
  tone.connect(source);
  tone.start();
  const sender = a.addTrack(source.stream.getTracks()[0], source.stream);
  const codecs = RTCRtpReceiver.getCapabilities('audio').codecs.filter(({ mimeType }) => mimeType === 'audio/PCMU');
  a.getTransceivers()[0].setCodecPreferences(codecs);
  sender.transform = new RTCRtpScriptTransform(worker(), { side: 'send', packets, lost: [], lead });
  const pieces = [];
  b.ontrack = ({ receiver, streams }) => {
    receiver.transform = new RTCRtpScriptTransform(worker(), { side: 'receive', packets: [], lost, lead });
    const audio = new Audio();
    audio.srcObject = streams[0];
    audio.muted = true;
    audio.play();
    const node = new AudioWorkletNode(context, 'take');
    node.port.onmessage = ({ data }) => pieces.push(data);
    context.createMediaStreamSource(streams[0]).connect(node);
    window.kept = [...(window.kept ?? []), audio, node, streams[0]];
  };
  await a.setLocalDescription(await a.createOffer());
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription(await b.createAnswer());
  await a.setRemoteDescription(b.localDescription);
  return { pieces, a, b };
}

try {
  await context.resume();
  const calls = [await call([]), await call(lost)];
  await new Promise((done) => setTimeout(done, packets.length / 8 + lead * 20 + 3000));
  const heard = calls.map(({ pieces }) => {
    const samples = [];
    for (const piece of pieces) for (const x of piece) samples.push(Math.round(Math.max(-1, Math.min(1, x)) * 32767));
    return samples;
  });
  const stats = [];
  for (const { b } of calls) for (const [, report] of await b.getStats()) if (report.type === 'inbound-rtp') stats.push(report);
  await fetch('/heard', { method: 'POST', body: JSON.stringify({ heard, stats, agent: navigator.userAgent }) });
} catch (fault) {
  await fetch('/heard', { method: 'POST', body: JSON.stringify({ fault: String(fault) }) });
}
</script>`;
