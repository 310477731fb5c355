/** A text as pieces that are answered one by one, each with what stands before it: sentences, or words where it is `spelled`. */
export function pieces(text, spelled) {
  const found = [];
  let before = "";
  for (const part of spelled ? text.split(/(\s+)/) : sentences(text)) {
    const [, lead, body, tail] = /^(\s*)(.*?)(\s*)$/su.exec(part);
    if (body) found.push({ text: body, before: before + lead });
    before = body ? tail : before + lead;
  }
  return found;
}

/** Lines end sentences, too. */
function sentences(text) {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });
  return text.split(/(\n+)/).flatMap((line) => [...segmenter.segment(line)].map(({ segment }) => segment));
}
