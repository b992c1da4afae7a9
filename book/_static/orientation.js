/* What is far below has not been laid out, where the head of the page said so (see margins.css). Who
   scrolls meets it in turn; who jumps has all of it first, and comes to the right place. */
(() => {
  "use strict";
  const root = document.documentElement;
  function arrive() {
    if (!root.classList.contains("margins-arriving")) return;
    root.classList.remove("margins-arriving");
    dispatchEvent(new Event("resize")); // the theme asks which boxes scroll
  }
  addEventListener("click", ({ target }) => { if (target.closest?.("a[href*='#']")) arrive(); }, true);
  addEventListener("hashchange", arrive);
})();

/* Where one is on a long page: a bar at its head, the section in the contents, the way back up. */
(() => {
  "use strict";
  const LONG = 3; // windows; a shorter page is seen at a glance
  const LINE = 0.3; // of the window: a section that has come so far up is being read

  const root = document.documentElement;
  const article = document.querySelector("article.bd-article");
  if (!article) return;
  const bar = document.createElement("div");
  bar.className = "margins-progress";
  bar.setAttribute("aria-hidden", "true"); // a screen reader says where it is by the headings
  document.body.append(bar); // as its first child, every style of the page would be computed anew

  const list = document.querySelector(".margins-contents");
  const entries = [...(list?.querySelectorAll("a[href^='#']") ?? [])]
    .map((link) => {
      const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      return { link, heading: place?.querySelector("h1, h2, h3, h4") ?? place };
    })
    .filter((entry) => entry.heading);

  let marked = null;
  let before = 0; // to ask for it now would have the browser lay out the whole page

  function mark(entry) {
    if (entry === marked) return;
    marked = entry;
    for (const { link } of entries) {
      const here = link === entry?.link;
      link.classList.toggle("active", here);
      if (here) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
    for (const item of list.querySelectorAll(".toc-entry")) {
      item.classList.toggle("active", Boolean(entry) && item.contains(entry.link));
    }
    // A long list follows, in its own box: the page itself must stay where it is.
    const box = list.closest(".bd-sidebar-secondary, dialog");
    if (!entry || !box || box.scrollHeight <= box.clientHeight) return;
    const [inner, outer] = [entry.link.getBoundingClientRect(), box.getBoundingClientRect()];
    if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top;
    else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
  }

  /* Of a section that is not laid out: to ask for its headings would have the browser do so. */
  function top(heading) {
    const asleep = heading.checkVisibility?.({ contentVisibilityAuto: true }) === false;
    const section = asleep && heading.closest(".bd-article > section > section");
    return (section || heading).getBoundingClientRect().top;
  }

  function look() {
    waiting = false;
    const height = root.scrollHeight - innerHeight;
    bar.hidden = root.scrollHeight < LONG * innerHeight;
    bar.style.transform = `scaleX(${height > 0 ? Math.min(1, scrollY / height) : 0})`;
    // The whole height of the page is there: what is far away has been passed just as well.
    const above = entries.filter(({ heading }) => top(heading) <= LINE * innerHeight);
    const atEnd = height > 0 && scrollY >= height - 2;
    if (list) mark(atEnd ? entries.at(-1) : above.at(-1) ?? null);
    // On a phone, where the button would lie on the text, only to whoever is on the way up.
    const upwards = scrollY < before;
    if (scrollY !== before) root.classList.toggle("margins-upwards", upwards);
    before = scrollY;
    root.classList.toggle("margins-far-down", scrollY > 1.5 * innerHeight);
  }

  let waiting = false;
  const later = () => {
    if (!waiting) { waiting = true; requestAnimationFrame(look); }
  };
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later);
  // Figures that are drawn, and details that are opened, move what is below them. It tells of the
  // first height too.
  new ResizeObserver(later).observe(article);
})();

/* What was asked of the search is marked where it stands: whole words, and in the text only. */
(() => {
  "use strict";
  const address = new URL(location.href);
  const asked = address.searchParams.get("asked");
  const article = document.querySelector("article.bd-article");
  if (!asked || !article) return;
  const NOT_TEXT = "pre, svg, script, style, button, summary, output, .math, .margins-tex, .margins-controls";

  function mark() {
    const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
      if (!walker.currentNode.parentElement.closest(NOT_TEXT)) texts.push(walker.currentNode);
    }
    for (const text of texts) {
      const pieces = globalThis.marginsRanking.marked(text.data, asked, 0.9);
      if (!pieces.some(([, wanted]) => wanted)) continue;
      text.replaceWith(...pieces.map(([piece, wanted]) => {
        if (!wanted) return piece;
        return Object.assign(document.createElement("mark"), { className: "margins-asked", textContent: piece });
      }));
    }
  }

  // Which words are alike, the search knows; no other page has to load that.
  const ranking = document.createElement("script");
  ranking.src = new URL("ranking.js", document.currentScript.src);
  ranking.onload = mark;
  document.head.append(ranking);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const word of article.querySelectorAll(".margins-asked")) word.replaceWith(word.textContent);
  });
  address.searchParams.delete("asked"); // who sends the address on, or reloads, asks nothing
  try { history.replaceState(null, "", address); } catch { /* a file's address stays everywhere the same */ }
})();
