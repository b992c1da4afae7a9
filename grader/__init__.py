"""Grades answers: in a notebook, under pytest, and for a class.

`engine` asks an answer its questions and reports; `teacher` grades folders of
submissions and packs what is handed out.
"""
