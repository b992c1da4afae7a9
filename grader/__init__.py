"""Grades answers: in a notebook, in a page, under pytest, and for a class.

`engine` asks an answer its questions and reports; `sandbox` is where the answer runs;
`browser` is the door for a page; `teacher` grades folders of submissions and packs what
is handed out, `gradescope` and `classroom50` hold the scripts of two services.
"""
