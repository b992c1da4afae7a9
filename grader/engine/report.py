"""The report as lines of styled text, and as the small table of a notebook.

A line is a list of ``(text, style)`` with the styles "good", "bad", "strong", "faint"
and "". Whoever prints it decides what a style looks like; on anything but a terminal,
like nothing.
"""

import html
import textwrap
from collections.abc import Sequence
from functools import partial

from grader.engine.grade import CheckReport, TaskReport

Line = list[tuple[str, str]]  # a text and its style

MARGIN = 19  # where the right column of the table begins
NARROW = 72  # below this width what stands under a task's row begins further left
# an answer's own words are not to look like the report's
NO_MARKS = str.maketrans("✓✗", "··")
STEPS = (1, 2, 3)  # of help; the first is always there, the others only on request
MORE_HELP = {
    1: (
        "Stuck? With --hints 2 every open task says more, and with --hints 3 more"
        " again; --failing-call writes a script that repeats the call."
    ),
    2: "Still stuck? --hints 3 says how to go about it.",
}


def chapter_lines(
    reports: Sequence[TaskReport],
    width: int = 100,
    note: str = "",
    steps: int = 1,
    all_tasks: Sequence[str] = (),
    protection: str = "",
    kept: Sequence[str] = (),
) -> list[Line]:
    """The table of one chapter: each task with its details, and the total.

    Parameters
    ----------
    reports : list of TaskReport
    width : int
        The columns of the terminal.
    note : str
        What to say beside the title.
    steps : int
        How many steps of help to show, 1 to 3.
    all_tasks : list of str
        The ids of all tasks of the chapter, so that those not run can be named.
    protection : str
        The sentence on how the answers were run.
    kept : list of str
        The files that repeat a failing call, where they were asked for.
    """
    width = max(40, min(width, 110))
    title = f"Exercises of chapter {reports[0].chapter}"
    lines = [[(title, "strong"), (f"   {note}" if note else "", "faint")], []]
    unread = {_unread(report) for report in reports}
    if len(unread) == 1 and "" not in unread:
        lines += [[(line, "bad")] for line in _wrapped(unread.pop(), width, " ")] + [[]]
        detailed = _row
    else:
        detailed = partial(task_lines, steps=steps)
    lines.append([(f"   {'task':<7}{'points':>7}", "faint")])
    for report in reports:
        lines += detailed(report, width)
        lines.append([])
    points, most = sum(r.points for r in reports), sum(r.max_points for r in reports)
    skipped = [
        task for task in all_tasks if task not in {report.id for report in reports}
    ]
    style = "good" if points == most and not skipped else "strong"
    lines.append([(f" {'total':<9}{f'{points} / {most}':>7}", style)])
    for sentence in _ending(reports, skipped, steps, protection, kept):
        lines += [[(line, "faint")] for line in _wrapped(sentence, width, " ")]
    return lines


def _ending(reports, skipped, steps, protection, kept):
    """The sentences under the total."""
    wrong = [report for report in reports if not report.full]
    if kept:
        yield f"To repeat a failing call: {', '.join(kept)} (python, then the file)."
    if skipped:
        yield f"That is of the tasks run; not run: {', '.join(skipped)}."
    if len(wrong) > 1 and any(report.points for report in reports):
        yield "Begin with the first task that is wrong: later ones may build on it."
    if wrong and steps < STEPS[-1]:
        yield MORE_HELP[steps]
    if protection:
        yield protection


def task_lines(report: TaskReport, width: int = 100, steps: int = 1) -> list[Line]:
    """The row of one task, and under it what is right, what is wrong, and why."""
    lines = _row(report, width)
    margin = " " * (MARGIN if width >= NARROW else 3)
    for text, style in _details(report, steps):
        indent = margin + " " * (len(text) - len(text.lstrip()))
        hang = "" if style == "strong" else "  "
        lines += [
            [(line, style)] for line in _wrapped(text.lstrip(), width, indent, hang)
        ]
    return lines


def _row(report, width):
    """The line of the table on one task; more than one where its title is too long."""
    points = f"{report.points} / {report.max_points}"
    mark, style = (
        ("✓", "good") if report.full else ("·" if report.empty else "✗", "bad")
    )
    first, *rest = _wrapped(report.title, width, " " * MARGIN) or [" " * MARGIN]
    return [
        [
            (f" {mark} ", style),
            (f"{report.id:<7}", "strong"),
            (f"{points:>7}", style),
            (first[MARGIN - 2 :], "strong"),
        ],
        *([(line, "strong")] for line in rest),
    ]


def _wrapped(text, width, indent="", hang=""):
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_on_hyphens=False,
    )


