"""The source is as `.pre-commit-config.yaml` wants it: its own commands, run here."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
REPOS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
HOOKS = [hook for repo in REPOS for hook in repo["hooks"]]


def test_the_versions_are_those_of_the_lock():
    """A hook from elsewhere would bring a second version, and a formatter of another
    version formats otherwise."""
    assert {repo["repo"] for repo in REPOS} == {"local"}
    assert {hook["entry"].split()[0] for hook in HOOKS} == {".venv/bin/python"}


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["name"] for hook in HOOKS])
def test_nothing_to_complain_of(hook):
    words = hook["entry"].split()[1:]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{hook['entry']}\n{done.stdout}{done.stderr}"
