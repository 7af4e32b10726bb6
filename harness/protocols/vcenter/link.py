"""The Python end of the seam with vcsim: one connection per vCenter, on which vcsim asks and we answer.

vcsim asks about a method in one of three phases:

=========  ==========================================  ====================================================
phase      when                                        what each answer does
=========  ==========================================  ====================================================
``call``   vcsim lacks the method, or its hook         ``Results``: its return value, or the task's result;
           says ``call``                               ``Refused``: the fault of the call or of the task;
                                                       ``Proceed``: the fault ``MethodNotFound``
``before`` the hook says ``before``; nothing has       ``Proceed``: go on; ``Arguments``: go on with these;
           happened yet                                ``Results``: vcsim's own method does not run;
                                                       ``Refused``: a failed task for ``X_Task``, else the fault
``after``  the hook says ``after``; the method, or     ``Results``: replaces the return value, or the task's
           its task, has ended; the caller waits       result; ``Refused``: the call, or the task, fails
=========  ==========================================  ====================================================

Everything on the link is vSphere's own JSON (``_typeName`` names a type): see ``values.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from harness.errors import LabError, Refusal
from harness.patience import STUCK
from harness.protocols.vcenter.crew import Crew
from harness.protocols.vcenter.dialling import dial
from harness.protocols.vcenter.values import encode_fault, encode_field, encode_value, to_bytes
from harness.protocols.vcenter.wire import Wire
from harness.units import Address, Credentials

PATH = "/vcsim/link"
PROTOCOL = "vcsim-link"
PART = "vCenter link"

Phase: TypeAlias = Literal["before", "after", "call"]

Payload: TypeAlias = Mapping[str, Any]
"""A data object of the vSphere API as JSON: ``{"_typeName": "HostMountInfo", "path": ...}``."""


class Reference(NamedTuple):
    """A managed object: ``("VirtualMachine", "vm-42")``."""

    type: str
    value: str


@dataclass(frozen=True)
class Question:
    """What vcsim asks. ``args`` are the call's arguments by their API names; ``task`` is a ``TaskInfo`` or ``None``."""

    id: int
    phase: Phase
    method: str
    this: Reference
    host: str | None
    """The MoRef value of the host that ``this`` is, runs on or belongs to, where exactly one is."""
    args: dict[str, Any]
    task: Payload | None
    user: str
    """The user name of the session that made the call."""
    results: tuple[Any, ...] = ()
    """What the method returned, in the phase ``after``; a task's result is in ``task``."""
    report_progress: Callable[[int], None] = field(compare=False, repr=False, default=lambda _: None)
    """Sets the percentage (0 to 100) of a delegated task; does nothing in the other phases."""


@dataclass(frozen=True)
class Proceed:
    """Nothing to say: vcsim goes on."""


@dataclass(frozen=True, init=False)
class Results:
    """The method's return value: no value for void, one for a single value, each element for an array."""

    values: tuple[object, ...]

    def __init__(self, *values: object) -> None:
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class Arguments:
    """Go on with these arguments instead (``question.args``, changed)."""

    args: Payload


@dataclass(frozen=True)
class Refused:
    """A vSphere fault: its type name (``InvalidPowerState``), its fields, and the text that a client is shown."""

    fault: str
    message: str = ""
    fields: Payload = field(default_factory=dict)


Answer: TypeAlias = Proceed | Results | Arguments | Refused
Handler: TypeAlias = Callable[[Question], Answer]


class Link:
    """A dialled connection to one vcsim; it answers questions until it is closed or lost.

    ``handler`` is called on threads of the link, at most ``workers`` at a time for hooks and calls and as many for
    tasks (which may last). A ``Refusal`` that it raises is the fault of that name; any other exception becomes a
    ``SystemError`` fault for the client and is told by ``check``. Raises ``LabError`` where vcsim cannot be reached,
    refuses the agent's credentials, or is not ours.
    """

    def __init__(self, address: Address, agent: Credentials, handler: Handler, *, workers: int = 16) -> None:
        self.address = address
        self._handler = handler
        self._crews = {False: Crew(f"link-{address.port}", workers), True: Crew(f"link-{address.port}-tasks", workers)}
        self._lock = threading.Lock()
        self._lost: LabError | None = None
        self._failure: LabError | None = None
        try:
            self._wire = Wire(*dial(PART, PATH, PROTOCOL, address, agent))
        except OSError as error:
            raise LabError(PART, f"cannot dial vcsim at {address}: {type(error).__name__}: {error}".rstrip(": ")) from error
        self._listening = threading.Thread(target=self._listen, name=f"link-{address.port}-wire", daemon=True)
        self._listening.start()

    def check(self) -> None:
        """Raises ``LabError`` when the connection is lost, or a handler has failed."""
        with self._lock:
            error = self._failure or self._lost
        if error:
            raise error

    def lost(self) -> LabError | None:
        """Why the connection is lost, or ``None`` while it stands."""
        with self._lock:
            return self._lost

    def close(self) -> None:
        """Hangs up. What vcsim still waits for, and asks later, fails at once there. Never blocks for a handler."""
        self._lose("it was closed")
        self._wire.hang_up()
        self._listening.join(STUCK)
        for crew in self._crews.values():
            crew.dismiss()

    def _listen(self) -> None:
        with closing(self._wire.lines()) as lines:
            try:
                for line in lines:
                    self._take(msgspec.json.decode(line))
                self._lose("vcsim hung up or has stopped")
            except (OSError, msgspec.DecodeError, KeyError) as error:
                self._lose(f"{type(error).__name__}: {error}")

    def _take(self, asked: dict[str, Any]) -> None:
        question = Question(
            id=asked["id"],
            phase=asked["phase"],
            method=asked["method"],
            this=Reference(asked["this"]["type"], asked["this"]["value"]),
            host=asked.get("host"),
            args=asked["args"],
            task=asked.get("task"),
            user=asked["user"],
            results=tuple(asked.get("result") or ()),
            report_progress=lambda percent: self._send({"id": asked["id"], "progress": percent}),
        )
        lasts = question.phase == "call" and question.task is not None
        self._crews[lasts].submit(partial(self._answer, question))

    def _answer(self, question: Question) -> None:
        try:
            said = self._said(question)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client must get an answer
            problem = f"{question.method} ({question.phase}) on {question.this.value}: {type(error).__name__}: {error}"
            failure = LabError(PART, f"the handler failed at {problem}")
            failure.__cause__ = error
            with self._lock:
                self._failure = self._failure or failure
            said = encode_answer(Refused("SystemError", str(failure), {"reason": str(failure)}))
        self._send({"id": question.id, **said})

    def _said(self, question: Question) -> dict[str, Any]:
        try:
            answer = self._handler(question)
        except Refusal as refusal:
            answer = Refused(refusal.reason, str(refusal), refusal.fields)
        return encode_answer(answer)

    def _send(self, reply: dict[str, Any]) -> None:
        line = to_bytes(reply) + b"\n"
        if self.lost() is None:
            with suppress(OSError, ValueError):  # who listens tells that it is lost
                self._wire.say(line)

    def _lose(self, why: str) -> None:
        with self._lock:
            self._lost = self._lost or LabError(PART, f"the connection to vcsim at {self.address} is lost: {why}")


def encode_answer(answer: Answer) -> dict[str, Any]:
    """An answer as the reply that goes up the link, without the question's id."""
    match answer:
        case Results(values):
            return {"result": [encode_value(value) for value in values]}
        case Arguments(args):
            return {"args": encode_field(args)}
        case Refused(fault, message, fields):
            return {"fault": encode_fault(fault, fields), "message": message}
        case _:
            return {}
