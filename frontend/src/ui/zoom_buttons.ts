import { type Disposer, html } from "./dom";

/** Buttons that zoom out, in, and (null) back to where everything is in sight. */
export function zoomButtons(
  label: string,
  all: string,
  disposer: Disposer,
  zoom: (factor: number | null) => void,
): HTMLSpanElement {
  const group = html("span", "ad-zoom");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  for (const [sign, text, key, factor] of [
    ["−", "zoom out", "-", 1 / 1.5],
    ["+", "zoom in", "+", 1.5],
    ["⟷", all, "0", null],
  ] as const) {
    const button = html("button", "", sign);
    button.type = "button";
    button.title = `${text} (key ${key}, or ctrl + wheel)`;
    button.setAttribute("aria-label", text);
    disposer.listen(button, "click", () => zoom(factor));
    group.append(button);
  }
  return group;
}
