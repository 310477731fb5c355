/** Lists by name, an entry a step, of which an answer brings the end; `first` is the number of the first step kept. */
export class Steps {
  constructor(names, most) {
    Object.assign(this, { names, most });
    this.clear();
  }

  clear() {
    this.first = 0;
    for (const name of this.names) this[name] = [];
  }

  get length() {
    return this[this.names[0]].length;
  }

  /** What an answer brings: steps from `first` on, in place of what was there. Whether anything changed. */
  take({ first, ...brought }) {
    const kept = first - this.first;
    if (kept === this.length && !brought[this.names[0]].length) return false;
    const within = kept >= 0 && kept <= this.length;
    if (!within) this.first = first;
    for (const name of this.names) {
      this[name] = [...(within ? this[name].slice(0, kept) : []), ...brought[name]];
    }
    const surplus = Math.max(0, this.length - this.most);
    this.first += surplus;
    for (const name of this.names) this[name] = this[name].slice(surplus);
    return true;
  }
}
