"""Runs a stranger's code: shut off, limited, and asked by questions and answers.

What an answer may see and do is described once, and kept in three ways, from the
strongest `protection` to the weakest:

============  ==================  =====================  ========================
              what it may see:    what it may use:       what it may ask of the
              `visible`           `inside.limits`        kernel: `inside.seccomp`
============  ==================  =====================  ========================
bubblewrap    nothing else is     kept by the kernel     kept by the kernel
              mounted
landlock      the kernel lets     the same               the same
              nothing else be
              read
process       --                  the same               --
============  ==================  =====================  ========================

`process` starts what runs the answers; `inside` is all of ours that runs there;
`room` limits what the grader itself takes for what it computes from an answer.
"""

from grader.sandbox.process import Sandbox, Unusable
from grader.sandbox.protections import (
    HARMS,
    NOT_STOPPED,
    PROTECTIONS,
    describe,
    protection,
    why_not,
)

__all__ = [
    "HARMS",
    "NOT_STOPPED",
    "PROTECTIONS",
    "Sandbox",
    "Unusable",
    "describe",
    "protection",
    "why_not",
]
