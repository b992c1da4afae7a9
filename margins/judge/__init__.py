"""Hold any implementation of a loss against the formulas of the papers.

`formulas` are the losses in plain loops, `exact` evaluates them to fifty digits,
`cases` are the inputs to try, and `golden` keeps the answers in files that any language
can read.
"""
