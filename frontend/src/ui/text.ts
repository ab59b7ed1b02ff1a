/** Text that fits: on one line, without invisible characters, and cut to a width in pixels. */

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
/** The two sizes in use. Nothing is smaller than 11 px. */
export const SMALL = `11px ${FONT}`;
export const SMALL_BOLD = `600 11px ${FONT}`;
export const NORMAL = `12px ${FONT}`;
export const NORMAL_BOLD = `600 12px ${FONT}`;

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * The text in one line, with invisible characters and those that change the direction of the line
 * written as escapes. A text longer than `longest` characters loses its middle, since names tend to
 * differ at either end.
 */
export function oneLine(text: string, longest = 200): string {
  let line = text;
  if (line.length > 2 * longest + 64) line = `${line.slice(0, longest)}…${line.slice(-longest)}`;
  line = line.replace(
    UNSEEN,
    (character) =>
      SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const characters = Array.from(line);
  if (characters.length <= longest) return line;
  const half = (longest - 1) >> 1;
  return `${characters.slice(0, longest - 1 - half).join("")}…${characters.slice(-half).join("")}`;
}

/** Of a file's path what tells it apart: the last part. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).pop() || path;
}

let ruler: CanvasRenderingContext2D | null | undefined;
/** Widths by font and text: the same few texts are measured in each frame. */
const widths = new Map<string, number>();
const MOST_WIDTHS = 20_000;

/** The width of a text in CSS pixels; a rough guess where there is no canvas to measure it on. */
export function textWidth(text: string, font: string): number {
  ruler ??=
    typeof document === "undefined" ? null : document.createElement("canvas").getContext("2d");
  if (!ruler) return text.length * 7;
  const key = font + text;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size >= MOST_WIDTHS) widths.clear();
  ruler.font = font;
  const { width } = ruler.measureText(text);
  widths.set(key, width);
  return width;
}

/** The text, without its middle where it would be wider than `width` pixels. */
export function fitText(text: string, width: number, font: string): string {
  if (textWidth(text, font) <= width) return text;
  let low = 0;
  let high = Math.min(text.length, 200);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(oneLine(text, middle), font) <= width) low = middle;
    else high = middle - 1;
  }
  return low < 2 ? "…" : oneLine(text, low);
}
