// Under which letter a name stands: A to Z, Chinese characters by their pinyin,
// everything else under #.

// The first character of each initial in the order of pinyin; no syllable begins
// with I, U or V.
const FIRST = "阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀";
const LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ";

const pinyin = new Intl.Collator("zh-CN-u-co-pinyin");

/** initialLetter returns "A" to "Z" or "#". */
export function initialLetter(name) {
  const first = Array.from(String(name).trim().normalize("NFKD").toUpperCase())[0] ?? "";
  if (/[A-Z]/.test(first)) return first;
  if (!/\p{Script=Han}/u.test(first)) return "#";
  let letter = "#";
  for (let i = 0; i < FIRST.length && pinyin.compare(first, FIRST[i]) >= 0; i++) letter = LETTERS[i];
  return letter;
}

/** byName compares names as a reader of language tag looks for them. */
export function byName(tag) {
  const collator = new Intl.Collator(tag === "zh-CN" ? "zh-CN-u-co-pinyin" : tag, { numeric: true, sensitivity: "base" });
  return (a, b) => collator.compare(a, b);
}

/** byLetter puts items in groups [{letter, items}], # last; nameOf(item) is its name. */
export function byLetter(items, nameOf, tag) {
  const groups = new Map();
  const compare = byName(tag);
  for (const item of [...items].sort((a, b) => compare(nameOf(a), nameOf(b)))) {
    const letter = initialLetter(nameOf(item));
    if (!groups.has(letter)) groups.set(letter, []);
    groups.get(letter).push(item);
  }
  const rank = (letter) => (letter === "#" ? "~" : letter);
  return [...groups]
    .sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
    .map(([letter, group]) => ({ letter, items: group }));
}
