/** The module of a card, or of an input as a card shows it, by the name that the server sends; null where there is none. */
export async function part(folder, name) {
  if (!/^[a-z0-9-]+$/.test(name ?? "")) return null;
  return import(`./${folder}/${name}.js`).catch(() => null);
}
