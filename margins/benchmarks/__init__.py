"""Measurements beside peers. The only place of the project that knows PyTorch."""
