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

  function recolour(value, ink) {
    if (value === "currentColor") return ink;
    if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map((v) => recolour(v, ink));
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

  function themed(layout, figure, width, height) {
    const ink = getComputedStyle(figure).color;
    const axis = {
      color: ink, gridcolor: "rgba(128,128,128,.3)", zerolinecolor: "rgba(128,128,128,.6)",
      linecolor: ink, automargin: true, fixedrange: true,
    };
    const base = {
      font: { color: ink, size: width < 500 ? 12 : 14 }, width, height,
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
      const layout = themed(merge(data.layout, frame.layout), figure, width, data.height);
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
      still.classList.add("margins-replaced");
      if (!inPage) still.style.display = "none";
      draw();
      new ResizeObserver(later).observe(plot.parentElement);
      new MutationObserver(later).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
      if (document.body.dataset.jpThemeLight) {
        new MutationObserver(later).observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
      }
    }, () => { /* the still picture stays */ });
  }

  function watch() {
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) { near.unobserve(entry.target); start(entry.target); }
      }
    }, { rootMargin: "400px" });
    for (const figure of document.querySelectorAll(".margins-movable:not([data-watched])")) {
      figure.dataset.watched = "";
      near.observe(figure);
    }
    // A box that scrolls must be reachable with the keyboard; one that does not need not be.
    if (!inPage) return;
    for (const box of document.querySelectorAll(".margins-figure-box, div.math, div.math > mjx-container")) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    }
  }
  window.marginsFigures = watch; // for figures that a cell of the page draws later
  if (document.readyState === "complete" || !fromFile) watch();
  else window.addEventListener("load", watch);
})();
