"""The book's own code: its figures, results, experiments and benchmarks."""
