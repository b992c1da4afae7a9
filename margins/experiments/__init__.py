"""Trainings that take longer than a page may; the book draws their results."""
