/* The exercises of a page: an editor for each task, Check, hints, and the report.
 *
 * points.js calls `open` when something of it is unfolded. For checks in a browser:
 *
 *   details.live-task[data-task="04.2"]      a task; "04" is the head of answers.py
 *     summary .live-points                   "3 of 4 points"
 *     .live-editor .cm-content               where the answer is written
 *     button[data-action=check]              while it runs, the same button is "stop"
 *     button[data-action=reset]              the stub again; then the same button is "undo"
 *     .live-status                           what is going on, in a sentence (role=status)
 *     table.live-report tr[data-check]       a check: its mark, its name, what was found, points
 *     .live-end                              the sentences under the table
 *     button[data-action=hint]               one more hint
 *   details.live-answers[data-chapter="04"]  all of them: see answers.js
 */

const { search } = new URL(import.meta.url);
const [python, store, report, { button, element, rename }] = await Promise.all(
  ["python", "store", "report", "elements"].map((name) => import(`./${name}.js${search}`)),
);

const BETWEEN = "\n\n\n"; // from one piece of answers.py to the next, as in its stub
const UNWRAPPED = 100_000; // columns: sentences come whole, and the page breaks them
const HELP = "Tab indents; Escape and then Tab leaves the editor. Ctrl+Enter checks. Lines are"
  + " numbered as in answers.py.";
const CHECK = ["check", "Check"];
const STOP = ["stop", "Stop"];
const RESET = ["reset", "Begin again"];
const UNDO = ["undo", "Bring my answer back"];

class Task {
  constructor(details) {
    this.details = details;
    this.id = details.dataset.task;
    this.graded = "points" in details.dataset; // all but the head
    this.stub = details.querySelector(".live-stub").textContent;
    this.answer = `answer.${this.id}`; // where the two are kept
    this.points = `points.${this.id}`;
    this.hints = 0; // how many the reader has asked for
    this.before = null; // what stood here before "Begin again"
    this.turn = null; // while it is checked, or waits for it
  }

  get kept() { return store.read(this.answer) ?? this.stub; }

  get text() { return this.editor?.text() ?? this.kept; }

  /** A promise: the editor is there. */
  open() { return (this.opened ??= this.build()); }

  async build() {
    const { edit } = await import(`./editor.js${search}`);
    const help = element("p", { className: "live-help", id: `live-help-${this.id}` }, HELP);
    this.status = element("p", { className: "live-status", role: "status" });
    this.found = element("div", { className: "live-found" });
    this.checkButton = button(...CHECK, () => this.press());
    this.resetButton = button(...RESET, () => this.reset());
    const place = element("div");
    this.details.querySelector(".live-stub").replaceWith(place);
    this.editor = edit(place, {
      text: this.text,
      firstLine: firstLine(this),
      label: this.graded ? `Answer to task ${this.id}` : "Head of answers.py",
      describedBy: help.id,
      onRun: () => this.graded && !this.turn && this.check(),
      onChange: (text) => this.changed(text),
    });
    const buttons = this.graded ? [this.checkButton, this.resetButton] : [this.resetButton];
    const bar = element("div", { className: "live-buttons" }, ...buttons);
    this.details.append(help, bar, this.status, this.found);
    this.details.classList.add("live-ready");
  }

  say(sentence) { if (this.status) this.status.textContent = sentence; }

  keep(text) {
    const refused = store.refusal();
    const kept = store.write(this.answer, text === this.stub ? null : text);
    const points = store.read(this.points);
    if (points && !points.changed) store.write(this.points, { ...points, changed: true });
    if (!kept) this.say(`${store.refusal()}: save answers.py before you leave the page.`);
    else if (refused) this.say("Your answers are kept again.");
    tellPoints();
  }

  /** The editor holds another text, of whichever origin. */
  changed(text) {
    this.forgetReset();
    if (text !== this.kept) this.keep(text);
    renumber();
  }

  /** Show another text; in the editor, Undo takes it back. */
  replace(text) {
    if (this.editor) this.editor.replace(text);
    else this.keep(text);
  }

  /** Another tab has kept another text: the newest is shown. */
  adopt() {
    if (!this.editor || this.kept === this.editor.text()) return;
    this.editor.replace(this.kept);
    this.say("Another tab has changed this answer, and here is what it says now. Ctrl+Z in the"
      + " editor brings back what stood here.");
  }

  /** The stub again; or, right after that, the answer again. */
  reset() {
    const { before, text } = this;
    if (before !== null) {
      this.editor.replace(before);
      this.say("Here is your answer again.");
    } else if (text === this.stub) {
      this.say("This is the stub: nothing is written yet.");
    } else {
      this.editor.replace(this.stub);
      this.before = text;
      rename(this.resetButton, ...UNDO);
      this.say("Here is the stub again.");
    }
  }

  forgetReset() {
    this.before = null;
    rename(this.resetButton, ...RESET);
  }

  press() {
    if (!this.turn) this.check();
    else if (this.turn.begun) python.stop();
    else this.turn.cancelled = true;
  }

  async check() {
    this.turn = {};
    rename(this.checkButton, ...STOP);
    const [done] = await grade([this], (sentence) => this.say(sentence), this.turn);
    if (done) this.say(`Task ${this.id}: ${done.points} of ${done.max_points} points.`);
    this.turn = null;
    rename(this.checkButton, ...CHECK);
  }

