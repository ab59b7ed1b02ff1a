/** Light or dark, and the colours of the palette for what is drawn on a canvas. */

import type { Options } from "../state/protocol";
import type { Disposer } from "./dom";

const NAMES = [
  "ink",
  "soft",
  "line",
  "ground",
  "panel",
  "edge",
  "awaiting",
  "holding",
  "queued",
  "critical",
  "failed",
  "done",
  "done-fill",
  "running-fill",
  "failed-fill",
  "computed",
  "chosen",
] as const;
export type Colours = Record<(typeof NAMES)[number], string>;

/** The colours as the style sheet has them for this element. */
export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const found = {} as Colours;
  for (const name of NAMES) found[name] = style.getPropertyValue(`--ad-${name}`).trim() || "#888";
  return found;
}

function isDark(wanted: Options["theme"]): boolean {
  if (wanted !== "auto") return wanted === "dark";
  const { body } = document;
  // JupyterLab and Notebook say it on the body, VS Code by a class.
  if (body.dataset["jpThemeLight"]) return body.dataset["jpThemeLight"] === "false";
  if (body.classList.contains("vscode-dark")) return true;
  if (body.classList.contains("vscode-light")) return false;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Keeps `data-theme` of the element as it should be, and calls back when it has changed. */
export function followTheme(
  element: HTMLElement,
  wanted: () => Options["theme"],
  disposer: Disposer,
  changed: () => void,
): () => void {
  const apply = (): void => {
    const theme = isDark(wanted()) ? "dark" : "light";
    if (element.dataset["theme"] !== theme) {
      element.dataset["theme"] = theme;
      changed();
    }
  };
  disposer.listen(matchMedia("(prefers-color-scheme: dark)"), "change", apply);
  const observer = new MutationObserver(apply);
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
  disposer.add(() => observer.disconnect());
  apply();
  return apply;
}
