function initialize({model}) {
  model.log = [];
  model.on("msg:custom", (m, buffers) => { model.log.push([m, buffers.map(b => b.byteLength)]);
    if (m.kind === "columns") model.send({kind: "ack", run: m.run, frame: m.frame});
  });
}
function render({model, el}) {
  const pre = document.createElement("pre"); pre.className = "probe"; el.append(pre);
  const draw = () => { pre.textContent = JSON.stringify(model.get("runs")) + "\n" + (model.get("placement") ? "placed":"") + "\n" + (model.log||[]).map(x => JSON.stringify(x)).join("\n"); };
  model.on("msg:custom", draw); model.on("change", draw); draw();
}
export default { initialize, render };