  /** Show the report on this task, as it was with `text`, and keep its points. */
  async take(row, text) {
    const points = { got: row.points, of: row.max_points, changed: text !== this.text };
    store.write(this.points, row.empty ? null : points);
    tellPoints();
    if (row.empty && !this.opened) return;
    await this.open();
    const show = () => this.found.replaceChildren(...report.parts(row, this.hints, goTo, more));
    const more = () => {
      this.hints += 1;
      show();
      this.found.querySelector(`[data-hint="${this.hints + 1}"]`).focus();
    };
    show();
  }
}

export const tasks = [...document.querySelectorAll("details.live-task")].map((d) => new Task(d));
export const graded = tasks.filter((task) => task.graded);

export function open(details) {
  const task = tasks.find((known) => known.details === details);
  return task ? task.open() : import(`./answers.js${search}`).then((module) => module.open(details));
}

function tellPoints() { document.dispatchEvent(new Event("live-points")); }

const trimmed = (task) => task.text.trimEnd();

/** answers.py as the page holds it. */
export function file() { return tasks.map(trimmed).join(BETWEEN) + "\n"; }

function firstLine(task) {
  const before = tasks.slice(0, tasks.indexOf(task)).map((other) => trimmed(other) + BETWEEN);
  return before.join("").split("\n").length;
}

function renumber() {
  for (const task of tasks) {
    const first = firstLine(task);
    if (task.editor && task.first !== first) task.editor.renumber(task.first = first);
  }
}

/** Show a line of answers.py, by its number. */
async function goTo(line) {
  const task = tasks.findLast((other) => firstLine(other) <= line);
  task.details.open = true;
  await task.open();
  task.editor.goTo(line);
}

function answers() {
  const [head, ...pieces] = tasks.map((task) => trimmed(task) + BETWEEN);
  return {
    head,
    pieces: graded.map(({ id, details }, index) => (
      { task: id, function: details.dataset.function, text: pieces[index] }
    )),
  };
}

/* Python does one thing after the other. A check that is asked for meanwhile waits. */
let last = Promise.resolve();

/** Grade some tasks, tell `say` how it goes, and give their reports; none if it was stopped. */
export function grade(wanted, say, turn = {}) {
  say("Waiting for another check …");
  const done = last.then(() => (turn.cancelled ? say("Stopped.") : begin(wanted, say, turn)));
  last = done.catch(() => {});
  return done.then((rows) => rows ?? []);
}

async function begin(wanted, say, turn) {
  turn.begun = true;
  const texts = wanted.map((task) => task.text);
  const ids = wanted.map((task) => task.id);
  const progress = ({ detail: { what, mb, seconds } }) => say(
    `Python is starting: ${what ? `${what}, ` : ""}${mb.toFixed(1)} MB, ${seconds.toFixed(0)} s`,
  );
  say("Checking …");
  python.events.addEventListener("progress", progress);
  try {
    const found = await watched(
      { chapter: ids[0].slice(0, 2), answers: answers(), tasks: ids, width: UNWRAPPED },
      (row) => say(`${row.id}: ${row.points} of ${row.max_points} points. Checking …`),
      () => say("A call has not come back: Python begins anew, and goes on without it."),
    );
    const { note, protection } = found;
    for (const [index, row] of found.tasks.entries()) {
      await wanted[index].take({ ...row, note, protection }, texts[index]);
      if (row.fault) python.stop(); // an answer can have changed what the grader works with
    }
    return found.tasks;
  } catch (error) {
    if (error instanceof python.Stopped) say("Stopped.");
    else if (error instanceof python.Unreachable) {
      say("Python cannot be loaded here. Your answers are kept, and pytest grades them as well:"
        + ` save answers.py. (${error.message})`);
    } else say(`That did not work: ${error.message}`);
  } finally {
    python.events.removeEventListener("progress", progress);
  }
  return [];
}

/** The report, also where a call of an answer never comes back, or ends Python: then Python is
 * started again and asked for the same, but for that call. */
async function watched(args, onTask, onHarm) {
  const harm = { stop_at: [], died_at: [] };
  for (let fresh = false; ; fresh = true) {
    let timer = 0;
    let number = 0; // of the call that is being made
    let hangs = false;
    const hear = (event) => {
      clearTimeout(timer);
      number = event.number ?? 0;
      if (event.kind === "task") return onTask(event.task);
      timer = setTimeout(() => {
        hangs = true;
        python.stop();
      }, 1500 * event.seconds + 1000);
    };
    try {
      return await python.call("grader.browser:grade", { ...args, ...harm }, hear);
    } catch (error) {
      const stopped = error instanceof python.Stopped && !hangs;
      if (stopped || error instanceof python.Unreachable || (fresh && !number)) throw error;
      onHarm();
      python.stop();
      if (number) harm[hangs ? "stop_at" : "died_at"].push(number);
    } finally {
      clearTimeout(timer);
    }
  }
}

store.watch((key) => {
  tasks.filter((task) => key === null || task.answer === key).forEach((task) => task.adopt());
});

addEventListener("beforeunload", (event) => { if (store.refusal()) event.preventDefault(); });
