import assert from "node:assert/strict";
import { test } from "node:test";
import { count, duration, plural, roughly, unitFor } from "../src/ui/format";
import { fileName, oneLine } from "../src/ui/text";

test("the unit is that of the longest time of a picture", () => {
  const written = [0, 0.0421, 0.5, 12.5, 1234, 7200, 40_000].map((longest) =>
    unitFor(longest).text(longest),
  );
  assert.deepEqual(written, [
    "0.00 s",
    "42.1 ms",
    "0.50 s",
    "12.5 s",
    "20.6 min",
    "120.0 min",
    "11.1 h",
  ]);
});

test("a time too short for the picture's unit has a unit of its own", () => {
  const unit = unitFor(100);
  assert.equal(duration(3, unit), "3.0 s");
  assert.equal(duration(0.0004, unit), "0.40 ms");
  assert.equal(duration(0, unit), "0.0 s");
});

test("an estimate has no more digits than it deserves", () => {
  assert.deepEqual([0.34, 12.6, 200, 6000].map(roughly), ["0.34 s", "13 s", "3 min", "1.7 h"]);
});

test("counts are grouped, and a noun agrees with its number", () => {
  assert.equal(count(12345), "12,345");
  assert.deepEqual(
    [0, 1, 2].map((n) => plural(n, "task")),
    ["0 tasks", "1 task", "2 tasks"],
  );
});

test("a text becomes one line in which everything can be seen", () => {
  assert.equal(oneLine("two\nlines\t\u202e!"), "two\\nlines\\t\\u202e!");
});

test("of a long text both ends stay, and no character is cut in half", () => {
  assert.equal(oneLine("abcdefghij", 5), "ab…ij");
  assert.equal(oneLine("😀".repeat(10), 5), "😀😀…😀😀");
  assert.equal(Array.from(oneLine("x".repeat(100_000), 60)).length, 60);
});

test("a path is known by its last part", () => {
  assert.deepEqual(["/a/b.py", "C:\\a\\b.py", "b.py", "/"].map(fileName), [
    "b.py",
    "b.py",
    "b.py",
    "/",
  ]);
});
