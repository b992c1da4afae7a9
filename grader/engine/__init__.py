"""Asks an answer its questions, counts the points, and reports.

`task` says what a task is, `runner` runs a student's functions in a sandbox, and `here`
where there can be none, within `limits`; `trial` and `compare` are what the checks are
written with, `grade` counts the points, `report` prints them, and `plugin` and
`notebook` are two doors: pytest, and the `cells` of a notebook. `memory` and
`fingerprint` stand in a handout where the solution and the named wrong answers stand
here.
"""
