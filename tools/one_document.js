// Put all pages of the book into the one that is open, as a printed book: run by print_pdf.py.
async (pages) => {
  const name = (address) => new URL(address).pathname.split("/").pop().replace(".html", "");
  const known = new Set(pages.map((page) => name(new URL(page, location.href))));
  const [LINES, ROWS] = [16, 24];
  const book = document.createElement("main");
  for (const page of pages) {
    const address = new URL(page, location.href);
    const text = await (await fetch(address)).text();
    const article = new DOMParser().parseFromString(text, "text/html").querySelector("article");
    const chapter = document.createElement("section");
    chapter.className = "margins-chapter bd-article"; // in the letters of the pages
    chapter.id = name(address);
    chapter.append(...article.childNodes);
    // Stills in place of what moves; nothing to click.
    for (const part of chapter.querySelectorAll(
      "script, .margins-plot, .margins-controls, .headerlink, .copybtn, .prev-next-area",
    )) part.remove();
    for (const figure of chapter.querySelectorAll(".margins-movable")) {
      figure.classList.remove("margins-movable");
    }
    // The code of the figures is folded away in the pages too; other boxes are opened.
    for (const cell of chapter.querySelectorAll(".cell details.hide")) cell.remove();
    for (const box of chapter.querySelectorAll("details")) box.open = true;
    // A style sheet cannot see that something would leave most of a page empty before it.
    for (const pre of chapter.querySelectorAll("pre")) {
      if (pre.textContent.trimEnd().split("\n").length <= LINES) continue;
      for (const box of [pre, pre.closest("div.cell_input")]) box?.classList.add("margins-tall");
    }
    for (const table of chapter.querySelectorAll("table")) {
      if (table.rows.length <= ROWS) continue;
      table.classList.add("margins-tall");
      table.closest(".margins-table")?.classList.add("margins-tall");
    }
    for (const box of chapter.querySelectorAll(".dropdown")) box.classList.remove("toggle-hidden");
    // Two chapters may use one name for a place: each gets its chapter's before it.
    const local = (id) => `${chapter.id}--${id}`;
    for (const place of chapter.querySelectorAll("[id]")) place.id = local(place.id);
    for (const part of chapter.querySelectorAll("*")) {
      for (const attribute of part.attributes) {
        const { name: key, value } = attribute;
        if (value.includes("url(#")) attribute.value = value.replace(/url\(#/g, `url(#${local("")}`);
        else if (part.localName === "use" && key.endsWith("href") && value.startsWith("#")) attribute.value = `#${local(value.slice(1))}`;
      }
    }
    for (const picture of chapter.querySelectorAll("img[src]")) {
      picture.loading = "eager";
      picture.src = new URL(picture.getAttribute("src"), address).href;
    }
    for (const link of chapter.querySelectorAll("a[href]")) {
      const to = new URL(link.getAttribute("href"), address);
      if (to.origin !== location.origin) continue;
      if (!known.has(name(to))) { link.removeAttribute("href"); continue; }
      const place = decodeURIComponent(to.hash.slice(1));
      link.setAttribute("href", place ? `#${name(to)}--${place}` : `#${name(to)}`);
    }
    book.append(chapter);
  }
  const text = (heading) => heading.textContent.replace(/\s+/g, " ").trim();
  // Where each chapter and section is; print_pdf.py knows the numbers when it has printed once.
  const contents = document.createElement("section");
  contents.className = "margins-chapter bd-article margins-contents";
  contents.id = "contents";
  contents.innerHTML = "<h1>Contents</h1><ol></ol>";
  for (const heading of book.querySelectorAll(".margins-chapter:not(:first-child) :is(h1, h2)")) {
    const entry = document.createElement("li");
    entry.className = `margins-${heading.localName}`;
    entry.innerHTML = "<a></a><span></span>";
    entry.firstChild.textContent = text(heading);
    entry.firstChild.href = `#${heading.closest("section[id]").id}`;
    contents.lastChild.append(entry);
  }
  book.firstChild.after(contents);
  // At the foot of a page stands which chapter it belongs to.
  const feet = document.createElement("style");
  [...book.children].slice(1).forEach((chapter, i) => {
    chapter.style.page = `chapter-${i}`;
    feet.append(`@page chapter-${i} { @bottom-left { content: ${JSON.stringify(text(chapter.querySelector("h1")))}; } }\n`);
  });
  document.head.append(feet);
  document.body.replaceChildren(book);
  document.body.className = "margins-print";
  document.documentElement.dataset.theme = "light";
  await document.fonts.ready;
  await Promise.all([...document.images].map((picture) => picture.decode().catch(() => {})));
  const headings = [...book.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(text);
  return {
    headings: headings.map(text),
    listed: headings.flatMap((heading, i) => heading.matches(".margins-contents ~ .margins-chapter :is(h1, h2)") ? [i] : []),
    untypeset: [...book.querySelectorAll(".math")].filter((e) => !e.querySelector("mjx-container")).length,
    lost: [...book.querySelectorAll("a[href^='#']")]
      .map((a) => a.getAttribute("href")).filter((to) => !document.getElementById(decodeURIComponent(to.slice(1)))),
  };
}
