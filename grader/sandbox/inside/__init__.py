"""What runs where the answers run; it imports nothing else of the grader.

`server` waits for tasks and runs the student's functions, `calls` is how one function
is called, `wire` is what travels between the grader and here; `limits`, `landlock` and
`seccomp` are what an answer may use of the machine, see and ask for.
"""
