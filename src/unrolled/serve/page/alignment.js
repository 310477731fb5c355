// Which tokens a text's words are, and where each of these looked.

const JOINED = /^[\p{L}\p{N}\p{M}'’_-]+$/u, ALONE = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Khmr}\p{sc=Laoo}\p{sc=Mymr}]/u;

/**
 * The words of a text, each with the numbers of its tokens and what stands before it: `{ text, before, tokens }`.
 *
 * Letters' case may differ between text and tokens; tokens that the text does not have, such as those that stand for a
 * number or a tag, are what stands there. Each token is a word of its own where they are to be `apart`.
 */
export function words(text, tokens, apart = false) {
  const found = [];
  let end = 0;
  places(text, tokens).forEach((place, number) => {
    if (!place) {
      found.at(-1)?.tokens.push(number);
      return;
    }
    const [from, to] = place, part = text.slice(from, to), last = found.at(-1), before = text.slice(end, from);
    end = to;
    const joins = last && !before && !apart && JOINED.test(part) && JOINED.test(last.text) && !ALONE.test(last.text + part);
    if (joins) {
      last.text += part;
      last.tokens.push(number);
    } else found.push({ text: part, before, tokens: [number] });
  });
  if (found.length) found[0].tokens.unshift(...Array.from({ length: found[0].tokens[0] }, (_, i) => i));
  return found;
}

/** Where in the text each token stands, from one place to another; null for those that have no place of their own. */
function places(text, tokens) {
  const small = tokens.map((token) => token.trim().toLowerCase()), found = tokens.map(() => null);
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    at = skip(text, at);
    if (small[i] && isAt(text, at, small[i])) {
      found[i] = [at, at + small[i].length];
      at = found[i][1];
      continue;
    }
    let next = i + 1, to = -1;
    while (next < tokens.length && (to = find(text, at, small[next], /^\s/u.test(tokens[next]))) < 0) next++;
    const end = to < 0 ? text.length : to, part = text.slice(at, end).trimEnd();
    if (part) found[i] = [at, at + part.length];
    at = end;
    i = next - 1;
  }
  return found;
}

const isAt = (text, at, token) => text.slice(at, at + token.length).toLowerCase() === token;

function find(text, from, token, begins) {
  if (!token) return -1;
  for (let at = from; at + token.length <= text.length; at++) {
    if (isAt(text, at, token) && (!begins || /\s/u.test(text[at - 1] ?? " "))) return at;
  }
  return -1;
}

function skip(text, at) {
  while (at < text.length && /\s/u.test(text[at])) at++;
  return at;
}

/** The words of a source, with one for its end, where the model may look as well. */
export function sourceWords(text, source, columns, apart = false) {
  const known = words(text, source.slice(0, Math.min(source.length, columns - 1)), apart);
  return [...known, { text: "end", before: " ", tokens: [columns - 1], isEnd: true }];
}

/** How much of what a word of the target looked at was each word of the source. */
export function shares(attention, word, source) {
  const rows = word.tokens.map((i) => attention[i]).filter(Boolean);
  return source.map(({ tokens }) => rows.reduce((sum, row) => sum + tokens.reduce((all, i) => all + (row[i] ?? 0), 0), 0) / (rows.length || 1));
}

/** The same in words. */
export function lookedAt(word, source, weights) {
  const order = [...source.keys()].sort((a, b) => weights[b] - weights[a]).slice(0, 3).filter((i, place) => !place || weights[i] >= 0.05);
  const parts = order.map((i) => `${source[i].isEnd ? "the end" : `“${source[i].text}”`} ${percent(weights[i])}`);
  return `“${word.text}” looked at ${parts.join(", ")}`;
}

export const percent = (share) => share > 0 && share < 0.01 ? "<1 %" : `${Math.round(100 * share)} %`;
