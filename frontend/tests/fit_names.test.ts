import assert from "node:assert/strict";
import { test } from "node:test";
import { fitNames } from "../src/ui/fit_names";

// Without a canvas each character counts as 7 pixels.
const width = (characters: number): number => 7 * characters;

test("names that fit stay as they are", () => {
  assert.deepEqual(fitNames(["load", "parse"], width(5), ""), ["load", "parse"]);
});

test("names that are told apart by either end lose their middle", () => {
  assert.deepEqual(fitNames(["load the customers"], width(9), ""), ["load…mers"]);
});

test("what differs in the middle of long names is kept", () => {
  const names = Array.from({ length: 40 }, (_, n) => `fetch page ${n + 1} of the archive`);
  const fitted = fitNames(names, width(12), "");
  assert.equal(new Set(fitted).size, 40);
  assert.deepEqual(fitted.slice(8, 10), ["fetch pag…9…", "fetch pa…10…"]);
  for (const text of fitted) assert.ok(text.length <= 12);
});

test("numbers are never cut in half, so that 1 and 12 are not taken for each other", () => {
  const names = ["download file 1 of the archive", "download file 12 of the archive"];
  const fitted = fitNames(names, width(11), "");
  assert.ok(fitted[0].includes("…1…") && fitted[1].includes("…12…"), String(fitted));
});

test("names that are equal stay equal, and no character is cut in half", () => {
  const same = ["a very long name indeed", "a very long name indeed"];
  const [first, second] = fitNames(same, width(8), "");
  assert.equal(first, second);
  const faces = "😀".repeat(9);
  const fitted = fitNames([`${faces}a${faces}`, `${faces}b${faces}`], width(9), "");
  for (const text of fitted) assert.equal(Buffer.from(text).toString(), text);
});
