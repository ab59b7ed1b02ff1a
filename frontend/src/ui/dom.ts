/** Making elements. Text only ever goes in as text: nothing here, or anywhere, parses HTML. */

const SVG = "http://www.w3.org/2000/svg";

export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number> = {},
  ...content: (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...content);
  return made;
}

/** Sets the text only if it is another: an unchanged text node costs no layout. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node: Element, name: string, value: string | number | null): void {
  if (value === null) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, String(value));
  }
}

/**
 * Makes the children of an element as these, keeping what is the same: so focus stays where it is, and
 * a button that is being pressed is still there when it is let go.
 */
export function morph(element: Element, wanted: readonly Node[]): void {
  wanted.forEach((node, index) => {
    const old = element.childNodes[index];
    if (old === undefined) element.append(node);
    else if (old.nodeName !== node.nodeName) old.replaceWith(node);
    else if (old instanceof Element && node instanceof Element) {
      for (const { name } of [...old.attributes]) {
        if (!node.hasAttribute(name)) old.removeAttribute(name);
      }
      for (const { name, value } of node.attributes) setAttribute(old, name, value);
      morph(old, [...node.childNodes]);
    } else if (old.nodeValue !== node.nodeValue) old.nodeValue = node.nodeValue;
  });
  while (element.childNodes.length > wanted.length) element.lastChild!.remove();
}

/** Everything that has to be undone when a view goes, in one place. */
export class Disposer {
  private readonly undo: (() => void)[] = [];

  add(undo: () => void): void {
    this.undo.push(undo);
  }

  listen<T extends EventTarget>(
    target: T,
    type: string,
    listener: (event: never) => void,
    options?: AddEventListenerOptions,
  ): void {
    target.addEventListener(type, listener as EventListener, options);
    this.add(() => target.removeEventListener(type, listener as EventListener, options));
  }

  dispose(): void {
    while (this.undo.length) this.undo.pop()!();
  }
}

/** A wheel that zooms a chart as far as it goes does not go on to zoom the whole page. */
export function keepZoomHere(event: WheelEvent): void {
  if (event.ctrlKey || event.metaKey) event.preventDefault();
}

let lastId = 0;

/** An id that no other element of the page has. */
export function uniqueId(): string {
  lastId += 1;
  return `async-dag-${Date.now().toString(36)}-${lastId}`;
}
