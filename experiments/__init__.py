"""Trainings that take longer than a page may: each writes a results file that the book draws."""
