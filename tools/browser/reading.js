/* What reading_checks.py asks of a page. Runs before the page's own scripts. */
window.marginsReading = (() => {
  "use strict";

  // What has moved by itself, and what moved most.
  const shifts = [];
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) {
      if (shift.hadRecentInput) continue;
      const node = shift.sources.map((source) => source.node).find(Boolean);
      const element = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
      const name = element ? `${element.localName}.${element.getAttribute("class")}` : "?";
      shifts.push({ value: shift.value, name: name.slice(0, 60) });
    }
  }).observe({ type: "layout-shift", buffered: true });

  const figures = () => [...document.querySelectorAll(".margins-figure")];

  /** A place in a figure where a finger lands on the figure: not on a point that it would drag,
      and neither on a button nor on a slider, which stand below it. */
  function begin(figure) {
    const part = figure.querySelector(".margins-plot:not([hidden])")
      ?? figure.querySelector(".margins-figure-box") ?? figure;
    part.scrollIntoView({ block: "center", behavior: "instant" });
    const box = part.getBoundingClientRect();
    for (const [u, v] of [[0.5, 0.5], [0.4, 0.7], [0.6, 0.3], [0.3, 0.6], [0.7, 0.7], [0.2, 0.3]]) {
      const x = Math.min(box.left + u * box.width, innerWidth - 5);
      const y = Math.min(Math.max(box.top + v * box.height, 300), innerHeight - 60);
      const hit = document.elementFromPoint(x, y);
      if (hit && figure.contains(hit) && !hit.closest("[role=slider], input, button")) return { x, y };
    }
    return null;
  }

  // Matplotlib draws letters as shapes: a group of uses of a font's glyphs is a text.
  const GLYPH = /-[A-Z][A-Za-z0-9]*(-[A-Za-z]+)?-[0-9a-f]+$/;
  const isText = (element) => element.localName === "text" || [...element.children].some(
    (child) => child.localName === "use" && GLYPH.test(child.getAttribute("href") ?? ""),
  );

  /** The texts of each figure that are seen, and where they are. */
  function texts() {
    return figures().map((figure) => [...figure.querySelectorAll("svg text, svg g")]
      .filter(isText)
      .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      .map((one) => {
        const { left, top, right, bottom } = one.getBoundingClientRect();
        return { text: one.textContent.trim() || "a drawn text", box: [left, top, right, bottom] };
      })
      .filter(({ box }) => box[2] - box[0] > 1 && box[3] - box[1] > 1));
  }

  /** The smallest letters of each figure of planes, in pixels of the screen. */
  function letters() {
    return figures().flatMap((figure, i) => {
      const sizes = [...figure.querySelectorAll(".margins-plane > svg text")].map((text) => {
        const { width } = text.ownerSVGElement.getBoundingClientRect();
        const scale = width / text.ownerSVGElement.viewBox.baseVal.width;
        return [i + 1, parseFloat(getComputedStyle(text).fontSize) * scale, text.textContent];
      });
      return sizes.sort((a, b) => a[1] - b[1]).slice(0, 1);
    });
  }

  /** Tables that scroll without a sign at their edge, or lose the names of their rows. */
  function tables() {
    return [...document.querySelectorAll(".margins-table-box, table.table")].flatMap((box, i) => {
      if (box.scrollWidth <= box.clientWidth + 1) return [];
      const style = getComputedStyle(box);
      const name = box.querySelector("tbody tr:not(.margins-group) > :first-child");
      const sign = style.backgroundImage !== "none" && style.backgroundAttachment.includes("local");
      return [
        ...(sign ? [] : [[i + 1, "nothing says so"]]),
        ...(getComputedStyle(name).position === "sticky" ? [] : [[i + 1, "its rows lose their names"]]),
      ];
    });
  }

  /** Boxes of code and of printed text that are narrower than what is in them. */
  function cut() {
    for (const folded of document.querySelectorAll("article details")) folded.open = true;
    return [...document.querySelectorAll("article pre, main > pre")]
      .filter((pre) => pre.checkVisibility() && pre.scrollWidth > pre.clientWidth + 1)
      .map((pre) => {
        const lines = pre.textContent.split("\n").sort((a, b) => b.length - a.length);
        return `${pre.scrollWidth - pre.clientWidth} px of “${lines[0].slice(0, 60)}”`;
      });
  }

  // The landing page is no chapter, and its one figure is not referred to.
  const numbers = () => figures().filter((figure) => !figure.closest(".landing-figure"))
    .map((figure) => figure.querySelector("figcaption .margins-number")?.textContent ?? "");

  /** From the top of the page to the first figure to move; null without any. */
  function firstMovable() {
    const first = document.querySelector(".margins-movable, .margins-draggable");
    return first && first.getBoundingClientRect().top + scrollY;
  }

  /** From the top to the last section, by the contents; its name, or null without contents. */
  function jump() {
    scrollTo({ top: 0, behavior: "instant" });
    const link = [...document.querySelectorAll(".margins-contents a[href^='#']")].at(-1);
    link?.click();
    return link ? decodeURIComponent(link.hash.slice(1)) : null;
  }

  /** Whether the section of this name is in the window. */
  function seen(name) {
    const { top, bottom } = document.getElementById(name).getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  }

  /** After a jump: the section that the contents mark, and the last one that has been passed.

      At the foot of a page all have been: a short last one never comes up to the line. */
  async function contents(y) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => { setTimeout(done, 150); });
    const list = document.querySelector(".margins-contents");
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    const passed = [...(list?.querySelectorAll("a") ?? [])].filter((link) => {
      if (atEnd) return true;
      const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      const heading = place.querySelector("h1, h2, h3, h4") ?? place;
      return heading.getBoundingClientRect().top <= 0.3 * innerHeight;
    });
    const words = (link) => link?.textContent.trim() ?? "";
    return [words(list?.querySelector("a[aria-current]")), words(passed.at(-1))];
  }

  return { shifts, begin, texts, letters, tables, cut, numbers, firstMovable, contents, jump, seen };
})();
