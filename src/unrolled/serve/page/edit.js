/**
 * The message that takes the server from one text towards another, in characters as Python counts them: some to erase,
 * then at most `most` to append; and the text that it makes.
 */
export function edit(from, to, most = Infinity) {
  const a = [...from], b = [...to];
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  const end = Math.min(b.length, same + most);
  return { message: { erase: a.length - same, append: b.slice(same, end).join("") }, made: b.slice(0, end).join("") };
}
