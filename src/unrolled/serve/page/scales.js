// Axes of charts: round values up, stamps along, and both in words.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = 86_400_000, MONDAY = 4 * DAY; // milliseconds; the first day of all was a Thursday

/** A number in a few digits, a whole one below ten millions in all of its own. */
export function written(value, digits = 4) {
  const size = Math.abs(value), whole = size < 1e7 && Number.isInteger(value);
  const text = whole || (size >= 1e-3 && size < 1e7)
    ? value.toLocaleString("en", whole ? {} : { maximumSignificantDigits: Math.max(digits, String(Math.floor(size)).length) })
    : Number(value.toPrecision(digits)).toExponential().replace("e+", "e");
  return text.replaceAll("-", "−");
}

/** Round values from `low` to `high`, about so many. */
export function ticks(low, high, count) {
  const rough = (high - low || 1) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((one) => one >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** These values as texts that tell them apart. */
export function tickTexts(values) {
  const step = values.length > 1 ? values[1] - values[0] : 1, largest = Math.max(...values.map(Math.abs));
  const digits = largest > step ? Math.ceil(Math.log10(largest / step)) + 2 : 4;
  return values.map((value) => written(value, Math.max(4, digits)));
}

/** Milliseconds of a stamp, whose clock is that of its own place; NaN of a whole number. */
const moment = (stamp) => typeof stamp === "number" ? NaN : Date.parse(stamp.length > 10 ? `${stamp.replace(" ", "T")}Z` : stamp);

const parts = (at) => {
  const date = new Date(at);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(), hour: date.getUTCHours(), minute: date.getUTCMinutes() };
};

const clock = ({ hour, minute }) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
const day = ({ day, month }) => `${day} ${MONTHS[month]}`;
const month = ({ month, year }) => month ? MONTHS[month] : `${MONTHS[0]} ${year}`;

// From fine to coarse: what changes at a mark, and what stands there.
const UNITS = [
  ...[1, 3, 6, 12].map((hours) => [(at) => Math.floor(at / (hours * DAY / 24)), (at) => at.hour ? clock(at) : day(at)]),
  ...[1, 7, 14].map((days) => [(at) => Math.floor((at + (days > 1 ? MONDAY - DAY : 0)) / (days * DAY)), day]),
  ...[1, 3, 6].map((months) => [(at) => Math.floor((12 * parts(at).year + parts(at).month) / months), month]),
  ...[1, 2, 5, 10, 20, 50].map((years) => [(at) => Math.floor(parts(at).year / years), ({ year }) => String(year)]),
];

/** Of stamps in their order those to be written along an axis, at most so many: places and texts. */
export function stampTicks(stamps, most) {
  const moments = stamps.map(moment);
  if (moments.some(Number.isNaN)) return numberTicks(stamps, most);
  const marks = ([key, text]) => {
    const keys = moments.map(key), changed = [...keys.keys()].filter((i) => keys[i] !== keys[i - 1]);
    const at = changed.length === moments.length ? changed : changed.slice(1); // the first may lie within its unit
    return at.map((i) => ({ at: i, text: text(parts(moments[i])) }));
  };
  const fitting = UNITS.map(marks).filter((found) => found.length > 1 && found.length <= most);
  if (fitting.length) return fitting.findLast((found) => found.length === fitting[0].length);
  const ends = moments.length < 2 ? [0] : [0, moments.length - 1];
  return ends.filter((i) => i in stamps).map((at) => ({ at, text: inWords(stamps[at]) }));
}

function numberTicks(stamps, most) {
  const every = Math.ceil(stamps.length / most), round = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((one) => one >= every) ?? every;
  return [...stamps.keys()].filter((i) => (typeof stamps[i] === "number" ? stamps[i] : i) % round === 0)
    .map((at) => ({ at, text: String(stamps[at]) }));
}

/** A stamp as one says it. */
export function inWords(stamp) {
  const at = parts(moment(stamp));
  if (Number.isNaN(at.year)) return String(stamp);
  return `${day(at)} ${at.year}${String(stamp).length > 10 ? `, ${clock(at)}` : ""}`;
}
