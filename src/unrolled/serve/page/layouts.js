// Keyboards by script, as phones have them: rows of letters, from left to right.
// `shifted`: what stands behind the letters where that is not their capitals. `marks`: comma, full stop and question mark.
const ARABIC = { cases: false, marks: "،.؟", sample: "ابج" };
const LAYOUTS = {
  Latin: { rows: ["qwertyuiop", "asdfghjkl", "zxcvbnm"], sample: "abc", whole: true },
  Cyrillic: { rows: ["йцукенгшщзх", "фывапролджэ", "ячсмитьбю"], sample: "абв" },
  Greek: { rows: ["ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"], sample: "αβγ" },
  Hebrew: { rows: ["קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"], sample: "אבג", cases: false },
  Arabic: { ...ARABIC, rows: ["ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرىةوزظذ"] },
  Persian: { ...ARABIC, rows: ["ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپو"] },
  Devanagari: {
    rows: ["ौैाीूबहगदजड", "ोे्िुपरकतचट", "ंमनवलसयृ़"], shifted: ["औऐआईऊभङघधझढ", "ओएअइउफञखथछठ", "ँणऩःळशषऋऽ"],
    marks: ",।?", sample: "कखग", whole: true,
  },
};
const WIDEST = 11; // keys in the row of letters that the layout lacks

const script = (letter) => Object.keys(LAYOUTS).find((name) => name !== "Persian" && new RegExp(`\\p{sc=${name}}`, "u").test(letter));

/** The rows of a layout over which one can swipe, from its keys and their centres. */
function rowsOf({ keys, centres }) {
  const rows = new Map();
  centres.forEach(([x, y], i) => rows.set(y, [...rows.get(y) ?? [], { x, key: [...keys[i]][0] }]));
  return [...rows].sort(([a], [b]) => a - b).map(([, row]) => row.sort((a, b) => a.x - b.x).map(({ key }) => key).join(""));
}

/**
 * The keyboard for a model's letters, the most frequent ones first; null where the page has none of their script. Of the
 * layouts over which the model reads strokes the first of this script is shown, as `swiped`.
 */
export function layout(letters, strokes) {
  const all = [...letters ?? ""], counts = new Map();
  for (const letter of all.slice(0, 10)) counts.set(script(letter), (counts.get(script(letter)) ?? 0) + 1);
  let [name] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  if (!name) return null;
  if (name === "Arabic" && all.includes("ی")) name = "Persian";
  const { shifted, cases = !shifted, marks = ",.?", sample, ...usual } = LAYOUTS[name];
  const swiped = strokes?.find(({ keys }) => script([...keys[0]][0]) === script(sample[0]));
  const { rows, whole } = swiped ? { rows: rowsOf(swiped), whole: true } : usual;
  const there = new Set([...rows, ...(shifted ?? [])].join(""));
  const own = all.filter((letter) => !there.has(letter) && script(letter) === script(sample[0]) && /\p{L}/u.test(letter)).slice(0, WIDEST);
  const kept = (row) => [...row].filter((letter) => whole || !own.length || letters.includes(letter)); // of another alphabet
  return {
    rows: [...(own.length ? [own] : []), ...rows.map(kept)],
    shifted: shifted && [...(own.length ? [own] : []), ...shifted.map((row) => [...row])],
    language: letters.includes("ı") ? "tr" : "en", cases, marks: [...marks], sample, swiped,
  };
}
