import array_api_strict
import pytest

from margins import device


class Strict(device.CPU):
    """The strict library in CuPy's place: it mixes with NumPy no better than a GPU."""

    name, model = "gpu", "a strict one"

    def __init__(self):
        super().__init__()
        self.xp, self.reference = array_api_strict, array_api_strict.zeros(1)


@pytest.fixture
def strict_gpu(monkeypatch):
    find = {"cpu": device.CPU, "gpu": Strict}
    monkeypatch.setattr(device, "find", lambda name: find[name]())
