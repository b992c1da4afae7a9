/* What this browser keeps of the exercises, at each task and in the overview; and the way to their
   editor, which is fetched when the first task of a page is unfolded. */
(() => {
  "use strict";
  const me = document.currentScript;

  function kept(key) {
    try {
      return JSON.parse(localStorage.getItem(`margins.${key}`));
    } catch {
      return null; // storage is refused, or holds what is not ours
    }
  }

  function show() {
    const sums = {};
    for (const task of document.querySelectorAll("[data-task][data-points]")) {
      const { task: id, points: most } = task.dataset;
      const { got = 0, changed } = kept(`points.${id}`) ?? {};
      const full = got === Number(most) && !changed;
      const begun = got || kept(`answer.${id}`);
      task.classList.toggle("live-full", full);
      sums[id.slice(0, 2)] = (sums[id.slice(0, 2)] ?? 0) + got;
      if (task.matches("a")) {
        task.textContent = full ? `${id} ✓` : begun ? `${id} (${got} of ${most})` : id;
      } else {
        const points = `${full ? "✓ " : ""}${got} of ${most} points`;
        const text = changed ? `${points}, changed since` : points;
        task.querySelector(".live-points").textContent = begun ? text : `${most} points`;
      }
    }
    for (const all of document.querySelectorAll("[data-chapter][data-points]")) {
      const { chapter, points: most } = all.dataset;
      const sum = all.querySelector(".live-sum, .live-points");
      sum.textContent = `${sums[chapter]} of ${most}${all.matches("tr") ? "" : " points"}`;
    }
  }

  /** Unfold the task whose statement the address names. */
  function unfold() {
    const stated = document.getElementById(location.hash.slice(1));
    if (stated?.matches("p, span")) {
      const next = `#${stated.id} ~ details.live-task:not(.live-head)`;
      const task = stated.parentElement.querySelector(next);
      if (task) task.open = true;
    }
  }

  const exercises = "details.live-task, details.live-answers";
  async function open({ target }) {
    if (!target.matches?.(exercises) || !target.open) return;
    if (document.documentElement.classList.contains("live-none")) return;
    const version = `?v=${document.body.dataset.live}`;
    const { open } = await import(new URL(`tasks.js${version}`, me.src).href);
    open(target);
  }

  show();
  addEventListener("storage", show);
  document.addEventListener("live-points", show);
  document.addEventListener("toggle", open, true);
  addEventListener("hashchange", unfold);
  unfold();
})();
