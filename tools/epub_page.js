// One page of the EPUB as XML without scripts, and what it uses: run by finish_epub.py.
([text, styles]) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const part of page.querySelectorAll(
    "script, .margins-plot, .margins-controls, .headerlink, .cell details.hide, head link, head meta[name=viewport]",
  )) part.remove();
  for (const box of page.querySelectorAll("details")) box.open = true;
  for (const style of styles) {
    const link = page.createElement("link");
    Object.assign(link, { rel: "stylesheet", type: "text/css" });
    link.setAttribute("href", style);
    page.head.append(link);
  }
  // Roles that ARIA has given up.
  for (const part of page.querySelectorAll("[role=doc-biblioentry], .citation-list")) part.removeAttribute("role");
  // HTML allows what XML does not.
  for (const part of page.querySelectorAll("*")) {
    for (const { name } of [...part.attributes]) {
      if (!/^[A-Za-z_][\w.-]*(:[\w.-]+)?$/.test(name)) part.removeAttribute(name);
    }
  }
  const root = page.documentElement;
  for (const { name } of [...root.attributes]) if (name.startsWith("xmlns:")) root.removeAttribute(name);
  root.setAttribute("lang", "en");
  return {
    xml: `<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n${new XMLSerializer().serializeToString(root)}`,
    uses: [page.querySelector("math") && "mathml", page.querySelector("svg") && "svg"].filter(Boolean),
  };
}
