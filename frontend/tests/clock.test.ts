import assert from "node:assert/strict";
import { test } from "node:test";
import { RunClock } from "../src/state/clock";

test("the time is that of the frame, and goes on by itself when none comes", () => {
  const clock = new RunClock();
  clock.tell(2, false, 100);
  clock.tick(100.05);
  assert.equal(clock.elapsed, 2);
  clock.tick(101);
  assert.equal(clock.elapsed, 3);
});

test("it never goes back while the run goes on, and at the end it is exact", () => {
  const clock = new RunClock();
  clock.tell(2, false, 100);
  clock.tick(101);
  clock.tell(2.9, false, 101.05);
  assert.equal(clock.elapsed, 3);
  clock.tell(2.95, true, 101.1);
  clock.tick(200);
  assert.equal(clock.elapsed, 2.95);
});

test("it stops when nothing is heard for long, and says for how long", () => {
  const clock = new RunClock();
  clock.tell(2, false, 100);
  clock.tick(160);
  assert.equal(clock.elapsed, 2 + RunClock.MOST_AHEAD);
  assert.equal(clock.silence(160), 60);
});
