"""Hold the pinned Pyodide against npm's package of it, or pin another version.

    python -m tools.pin_pyodide [VERSION]

Needs npm. With a version, writes ``book/_ext/margins_book/pyodide.json`` anew.
"""

import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tools import ROOT

PIN = ROOT / "book" / "_ext" / "margins_book" / "pyodide.json"


def main(version=None):
    pin = read()
    files = package(version or pin["version"])
    sums = {name: integrity(files[name]) for name in pin["integrity"]}
    if version:
        text = json.dumps(pin | {"integrity": sums}, indent=2)
        PIN.write_text(text.replace(pin["version"], version) + "\n", encoding="utf-8")
    elif sums != pin["integrity"]:
        sys.exit(f"npm's pyodide {pin['version']} is not what is pinned: {sums}")
    print(f"pinned: Pyodide {read()['version']}, {len(sums)} files as npm has them")


def read():
    """The pin: version, addresses, and the sums of the files."""
    return json.loads(PIN.read_text(encoding="utf-8"))


def package(version):
    """The files of npm's package of Pyodide, by name."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"pyodide@{version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        content = archive.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return {
            Path(member.name).name: tar.extractfile(member).read()
            for member in tar
            if member.isfile()
        }


def integrity(content):
    """As an ``integrity`` attribute spells it."""
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


if __name__ == "__main__":
    main(*sys.argv[1:2])
