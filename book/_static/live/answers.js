/* All answers of a chapter: check, save as answers.py, read back, delete.
 *
 *   details.live-answers button[data-action=check-all|save|read|forget|restore], input[type=file]
 *   details.live-answers .live-status
 */

const { search } = new URL(import.meta.url);
const [python, store, { button, element }, { file, grade, graded, tasks }] = await Promise.all(
  ["python", "store", "elements", "tasks"].map((name) => import(`./${name}.js${search}`)),
);

const KEPT = "What you write is kept in this browser as you write it, also when the book has a new"
  + " edition; it is sent nowhere. It goes when you delete it here, or the data of this site in the"
  + " browser’s settings.";

export function open(details) {
  if (details.querySelector(".live-buttons")) return;
  const { chapter, folder } = details.dataset;
  const status = element("p", { className: "live-status", role: "status" });
  const say = (sentence) => { status.textContent = sentence; };
  const chosen = element("input", { type: "file", accept: ".py,text/x-python", hidden: true });
  const restore = button("restore", "Undo", () => {});
  restore.hidden = true;

  /** Put other texts into the editors; Undo brings back what they held. */
  function replace(texts, sentence) {
    const before = tasks.map((task) => [task, task.text]);
    for (const [task, text] of texts) task.replace(text);
    document.dispatchEvent(new Event("live-points"));
    say(sentence);
    restore.hidden = false;
    restore.onclick = () => {
      for (const [task, text] of before) task.replace(text);
      document.dispatchEvent(new Event("live-points"));
      restore.hidden = true;
      say("Here are your answers as they were.");
    };
  }

  async function checkAll() {
    const rows = await grade(graded, say);
    if (!rows.length) return;
    const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
    const right = rows.filter((row) => row.full).length;
    for (const row of rows) if (!row.empty) graded.find(({ id }) => id === row.id).details.open = true;
    say(`${right} of ${rows.length} tasks are right: ${sum("points")} of ${sum("max_points")} points.`);
  }

  function save() {
    const address = URL.createObjectURL(new Blob([file()], { type: "text/x-python" }));
    element("a", { href: address, download: "answers.py" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    say(`Saved as answers.py. In a copy of the book it belongs into exercises/${folder}, where`
      + ` pytest exercises/${folder} gives the same report.`);
  }

  async function readBack() {
    const [given] = chosen.files;
    if (!given) return;
    chosen.value = "";
    say(`Reading ${given.name} …`);
    try {
      const { head, pieces, missing } = await python.call(
        "grader.browser:parts", { chapter, text: await given.text() },
      );
      if (!pieces.length) {
        say(`${given.name} holds no function of this chapter, so nothing was changed.`);
        return;
      }
      const texts = new Map(pieces.map(({ task, text }) => [task, text.trimEnd()]));
      texts.set(chapter, head.trimEnd());
      const found = tasks.filter((task) => texts.has(task.id));
      replace(
        found.map((task) => [task, texts.get(task.id)]),
        `Read ${pieces.length} ${pieces.length === 1 ? "answer" : "answers"} from ${given.name}.`
          + (missing.length ? ` It has none to ${missing.join(", ")}: they are as they were.` : ""),
      );
    } catch (error) {
      say(`${given.name} could not be read: ${error.message}`);
    }
  }

  function forget() {
    if (!confirm("Delete your answers and points of this chapter from this browser?")) return;
    for (const key of [...store.keys(`answer.${chapter}`), ...store.keys(`points.${chapter}`)]) {
      store.write(key, null);
    }
    replace(tasks.map((task) => [task, task.stub]), "Your answers to this chapter are deleted.");
  }

  details.append(
    element("p", { className: "live-help" }, KEPT),
    element(
      "div",
      { className: "live-buttons" },
      button("check-all", "Check all", checkAll),
      button("save", "Save answers.py", save),
      button("read", "Read answers.py", () => chosen.click()),
      button("forget", "Delete", forget),
      restore,
    ),
    chosen,
    status,
  );
  chosen.onchange = readBack;
  if (store.refusal()) say(`${store.refusal()}: save answers.py before you leave the page.`);
}
