/* The cells of a page: run, stop, edit, and begin again.
 *
 * live.js calls `press` for each button that is pressed. For checks in a browser:
 *
 *   div.cell[data-cell="7"]            a cell; data-state is "running", "done", "failed" or "stopped"
 *     button[data-action=run]          while it runs, the same button is "stop"
 *     button[data-action=results]      of a slow cell: the results of the book's own run
 *     button[data-action=smaller]      the cell with a smaller setting
 *     button[data-action=edit]         an editor in the place of the code; then it is "original"
 *     button[data-action=again]        in the bar last used: the whole page as it was built
 *     .live-said                       what is going on, in a sentence (role=status)
 *     .cell_output                     what the cell shows, in the classes of the build
 */
const { search } = new URL(import.meta.url);
const [python, { Output }] = await Promise.all(
  ["python", "output"].map((name) => import(`./${name}.js${search}`)),
);

const MUCH_MEMORY = 1500; // MB; a page may have 2,000 and, of some browsers, 4,000

let page = null;
let turn = Promise.resolve(); // cells run one after another, in the order of the presses
let stopped = 0; // how often; what waited for its turn before that is given up
let heap = 0;
let digitsSaid = false;

class Cell {
  constructor(element, number, { kept, smaller, elsewhere }) {
    Object.assign(this, { element, number, kept, smaller, elsewhere });
    this.input = element.querySelector(".cell_input");
    this.bar = element.querySelector(".live-bar");
    this.status = this.bar.querySelector(".live-said");
    this.tick = this.bar.querySelector(".live-tick");
    this.original = element.querySelector(".cell_input pre").textContent.replace(/\n$/, "");
    this.output = new Output(element);
    this.ran = Boolean(elsewhere); // since Python began
  }

  get source() { return this.editor?.text() ?? this.original; }

  get small() {
    return Object.entries(this.smaller).reduce((text, [old, new_]) => text.replace(old, new_), this.source);
  }

  button(action) { return this.bar.querySelector(`[data-action=${action}]`); }

  say(sentence) { this.status.textContent = sentence; }

  set state(state) {
    this.element.dataset.state = state;
    const running = state === "running";
    const button = this.button(running ? "run" : "stop");
    if (button && running) {
      this.label = button.textContent;
      rename(button, "stop", "Stop", this.number);
    } else if (button) rename(button, "run", this.label, this.number);
    this.element.setAttribute("aria-busy", running);
  }

  async edit() {
    this.element.querySelector("details")?.setAttribute("open", "");
    if (this.editor) return this.editor.focus();
    const { edit } = await import(`./editor.js${search}`);
    if (this.editor) return undefined;
    const shown = this.input.firstElementChild;
    const place = document.createElement("div");
    place.className = "live-edited";
    // As high as the code was, and in its letters, or the page would jump.
    const { fontSize, lineHeight } = getComputedStyle(shown.querySelector("pre"));
    Object.assign(place.style, { fontSize, lineHeight, minHeight: `${shown.offsetHeight}px` });
    shown.after(place);
    this.editor = edit(place, {
      text: this.original,
      label: `Code of cell ${this.number}. Escape and then Tab leaves it, Ctrl+Enter runs it.`,
      onRun: () => run(this),
      onChange: () => this.say(this.source === this.original ? "" : "Edited, and not run yet."),
    });
    shown.hidden = true;
    rename(this.button("edit"), "original", "Undo edits", this.number);
    return this.editor.focus();
  }

  /** The cell as it was built, outputs and all. */
  restore() {
    this.editor?.destroy();
    this.editor = null;
    this.input.querySelector(".live-edited")?.remove();
    this.input.firstElementChild.hidden = false;
    const button = this.button("original");
    if (button) rename(button, "edit", "Edit", this.number);
    this.output.restore();
    this.say("");
    delete this.element.dataset.state;
  }
}

function rename(button, action, label, number) {
  button.dataset.action = action;
  button.textContent = label;
  button.setAttribute("aria-label", `${label}, cell ${number}`);
}

const again = document.createElement("button");
again.type = "button";
again.textContent = "Begin again";
again.dataset.action = "again";
again.setAttribute("aria-label", "Begin again: all cells of this page as they were");

const ACTIONS = {
  run: (cell) => run(cell),
  results: (cell) => run(cell, { results: true }),
  smaller: (cell) => run(cell, { source: cell.small }),
  edit: (cell) => cell.edit(),
  stop: () => python.stop(),
  original(cell) {
    cell.editor.replace(cell.original);
    cell.editor.focus();
  },
  again(cell) {
    python.stop();
    for (const each of page) each.restore();
    again.remove();
    cell.bar.querySelector("button").focus();
    cell.say("All cells are as they were.");
  },
};

