/** The boxes of the panel with the sizes that their texts need, to be laid out by the page itself. */

import type { Layout } from "../state/protocol";
import { NORMAL, oneLine, textWidth } from "../ui/text";
import { layered, type NaturalBox } from "./layered/layered";
import { isSeveral, type Subject, type Subjects } from "./subjects";

/** More boxes than this make no picture. */
export const MOST_BOXES = 3000;

const NARROWEST = 116;
const WIDEST = 200;
/** If no task needs more than this, all are as wide as the widest, which is easier to read. */
const ALIKE = 150;
const HEIGHT = 38;
const HEIGHT_OF_SEVERAL = 42;
const HEIGHT_OF_CHOICE = 42;
const HEIGHT_OF_VALUE = 24;

/** Null if there is nothing to be drawn, or too much. */
export function ownLayout(subjects: Subjects): Layout | null {
  const { list, dependencies, groups } = subjects;
  if (list.length === 0 || list.length > MOST_BOXES) return null;
  const boxes = alike(list.map((subject) => boxOf(subject)));
  const titles = groups.map(({ title }) => title);
  const given = { boxes, dependencies, groups: titles };
  return { down: layered(given, "down"), right: layered(given, "right") };
}

interface Sized extends NaturalBox {
  isTask: boolean;
}

function boxOf(subject: Subject): Sized {
  const { index, target, group, kind } = subject;
  const fold = target === null ? "▸ " : "";
  const text = textWidth(fold + oneLine(subject.title, 40), NORMAL);
  const own = { index, group: target === null ? -1 : group, isTask: kind === "task" };
  if (kind === "choice") {
    // Its text has but the middle of the diamond.
    return { ...own, width: Math.min(2 * text + 24, WIDEST), height: HEIGHT_OF_CHOICE };
  }
  if (kind !== "task") {
    return { ...own, width: Math.min(Math.max(text + 16, 30), WIDEST), height: HEIGHT_OF_VALUE };
  }
  const width = Math.min(Math.max(text + 24, NARROWEST), WIDEST);
  return { ...own, width, height: isSeveral(subject) ? HEIGHT_OF_SEVERAL : HEIGHT };
}

function alike(boxes: readonly Sized[]): Sized[] {
  const widest = boxes.reduce(
    (most, { isTask, width }) => (isTask ? Math.max(most, width) : most),
    0,
  );
  if (widest > ALIKE) return [...boxes];
  return boxes.map((box) => (box.isTask ? { ...box, width: widest } : box));
}
