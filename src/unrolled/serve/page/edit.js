/** Characters, as Python counts them, to erase and append between two texts. */
export function edit(from, to) {
  const a = [...from], b = [...to];
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  return { erase: a.length - same, append: b.slice(same).join("") };
}