export function press(button, cells, facts) {
  page ??= cells.map((element, index) => new Cell(element, index + 1, facts[index + 1] ?? {}));
  const number = Number(button.closest("[data-cell]").dataset.cell);
  ACTIONS[button.dataset.action](page[number - 1]);
}

/** Run a cell when its turn comes, and before it those above that have not run. */
function run(cell, how = {}) {
  if (cell.element.dataset.state === "running") return;
  const before = stopped;
  cell.state = "running";
  cell.say("Waiting for its turn.");
  cell.status.before(again);
  turn = turn.then(async () => {
    if (before !== stopped) return; // it has been told so
    const above = page.slice(0, cell.number - 1).filter((each) => !each.ran);
    for (const each of above) {
      if (!(await one(each, { results: Boolean(each.kept) }, cell))) return;
    }
    await one(cell, how, cell);
  });
}

/** Run one cell, now, for the sake of `wanted`; whether it went well. */
async function one(cell, { results, source = cell.source }, wanted) {
  if (cell !== wanted) {
    cell.state = "running";
    wanted.say(`First cell ${cell.number}${results ? ", with the book’s results" : ""}.`);
  }
  if (python.running()) cell.say("Running.");
  const began = performance.now();
  const watch = ticking(cell === wanted ? [cell] : [cell, wanted]);
  let short = "";
  try {
    await python.start();
    cell.say(results ? "Loading the book’s results." : "Running.");
    if (results) {
      await python.restore(cell.number, cell.original, cell.kept);
      cell.output.restore();
    } else {
      cell.output.begin();
      await python.run(cell.number, source, (message) => {
        if (message.kind === "error") short = message.short.replace(/^[\w.]*\./, "");
        cell.output.show(message);
      });
      cell.output.end();
    }
    cell.ran = true; // also where it failed: its reader may want to go on
    cell.state = short ? "failed" : "done";
    cell.say(short ? `${short.slice(0, 120)}${advice(short)}` : done(cell, results, source, began));
  } catch (error) {
    cell.output.end(error instanceof python.Stopped);
    const word = error instanceof python.Stopped ? "stopped" : "failed";
    const sentence = word === "stopped"
      ? "Stopped. The next run begins anew, with the cells above." : error.message;
    for (const each of new Set([cell, wanted])) {
      each.state = word;
      each.say(sentence);
    }
    return false;
  } finally {
    watch.end();
  }
  if (short && cell !== wanted) {
    wanted.state = "failed";
    wanted.say(`Cell ${cell.number}, which has to run first, failed: ${short.slice(0, 120)}`);
  }
  return !short;
}

function done(cell, results, source, began) {
  const time = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  const sentence = results ? "These are the results of the book’s own run; all cells below can use them."
    : source === cell.original ? `Done in ${time}.`
      : cell.smaller && source === cell.small ? `Done in ${time}, with a smaller setting: ${changes(cell)}.`
        : `Done in ${time}, with your edits.`;
  const digits = digitsSaid || results ? "" : " Last digits may differ from those in print.";
  digitsSaid ||= !results;
  return sentence + digits + (heap > MUCH_MEMORY
    ? ` Python holds ${(heap / 1000).toFixed(1)} GB of memory; “Begin again” frees it.` : "");
}

function changes({ smaller }) {
  return Object.entries(smaller).map(([old, new_]) => `${new_} in the place of ${old}`).join(", ");
}

function advice(short) {
  return /^\w*MemoryError/.test(short) ? " Memory ran short: “Begin again” frees it." : "";
}

/** Show the seconds that pass, and what Python is waiting for. */
function ticking(cells) {
  const began = performance.now();
  let loading = "";
  const progress = ({ detail: { what, mb } }) => {
    loading = what && `${mb.toFixed(1)} MB, `;
    if (what) for (const cell of cells) cell.say(`Loading ${what}.`);
    else cells[0].say("Running.");
  };
  const show = () => {
    const seconds = (performance.now() - began) / 1000;
    if (seconds < 1) return;
    for (const cell of cells) cell.tick.textContent = `${loading}${Math.floor(seconds)} s`;
  };
  python.events.addEventListener("progress", progress);
  const clock = setInterval(show, 200);
  return {
    end() {
      clearInterval(clock);
      python.events.removeEventListener("progress", progress);
      for (const cell of cells) cell.tick.textContent = "";
    },
  };
}

python.events.addEventListener("memory", ({ detail: { mb } }) => { heap = mb; });
python.events.addEventListener("restarted", () => {
  stopped += 1;
  heap = 0;
  for (const cell of page ?? []) {
    cell.ran = Boolean(cell.elsewhere);
    if (cell.element.dataset.state !== "running") continue;
    cell.state = "stopped";
    cell.say("Stopped. The next run begins anew, with the cells above.");
  }
});
