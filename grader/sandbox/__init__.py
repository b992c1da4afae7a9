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

`protections` finds the strongest that works here, `promises` says what each stops.
`process` starts what runs the answers; `inside` is all of ours that runs there; `room`
limits what the grader itself takes for what it computes from an answer.
"""

from grader.sandbox.promises import HARMS, NOT_STOPPED, PROTECTIONS, describe

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


def __getattr__(name):
    # Not above: a page, which uses `inside` alone, has no processes and no sockets.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from grader.sandbox import protections

    return getattr(protections, name)