def _details(report, steps):
    """The sentences on one task, each with a style."""
    if report.empty:
        details = [
            (f"Not answered yet: write `{report.function}` in answers.py.", "faint")
        ]
        return details + _shown_hints(report, steps)
    if unread := _unread(report):
        return [(unread, ""), *_shown_hints(report, steps)]
    details, said = [], set()
    for check in report.checks:
        worth = "1 point" if check.points == 1 else f"{check.points} points"
        if check.passed:
            details.append((f"✓ {check.name} ({worth})", "good"))
            continue
        details.append((f"✗ {check.name} ({worth})", "bad"))
        details += [(f"  {line}", "") for line in _found(check, said)]
        said |= {where(check), why(check), check.remark, check.message, check.printed}
    details += _shown_hints(report, steps)
    if report.hidden:
        details.append((not_run(report), "faint"))
    if report.full:
        details.append((f"Worth knowing next: {report.next}", ""))
    else:
        details.append(
            (f"Read again: “{report.section}” in chapter {report.chapter}.", "strong")
        )
    return details


def _found(check, said):
    """The sentences under a check that failed; what was said of an earlier one is not
    said again, but never is there nothing."""
    is_error_again = check.kind == "error" and check.message in said
    found = [] if is_error_again or where(check) in said else [where(check)]
    found += [text for text in (check.remark,) if text and text not in said]
    if is_error_again:
        found.append("The same error.")
    if why(check) not in said:
        found.append(why(check))
    elif check.mistake:
        found.append("The same mistake, it seems.")
    if check.printed and check.printed not in said:
        found.append(f"Printed in that call: {check.printed.translate(NO_MARKS)}")
    return [text for text in found if text] or ["The same as above."]


def _unread(report):
    """The sentence on a file, or a function, that there was nothing of to run; or "".

    Such a sentence stands once, and so does that on a fault of the grader."""
    messages = {check.message for check in report.checks}
    nothing = all(check.kind in ("missing", "fault") for check in report.checks)
    return messages.pop() if nothing and len(messages) == 1 else ""


def further_hints(report: TaskReport) -> list[tuple[int, str]]:
    """The second and the third step of help, numbered, where there is need."""
    return [] if report.full else list(enumerate(report.hints, start=STEPS[1]))


def _shown_hints(report, steps):
    return [
        (f"Hint {step}: {text}", "")
        for step, text in further_hints(report)
        if step <= steps
    ]


def not_run(report: TaskReport) -> str:
    """The sentence on the checks that stayed with the teacher."""
    checks = (
        "1 hidden check" if report.hidden == 1 else f"{report.hidden} hidden checks"
    )
    return f"{'Public checks passed; ' if report.full else ''}{checks} not run here."


def where(check: CheckReport) -> str:
    """What was asked and what was found, at which index."""
    values = []
    if check.expected:
        values.append(f"expected {check.expected}")
    if check.given:
        values.append(f"given {check.given}")
    found = check.message.rstrip(".") + (f": {', '.join(values)}" if values else "")
    if not check.call:
        return found if found.endswith("?") else f"{found}."
    return (
        f"{found} In {check.call}."
        if found.endswith("?")
        else f"{found}, in {check.call}."
    )


def why(check: CheckReport) -> str:
    """The likely mistake where one is recognised, and else the hint of the check."""
    if check.mistake:
        return f"The likely mistake: {check.sentence}"
    return f"Hint: {check.sentence}" if check.sentence else ""


def plain(lines: list[Line]) -> str:
    """The lines as text without any style."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def table(report: TaskReport) -> str:
    """One task as a small HTML table, for a notebook; a click opens further hints."""
    rows = []
    for check in report.checks:
        mark = "✓ right" if check.passed else "✗ wrong"
        found = (
            ""
            if check.passed
            else "<br>".join(html.escape(text) for text in _found(check, set()))
        )
        earned = f"{check.points if check.passed else 0} / {check.points}"
        rows.append(
            f"<tr><td>{mark}</td><th scope='row'>{html.escape(check.name)}</th>"
            f"<td>{earned}</td><td style='text-align:left'>{found}</td></tr>"
        )
    end = (
        f"Worth knowing next: {report.next}"
        if report.full
        else (f"Read again: “{report.section}” in chapter {report.chapter}.")
    )
    if report.hidden:
        end = f"{not_run(report)} {end}"
    hints = "".join(
        f"<details><summary>Hint {step}</summary>{html.escape(text)}</details>"
        for step, text in further_hints(report)
    )
    return (
        f"<table><caption style='color:inherit'>{html.escape(report.id)}"
        f" {html.escape(report.title)}: {report.points} of {report.max_points}"
        " points</caption><thead><tr><th scope='col'>result</th><th scope='col'>check"
        "</th><th scope='col'>points</th><th scope='col'>what was found</th></tr>"
        f"</thead><tbody>{''.join(rows)}</tbody><tfoot><tr><td"
        " colspan='4'"
        f" style='text-align:left'>{html.escape(end)}{hints}</td></tr></tfoot></table>"
    )
