// What scrolls can be reached by keys: code, tables and pictures that are wider than the page.
(() => {
  "use strict";
  const wide = "pre, .table-wrapper, .async-dag-picture, .async-dag-graph, .cell_output .output";

  function mark() {
    for (const element of document.querySelectorAll(wide)) {
      const scrolls =
        element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight;
      if (scrolls) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    }
  }

  addEventListener("load", mark);
  addEventListener("resize", mark);
})();
