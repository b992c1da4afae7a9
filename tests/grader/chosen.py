"""The tasks that the command line of a helper names; all of them if it names none."""

from argparse import ArgumentParser

from grader.engine import chapters


def parser(about, seeds=None):
    """A parser of CHAPTER or TASK, and of --seeds where there is a default."""
    found = ArgumentParser(description=about.splitlines()[0])
    if seeds is not None:
        found.add_argument("--seeds", type=int, default=seeds, help=f"default {seeds}")
    found.add_argument("chosen", nargs="*", metavar="CHAPTER or TASK")
    return found


def tasks(chosen):
    """Pairs of a chapter and a task: of chapters such as "04", or tasks as "04.5"."""
    for folder in chapters.folders():
        chapter = chapters.chapter(folder)
        for task in chapter.tasks:
            if not chosen or {chapter.number, task.id} & set(chosen):
                yield chapter, task
