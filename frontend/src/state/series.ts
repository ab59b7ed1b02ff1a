/** How many run at once over time, kept up to date as starts and ends come in. */

/** Numbers in ascending order. A batch nearly always belongs at the end. */
export class Sorted {
  values = new Float64Array(64);
  length = 0;

  addAll(batch: readonly number[]): void {
    if (!batch.length) return;
    const added = Float64Array.from(batch).sort();
    const old = this.length;
    this.length += added.length;
    if (this.length > this.values.length) {
      const more = new Float64Array(Math.max(this.length, 2 * this.values.length));
      more.set(this.values.subarray(0, old));
      this.values = more;
    }
    // Merged from the back, so that a batch which belongs at the end moves nothing.
    let left = old - 1;
    let right = added.length - 1;
    for (let place = this.length - 1; right >= 0; place--) {
      this.values[place] =
        left >= 0 && this.values[left] > added[right] ? this.values[left--] : added[right--];
    }
  }
}

export class Series {
  readonly starts = new Sorted();
  readonly ends = new Sorted();
  private peakOf = -1;
  private peakValue = 0;

  get now(): number {
    return this.starts.length - this.ends.length;
  }

  /** The first start, NaN if there is none. */
  get first(): number {
    return this.starts.length ? this.starts.values[0] : NaN;
  }

  /** The last end, or `now` where something still runs; NaN if nothing has started. */
  last(now: number): number {
    if (!this.starts.length) return NaN;
    return this.now > 0 ? now : this.ends.values[this.ends.length - 1];
  }

  get peak(): number {
    const stamp = this.starts.length + this.ends.length;
    if (this.peakOf !== stamp) {
      this.peakOf = stamp;
      this.peakValue = 0;
      this.walk((_time, running) => {
        if (running > this.peakValue) this.peakValue = running;
      });
    }
    return this.peakValue;
  }

  /** What was known of it at a time; the peak is that of all the time, so that nothing jumps. */
  upTo(time: number): Series {
    const made = new Series();
    for (const part of ["starts", "ends"] as const) {
      const { values, length } = this[part];
      made[part].addAll(Array.from(values.subarray(0, length)).filter((each) => each <= time));
    }
    made.peakValue = this.peak;
    made.peakOf = made.starts.length + made.ends.length;
    return made;
  }

  /** Calls back at each time at which the number changes. */
  walk(visit: (time: number, running: number) => void): void {
    const { values: starts, length: started } = this.starts;
    const { values: ends, length: ended } = this.ends;
    let start = 0;
    let end = 0;
    while (start < started || end < ended) {
      const time = Math.min(
        start < started ? starts[start] : Infinity,
        end < ended ? ends[end] : Infinity,
      );
      while (end < ended && ends[end] === time) end++;
      while (start < started && starts[start] === time) start++;
      visit(time, start - end);
    }
  }

  /**
   * The greatest number in each of `columns` pixels between two times, up to `until`.
   */
  columns(from: number, to: number, columns: number, until: number): Float32Array {
    const most = new Float32Array(columns);
    const scale = columns / (to - from);
    let before = 0;
    let since = from;
    const fill = (time: number): void => {
      if (before > 0 && time > from && since < to) {
        const first = Math.max(0, Math.floor((since - from) * scale));
        const last = Math.min(columns - 1, Math.max(first, Math.ceil((time - from) * scale) - 1));
        for (let column = first; column <= last; column++) {
          if (before > most[column]) most[column] = before;
        }
      }
    };
    this.walk((time, running) => {
      fill(Math.min(time, until));
      before = running;
      since = Math.min(time, until);
    });
    fill(until);
    return most;
  }
}
