"""The exercises of a chapter in its page: under each task the lines that it begins
with.

The page's script makes an editor of them. Without scripts they can be unfolded and
read, so a page needs nothing else and asks for nothing before somebody does.
"""

import ast
from html import escape

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from grader.engine import chapters, stubs
from grader.engine.chapters import Chapter

BETWEEN = "\n\n\n"  # two blank lines, from one piece of a file to the next
OVERVIEW = '<div class="live-overview"></div>'

PIECE = """\
<details class="live-task{kind}" data-task="{id}"{facts}>
<summary>{summary} <span class="live-points"></span></summary>
<pre class="live-stub">{text}</pre>
</details>
"""
ANSWERS = """\
<details class="live-answers pst-js-only" data-chapter="{number}" data-folder="{folder}">
<summary>Your answers to this chapter: check all, save, read back, delete
<span class="live-points"></span></summary>
</details>
"""
ROW = """\
<tr data-chapter="{number}"><th scope="row"><a href="{page}">{title}</a></th>
<td>{tasks}</td><td class="live-sum">0 / {points}</td></tr>
"""
TABLE = """\
<div class="live-overview pst-js-only">
<table>
<caption>What you have solved in this browser</caption>
<thead><tr><th scope="col">chapter</th><th scope="col">tasks</th>
<th scope="col">points</th></tr></thead>
<tbody>
{rows}</tbody>
</table>
</div>
"""


def pieces(text: str, functions: list[str]) -> list[str]:
    """What stands before the first of these functions, and then each with what follows.

    Parameters
    ----------
    text : str
        A stub: two blank lines before each function.
    functions : list of str
        All at its top level, in their order there.

    Returns
    -------
    list of str
        One more than functions; ``BETWEEN.join`` of them, and a line end, is the text.

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> pieces("import os\\n\\n\\ndef f():\\n    pass\\n", ["f"])
    ['import os', 'def f():\\n    pass']
    """
    tree = ast.parse(text)
    starts = [
        node.lineno - 1 for node in tree.body if getattr(node, "name", "") in functions
    ]
    lines = text.splitlines()
    cut = ["\n".join(lines[a:b]) for a, b in zip([0, *starts], [*starts, None])]
    found = [piece.rstrip("\n") for piece in cut]
    if len(found) != len(functions) + 1 or BETWEEN.join(found) + "\n" != text:
        raise ValueError(f"not {', '.join(functions)}, two blank lines before each")
    return found


def of_page(docname: str) -> Chapter | None:
    """The exercises of a chapter, by the name that page and folder share."""
    names = {folder.name: folder for folder in chapters.folders()}
    folder = names.get(docname.rpartition("/")[2])
    return folder and chapters.chapter(folder)


class ShowTasks(SphinxPostTransform):
    """Put the stub of each task under its statement."""

    default_priority = 110
    formats = ("html",)

    def run(self, **kwargs):
        chapter = of_page(self.env.docname)
        if chapter is None:
            return
        statements = [found_statement(self.document, task) for task in chapter.tasks]
        head, *answers = pieces(
            stubs.generate((chapter.folder / "solution.py").read_text("utf-8")),
            [task.function for task in chapter.tasks],
        )
        before(statements[0], head_piece(chapter, head))
        for task, statement, text in zip(
            chapter.tasks, statements, answers, strict=True
        ):
            statement["ids"].append(anchor(task.id))
            before(statement, task_piece(chapter, task, text), at=1)
        last = statements[-1].parent
        last.append(raw(ANSWERS.format(number=chapter.number, folder=chapter.folder.name)))


def found_statement(document, task):
    """The paragraph that begins with a task's number.

    Raises
    ------
    LookupError
        If the page has none.
    """
    for paragraph in document.findall(nodes.paragraph):
        if paragraph.astext().startswith(f"{task.id} "):
            return paragraph
    raise LookupError(f"the page does not state task {task.id}")


def before(node, html, at=0):
    """Put HTML before a node, or `at` places after that."""
    node.parent.insert(node.parent.index(node) + at, raw(html))


def raw(html):
    return nodes.raw("", html, format="html")


def anchor(task_id: str) -> str:
    """The address of a task within its page.

    Examples
    --------
    >>> anchor("04.2")
    'task-04-2'
    """
    return f"task-{task_id.replace('.', '-')}"


def head_piece(chapter, text):
    return PIECE.format(
        kind=" live-head",
        id=chapter.number,
        facts="",
        summary="The head of the file: imports, and what several tasks use",
        text=escape(text),
    )


def task_piece(chapter, task, text):
    signature = f"{task.function}({', '.join(chapter.parameters(task))})"
    return PIECE.format(
        kind="",
        id=task.id,
        facts=f' data-function="{task.function}" data-points="{task.points}"',
        summary=f"Answer {task.id} here: <code>{escape(signature)}</code>",
        text=escape(text),
    )


def overview(address, titles) -> str:
    """The table of all tasks, in which the page's script writes what is solved.

    Parameters
    ----------
    address : function
        From the name of a page to its address.
    titles : dict
        From the name of a page to its title.
    """
    rows = []
    for chapter in map(chapters.chapter, chapters.folders()):
        docname = f"book/{chapter.folder.name}"
        page = address(docname)
        tasks = " ".join(
            f'<a href="{page}#{anchor(task.id)}" data-task="{task.id}"'
            f' data-points="{task.points}" title="{escape(task.title)}">{task.id}</a>'
            for task in chapter.tasks
        )
        rows.append(
            ROW.format(
                number=chapter.number,
                page=f"{page}#exercises",
                title=f"{int(chapter.number)}. {escape(titles[docname].astext())}",
                tasks=tasks,
                points=sum(task.points for task in chapter.tasks),
            )
        )
    return TABLE.format(rows="".join(rows))


def add_to_page(app, pagename, templatename, context, doctree):
    body = context.get("body", "")
    if OVERVIEW in body:
        table = overview(context["pathto"], app.env.titles)
        context["body"] = body.replace(OVERVIEW, table)
    if OVERVIEW in body or (doctree is not None and of_page(pagename)):
        app.add_js_file("live/points.js", loading_method="defer")


def setup(app):
    app.add_post_transform(ShowTasks)
    app.add_css_file("live/tasks.css")
    app.connect("html-page-context", add_to_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
