/** The word that the last stroke wrote into a field, and the others that it may stand for. */
export class SwipedWord {
  constructor(field, suggestions) {
    Object.assign(this, { field, suggestions, chosen: 0, from: field.selectionStart });
  }

  get text() {
    return this.suggestions[this.chosen].text;
  }

  get to() {
    return this.from + this.text.length;
  }

  /** Whether it stands before the caret as it was written. */
  get stands() {
    const { value, selectionStart, selectionEnd } = this.field;
    return selectionStart === this.to && selectionEnd === this.to && value.slice(this.from, this.to) === this.text;
  }
}
