"""Why a step or a fixture ended as it did: the exception in one status and one readable reason, never a traceback."""

from __future__ import annotations

import inspect
import re
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pytest_bdd.exceptions import StepDefinitionNotFoundError
from pytest_bdd.steps import StepFunctionContext

from harness.errors import BlackstartError, InputError, LabError, Refusal
from harness.report.seams import NOT_APPLICABLE
from harness.report.vocabulary import StepStatus

TIMEOUT = re.compile(r"Timeout \(>(?P<seconds>[\d.]+)s\) from pytest-timeout")
LONGEST = 20_000
SEEN = (AssertionError, pytest.fail.Exception, BlackstartError)
"""What a step raises where the behaviour is not the documented one: an outcome does not hold, or a wire says by a named error
of the probes (a fault, a refusal, an exit status, nobody who answers, nothing of that name, a time that is over) what was not
done."""
NOTHING_SEEN = (LabError, InputError, Refusal)
"""What tells no behaviour although Blackstart raises it on purpose: a broken lab, input that cannot be used, and the world's own
no, which reaches a step by no wire: a lab says it that cannot break or mend what a scenario wants broken or mended."""
HARNESS = Path(__file__).parents[1]


@dataclass
class AmbiguousStep(BlackstartError):
    """Two or more step definitions match one step."""

    text: str
    definitions: tuple[StepFunctionContext, ...]

    def __str__(self) -> str:
        places = ", ".join(sorted(_definition(each) for each in self.definitions))
        return f"{self.text!r} matches {len(self.definitions)} step definitions: {places}"


@dataclass(frozen=True, slots=True)
class Cause:
    """What an exception means for the step or the phase that it ended."""

    status: StepStatus
    reason: str

    def in_preparation(self) -> Cause:
        """The same, seen in a fixture or in the preparation of a step: a failure there says nothing about the behaviour."""
        return replace(self, status="error") if self.status == "failed" else self

    def masked(self, mask: Callable[[str], str]) -> Cause:
        """The same with its reason masked."""
        return replace(self, reason=mask(self.reason))


def describe(error: BaseException, root: Path) -> Cause:
    """The status and the reason of ``error``; places in the reason are relative to ``root``.

    ``failed`` says that a documented behaviour was looked at and is another one, so only what was raised to say that counts as
    such (``SEEN``). Anything else that comes up in a step (``KeyError``, ``OSError``) is a defect of the step, of a probe or of
    the laboratory: nobody can tell what the behaviour is, and the status is ``error``.
    """
    if isinstance(error, pytest.Collector.CollectError) and error.__cause__ is not None:
        error = error.__cause__
    message = _portable(str(error), root)[:LONGEST]
    if isinstance(error, pytest.skip.Exception):
        declared = message.startswith(NOT_APPLICABLE)
        return Cause("not_applicable" if declared else "skipped", message.removeprefix(NOT_APPLICABLE))
    if match := TIMEOUT.search(message):
        return Cause("timeout", f"no end after {match['seconds']} s{_place(error, root)}")
    if isinstance(error, StepDefinitionNotFoundError):
        return Cause("undefined", "no step definition matches this step")
    if isinstance(error, AmbiguousStep):
        return Cause("ambiguous", message)
    told = isinstance(error, SEEN) and not isinstance(error, NOTHING_SEEN)
    return Cause("failed" if told else "error", f"{_sentence(error, message)}{_place(error, root, asked=told)}")


def _portable(message: str, root: Path) -> str:
    """``message`` without where things lie on this machine, which is nothing that a report should carry elsewhere."""
    for place, shown in ((tempfile.gettempdir(), "TMPDIR"), (str(root), "."), (sys.prefix, "PYTHON")):
        message = re.sub(rf"{re.escape(place)}(?=[/\s:'\"]|$)", shown, message) if place != "/" else message
    return message


def _sentence(error: BaseException, message: str) -> str:
    if isinstance(error, SEEN):
        return message or "assertion failed"
    if isinstance(error, pytest.FixtureLookupError):
        return f"fixture {error.argname!r} not found"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _place(error: BaseException, root: Path, *, asked: bool = False) -> str:
    """Where it was raised; with ``asked`` the line of the step that asked the harness for what did not come.

    Nothing where its message names the place that is to be put right.
    """
    if isinstance(error, InputError) and error.file:
        return ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    steps = [frame for frame in frames if asked and not Path(frame.filename).is_relative_to(HARNESS)]
    if not frames:
        return ""
    last = (steps or frames)[-1]
    path = Path(last.filename)
    shown = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    return f"\n  at {shown.as_posix()}:{last.lineno}"


def _is_ours(filename: str) -> bool:
    parts = Path(filename).parts
    return "site-packages" not in parts and not filename.startswith("<") and "_pytest" not in parts and "python3" not in filename


def _definition(context: StepFunctionContext) -> str:
    file = inspect.getsourcefile(context.step_func) or "?"
    return f"{Path(file).name}:{context.step_func.__code__.co_firstlineno} ({context.parser.name!r})"
