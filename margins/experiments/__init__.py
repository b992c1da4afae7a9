"""Trainings that take longer than a page may: each writes results files that the book
draws."""
