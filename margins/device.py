"""Where arrays live: in memory, or on a GPU through CuPy."""


def reference(name):
    """An array of the device `name`, "cpu" or "gpu", for a network's ``like``; None on
    the CPU.

    Raises
    ------
    SystemExit
        With a sentence, if there is no GPU that CuPy can use.
    """
    if name == "cpu":
        return None
    try:
        import cupy
    except ImportError:
        raise SystemExit(
            "--device gpu needs CuPy: pip install -r requirements-cuda12.txt (or"
            " cuda13)"
        ) from None
    try:
        return cupy.zeros(1)
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise SystemExit(
            f"--device gpu: CuPy finds no GPU that it can use ({error})"
        ) from None


def describe(name):
    """Name of the device, for the results file."""
    if reference(name) is None:
        return "cpu"
    import cupy

    return cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
