"""Puts the exercises into the wheel as a student gets them.

A checkout holds the solutions; a wheel is what the first cell of a notebook installs,
from a checkout or from git. So the grader and the exercises come into it by way of the
handout, which is made anew for each wheel: that runs the solutions, with NumPy alone.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The two packages of the handout; the rest of it is for a student's own folder.
PACKAGES = ("exercises", "grader")
# `python -m exercises`: where only the students' part is, it has their commands.
DOORS = ("exercises/__main__.py", "grader/__main__.py")


class Handout(BuildHookInterface):
    """The handout's packages, for a wheel; an editable one is the checkout itself."""

    def initialize(self, version, build_data):
        if version == "editable":
            return
        # pip loads this file by its path, with nothing of the checkout on Python's own.
        sys.path.insert(0, self.root)
        from grader.teacher import handout

        packed = handout.contents()
        packed |= {name: Path(self.root, name).read_bytes() for name in DOORS}
        self.folder = TemporaryDirectory()
        for name, contents in packed.items():
            if name.partition("/")[0] in PACKAGES:
                path = Path(self.folder.name, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(contents)
                build_data["force_include"][str(path)] = name

    def finalize(self, version, build_data, artifact_path):
        if version != "editable":
            self.folder.cleanup()
