import assert from "node:assert/strict";
import { test } from "node:test";
import { Series, Sorted } from "../src/state/series";

test("times that come late are sorted in", () => {
  const times = new Sorted();
  times.addAll([5, 1]);
  times.addAll([]);
  times.addAll([3, 0, 7]);
  assert.deepEqual([...times.values.subarray(0, times.length)], [0, 1, 3, 5, 7]);
});

test("more times than there is room for are all kept", () => {
  const times = new Sorted();
  for (let start = 0; start < 1000; start += 100) {
    times.addAll(Array.from({ length: 100 }, (_, index) => start + index));
  }
  assert.equal(times.length, 1000);
  assert.deepEqual([times.values[0], times.values[999]], [0, 999]);
});

function seriesOf(spans: [start: number, end: number][]): Series {
  const series = new Series();
  series.starts.addAll(spans.map(([start]) => start));
  series.ends.addAll(spans.map(([, end]) => end).filter((end) => !Number.isNaN(end)));
  return series;
}

test("the peak is the most that run at once; one that starts as another ends does not add to it", () => {
  assert.equal(
    seriesOf([
      [0, 2],
      [1, 3],
      [2, 4],
    ]).peak,
    2,
  );
  assert.equal(new Series().peak, 0);
});

test("the peak is right after later starts and ends", () => {
  const series = seriesOf([[0, NaN]]);
  assert.deepEqual([series.peak, series.now, series.last(9)], [1, 1, 9]);
  series.starts.addAll([1, 2]);
  assert.equal(series.peak, 3);
  series.ends.addAll([4, 5, 6]);
  assert.deepEqual([series.peak, series.now, series.first, series.last(9)], [3, 0, 0, 6]);
});

test("a column of pixels has the greatest number within it, also of what is shorter than a pixel", () => {
  const series = seriesOf([
    [0, 4],
    [1.1, 1.2],
  ]);
  assert.deepEqual([...series.columns(0, 4, 4, Infinity)], [1, 2, 1, 1]);
});

test("what still runs is drawn until now", () => {
  const series = seriesOf([[1, NaN]]);
  assert.deepEqual([...series.columns(0, 4, 4, 3)], [0, 1, 1, 0]);
});

test("columns of a part of the time agree with those of the whole", () => {
  const series = seriesOf([
    [0, 3],
    [1, 6],
    [2, 3],
    [5, 8],
  ]);
  const whole = series.columns(0, 8, 8, Infinity);
  assert.deepEqual([...series.columns(2, 6, 4, Infinity)], [...whole.subarray(2, 6)]);
});
