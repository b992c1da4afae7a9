"""What only a teacher has: grading submissions, and making what is handed out.

`submissions` finds the files, `grading` has a `crew` of processes grade them,
`gradebook` writes grades and reports; `remember` and `handout` make the students' zip,
and `gradescope` the autograder's.
"""
