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
  "move",
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

/** VS Code's kinds of themes; the last one comes first, as it also has the class of the one before. */
const CODE_THEMES = [
  "vscode-high-contrast-light",
  "vscode-high-contrast",
  "vscode-dark",
  "vscode-light",
] as const;

function themeOfCode(): (typeof CODE_THEMES)[number] | undefined {
  const { classList, dataset } = document.body;
  const kind = dataset["vscodeThemeKind"];
  return CODE_THEMES.find((theme) => theme === kind || classList.contains(theme));
}

/** Whether lines and letters are to stand out more, as the reader or the page around wants it. */
function wantsContrast(): boolean {
  if (matchMedia("(prefers-contrast: more)").matches) return true;
  return themeOfCode()?.startsWith("vscode-high-contrast") ?? false;
}

/** What the page around says: JupyterLab, Notebook, VS Code, marimo and Colab each in their own way. */
function themeOfPage(): "light" | "dark" | null {
  const { body, documentElement } = document;
  const jupyter = body.dataset["jpThemeLight"];
  if (jupyter) return jupyter === "false" ? "dark" : "light";
  const code = themeOfCode();
  if (code) return code.endsWith("light") ? "light" : "dark";
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

const QUERIES = [
  "(prefers-color-scheme: dark)",
  "(prefers-contrast: more)",
  "(forced-colors: active)",
];

/**
 * Keeps `data-theme` and `data-contrast` of the element as they should be, and calls back when the
 * colours have changed.
 */
export function followTheme(
  element: HTMLElement,
  wanted: () => Options["theme"],
  disposer: Disposer,
  changed: () => void,
): () => void {
  let applied = "";
  const apply = (): void => {
    const theme = isDark(wanted()) ? "dark" : "light";
    const isForced = matchMedia("(forced-colors: active)").matches;
    // Forced colours have contrasts of their own.
    const contrast = wantsContrast() && !isForced ? "more" : "usual";
    const { dataset } = element;
    const stamp = `${theme} ${isForced} ${contrast}`;
    if (stamp === applied) return;
    applied = stamp;
    dataset["theme"] = theme;
    dataset["contrast"] = contrast;
    changed();
  };
  for (const query of QUERIES) {
    disposer.listen(matchMedia(query), "change", apply);
  }
  const attributeFilter = [
    "data-jp-theme-light",
    "data-vscode-theme-kind",
    "data-theme",
    "theme",
    "class",
  ];
  for (const page of [document.body, document.documentElement]) {
    const observer = new MutationObserver(apply);
    observer.observe(page, { attributeFilter });
    disposer.add(() => observer.disconnect());
  }
  apply();
  return apply;
}
