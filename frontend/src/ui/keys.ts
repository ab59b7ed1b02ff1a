/** Keeps plain keys that are typed into the view from the notebook around it. */

import type { Disposer } from "./dom";

/**
 * Elsewhere in a notebook arrow keys go from cell to cell, and letters are commands. Some JupyterLabs
 * look at a key on its way down, and leave it alone where the element with the focus has this
 * attribute. Others look on its way up, which ends here. Keys with ctrl stay theirs: ctrl + s saves.
 */
export function keepKeysHere(element: HTMLElement, disposer: Disposer): void {
  disposer.listen(
    window,
    "keydown",
    (event: KeyboardEvent) => {
      if (!(event.target instanceof Element) || !element.contains(event.target)) return;
      event.target.toggleAttribute("data-lm-suppress-shortcuts", isPlain(event));
    },
    { capture: true },
  );
  disposer.listen(element, "keydown", (event: KeyboardEvent) => {
    if (isPlain(event)) event.stopPropagation();
  });
}

/** Shift and Enter runs a cell: that is no plain key. */
function isPlain(event: KeyboardEvent): boolean {
  const runsCell = event.shiftKey && event.key === "Enter";
  return !(event.ctrlKey || event.metaKey || event.altKey || runsCell);
}
