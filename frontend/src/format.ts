/** Times, counts and names as people read them; times as `async_dag/views/common/axis.py` writes them. */

export class Unit {
  constructor(
    readonly name: string,
    readonly seconds: number,
    readonly decimals: number,
  ) {}

  number(seconds: number): string {
    return (seconds / this.seconds).toFixed(this.decimals);
  }

  text(seconds: number): string {
    return `${this.number(seconds)} ${this.name}`;
  }
}

/** The unit for a picture in which `longest` seconds is the longest time. */
export function unitFor(longest: number): Unit {
  const [name, seconds]: [string, number] =
    longest >= 3 * 3600
      ? ["h", 3600]
      : longest >= 600
        ? ["min", 60]
        : longest >= 0.1 || longest === 0
          ? ["s", 1]
          : ["ms", 0.001];
  const size = longest / seconds;
  return new Unit(name, seconds, size < 10 ? 2 : size < 1000 ? 1 : 0);
}

/** A time in the picture's unit, or in one of its own where that would show nothing of it. */
export function duration(seconds: number, unit: Unit): string {
  const smallest = unit.seconds * 10 ** -unit.decimals;
  const own = seconds > 0 && seconds < smallest ? unitFor(seconds) : unit;
  return own.text(seconds);
}

/** For a countdown: no more digits than it is good for. */
export function roughly(seconds: number): string {
  if (seconds >= 5400) return `${(seconds / 3600).toFixed(1)} h`;
  if (seconds >= 90) return `${Math.round(seconds / 60)} min`;
  if (seconds >= 10) return `${Math.round(seconds)} s`;
  return unitFor(Math.max(seconds, 0.1)).text(seconds);
}

export function count(number: number): string {
  return number.toLocaleString("en");
}

export function plural(number: number, one: string): string {
  return `${count(number)} ${one}${number === 1 ? "" : "s"}`;
}

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A text in one line, with what can't be seen or turns the line around as an escape. The middle goes
 * if it is longer than `longest`, since names tend to differ at either end.
 */
export function oneLine(text: string, longest = 200): string {
  if (text.length > 2 * longest + 64) text = text.slice(0, longest) + "…" + text.slice(-longest);
  text = text.replace(
    UNSEEN,
    (letter) =>
      SHORT[letter] ?? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const letters = Array.from(text);
  if (letters.length <= longest) return text;
  const half = (longest - 1) >> 1;
  return letters.slice(0, longest - 1 - half).join("") + "…" + letters.slice(-half).join("");
}

/** Of a file's path what tells it apart: the last part. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).pop() || path;
}

let ruler: CanvasRenderingContext2D | null | undefined;

/** How wide a text is drawn, in CSS pixels. */
export function textWidth(text: string, font: string): number {
  ruler ??= document.createElement("canvas").getContext("2d");
  if (!ruler) return text.length * 7;
  ruler.font = font;
  return ruler.measureText(text).width;
}

/** The text cut in its middle so that it is at most `width` pixels wide. */
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
