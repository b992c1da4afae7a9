/* Bars at the cells of a page. Nothing is fetched before somebody presses a button of one:
   then the modules beside this file, and Python. */
(() => {
  "use strict";
  const me = document.currentScript;
  const facts = JSON.parse(document.getElementById("margins-live")?.textContent ?? "{}");
  const cells = [...document.querySelectorAll("div.cell")];

  function refuse(sentence) {
    document.documentElement.classList.add("live-none");
    const note = document.createElement("p");
    note.className = "live-note";
    note.textContent = sentence;
    cells[0]?.before(note);
  }

  function moduleWorkers() {
    let asked = false;
    try {
      const options = { get type() { asked = true; return "module"; } };
      new Worker("data:text/javascript,", options).terminate();
    } catch { /* asked is what counts */ }
    return asked;
  }

  if (!cells.length) return;
  if (location.protocol === "file:") {
    refuse("A page opened from a file cannot run its cells; from a server, or online, it can.");
    return;
  }
  if (!window.Worker || !window.WebAssembly || !moduleWorkers()) {
    refuse("This browser is too old to run the cells of this page.");
    return;
  }

  const version = `?v=${document.body.dataset.live}`;
  const load = (name) => import(new URL(name + version, me.src).href);

  function button(label, spoken, action) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.dataset.action = action;
    if (spoken) made.setAttribute("aria-label", spoken);
    return made;
  }

  // The bar stands behind the code, and outside of what hides it.
  cells.forEach((cell, index) => {
    const number = index + 1;
    const { seconds = 0, kept, elsewhere } = facts.cells?.[index] ?? {};
    cell.dataset.cell = number;
    const bar = document.createElement("div");
    bar.className = "live-bar";
    const output = cell.querySelector(":scope > .cell_output");
    if (elsewhere) {
      bar.textContent = "This cell needs a terminal: it runs in a notebook, not in the page.";
    } else {
      const slow = kept !== undefined || seconds >= 2;
      bar.append(slow ? button("Long …", `Cell ${number} takes long: how to go on`, "long")
        : button("Run", `Run cell ${number}`, "run"));
      bar.append(button("Edit", `Edit cell ${number}`, "edit"));
    }
    if (output) output.before(bar); else cell.append(bar);
  });

  document.addEventListener("click", async (event) => {
    const pressed = event.target.closest(".live-bar button");
    if (!pressed || pressed.dataset.taken) return;
    const { act } = await load("cells.js");
    act(pressed, { cells, facts });
  });
})();
