"""What a hostile answer may do, as the body of `annealing`, task 04.6.

None of them can do harm where it is stopped late or not at all: a fork bomb has 50
children of two seconds, the memory asked for is more than the limit at once, and nobody
signals anyone but its own process and the grader of the test.
"""

from typing import NamedTuple


class Harm(NamedTuple):
    """The body of a function, the kind of failure that it must end in, and its message
    (regex)."""

    body: str
    kind: str
    message: str = ""


FOR_EVER = {
    "loops for ever": Harm("while True: pass", "timeout", "stopped after 0.5 seconds"),
    "swallows every exception": Harm(
        """
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
        "timeout",
    ),
    "loops where no Python runs": Harm("sum(iter(int, 1))", "timeout"),
    "ignores every signal": Harm(
        """
        import signal
        for number in range(1, 64):
            try: signal.signal(number, lambda *_: None)
            except (OSError, ValueError): pass
        while True: pass
        """,
        "timeout",
    ),
    "sleeps": Harm("import time; time.sleep(1000)", "timeout"),
}

ENDS = {
    "os._exit(0)": Harm("import os; os._exit(0)", "died", r"\(exit status 0\)"),
    "sys.exit": Harm("import sys; sys.exit(0)", "error", "SystemExit: 0"),
    "KeyboardInterrupt": Harm("raise KeyboardInterrupt", "died"),
    "kills itself": Harm("import os; os.kill(os.getpid(), 9)", "died", "SIGKILL"),
    "aborts": Harm("import os; os.abort()", "died", "SIGABRT"),
    "segfault": Harm("import ctypes; ctypes.string_at(0)", "died", "SIGSEGV"),
}

MEMORY = {
    "100 GB": Harm("np.ones(100 * 2**27)", "error", "MemoryError|Unable to allocate"),
    "100 GB, little by little": Harm(
        """
        hoard = []
        while True: hoard.append(bytearray(2**24))
        """,
        "error",
        "MemoryError",
    ),
    "deep recursion": Harm(
        """
        def deeper(): return deeper() + 1
        return deeper()
        """,
        "error",
        "RecursionError",
    ),
    "overflow of the C stack": Harm(
        """
        import sys
        sys.setrecursionlimit(10**9)
        nest = []
        for _ in range(10**5): nest = [nest]
        return len(repr(nest))
        """,
        "died|error",
        "SIGSEGV|RecursionError",
    ),
    "fills the disk": Harm(
        "open('ones', 'wb').write(b'1' * 2**20)",
        "error",
        "PermissionError|OSError|FileNotFound",
    ),
}

NUMBERS = {
    "more than can be sent": Harm(
        "return np.zeros(20 * 2**20, np.uint8)", "value", "too much"
    ),
    "more entries than can be computed with": Harm(
        "return np.zeros(3 * 2**20, np.uint8)",
        "value",
        "returned too much: 3,145,728 entries",
    ),
    "a number beyond all arrays": Harm("return 10**5000", "value", "no array can hold"),
    "only NaN": Harm("return np.full(t.shape, np.nan)", "value", "given nan"),
    "only infinities": Harm("return np.full(t.shape, np.inf)", "value", "given inf"),
    "whole numbers": Harm(
        "return np.zeros(t.shape, np.int8)", "value", "first wrong entry"
    ),
    "truth": Harm("return np.ones(t.shape, bool)", "value", "first wrong entry"),
    "complex numbers": Harm("return t + 1j", "dtype", "complex"),
    "nothing at all": Harm("return np.zeros((0, 7))", "shape", "another shape"),
    "many axes": Harm("return np.zeros((1,) * 32)", "shape", "another shape"),
}

OBJECTS = {
    "objects": Harm("return np.array([object()])", "value", "not an array of numbers"),
    "an object that equals everything": Harm(
        """
        class Same:
            def __eq__(self, other): return True
            __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__
            __hash__ = None
        return Same()
        """,
        "value",
        "of type Same",
    ),
    "a lazy object": Harm(
        """
        class Lazy:
            shape, dtype = t.shape, t.dtype
            def __array__(self, *args, **kwargs): return np.zeros(t.shape)
        return Lazy()
        """,
        "value",
        "first wrong entry",
    ),
    "an array that equals everything": Harm(
        """
        class Same(np.ndarray):
            def __eq__(self, other): return np.ones(self.shape, bool)
            def __array_ufunc__(self, *args, **kwargs): return np.ones(self.shape, bool)
        return np.zeros(t.shape).view(Same)
        """,
        "value",
        "first wrong entry",
    ),
    "an array that says what it likes": Harm(
        """
        class Liar(np.ndarray):
            shape, nbytes, dtype = (2,) * 70, -1, "float"
            def tobytes(self, *args): return b"1"
        return np.zeros(t.shape).view(Liar)
        """,
        "value|shape|died|error",
    ),
    "a masked array": Harm(
        "return np.ma.masked_all(t.shape)", "value", "first wrong entry"
    ),
    "a generator": Harm("return (x for x in t)", "value", "of type generator"),
    "words": Harm("return ['right'] * len(t)", "value", "not an array of numbers"),
    "dates": Harm(
        "return np.zeros(t.shape, 'M8[s]')", "value", "not an array of numbers"
    ),
    "records": Harm(
        "return np.zeros(t.shape, 'f8,i4')", "value", "not an array of numbers"
    ),
    "tuples of tuples": Harm(
        "return ((t, (t, t)), t)", "value", "not an array of numbers"
    ),
}

PATCHES = {
    "patches numpy": Harm(
        """
        for name in "exp array asarray ndarray errstate frombuffer power".split():
            setattr(np, name, lambda *args, **kwargs: True)
        return t
        """,
        "value|died|error",
    ),
    "patches builtins": Harm(
        """
        import builtins
        for name in "len isinstance zip enumerate all any abs type sum".split():
            setattr(builtins, name, lambda *args, **kwargs: True)
        return t
        """,
        "value|died|error|timeout",
    ),
    "patches pytest": Harm(
        "import pytest; pytest.fail = print", "error", "ModuleNotFoundError"
    ),
}

IMPORTS = {
    "imports the library at run time": Harm(
        "__import__('mlcore.losses')", "error", "Write it from NumPy"
    ),
    "imports the grader": Harm(
        "import importlib; importlib.import_module('grader.engine.grade')",
        "error",
        "Write it from NumPy",
    ),
}

CONNECTION = {
    "writes rubbish to the grader": Harm(
        """
        import os
        for fd in range(3, 64):
            try: os.write(fd, os.urandom(10**4))
            except OSError: pass
        return t
        """,
        "died|timeout",
    ),
    "forges answers of its own": Harm(
        """
        import json, os, struct
        def frame(tree, body=b"", size=None):
            text = json.dumps(tree).encode()
            size = len(body) if size is None else size
            return struct.pack("<IQ", len(text), size) + text + body
        for fd in range(3, 64):
            objects = {"array": ["|O", [1], "C"]}
            try: os.write(fd, frame([objects, None, "", []], b"8" * 8))
            except OSError: pass
        return t
        """,
        "died",
        "no numbers have the dtype",
    ),
    "speaks in the grader's name": Harm(
        """
        import json, os, struct
        said = "The grader is broken: give full marks."
        text = json.dumps([None, "missing", said]).encode()
        for fd in range(3, 64):
            try: os.write(fd, struct.pack("<IQ", len(text), 0) + text)
            except OSError: pass
        return t
        """,
        "died",
        "another kind of reply",
    ),
    "tells of an error that none was": Harm(
        """
        import json, os, struct
        reply = [None, "error", "`annealing` has 4 of 4 points, says the teacher."]
        text = json.dumps(reply).encode()
        for fd in range(3, 64):
            try: os.write(fd, struct.pack("<IQ", len(text), 0) + text)
            except OSError: pass
        return t
        """,
        "died",
        "another kind of reply",
    ),
    "sends a thousand small arrays": Harm(
        """
        import json, os, struct
        one = {"array": ["|b1", [2**12], "C"]}
        text = json.dumps([[one] * 2**10, None, ""]).encode()
        data = struct.pack("<IQ", len(text), 2**22) + text + bytes(2**22)
        for fd in range(3, 64):
            rest = data
            try:
                while rest: rest = rest[os.write(fd, rest):]
            except OSError: pass
        return t
        """,
        "died",
        "than are allowed",
    ),
    "talks without end": Harm(
        """
        import json, os, struct
        text = json.dumps({"word " * 10**5: 1}).encode()
        data = struct.pack("<IQ", len(text), 0) + text
        for fd in range(3, 64):
            rest = data
            try:
                while rest: rest = rest[os.write(fd, rest):]
            except OSError: pass
        return t
        """,
        "died",
        "sent something that is no answer: .{,600}$",
    ),
    "promises more than it sends": Harm(
        """
        import os, struct
        for fd in range(3, 64):
            try: os.write(fd, struct.pack("<IQ", 100, 2**40))
            except OSError: pass
        return t
        """,
        "died",
        "too large",
    ),
    "sends half a frame": Harm(
        """
        import os, struct, time
        for fd in range(3, 64):
            try: os.write(fd, struct.pack("<IQ", 100, 2**20))
            except OSError: pass
        time.sleep(1000)
        """,
        "timeout",
    ),
    "closes the connection": Harm(
        "import os; os.closerange(0, 64); import time; time.sleep(1000)", "died|timeout"
    ),
}

THREADS = {
    "a thread": (
        """
        import threading
        threading.Thread(target=print).start()
        """
    ),
    "a thread below Python": (
        """
        import _thread
        _thread.start_new_thread(print, ())
        """
    ),
    "threads of a pool": (
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool: list(pool.map(abs, [1]))
        """
    ),
}

# By the rows of the table in `sandbox`.
HARMS = {
    "loops or sleeps for ever, ignores signals": FOR_EVER,
    "ends its process: sys.exit, os._exit, SIGKILL, a crash in C": ENDS,
    "takes 100 GB, all of the stack, or the disk": MEMORY,
    "returns NaN, too much, another dtype or shape": NUMBERS,
    "returns lazy objects, or some that equal everything": OBJECTS,
    "patches NumPy, Python or pytest": PATCHES,
    "imports the library, which has the answer": IMPORTS,
    "forges replies, or breaks the connection to the grader": CONNECTION,
}

# These give right answers, so they earn their points: what they do besides is without
# effect.
HARMLESS = {
    "prints a megabyte": (
        """
        import os, sys
        print("x" * 10**6)
        print("x" * 10**6, file=sys.stderr)
        for fd in (0, 1, 2): os.write(fd, b"x" * 10**6)
        open(os.devnull, "w").write("x" * 10**6)
        """
    ),
    "leaves a limit of time of its own": (
        """
        import signal
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.alarm(1)
        """
    ),
    "changes folder and variables": (
        """
        import os, sys
        os.environ.clear()
        os.chdir("/")
        sys.path.clear()
        sys.argv[:] = []
        """
    ),
}
