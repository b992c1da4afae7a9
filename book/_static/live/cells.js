// The cells of a page: Run, Edit, Stop, and what a run shows.
const { search } = new URL(import.meta.url);
const python = await import(`./python.js${search}`);

let page = null;

class Cell {
  constructor(element, number, facts) {
    Object.assign(this, { element, number, facts });
    this.pre = element.querySelector(".cell_input pre");
    this.bar = element.querySelector(".live-bar");
    this.source = this.pre.textContent.replace(/\n$/, "");
    this.ran = false;
  }
}

export function act(button, { cells, facts }) {
  page ??= cells.map((element, index) => new Cell(element, index + 1, facts.cells?.[index] ?? {}));
  const cell = page[Number(button.closest("[data-cell]").dataset.cell) - 1];
  if (button.dataset.action === "run") runTo(cell);
}

async function runTo(last) {
  for (const cell of page.slice(0, last.number)) {
    if (cell === last || !cell.ran) await run(cell);
  }
}

async function run(cell) {
  const output = place(cell);
  output.replaceChildren();
  await python.run(cell.number, cell.source, (message) => show(output, message));
  cell.ran = true;
  cell.element.dataset.done = "1";
}

function place(cell) {
  let output = cell.element.querySelector(":scope > .cell_output");
  if (!output) {
    output = document.createElement("div");
    output.className = "cell_output docutils container";
    cell.element.append(output);
  }
  return output;
}

function show(output, { kind, text, html }) {
  const part = document.createElement("div");
  if (kind === "html") part.innerHTML = html;
  else {
    const pre = document.createElement("pre");
    pre.textContent = text;
    part.append(pre);
  }
  output.append(part);
}
