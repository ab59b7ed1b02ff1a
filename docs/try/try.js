// Loads Python into the page, runs what stands in the editor, and puts a live view of each manager below.

import { loadPyodide } from "./pyodide/pyodide.mjs";
import workbench from "./workbench.js";

const [code, run, reset, state, text, views] = ["code", "run", "reset", "state", "text", "views"].map(
  (id) => document.getElementById(id),
);

/** What a notebook's kernel is to the workbench: its traits, and messages both ways. */
class Model {
  traits = { graph: null, placement: null, runs: [], options: { theme: "auto", live: true } };
  listeners = new Map();

  /** `hear` takes each request of the view, as JSON. */
  constructor(graph, hear) {
    this.traits.graph = JSON.parse(graph);
    this.send = (request) => hear(JSON.stringify(request));
  }

  get(name) {
    return this.traits[name];
  }

  on(name, callback) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), callback]);
  }

  off(name, callback) {
    this.listeners.set(name, (this.listeners.get(name) ?? []).filter((one) => one !== callback));
  }

  emit(name, ...what) {
    for (const callback of this.listeners.get(name) ?? []) callback(...what);
  }

  // What Python calls.

  showRuns(runs) {
    this.traits.runs = JSON.parse(runs);
    this.emit("change:runs");
  }

  feed(message, buffers) {
    this.emit("msg:custom", JSON.parse(message), buffers);
  }
}

function openView(graph, hear) {
  const model = new Model(graph, hear);
  const element = document.createElement("div");
  views.append(element);
  const widget = workbench();
  widget.initialize({ model });
  widget.render({ model, el: element });
  return model;
}

function write(line, kind) {
  text.hidden = false;
  const span = document.createElement("span");
  if (kind) span.className = kind;
  span.textContent = `${line}\n`;
  text.append(span);
}

const fetchText = async (path) => (await fetch(path)).text();

const example = await fetchText("example.py");
code.value = example;
reset.addEventListener("click", () => {
  code.value = example;
});

const python = await loadPyodide({ stdout: (line) => write(line), stderr: (line) => write(line) });
python.unpackArchive(await (await fetch("async_dag.zip")).arrayBuffer(), "zip");
const runCode = (await python.runPythonAsync(await fetchText("bridge.py")))(openView);
run.disabled = false;
state.textContent = "Ready";

async function start() {
  if (run.disabled) return;
  run.disabled = true;
  state.textContent = "Running";
  text.replaceChildren();
  text.hidden = true;
  views.replaceChildren();
  const error = await runCode(code.value);
  if (error) write(error, "error");
  state.textContent = error ? "Ended with an error" : "Done";
  run.disabled = false;
}

run.addEventListener("click", start);
code.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) start();
});
