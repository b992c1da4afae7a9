"""The process that answers are run in: it waits for tasks, and forks a child for each.

Only the child ever runs a line of the student's; what it patches, starts or breaks ends
with it. The grader talks to the child over a socket of the task's own, and to the
server over another that the child does not have.
"""

import os
import signal
import socket
import struct
import sys
from importlib import import_module

STATUS = struct.Struct("<i")


def main(how, protection, memory, seconds, packages, *readable):
    """Serve until the grader closes the connection.

    Parameters
    ----------
    how : {"fork", "once"}
        Wait for tasks and fork a child for each, or serve one task and end.
    protection : str
        One of `sandbox.PROTECTIONS`.
    memory, seconds : str
        The limits of each child: bytes, and seconds of processor time.
    packages : str
        The folder that holds NumPy.
    *readable : str
        With "landlock", what may be read.
    """
    connection = _take_standard_input()
    sys.path[:] = [
        *(path for path in sys.path if path and path != sys.argv[1]),
        packages,
    ]
    for part in ("numpy.fft", "numpy.linalg", "numpy.random"):
        import_module(part)  # before the fork, so that no child has to
    # NumPy finds its own parts; nothing else there is for answers
    sys.path.remove(packages)
    from . import calls, landlock, limits, seccomp, wire

    sys.meta_path.insert(0, calls.NoLibrary)
    ruleset = landlock.rules(readable) if protection == "landlock" else None

    def serve(task_socket):
        channel = wire.Channel(task_socket)
        try:
            limits.apply(int(memory), int(seconds))
            if protection == "landlock":
                landlock.only_readable(ruleset)
            if protection != "process":
                seccomp.forbid_system_calls()
        except OSError as error:
            return channel.send(str(error))
        channel.send("ready")
        _answer(channel, calls, wire)

    if how == "once":
        return serve(connection)
    while True:
        message, sockets, _, _ = socket.recv_fds(connection, 1, 1)
        if not message:  # the grader is gone
            return
        child = os.fork()
        if not child:
            try:
                connection.close()
                serve(socket.socket(fileno=sockets[0]))
            finally:
                os._exit(1)  # the grader ends a child; one that ends itself has failed
        os.close(sockets[0])
        ended = connection.recv(1)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not ended:
            return
        connection.sendall(STATUS.pack(status))


def _take_standard_input():
    """The socket that is this process's input; what an answer prints goes nowhere."""
    if sys.platform == "win32":
        connection = socket.fromshare(sys.stdin.buffer.read())
    else:
        connection = socket.socket(fileno=os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return connection


def _answer(channel, calls, wire):
    """Read a student's file, then call its functions as long as the grader asks."""
    source, file, before, given_source = channel.receive()
    given = {}
    exec(compile(given_source, "given.py", "exec"), given)
    try:
        functions = calls.read(source.tobytes(), file, before)
    except calls.Unread as error:
        return channel.send(str(error))
    channel.send("")
    while True:
        name, arguments = channel.receive()
        outcome, after = calls.call(functions, name, arguments, given, file)
        try:
            channel.send(
                (outcome.value, outcome.failure, outcome.message, outcome.printed)
            )
        except ValueError as error:
            after = ()
            channel.send((None, "value", calls.too_much(name, error), outcome.printed))
        try:
            channel.send(after)
        except (ValueError, TypeError):  # made larger, or no numbers any more: changed
            channel.send(())
