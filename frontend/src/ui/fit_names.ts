import { commonEnd, commonStart } from "../state/common_parts";
import { oneLine, textWidth } from "./text";

/** More names than this are cut in their middle, even if some then look the same. */
const MOST = 2000;

/**
 * Names cut to a width so that they keep what differs: of `fetch page 12 of the archive` and forty like
 * it, `fetch … 12 …` and not `fetch p…archive`. Names that fit stay as they are.
 */
export function fitNames(names: readonly string[], width: number, font: string): string[] {
  const lines = names.map((name) => oneLine(name));
  const cut = lines.map((line) => cutMiddle(line, width, font));
  if (names.length > MOST) return cut;
  for (const group of alike(lines, cut)) {
    const members = group.map((index) => lines[index]);
    const before = commonStart(members);
    const behind = commonEnd(members, before);
    for (const index of group) {
      cut[index] = keepPart(lines[index], before, behind, width, font);
    }
  }
  return cut;
}

/** Indices of different names that look the same once they are cut. */
function alike(lines: readonly string[], cut: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, text] of cut.entries()) {
    if (text === lines[index]) continue;
    const group = groups.get(text);
    if (group) group.push(index);
    else groups.set(text, [index]);
  }
  return [...groups.values()].filter((group) => new Set(group.map((i) => lines[i])).size > 1);
}

function cutMiddle(line: string, width: number, font: string): string {
  return longest(Array.from(line).length, (length) => oneLine(line, length), width, font);
}

/** The part between what all have in common, with as much of their beginning as there is room for. */
function keepPart(
  line: string,
  before: number,
  behind: number,
  width: number,
  font: string,
): string {
  const part = line.slice(before, line.length - behind);
  const end = behind ? "…" : "";
  const whole = (start: number): string => {
    const head = line.slice(0, start);
    return `${head}${start < before ? "…" : ""}${part}${end}`;
  };
  const text = longest(before, whole, width, font);
  if (textWidth(text, font) <= width) return text;
  return longest(part.length, (length) => `…${part.slice(0, length)}…`, width, font);
}

/** What `make` gives for the greatest number up to `most` that fits; for 0 if none does. */
function longest(
  most: number,
  make: (number: number) => string,
  width: number,
  font: string,
): string {
  if (textWidth(make(most), font) <= width) return make(most);
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(make(middle), font) <= width) low = middle;
    else high = middle - 1;
  }
  return make(low) || "…";
}
