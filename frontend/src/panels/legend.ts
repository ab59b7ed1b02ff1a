import { html, setText } from "../ui/dom";

/** On a dark ground what holds the loop stands out bright. */
const BARS = {
  light: "light bar = awaiting · dark = holding the event loop",
  dark: "dim bar = awaiting · bright = holding the event loop",
};
const REST = " · outlined red = critical path · dashed = expected · hatched = ready, but waiting";
const OTHER = " · thin line = the run compared with";

/** One line on what the colours and lines of the chart mean. */
export class Legend {
  readonly element = html("p", "ad-legend");

  draw(isDark: boolean, hasOther: boolean): void {
    setText(this.element, BARS[isDark ? "dark" : "light"] + REST + (hasOther ? OTHER : ""));
  }
}
