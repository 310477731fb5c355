// In the browser's audio thread: hands what the microphone brings to the page, piece by piece.

const PIECE = 1024; // samples

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    Object.assign(this, { piece: new Float32Array(PIECE), filled: 0 });
  }

  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.piece[this.filled++] = sample;
      if (this.filled < PIECE) continue;
      this.port.postMessage(this.piece);
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
