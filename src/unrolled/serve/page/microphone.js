const REASONS = {
  NotAllowedError: "The browser does not let this page hear the microphone. Allow it there, or choose a recording.",
  NotFoundError: "There is no microphone here. Choose a recording instead.",
  NotReadableError: "Another program has the microphone. Choose a recording instead.",
};

/** The microphone at the rate it has; `hear(samples)` gets what it brings, 16-bit numbers. Throws an Error to show. */
export async function listen(hear) {
  if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorklet) {
    throw new Error("A browser lets a page hear the microphone over https or on this computer (localhost) alone. Choose a recording instead.");
  }
  const plain = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain }).catch((error) => {
    throw new Error(REASONS[error.name] ?? `The microphone cannot be used: ${error.message}`);
  });
  const audio = new AudioContext();
  const stop = () => {
    stream.getTracks().forEach((track) => track.stop());
    audio.close();
  };
  try {
    await audio.audioWorklet.addModule(new URL("recorder.js", import.meta.url));
  } catch (error) {
    stop();
    throw new Error(`The browser's recorder does not start: ${error.message}`);
  }
  const recorder = new AudioWorkletNode(audio, "recorder", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  recorder.port.onmessage = (event) => hear(whole(event.data));
  audio.createMediaStreamSource(stream).connect(recorder);
  return { rate: audio.sampleRate, stop };
}

const whole = (samples) => Int16Array.from(samples, (sample) => Math.round(32767 * Math.min(Math.max(sample, -1), 1)));

/** Pieces of 16-bit samples as one. */
export function joined(pieces) {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** 16-bit numbers as base64, the lower byte first. */
export function base64(samples) {
  let text = "";
  for (const byte of new Uint8Array(little(samples))) text += String.fromCharCode(byte);
  return btoa(text);
}

/** A WAV file of one channel. */
export function wav(samples, rate) {
  const head = new DataView(new ArrayBuffer(44)), size = 2 * samples.length;
  const write = (at, text) => [...text].forEach((letter, i) => head.setUint8(at + i, letter.charCodeAt(0)));
  write(0, "RIFF");
  head.setUint32(4, 36 + size, true);
  write(8, "WAVEfmt ");
  head.setUint32(16, 16, true); // bytes of the format: PCM, one channel
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, rate, true);
  head.setUint32(28, 2 * rate, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  write(36, "data");
  head.setUint32(40, size, true);
  return new Blob([head, little(samples)], { type: "audio/wav" });
}

function little(samples) {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((sample, i) => view.setInt16(2 * i, sample, true));
  return view.buffer;
}
