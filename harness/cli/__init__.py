"""The ``blackstart`` command. Nothing is imported until its ``main`` is called: a Ctrl-C ends it in one way at any moment."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Interrupted(KeyboardInterrupt):
    """Somebody wants the command to end.

    Python kills itself by the signal at its end, whoever caught a plain ``KeyboardInterrupt`` that came while it executed text,
    as imports do that make classes.
    """

    came = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand that ``arguments`` name (the process's own by default) and return its exit status."""
    try:
        _catch_signals()
        _open_outputs()
        from harness.cli.command import run  # noqa: PLC0415 - what takes long to import is to be interrupted here

        return run(arguments)
    except KeyboardInterrupt:
        pass
    except Exception:  # noqa: BLE001 - 1 would say that a behaviour failed
        if not Interrupted.came:  # else it is what Python made of the interrupt
            sys.excepthook(*sys.exc_info())
            return 2
    sys.stderr.write("blackstart: interrupted\n")
    return 2


def _catch_signals() -> None:
    import signal  # noqa: PLC0415 - see main

    def interrupt(_number: int, _frame: object) -> None:
        Interrupted.came = True
        raise Interrupted

    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started us wants none, as nohup does
        signal.signal(signal.SIGINT, interrupt)


def _open_outputs() -> None:
    """Whoever started us with a closed output reads nothing of it; what a run is for is its report."""
    import os  # noqa: PLC0415 - see main

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115 - pathlib is slow to import; open to the end
