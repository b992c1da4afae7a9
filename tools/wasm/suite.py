"""Runs pytest in a browser's Python: `python.mjs` starts this there, not `python`.

The first argument is "right", or "wrong" for labels that stay int64: then, where arrays
are indexed in 32 bits, tests have to fail.
"""

import os
import sys

import pytest

# Tests of what a browser's Python has not: threads, and processes.
LACKING = "not threads and not a_process and not pytest_prints"

os.chdir("/checkout")
how, *words = sys.argv[1:]
if how == "wrong":
    from mlcore import arrays

    arrays.INDEX_DTYPE = "int64"
    words += ["-x", "--tb=no", "--no-summary"]  # one failure is what is wanted
# Its standard streams are no files; and /checkout is not to be written into.
words += ["-k", LACKING, "--capture=sys", "-p", "no:cacheprovider"]
sys.exit(int(pytest.main(["-q", "--no-header", "-p", "no:faulthandler", *words])))
