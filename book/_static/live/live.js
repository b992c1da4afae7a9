/* Bars at the cells of a page. Nothing is fetched before somebody presses a button of one:
   then the modules beside this file, and Python. */
(() => {
  "use strict";
  const me = document.currentScript;
  const facts = JSON.parse(document.getElementById("margins-live")?.textContent ?? "{}").cells ?? {};
  const cells = [...document.querySelectorAll("div.cell")];

  function refuse(sentence) {
    document.documentElement.classList.add("live-none");
    const note = document.createElement("p");
    note.className = "live-note";
    note.textContent = sentence;
    cells[0]?.before(note);
  }

  /** Whether this browser asks what type a worker is of. */
  function moduleWorkers() {
    let asked = false;
    const options = { get type() { asked = true; return "module"; } };
    try {
      new Worker("data:text/javascript,", options).terminate();
    } catch { /* refused, but asked */ }
    return asked;
  }

  if (!cells.length) return;
  if (location.protocol === "file:") {
    refuse("Opened from a file, the cells of this page cannot run; online, or from any server, they can.");
    return;
  }
  if (!window.Worker || !window.WebAssembly || !moduleWorkers()) {
    refuse("This browser is too old to run the cells of this page.");
    return;
  }

  function button(action, label, number) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.dataset.action = action;
    made.setAttribute("aria-label", `${label}, cell ${number}`);
    return made;
  }

  function said(className) {
    const made = document.createElement("span");
    made.className = className;
    return made;
  }

  /** What can be done with a cell. One that trains takes minutes here. */
  function choices(number, { minutes, kept, smaller, elsewhere }) {
    if (elsewhere) return ["It asks for a terminal, so it runs in a notebook and not in the page."];
    const run = kept ? `Run (about ${minutes} min here)` : "Run";
    return [
      ["results", "Use the book’s results", kept],
      ["smaller", "Run smaller", smaller && kept],
      ["run", run, true],
      ["smaller", "Run smaller", smaller && !kept],
      ["edit", "Edit", true],
    ].filter((choice) => choice[2]).map(([action, label]) => button(action, label, number));
  }

  // A bar stands behind the code, and outside of what may hide the code; behind a figure's code, which
  // is folded under the figure.
  cells.forEach((cell, index) => {
    cell.dataset.cell = index + 1;
    const bar = document.createElement("div");
    bar.className = "live-bar";
    const status = said("live-said");
    status.setAttribute("role", "status");
    const tick = said("live-tick");
    tick.setAttribute("aria-hidden", "true");
    bar.append(...choices(index + 1, facts[index + 1] ?? {}), status, tick);
    const folded = cell.querySelector(":scope > .margins-folded");
    const output = cell.querySelector(":scope > .cell_output");
    if (output && !folded) output.before(bar);
    else cell.append(bar);
  });

  const version = `?v=${document.body.dataset.live}`;
  document.addEventListener("click", async ({ target }) => {
    const pressed = target.closest?.(".live-bar button");
    if (!pressed) return;
    const { press } = await import(new URL(`cells.js${version}`, me.src).href);
    press(pressed, cells, facts);
  });
})();
