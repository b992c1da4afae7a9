/* Figures with points to drag. All that is drawn was computed with the page; this script only
   exchanges what a new position changes. A drag begins on a grip and nowhere else, so that a
   finger on the rest of the figure scrolls the page. */
(() => {
  "use strict";
  const LEAST = 10; // pixels, of letters on a phone
  const me = document.currentScript;
  const inPage = document.querySelector('script[src*="margins-figures.js"]');
  if (inPage && !(me && me.src)) return; // the page's own copy will do it

  function start(figure) {
    const data = JSON.parse(figure.querySelector(".margins-data").textContent);
    const sizes = data.texts.map((texts) => texts.length);
    const now = [...data.start];
    const controls = [...figure.querySelectorAll("[data-slider]")];
    const marks = [...figure.querySelectorAll("[data-mark]")]
      .map((element) => ({ element, moving: data.marks[element.dataset.mark] }))
      .filter(({ moving }) => moving);
    const frameOf = (at) => at.reduce((index, position, i) => index * sizes[i] + position, 0);
    const said = (i) => `${data.names[i]} ${data.texts[i][now[i]]}`;
    const legend = figure.querySelectorAll(".margins-legend > span");
    const grips = [...figure.querySelectorAll(".margins-grip")];
    let waiting = false;

    function put(element, state) {
      if (element.matches(".margins-grip")) {
        const [width, height] = size(element);
        if (state.x !== undefined) element.style.left = `${100 * state.x / width}%`;
        if (state.y !== undefined) element.style.top = `${100 * state.y / height}%`;
        return;
      }
      for (const [key, value] of Object.entries(state)) {
        if (key === "text") element.innerHTML = value;
        else if (value === null) element.removeAttribute(key);
        else element.setAttribute(key, value);
      }
    }

    function draw() {
      waiting = false;
      const frame = frameOf(now);
      for (const { element, moving } of marks) put(element, moving.states[moving.of[frame]]);
      data.legend.forEach((shown, i) => {
        if (shown) legend[i].style.display = shown[frame] ? "inline" : "none";
      });
    }

    function move(changes) {
      let moved = false;
      for (const [i, position] of changes) {
        const to = Math.max(0, Math.min(sizes[i] - 1, position));
        moved ||= to !== now[i];
        now[i] = to;
      }
      if (!moved) return;
      tell();
      if (!waiting) { waiting = true; requestAnimationFrame(draw); }
    }

    function tell() {
      for (const held of figure.querySelectorAll("[data-held]")) {
        held.textContent = data.texts[held.dataset.held][now[held.dataset.held]];
      }
      for (const control of controls) {
        const i = Number(control.dataset.slider);
        if (control.matches("fieldset")) {
          control.querySelectorAll("input")[now[i]].checked = true;
        } else {
          control.value = now[i];
          control.setAttribute("aria-valuetext", data.texts[i][now[i]]);
          control.parentElement.querySelector("output").textContent = data.texts[i][now[i]];
        }
      }
      for (const grip of grips) {
        const moves = grip.dataset.moves.split(" ").map(Number);
        grip.setAttribute("aria-valuenow", now[moves[0]]);
        grip.setAttribute("aria-valuetext", moves.map(said).join(", "));
      }
    }

    const size = (grip) => {
      const { width, height } = grip.parentElement.querySelector("svg").viewBox.baseVal;
      return [width, height];
    };

    /* Where this grip could stand: one place for each position of the sliders it moves. */
    function places(grip, moves) {
      const moving = data.marks[grip.dataset.mark];
      if (!moving) return [];
      const out = [];
      const at = [...now];
      for (at[moves[0]] = 0; at[moves[0]] < sizes[moves[0]]; at[moves[0]]++) {
        if (moves.length === 1) {
          out.push([moving.states[moving.of[frameOf(at)]], [[moves[0], at[moves[0]]]]]);
          continue;
        }
        for (at[moves[1]] = 0; at[moves[1]] < sizes[moves[1]]; at[moves[1]]++) {
          out.push([moving.states[moving.of[frameOf(at)]], moves.map((i) => [i, at[i]])]);
        }
      }
      return out;
    }

    for (const grip of grips) {
      const moves = grip.dataset.moves.split(" ").map(Number);
      const box = grip.parentElement.querySelector("svg");
      const home = [grip.style.left, grip.style.top].map((part) => parseFloat(part) / 100);
      let from = null;
      grip.tabIndex = 0;
      grip.setAttribute("role", "slider");
      grip.setAttribute("aria-label", grip.dataset.label);
      grip.setAttribute("aria-valuemin", 0);
      grip.setAttribute("aria-valuemax", sizes[moves[0]] - 1);

      grip.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        event.preventDefault();
        grip.focus({ preventScroll: true });
        grip.setPointerCapture(event.pointerId);
        figure.classList.add("margins-dragged");
        const [width, height] = size(grip);
        const seen = box.getBoundingClientRect();
        const x = (event.clientX - seen.left) * width / seen.width;
        const y = (event.clientY - seen.top) * height / seen.height;
        // It is held where it was touched, and does not jump under the finger.
        from = [x - width * parseFloat(grip.style.left) / 100, y - height * parseFloat(grip.style.top) / 100];
      });
      grip.addEventListener("pointermove", (event) => {
        if (!from) return;
        const [width, height] = size(grip);
        const seen = box.getBoundingClientRect();
        const x = (event.clientX - seen.left) * width / seen.width - from[0];
        const y = (event.clientY - seen.top) * height / seen.height - from[1];
        let best = Infinity, changes = [];
        for (const [place, at] of places(grip, moves)) {
          const dx = Number(place.x ?? home[0] * width) - x;
          const dy = Number(place.y ?? home[1] * height) - y;
          const distance = dx * dx + dy * dy;
          if (distance < best) { best = distance; changes = at; }
        }
        move(changes);
      });
      for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
        grip.addEventListener(end, () => { from = null; });
      }
      grip.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const second = moves[1] ?? moves[0];
        const steps = {
          ArrowRight: [moves[0], 1], ArrowLeft: [moves[0], -1],
          ArrowUp: [second, 1], ArrowDown: [second, -1],
          PageUp: [second, 5], PageDown: [second, -5],
        }[event.key];
        if (steps) move([[steps[0], now[steps[0]] + steps[1]]]);
        else if (event.key === "Home") move(moves.map((i) => [i, 0]));
        else if (event.key === "End") move(moves.map((i) => [i, sizes[i] - 1]));
        else if (event.key === "Escape") move(moves.map((i) => [i, data.start[i]]));
        else return;
        event.preventDefault();
        figure.classList.add("margins-dragged");
      });
    }

    for (const control of controls) {
      const i = Number(control.dataset.slider);
      control.addEventListener("input", () => {
        const chosen = control.matches("fieldset") ? control.querySelector(":checked") : control;
        move([[i, Number(chosen.value)]]);
      });
    }
    // A plane that is shrunk shrinks its letters too: not below what can be read.
    new ResizeObserver(() => {
      for (const svg of figure.querySelectorAll(".margins-plane > svg")) {
        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        for (const text of svg.querySelectorAll("text")) {
          const small = scale > 0 && Number(text.getAttribute("font-size")) * scale < LEAST;
          text.style.fontSize = small ? `${LEAST / scale}px` : "";
        }
      }
    }).observe(figure);
    figure.querySelector(".margins-controls").hidden = false;
    tell();
  }

  function watch() {
    for (const figure of document.querySelectorAll(".margins-draggable:not([data-watched])")) {
      figure.dataset.watched = "";
      start(figure);
    }
  }
  const others = window.marginsFigures; // for figures that a cell of the page draws later
  window.marginsFigures = () => { others?.(); watch(); };
  watch();
})();
