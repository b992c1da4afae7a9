"""What runs where a student's answers run: nothing in this folder imports the rest of
the grader.

`server` waits for tasks and runs the student's functions, `calls` is how one function
is called, `wire` is what travels between the grader and here, `limits` and `filters`
are what an answer may use of the machine.
"""
