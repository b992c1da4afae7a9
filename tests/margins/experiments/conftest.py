import array_api_strict
import pytest

from margins import device, provenance


@pytest.fixture
def strict_gpu(monkeypatch):
    """The strict library in CuPy's place: it mixes with NumPy no better than a GPU
    does."""
    strict = {"cpu": None, "gpu": array_api_strict.zeros(1)}
    monkeypatch.setattr(device, "reference", strict.get)
    monkeypatch.setattr(device, "describe", {"cpu": "cpu", "gpu": "a strict one"}.get)
    monkeypatch.setattr(provenance, "versions", lambda on: {})
