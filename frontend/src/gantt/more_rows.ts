import { type Disposer, html, setText } from "../ui/dom";
import { plural } from "../ui/format";
import { type Row, rowAt } from "./rows";

/** Says below the rows how many more there are, and scrolls on when it is pressed. */
export class MoreRows {
  readonly element = html("button", "ad-more");

  constructor(
    private readonly scroller: HTMLElement,
    disposer: Disposer,
  ) {
    this.element.type = "button";
    this.element.hidden = true;
    disposer.listen(this.element, "click", () => {
      scroller.scrollBy(0, scroller.clientHeight - this.element.offsetHeight - 20);
    });
  }

  draw(rows: readonly Row[]): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // Rows behind the button count as out of sight; at the end there is no button.
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 1;
    const last = rowAt(rows, scrollTop + clientHeight - this.element.offsetHeight);
    const more = isAtEnd ? 0 : rows.length - 1 - last;
    this.element.hidden = more <= 0;
    setText(this.element, `▾ ${plural(more, "more row")}`);
  }
}
