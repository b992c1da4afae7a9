"""No small change to a solution keeps full marks; `mutants` says which changes, and tries more."""

from dataclasses import replace

import mutants
import pytest

from exercises._engine import chapters

CHAPTERS = [pytest.param(folder, id=folder.name) for folder in chapters.folders()]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # of what a change makes of a solution
@pytest.mark.parametrize("folder", CHAPTERS)
def test_every_small_change_to_the_solution_costs_points(folder):
    chapter, solution = chapters.chapter(folder), folder / "solution.py"
    tried, alive = 0, []
    for task in chapter.tasks:
        for mutant in mutants.mutants(solution, task, variables=False):
            tried += 1
            if not mutant.is_equivalent and mutants.survives(solution, chapter, task, mutant, 0):
                alive.append(str(mutant))
    assert tried > 100
    assert not alive, "\n".join(alive)


def test_a_check_that_is_missing_lets_mutants_live():
    """The control: without its check of the floor, the annealing of chapter 4 may lose it."""
    chapter = chapters.chapter(chapters.folder("04"))
    solution, task = chapter.folder / "solution.py", chapter.task("04.6")
    blind = replace(task, checks=task.checks[:1])
    living = [
        mutant.change
        for mutant in mutants.mutants(solution, blind, variables=False)
        if mutants.survives(solution, chapter, blind, mutant, 0)
    ]
    assert any("np.maximum" in change for change in living)
