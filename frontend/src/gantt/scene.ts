import type { GraphModel } from "../state/model";
import type { RunData } from "../state/run";
import type { Kin } from "../state/target";
import type { Unit } from "../ui/format";
import type { Colours } from "../ui/theme";

/** A canvas on which the rows of one run are drawn, and the scale of its time axis. */
export interface Scene {
  context: CanvasRenderingContext2D;
  model: GraphModel;
  run: RunData;
  /** Another run to compare with, drawn as thin bars. */
  other: RunData | null;
  colours: Colours;
  /** What text on a colour of these is written in. */
  textOn: (colour: string) => string;
  /** What fills the time in which a node was ready and waited. */
  hatch: CanvasPattern | string;
  unit: Unit;
  /** Seconds to pixels. */
  x: (seconds: number) => number;
  /** The times at both edges of the canvas, in seconds. */
  from: number;
  to: number;
  /** In pixels. */
  width: number;
  kin: Kin | null;
  /** The chosen node. */
  chosen: number | null;
}

/** A vertical range in pixels. */
export interface Band {
  top: number;
  height: number;
}

/** How strongly what is not related to the target is drawn. */
export const FADED = 0.25;
