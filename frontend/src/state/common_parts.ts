/** What texts have in common at either end, in UTF-16 code units; numbers are never cut. */

export function commonStart(texts: readonly string[]): number {
  const [first] = texts;
  let length = 0;
  while (length < first.length && texts.every((text) => text[length] === first[length])) length++;
  // A number is kept whole, and so is a character of two code units.
  while (length > 0 && /[\d\ud800-\udbff]/.test(first[length - 1])) length--;
  return length;
}

export function commonEnd(texts: readonly string[], start: number): number {
  const [first] = texts;
  const most = Math.min(...texts.map((text) => text.length)) - start;
  let length = 0;
  while (
    length < most &&
    texts.every((text) => text[text.length - 1 - length] === first[first.length - 1 - length])
  ) {
    length++;
  }
  while (length > 0 && /[\d\udc00-\udfff]/.test(first[first.length - length])) length--;
  return length;
}
