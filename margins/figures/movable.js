/* Figures to move: loads plotly when one comes near, then redraws at each slider position.
   The built pages load this file once; a notebook finds it inside the figure's own output. */
(() => {
  "use strict";
  const me = document.currentScript;
  const inPage = document.querySelector('script[src*="margins-figures.js"]');
  const fromFile = Boolean(me && me.src);
  const lite = document.querySelector("[data-jupyter-lite-root]"); // the book's own, beside the pages
  if (inPage && !fromFile) return; // the page's own copy will do it

  // No zooming by the wheel: a page must scroll, also where a figure in space lies under the mouse.
  const CONFIG = { displayModeBar: false, responsive: false, scrollZoom: false };

  let plotly = null;
  function loadPlotly(version) {
    if (window.Plotly) return Promise.resolve(window.Plotly);
    plotly ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = fromFile
        ? new URL("plotly.min.js", me.src).href
        : lite ? new URL(`${lite.dataset.jupyterLiteRoot}/../_static/plotly.min.js`, location.href).href
        : `https://cdn.plot.ly/plotly-${version}.min.js`;
      const amd = window.define; // with require.js about, plotly would not announce itself
      if (amd && amd.amd) window.define = undefined;
      script.onload = () => { if (amd) window.define = amd; resolve(window.Plotly); };
      script.onerror = () => { if (amd) window.define = amd; plotly = null; reject(new Error("plotly")); };
      document.head.append(script);
    });
    return plotly;
  }

  // The ball of a globe: a little darker than white paper, a little lighter than black.
  const surface = (ink) => (parseInt(ink.match(/\d+/)) > 128 ? "#2a2f38" : "#eceef1");

  function recolour(value, ink) {
    if (value === "currentColor") return ink;
    if (value === "surfaceColor") return surface(ink);
    if (Array.isArray(value)) return value.every(Number.isFinite) ? value : value.map((v) => recolour(v, ink));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, recolour(v, ink)]));
    }
    return value;
  }

  function merge(a, b) {
    const out = { ...a };
    for (const [key, value] of Object.entries(b || {})) {
      const both = value && typeof value === "object" && !Array.isArray(value) && out[key];
      out[key] = both && typeof out[key] === "object" ? merge(out[key], value) : value;
    }
    return out;
  }

  const NARROW = 520; // px; two panels want more
  const ROWS = 1.7; // times the height, where they stand below each other

  /* A figure is as high before it is drawn as afterwards, or the text below it would jump. */
  function reserve(figure) {
    // The script begins with both, and is long: it is read as a whole when the figure comes near.
    const text = figure.querySelector(".margins-data").textContent.slice(0, 6000);
    const height = Number(/"height":(\d+)/.exec(text)?.[1] ?? 0);
    const box = figure.querySelector(".margins-figure-box");
    const pair = /"xaxis2":\{[^{}]*"domain":/.test(text) && box.clientWidth < NARROW;
    box.style.minHeight = `${Math.round(height * (pair ? ROWS : 1))}px`;
    figure.querySelector(".margins-controls").hidden = false;
  }

  /* Two panels side by side become two rows where there is no room for both. */
  function stacked(layout) {
    const pair = layout.xaxis2?.domain && layout.xaxis?.domain;
    if (!pair) return layout;
    return merge(layout, {
      xaxis: { domain: [0, 1] }, xaxis2: { domain: [0, 1], anchor: "y2" },
      yaxis: { domain: [0.6, 1] }, yaxis2: { domain: [0, 0.4] },
    });
  }

  function themed(layout, figure, width, height) {
    const ink = getComputedStyle(figure).color;
    const axis = {
      color: ink, gridcolor: "rgba(128,128,128,.3)", zerolinecolor: "rgba(128,128,128,.6)",
      linecolor: ink, automargin: true, fixedrange: true,
    };
    const base = {
      font: { color: ink, size: width < 500 ? 12 : 14, family: getComputedStyle(figure).fontFamily }, width, height,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 50, r: 15, t: 30, b: 45 }, xaxis: axis, yaxis: axis,
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, hovermode: "closest", dragmode: false,
    };
    for (const key of Object.keys(layout)) if (/^[xy]axis\d*$/.test(key)) base[key] = axis;
    if (layout.scene) {
      const { fixedrange, automargin, ...plain } = axis;
      base.scene = { xaxis: plain, yaxis: plain, zaxis: plain, dragmode: "orbit" };
      base.uirevision = "turned"; // what the reader has turned stays turned when a slider moves
    }
    return recolour(merge(base, layout), ink);
  }

  /* A figure in space takes every finger for one that turns it, and the page could not be
     scrolled past it: it takes none before it is asked to. */
  function turnByTouch(figure, plot) {
    if (!matchMedia("(any-pointer: coarse)").matches) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "margins-turn";
    const set = (turning) => {
      plot.style.pointerEvents = turning ? "" : "none";
      button.textContent = turning ? "Done turning" : "Touch to turn";
      button.setAttribute("aria-pressed", turning);
    };
    button.addEventListener("click", () => set(plot.style.pointerEvents === "none"));
    set(false);
    figure.querySelector(".margins-controls").append(button);
  }

  function start(figure) {
    const data = JSON.parse(figure.querySelector(".margins-data").textContent);
    const still = figure.querySelector(".margins-still");
    const plot = figure.querySelector(".margins-plot");
    const controls = figure.querySelector(".margins-controls");
    const inputs = [...controls.querySelectorAll("[data-slider]")];
    const chosen = (input) => Number((input.matches("fieldset") ? input.querySelector(":checked") : input).value);
    const ink = () => getComputedStyle(figure).color;
    let Plotly = null;
    let waiting = false;

    const draw = () => {
      waiting = false;
      let index = 0;
      inputs.forEach((input, i) => { index = index * data.texts[i].length + chosen(input); });
      const frame = data.frames[index];
      const own = frame.as === undefined ? frame : data.frames[frame.as];
      const traces = own.all || data.base.map((trace, i) => ({ ...trace, ...own.t[i] }));
      const width = Math.floor(plot.getBoundingClientRect().width);
      if (!width) return;
      let given = merge(data.layout, frame.layout);
      const narrow = width < NARROW;
      const rows = narrow && given.xaxis2?.domain ? ROWS : 1;
      if (narrow) given = stacked(given);
      const layout = themed(given, figure, width, Math.round(data.height * rows));
      Plotly.react(plot, recolour(traces, ink()), layout, CONFIG);
    };
    const later = () => {
      if (Plotly && !waiting) { waiting = true; requestAnimationFrame(draw); }
    };
    inputs.forEach((input, i) => input.addEventListener("input", () => {
      later();
      if (input.matches("fieldset")) return;
      const text = data.texts[i][chosen(input)];
      input.parentElement.querySelector("output").textContent = text;
      input.setAttribute("aria-valuetext", text);
    }));
    loadPlotly(data.plotly).then((loaded) => {
      Plotly = loaded;
      controls.hidden = false;
      plot.hidden = false;
      if (data.layout.scene) turnByTouch(figure, plot);
      still.classList.add("margins-replaced");
      if (!inPage) still.style.display = "none";
      draw();
      figure.querySelector(".margins-figure-box").style.minHeight = "";
      new ResizeObserver(later).observe(plot.parentElement);
      new MutationObserver(later).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
      if (document.body.dataset.jpThemeLight) {
        new MutationObserver(later).observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
      }
    }, () => {
      // The still picture stays.
      controls.hidden = true;
      figure.querySelector(".margins-figure-box").style.minHeight = "";
    });
  }

  function watch() {
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) { near.unobserve(entry.target); start(entry.target); }
      }
    }, { rootMargin: "400px" });
    for (const figure of document.querySelectorAll(".margins-movable:not([data-watched])")) {
      figure.dataset.watched = "";
      if (inPage) reserve(figure);
      near.observe(figure);
    }
    if (!inPage) return;
    for (const box of document.querySelectorAll(".margins-figure-box, div.math, div.math > mjx-container")) {
      reach.observe(box);
    }
  }
  // A box that scrolls must be reachable with the keyboard; one that does not need not be. It is asked
  // when it has been laid out: to ask before would have the browser do so with the whole page.
  const reach = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
  });
  window.marginsFigures = watch; // for figures that a cell of the page draws later
  if (document.readyState === "complete" || !fromFile) watch();
  else window.addEventListener("load", watch);
})();
