const LOUD = 0.16; // of one note, so that chords do not overdrive
const ATTACK = 0.012, RELEASE = 0.09; // seconds
const AHEAD = 0.08; // seconds until the first note

/** Plays notes with the browser's own oscillators. `ended()` is called when the last one has faded. */
export class Player {
  constructor(ended) {
    Object.assign(this, { ended, audio: null });
  }

  play(notes) {
    this.stop();
    this.audio = new AudioContext();
    const begin = this.audio.currentTime + AHEAD, out = this.audio.createDynamicsCompressor();
    out.connect(this.audio.destination);
    for (const note of notes) this.sound(note, begin + note.start, out);
    this.begin = begin;
    this.length = Math.max(...notes.map(({ start, seconds }) => start + seconds));
    this.watch();
  }

  /** One note: two oscillators an octave apart, louder at its beginning. */
  sound({ note, seconds, velocity }, at, out) {
    const volume = this.audio.createGain(), loud = LOUD * velocity / 80, end = at + Math.max(seconds, 2 * ATTACK);
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(loud, at + ATTACK);
    volume.gain.exponentialRampToValueAtTime(loud / 3, end);
    volume.gain.linearRampToValueAtTime(0, end + RELEASE);
    volume.connect(out);
    for (const [type, octave] of [["triangle", 0], ["sine", 1]]) {
      const tone = this.audio.createOscillator();
      tone.type = type;
      tone.frequency.value = 440 * 2 ** ((note - 69) / 12 + octave);
      tone.connect(volume);
      tone.start(at);
      tone.stop(end + RELEASE);
    }
  }

  /** Seconds since the first note; null where nothing plays. */
  get at() {
    return this.audio ? Math.max(0, this.audio.currentTime - this.begin) : null;
  }

  watch() {
    const { audio } = this;
    this.timer = setInterval(() => {
      if (audio !== this.audio || this.at < this.length + RELEASE) return;
      this.stop();
      this.ended();
    }, 50);
  }

  stop() {
    clearInterval(this.timer);
    this.audio?.close();
    this.audio = null;
  }
}
