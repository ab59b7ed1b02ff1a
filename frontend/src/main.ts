/** The entry: a widget for anywidget; and in a standalone page, what starts it. */

import { page } from "./page";
import type { Message, Recording, Request, State } from "./state/protocol";
import type { Bytes } from "./state/run";
import { Store } from "./state/store";
import { html } from "./ui/dom";
import { View } from "./view";

/** What anywidget hands to a widget, as far as it is used here. */
interface Model {
  get<K extends keyof State>(name: K): State[K];
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
  send(content: Request): void;
}

const TRAITS = ["graph", "placement", "runs", "options"] as const;

/**
 * One call a widget, so all views of it share the store made here. (anywidget hands `initialize` and
 * `render` different proxies of the model: it can't be the key to a map.)
 */
export default function widget(): {
  initialize(given: { model: Model }): () => void;
  render(given: { model: Model; el: HTMLElement }): () => void;
} {
  const store = new Store();
  return {
    initialize({ model }) {
      store.attach((request) => model.send(request));
      store.update({
        options: model.get("options"),
        graph: model.get("graph"),
        placement: model.get("placement"),
        runs: model.get("runs"),
      });
      const undo: (() => void)[] = [];
      const listen = (name: string, callback: (...args: never[]) => void): void => {
        model.on(name, callback);
        undo.push(() => model.off(name, callback));
      };
      for (const name of TRAITS) {
        listen(`change:${name}`, () => store.update({ [name]: model.get(name) } as Partial<State>));
      }
      listen("msg:custom", (message: Message, buffers: Bytes[] = []) =>
        store.feed(message, buffers),
      );
      return () => {
        for (const each of undo) each();
        store.detach();
        page().keep(store);
      };
    },
    render({ el }) {
      const view = new View(store);
      el.append(view.element);
      return () => view.dispose();
    },
  };
}

/** A standalone page, with all data in a script element. */
function startStandalone(): void {
  for (const script of document.querySelectorAll("script.async-dag-recording")) {
    const recording = JSON.parse(script.textContent ?? "") as Recording;
    const store = new Store();
    store.update(recording.state);
    for (const { content, buffers } of recording.messages) {
      store.feed(content, buffers.map(fromBase64));
    }
    const tallest = Math.max(800, window.innerHeight - 330);
    const heading = html("h1", "ad-page-title", document.title);
    script.after(html("main", "", heading, new View(store, { tallest }).element));
    script.remove();
  }
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

startStandalone();
