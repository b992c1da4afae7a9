"""`pytest exercises/<chapter>` grades `answers.py` there; how, stands in
`_engine/plugin.py`.

The folder that this file lies in is the package `exercises`, under whatever name it was
unpacked and whatever else is installed.
"""

import importlib.util
import sys
from pathlib import Path

_package = Path(__file__).resolve().with_name("__init__.py")

if getattr(sys.modules.get("exercises"), "__file__", None) != str(_package):
    for _name in [
        name for name in sys.modules if name.partition(".")[0] == "exercises"
    ]:
        del sys.modules[_name]
    _spec = importlib.util.spec_from_file_location("exercises", _package)
    sys.modules["exercises"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["exercises"])

from exercises._engine.plugin import (  # noqa: E402, F401
    pytest_addoption,
    pytest_collect_file,
    pytest_sessionfinish,
    pytest_terminal_summary,
)
