#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the image: a Python of 3.11 or newer, and bubblewrap.
set -euo pipefail

apt-get update
apt-get install -y bubblewrap python3-venv
python=python3
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  apt-get install -y python3.11 python3.11-venv
  python=python3.11
fi
"$python" -m venv /autograder/venv
/autograder/venv/bin/pip install -r /autograder/source/requirements.txt
