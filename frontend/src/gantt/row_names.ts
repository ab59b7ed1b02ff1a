import type { GraphModel } from "../state/model";
import { fitNames } from "../ui/fit_names";
import { NORMAL_BOLD, oneLine, textWidth } from "../ui/text";

/** Up to this many names differ from all others; of more names, those in sight differ from each other. */
const MOST_AT_ONCE = 300;

/**
 * The names of rows, cut to the width that labels have. All are measured in bold, as those of failed
 * nodes are written.
 */
export class RowNames {
  private names: readonly string[] | null = null;
  private room = 0;
  private all: string[] | null = null;

  /** The names of these nodes in `room` pixels. */
  of(model: GraphModel, nodes: readonly number[], room: number): string[] {
    const { names } = model.graph;
    if (names.length > MOST_AT_ONCE || nodes.some((node) => node >= names.length)) {
      const inSight = nodes.map((node) => model.name(node));
      return fitNames(inSight, room, NORMAL_BOLD);
    }
    if (this.all === null || this.names !== names || this.room !== room) {
      this.all = fitNames(names, room, NORMAL_BOLD);
      this.names = names;
      this.room = room;
    }
    const { all } = this;
    return nodes.map((node) => all[node]);
  }

  /** The width that the widest of some titles needs, up to `most`. */
  static width(titles: Iterable<string>, most: number): number {
    let widest = 0;
    for (const title of titles) {
      widest = Math.max(widest, textWidth(oneLine(title, 60), NORMAL_BOLD));
      if (widest >= most) return most;
    }
    return widest;
  }
}
