/* The report on a task, in pytest's words, as a table. */

const { search } = new URL(import.meta.url);
const { button, element } = await import(`./elements.js${search}`);

const MARK = /^[✓✗] /;

/** What stands under the editor of a task: its `row` of the report, with so many hints.
 *
 * `goTo(line)` leads to a line of answers.py, `more()` to one more hint. */
export function parts(row, hints, goTo, more) {
  const checks = [];
  const ends = [];
  for (const [[text, style]] of row.lines.slice(1)) {
    const said = text.trimStart();
    const depth = text.length - said.length;
    if (["good", "bad"].includes(style) && MARK.test(said)) {
      checks.push({ depth, found: [], ...row.checks[checks.length] });
    } else if (checks.length && depth > checks.at(-1).depth) checks.at(-1).found.push(said);
    else ends.push(said);
  }
  const sentence = (words, properties) => (
    element("p", { className: "live-end", ...properties }, ...linked(words, goTo))
  );
  const shown = row.hints.slice(0, hints).map(([step, words]) => (
    sentence(`Hint ${step}: ${words}`, { tabIndex: -1, data: { hint: step } })
  ));
  const [next] = row.hints.slice(hints);
  return [
    checks.length ? table(row, checks, sentence) : sentence(caption(row)),
    ...shown,
    ...ends.map((words) => sentence(words)),
    ...(next ? [button("hint", `Hint ${next[0]}`, more)] : []),
    ...[row.note, row.protection].filter(Boolean).map(
      (words) => sentence(words, { className: "live-end live-faint" }),
    ),
  ];
}

function caption({ id, title, points, max_points: most }) {
  return `${id} ${title}: ${points} of ${most} points`;
}

function table(row, checks, sentence) {
  const word = (text) => element("span", { className: "live-word" }, text);
  const head = [word("result"), "check, and what was found", "points"].map(
    (text) => element("th", { scope: "col" }, text),
  );
  const rows = checks.map(({ name, points, passed, found }) => element(
    "tr",
    { data: { check: name }, className: passed ? "live-right" : "live-wrong" },
    element("td", {}, passed ? "✓" : "✗", word(passed ? " right" : " wrong")),
    element("td", {}, element("strong", {}, name), ...found.map((words) => sentence(words))),
    element("td", {}, `${passed ? points : 0} / ${points}`),
  ));
  return element(
    "table",
    { className: "live-report" },
    element("caption", {}, caption(row)),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows),
  );
}

/** A sentence whose line numbers lead into the editor, and whose section into the page. */
function linked(text, goTo) {
  return text.split(/(\bline \d+|“[^”]+”)/).map((part) => {
    if (part.startsWith("line ")) return lineButton(part, goTo);
    const section = part.startsWith("“") && sectionCalled(part.slice(1, -1));
    return section ? element("a", { href: `#${section}` }, part) : part;
  });
}

function lineButton(words, goTo) {
  const made = button("line", words, () => goTo(Number(words.slice(5))));
  made.className = "live-line";
  return made;
}

function sectionCalled(title) {
  const found = [...document.querySelectorAll("section[id] > :is(h2, h3)")].find(
    (heading) => heading.textContent.includes(title),
  );
  return found?.parentElement.id;
}
