"""Adapters for public implementations, and the table of what they compute.

The libraries are no requirement of the project. Each module here imports its own and
has a `TABLE`; `python -m tools.judged` runs those whose libraries are installed.
"""
