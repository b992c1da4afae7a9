"""bubblewrap: a file system that holds what is visible and nothing else."""

import os
import shutil
from pathlib import Path

from grader.sandbox import visible

HOME = Path("/grader")  # in there: our `inside`, and NumPy in `packages`


def around() -> tuple[list, Path, Path]:
    """The command to put before another one, and where that one finds its parts.

    Returns
    -------
    command : list
    ours, packages : Path
        The folders in there of `inside` and of NumPy.

    Raises
    ------
    OSError
        If Python cannot say what it needs.
    """
    command: list = [shutil.which("bwrap"), "--unshare-all"]
    command += ["--die-with-parent", "--new-session"]
    command += ["--cap-drop", "ALL", "--uid", 65534, "--gid", 65534]
    folders, libraries = visible.needed()
    for name in visible.LINKS:
        if os.path.islink(name):
            command += ["--symlink", os.readlink(name), name]
    for folder in folders:
        command += _shown(folder)
    for folder in visible.hidden(folders):
        command += ["--tmpfs", folder, "--remount-ro", folder]
    for path in (visible.interpreter(), *libraries):
        command += _shown(path)
    command += _shown(visible.HERE / "inside", HOME / "inside")
    for folder in visible.numpy_folders():
        command += _shown(folder, HOME / "packages" / folder.name)
    command += ["--ro-bind-try", visible.LOADER, visible.LOADER]
    for device in visible.DEVICES:
        command += ["--dev-bind", device, device]
    command += ["--dir", "/empty", "--remount-ro", "/", "--chdir", "/empty", "--"]
    return command, HOME, HOME / "packages"


def _shown(path, name=None):
    """Show a file or a folder there, read only, under this name or its own."""
    return ["--ro-bind", path, name or path]
