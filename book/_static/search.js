/* The search page: sections that answer what stands in the box, while it is being written. */
(() => {
  "use strict";
  const MOST = 30;
  const form = document.querySelector(".margins-search form.bd-search");
  const box = form.querySelector("input[name=q]");
  const said = document.getElementById("search-said");
  const list = document.getElementById("search-results");
  const { prepare, find, excerpt, marked, words } = globalThis.marginsRanking;
  const root = document.documentElement.dataset.content_root;
  let prepared = null;

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  const withMarks = (text, question) => marked(text, question)
    .map(([piece, wanted]) => (wanted ? element("mark", {}, piece) : piece));

  function result({ page, section }, question) {
    // The page's script marks these words: orientation.js.
    const asked = encodeURIComponent(words(question).length ? question.trim() : "");
    const anchor = section.anchor ? `#${section.anchor}` : "";
    const number = section.number ? `${section.number} ` : "";
    const link = element("a", { href: `${root}${page.url}?asked=${asked}${anchor}` },
      number, ...withMarks(section.title, question));
    const whole = page.number ? `Chapter ${page.number}, ${page.title}` : page.title;
    const where = section.anchor ? [element("p", { className: "search-where" }, whole)] : [];
    const sentences = excerpt(section, question)
      .map((sentence) => element("p", {}, ...withMarks(sentence, question)));
    return element("li", {}, link, ...where, ...sentences);
  }

  function show() {
    const question = box.value;
    if (!words(question).length) {
      list.replaceChildren();
      said.textContent = "";
      return;
    }
    prepared ??= prepare(globalThis.marginsIndex);
    const found = find(prepared, question);
    const shown = found.slice(0, MOST);
    list.replaceChildren(...shown.map((one) => result(one, question)));
    const several = found.length === 1 ? "One section has" : `${found.length} sections have`;
    const asked = `“${question.trim()}”`;
    said.textContent = found.length
      ? `${several} ${asked}${found.length > MOST ? `; these are the best ${MOST}` : ""}.`
      : `Nothing in the book has ${asked}. Shorter words find more.`;
  }

  function remember() {
    const address = new URL(location.href);
    address.searchParams.set("q", box.value);
    // A page opened as a file may not change its address everywhere; it finds all the same.
    try { history.replaceState(null, "", address); } catch { /* stays as it was */ }
  }

  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { remember(); show(); }, 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    remember();
    show();
  });
  box.value = new URLSearchParams(location.search).get("q") ?? "";
  show();
  box.focus();
  box.select();
})();
