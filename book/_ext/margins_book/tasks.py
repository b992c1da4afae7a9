"""The exercises of a chapter in its page: under each task the lines that it begins
with.

The page's script makes an editor of them. Without scripts they can be unfolded and
read, so a page needs nothing else and asks for nothing before somebody does.
"""

from html import escape

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from grader import browser
from grader.engine import chapters
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
<details class="live-answers pst-js-only"
 data-chapter="{number}" data-folder="{folder}" data-points="{points}">
<summary>All answers of this chapter: check, save, read back, delete
<span class="live-points"></span></summary>
</details>
"""
ROW = """\
<tr data-chapter="{number}" data-points="{points}">
<th scope="row"><a href="{page}">{title}</a></th>
<td>{tasks}</td><td class="live-sum">0 of {points}</td></tr>
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


def pieces(number: str) -> list[str]:
    """The head of a chapter's stub and one piece a task, without the blank lines
    between.

    Parameters
    ----------
    number : str
        Of the chapter, such as "04".

    Raises
    ------
    ValueError
        If there are not two blank lines between any two pieces, as the page puts there.

    Examples
    --------
    >>> pieces("04")[6].splitlines()[0]
    'def annealing(t, base, gamma, power, minimum):'
    """
    stub = browser.stub(number)
    texts = [stub["head"], *(piece["text"] for piece in stub["pieces"])]
    found = [text.rstrip("\n") for text in texts]
    if BETWEEN.join(found) + "\n" != browser.join(stub):
        raise ValueError(f"chapter {number}: not two blank lines before each task")
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
        head, *answers = pieces(chapter.number)
        before(statements[0], head_piece(chapter, head))
        for task, statement, text in zip(
            chapter.tasks, statements, answers, strict=True
        ):
            statement["ids"].append(anchor(task.id))
            before(statement, task_piece(chapter, task, text), at=1)
        statements[-1].parent.append(raw(all_answers(chapter)))


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


def all_answers(chapter):
    return ANSWERS.format(
        number=chapter.number,
        folder=chapter.folder.name,
        points=sum(task.points for task in chapter.tasks),
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
