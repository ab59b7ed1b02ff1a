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
  const colours = {} as Colours;
  for (const name of NAMES) colours[name] = style.getPropertyValue(`--ad-${name}`).trim() || "#888";
  return colours;
}

function isDark(wanted: Options["theme"]): boolean {
  if (wanted !== "auto") return wanted === "dark";
  // Forced colours are those of the system, whatever the page around wants.
  if (!matchMedia("(forced-colors: active)").matches) {
    const page = themeOfPage();
    if (page !== null) return page === "dark";
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** What the page around says: JupyterLab, Notebook, VS Code, marimo and Colab each in their own way. */
function themeOfPage(): "light" | "dark" | null {
  const { body, documentElement } = document;
  const jupyter = body.dataset["jpThemeLight"];
  if (jupyter) return jupyter === "false" ? "dark" : "light";
  const classes = body.classList;
  if (classes.contains("vscode-high-contrast-light")) return "light";
  if (classes.contains("vscode-dark") || classes.contains("vscode-high-contrast")) return "dark";
  if (classes.contains("vscode-light")) return "light";
  for (const element of [body, documentElement]) {
    for (const theme of [element.dataset["theme"], element.getAttribute("theme")]) {
      if (theme === "dark" || theme === "light") return theme;
    }
    for (const theme of ["dark", "light"] as const) {
      if (element.classList.contains(theme)) return theme;
    }
  }
  return null;
}

/** Keeps `data-theme` of the element as it should be, and calls back when the colours have changed. */
export function followTheme(
  element: HTMLElement,
  wanted: () => Options["theme"],
  disposer: Disposer,
  changed: () => void,
): () => void {
  const apply = (): void => {
    const theme = isDark(wanted()) ? "dark" : "light";
    const isForced = String(matchMedia("(forced-colors: active)").matches);
    if (element.dataset["theme"] === theme && element.dataset["forced"] === isForced) return;
    element.dataset["theme"] = theme;
    element.dataset["forced"] = isForced;
    changed();
  };
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    disposer.listen(matchMedia(query), "change", apply);
  }
  const attributeFilter = ["data-jp-theme-light", "data-theme", "theme", "class"];
  for (const page of [document.body, document.documentElement]) {
    const observer = new MutationObserver(apply);
    observer.observe(page, { attributeFilter });
    disposer.add(() => observer.disconnect());
  }
  apply();
  return apply;
}
