"""`pytest exercises/<chapter>` grades `answers.py` there; how, stands in `_engine/plugin.py`."""

from exercises._engine.plugin import (  # noqa: F401
    pytest_addoption,
    pytest_collect_file,
    pytest_configure,
    pytest_sessionfinish,
    pytest_terminal_summary,
)
