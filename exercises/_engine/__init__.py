"""The grader of the exercises.

`task` says what a task is, `runner` runs a student's function, `trial` and `compare` are what
the checks are written with, `grade` counts the points, `report` prints them, and `plugin` and
`notebook` are the two doors: pytest, and a cell of a notebook. `memory` and `fingerprint` stand in a
handout where the solution and the named wrong answers stand here.
"""
