// Text in every script: its direction, its characters, and how much of it fits.

const RIGHT_TO_LEFT = /^[^\p{L}]*[\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}\p{sc=Thaa}\p{sc=Nkoo}\p{sc=Samr}\p{sc=Mand}\p{sc=Adlm}\p{sc=Rohg}]/u;

/** Whether a text runs from right to left, as its first letter says. */
export const rightToLeft = (text) => RIGHT_TO_LEFT.test(text);

/** A text that keeps its direction, and that of what it stands in. */
export const isolated = (text) => rightToLeft(text) ? `\u2068${text}\u2069` : text;

/** How many characters a text has, as the server counts them. */
export function characters(text) {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** At most so many characters from the beginning of a text; none that a reader sees as one is cut in two. */
export function beginning(text, most) {
  let end = 0, count = 0;
  for (const character of text) {
    if (count++ === most) break;
    end += character.length;
  }
  if (end === text.length) return text;
  return text.slice(0, new Intl.Segmenter().segment(text).containing(end).index);
}

/** The last of what a reader takes for one character: a letter with its marks, a syllable, an emoji of several parts. */
export function lastUnit(text) {
  return text && new Intl.Segmenter().segment(text).containing(text.length - 1).segment;
}

/** Write a text, cut to a width, where the pen stands. */
export function writeWithin(pen, text, width, x, y) {
  pen.direction = rightToLeft(text) ? "rtl" : "ltr";
  pen.fillText(fitting(pen, text, width), x, y);
}

/** As much of a text as fits into a width. */
export function fitting(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let kept = [...text];
  while (kept.length > 1 && pen.measureText(`${kept.join("")}…`).width > width) kept = kept.slice(0, -1);
  return `${kept.join("")}…`;
}
