// Typeset a page piece by piece, from the top: all at once holds a phone up for seconds.
(() => {
  "use strict";
  if (!window.MathJax?.startup) return; // a page without formulas
  const rest = () => new Promise((resume) => setTimeout(resume));
  const typeset = async () => {
    let piece = [];
    let begun = performance.now();
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (const formula of document.querySelectorAll(".math")) {
      if (formula.querySelector("mjx-container")) continue;
      piece.push(formula);
      if (piece.length < 4) continue;
      await MathJax.typesetPromise(piece);
      piece = [];
      if (performance.now() - begun > 25) { await rest(); begun = performance.now(); }
    }
    if (piece.length) await MathJax.typesetPromise(piece);
    place?.scrollIntoView(); // formulas above it have grown
  };
  // Whoever waits for MathJax waits for all of the page.
  MathJax.startup.promise = MathJax.startup.promise.then(typeset);
})();
