/** Times and counts as people read them; times as `async_dag/_common/units.py` writes them. */

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

/** The unit for a picture whose longest time is `longest` seconds. */
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

/** A time in the picture's unit, or in one of its own where that would round it to zero. */
export function duration(seconds: number, unit: Unit): string {
  const smallest = unit.seconds * 10 ** -unit.decimals;
  const own = seconds > 0 && seconds < smallest * (1 - 1e-9) ? unitFor(seconds) : unit;
  return own.text(seconds);
}

/** A time that is itself an estimate, such as a countdown, with no more digits than it deserves. */
export function roughly(seconds: number): string {
  if (seconds >= 5400) return `${(seconds / 3600).toFixed(1)} h`;
  if (seconds >= 90) return `${Math.round(seconds / 60)} min`;
  if (seconds >= 10) return `${Math.round(seconds)} s`;
  return unitFor(Math.max(seconds, 0.1)).text(seconds);
}

export function count(number: number): string {
  return number.toLocaleString("en");
}

/** `1 task`, `2 tasks` */
export function plural(number: number, noun: string, nouns = `${noun}s`): string {
  return `${count(number)} ${number === 1 ? noun : nouns}`;
}

/** Bytes in powers of a thousand, as `size_text` of `_common/units.py` has them. */
export function bytes(size: number): string {
  for (const [unit, least] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    if (size >= least) {
      const number = size / least;
      return `${number.toFixed(number < 9.95 ? 1 : 0)} ${unit}`;
    }
  }
  return `${size} B`;
}
