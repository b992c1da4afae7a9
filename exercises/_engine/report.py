"""The report as lines of styled text, and as the small table of a notebook.

A line is a list of ``(text, style)`` with the styles "good", "bad", "strong", "faint" and "".
Whoever prints it decides what a style looks like; on anything but a terminal, like nothing.
"""

import html
import textwrap

MARGIN = 17  # where the right column of the table begins


def chapter_lines(reports, all_tasks=(), width=100, note=""):
    """The table of one chapter: a row a task, the details of each under it, and the total."""
    width = max(60, min(width, 110))
    title = f"Exercises of chapter {reports[0].chapter}"
    lines = [[(title, "strong"), (f"   {note}", "faint")], []]
    lines.append([(f" {'task':<7}{'points':>7}", "faint")])
    for report in reports:
        lines += task_lines(report, width)
        lines.append([])
    points, most = sum(r.points for r in reports), sum(r.max_points for r in reports)
    skipped = [task for task in all_tasks if task not in {report.id for report in reports}]
    style = "good" if points == most and not skipped else "strong"
    total = [(f" {'total':<7}{f'{points} / {most}':>7}", style)]
    if skipped:
        total.append((f"   of the tasks run; not run: {', '.join(skipped)}", "faint"))
    lines.append(total)
    if points > 0 and sum(not report.full for report in reports) > 1:
        advice = " Begin with the first task that is wrong: later ones may build on it."
        lines.append([(advice, "faint")])
    return lines


def task_lines(report, width=100):
    """The row of one task, and under it what is right, what is wrong, and why."""
    points = f"{report.points} / {report.max_points}"
    lines = [
        [
            (f" {report.id:<7}", "strong"),
            (f"{points:>7}", "good" if report.full else "bad"),
            (f"  {report.title}", "strong"),
        ]
    ]
    for text, style in _details(report):
        hang = "" if style == "strong" else "  "
        lines += [
            [(" " * MARGIN + line, style)]
            for line in textwrap.wrap(
                text,
                width - MARGIN,
                subsequent_indent=" " * (len(text) - len(text.lstrip())) + hang,
                break_on_hyphens=False,
            )
        ]
    return lines


def _details(report):
    """The sentences on one task, each with a style."""
    if report.empty:
        return [(f"Not answered yet: write `{report.function}` in answers.py.", "faint")]
    details, said = [], set()
    for check in report.checks:
        worth = "1 point" if check.points == 1 else f"{check.points} points"
        if check.passed:
            details.append((f"✓ {check.name} ({worth})", "good"))
            continue
        details.append((f"✗ {check.name} ({worth})", "bad"))
        if where(check) not in said:
            details.append((f"  {where(check)}", ""))
        if why(check) in said:
            details.append(("  The same mistake, it seems.", ""))
        elif why(check):
            details.append((f"  {why(check)}", ""))
        said |= {where(check), why(check)} - {""}
    if report.hidden:
        details.append((not_run(report), "faint"))
    if report.full:
        details.append((f"Worth knowing next: {report.next}", ""))
    else:
        details.append((f"Read again: “{report.section}” in chapter {report.chapter}.", "strong"))
    return details


def not_run(report):
    """The sentence on the checks that stayed with the teacher."""
    checks = "1 hidden check" if report.hidden == 1 else f"{report.hidden} hidden checks"
    return f"{'Public checks passed; ' if report.full else ''}{checks} not run here."


def where(check):
    """What was asked and what was found, at which index."""
    values = []
    if check.expected:
        values.append(f"expected {check.expected}")
    if check.given:
        values.append(f"given {check.given}")
    asked = f", in {check.call}" if check.call else ""
    return check.message.rstrip(".") + (f": {', '.join(values)}" if values else "") + asked + "."


def why(check):
    """The likely mistake where one is recognised, and otherwise the hint of the check."""
    if check.mistake:
        return f"The likely mistake: {check.sentence}"
    return f"Hint: {check.sentence}" if check.sentence else ""


def plain(lines):
    """The lines as text without any style."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def table(report):
    """One task as a small HTML table, for a notebook."""
    rows = []
    for check in report.checks:
        mark = "✓ right" if check.passed else "✗ wrong"
        found = (
            ""
            if check.passed
            else "<br>".join(html.escape(text) for text in (where(check), why(check)) if text)
        )
        earned = f"{check.points if check.passed else 0} / {check.points}"
        rows.append(
            f"<tr><td>{mark}</td><td>{html.escape(check.name)}</td>"
            f"<td>{earned}</td><td style='text-align:left'>{found}</td></tr>"
        )
    end = (
        f"Worth knowing next: {report.next}"
        if report.full
        else (f"Read again: “{report.section}” in chapter {report.chapter}.")
    )
    if report.hidden:
        end = f"{not_run(report)} {end}"
    return (
        f"<table><caption>{html.escape(report.id)} {html.escape(report.title)}: "
        f"{report.points} of {report.max_points} points</caption>"
        "<thead><tr><th></th><th>check</th><th>points</th><th>what was found</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody>"
        f"<tfoot><tr><td colspan='4' style='text-align:left'>{html.escape(end)}</td></tr></tfoot>"
        "</table>"
    )
