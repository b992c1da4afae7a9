/* What a cell shows, in the place of what the build showed and in the same classes. */

const CLASSES = {
  stdout: "output stream highlight-myst-ansi notranslate",
  stderr: "output stderr highlight-myst-ansi notranslate",
  text: "output text_plain highlight-myst-ansi notranslate",
  error: "output traceback highlight-ipythontb notranslate",
};
const HIGH = 900; // pixels; more printed lines scroll in a box of their own

export class Output {
  constructor(cell) {
    this.cell = cell;
    this.place = cell.querySelector(":scope > .cell_output");
    this.built = this.place ? [...this.place.childNodes] : [];
    this.figures = [...(this.place?.querySelectorAll("figure.margins-figure") ?? [])];
  }

  /** A run begins: what is shown stays until there is something else to show. */
  begin() {
    if (!this.place) {
      this.place = document.createElement("div");
      this.place.className = "cell_output docutils container";
      this.cell.append(this.place);
    }
    this.old = true;
    this.shown = 0; // figures
    this.place.classList.add("live-old");
    this.place.style.minHeight = `${this.place.offsetHeight}px`; // or the page would jump
  }

  clear() {
    if (!this.old) return;
    this.old = false;
    this.place.classList.remove("live-old");
    this.place.replaceChildren();
  }

  show({ kind, name, text, html }) {
    this.clear();
    if (kind === "html") {
      const part = this.add("output text_html");
      part.innerHTML = html;
      for (const figure of part.querySelectorAll("figure.margins-figure")) this.number(figure);
      window.marginsFigures?.();
      return;
    }
    const last = this.place.lastElementChild;
    const className = CLASSES[name ?? kind];
    const pre = last?.className === className && kind === "stream"
      ? last.querySelector("pre") : this.preformatted(className);
    pre.append(text);
  }

  /** A figure has the number by which the text calls it, and its place, also when drawn anew. */
  number(figure) {
    const before = this.figures[this.shown++];
    const number = before?.querySelector(".margins-number");
    if (!number) return; // the cell shows more than it did
    figure.id = before.id;
    let caption = figure.querySelector("figcaption");
    if (!caption) {
      caption = document.createElement("figcaption");
      figure.append(caption);
    }
    caption.prepend(number.cloneNode(true), " ");
  }

  add(className) {
    const part = document.createElement("div");
    part.className = className;
    this.place.append(part);
    return part;
  }

  preformatted(className) {
    const box = document.createElement("div");
    box.className = "highlight";
    const pre = document.createElement("pre");
    box.append(pre);
    this.add(className).append(box);
    return pre;
  }

  /** The run has ended. One that was cut short leaves what it has shown, or what was there. */
  end(cut = false) {
    if (!this.place) return;
    if (!cut) this.clear();
    this.old = false;
    this.place.classList.remove("live-old");
    this.place.style.minHeight = "";
    for (const pre of this.place.querySelectorAll("pre")) {
      const long = pre.offsetHeight > HIGH;
      pre.classList.toggle("live-long", long);
      if (long || pre.scrollWidth > pre.clientWidth) pre.tabIndex = 0; // the arrow keys scroll it
    }
  }

  /** What the build showed. */
  restore() {
    if (!this.place) return;
    this.end(true);
    this.place.replaceChildren(...this.built);
  }
}
