"""What the lab tells its vcsim to do beside clients' calls: to set and read properties, to post events, to call its methods."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, TypeAlias

import msgspec

from harness.errors import LabError
from harness.patience import STUCK
from harness.protocols.vcenter.decoding import decode
from harness.protocols.vcenter.dialling import dial
from harness.protocols.vcenter.values import PLAIN, encode_field, to_bytes
from harness.units import Address, Credentials

PATH = "/vcsim/orders"
PROTOCOL = "vcsim-orders"
PART = "vCenter mirror"

Change: TypeAlias = tuple[Any, str, object]
"""A managed object, a property path (``runtime.connectionState``), and its new value."""
Call: TypeAlias = tuple[Any, str, Mapping[str, object]]
"""A managed object, a method of its (``CreateVM_Task``), and the arguments by their API names."""


Exchange: TypeAlias = tuple[bytes, bytes]
"""An order and the answer, as they went over."""


def encode_set(changes: Iterable[Change], events: Iterable[object] = ()) -> bytes:
    """The order to make changes and to post events: see :meth:`Orders.set`; empty where there are none."""
    objects: dict[str, dict[str, dict[str, object]]] = {}
    encoded: dict[int, tuple[object, Any]] = {}  # by identity, with the value: what many objects share is encoded once
    for obj, path, value in changes:
        if value.__class__ not in PLAIN and id(value) not in encoded:
            encoded[id(value)] = value, encode_field(value)
        plain = value if value.__class__ in PLAIN else encoded[id(value)][1]
        objects.setdefault(obj._wsdlName, {}).setdefault(obj._moId, {})[path] = plain
    order = {"SET": objects, "POST": [encode_field(event) for event in events]}
    return encode({name: what for name, what in order.items() if what})


def encode(order: Mapping[str, Any]) -> bytes:
    """An order as it goes over; nothing goes over where it is empty."""
    return to_bytes(order) + b"\n" if order else b""


def _accepted(answer: bytes) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(answer)
    if "error" in said:
        raise LabError(PART, f"vcsim does not take what it is told: {said['error']}")
    return said


def _reference(obj: Any) -> dict[str, str]:  # noqa: ANN401 - pyvmomi's classes are made at run time
    return {"type": obj._wsdlName, "value": obj._moId}


class Orders:
    """A connection to one vcsim on which the agent gives orders, one at a time; it is made when the first is given.

    Orders may be given from any thread. Each raises ``LabError`` where vcsim refuses the login or the order, which it names, and
    where it does not answer in ``deadline`` seconds.
    """

    def __init__(self, address: Address, agent: Credentials, *, deadline: float = STUCK) -> None:
        self._address, self._agent, self._deadline = address, agent, deadline
        self._lock = threading.Lock()
        self._wire: tuple[socket.socket, BinaryIO] | None = None
        self._noted: list[Exchange] | None = None

    def set(self, changes: Iterable[Change], events: Iterable[object] = ()) -> None:
        """Assigns properties and then posts events, in one order: all or nothing, and property collectors are told.

        A value is what ``encode_field`` takes and the property holds: a data object, an enum, a number, a string, a managed
        object, a list of them, or ``None`` to unset it. A path may end in the key of an array's element
        (``config.hardware.device[4000]``): that element alone is replaced, added or, with ``None``, removed. An object that vcsim
        does not have is created, bare. Events keep the times that they have. Refused where vcsim has no such type, property or
        element, or the value is of the wrong type.
        """
        self.send(encode_set(changes, events))

    def call(self, calls: Iterable[Call]) -> list[Any]:
        """Makes calls of vcsim's own methods, one after the other, in one order; when it returns their tasks have ended.

        Returns what each has returned, of a task the result; of several values the first, None for none. Managed objects among
        them have no session. Refused with the first call that fails, and its fault; what those before it have done stays.
        """
        made = [{"this": _reference(obj), "method": method, "args": encode_field(args)} for obj, method, args in calls]
        returned = self.give({"CALL": made} if made else {}).get("CALL", ())
        return [decode(values[0]) if values else None for values in returned]

    def look(self, objects: Sequence[Any], *paths: str) -> list[dict[str, Any] | None]:
        """The values of properties of each of ``objects`` by path, or None where vcsim does not have it.

        A path without a value is left out, and refused where the object can have none there.
        """
        looks = [{"objects": [_reference(obj) for obj in objects], "paths": paths}]
        (found,) = self.give({"READ": looks})["READ"] if objects else [[]]
        return [None if each is None else {path: decode(value) for path, value in each.items()} for each in found]

    def hook(self, phases: Mapping[str, str], deadline: float | None = None) -> None:
        """Has clients' calls of methods put to the lab: ``before``, ``after`` or ``before,after`` vcsim's own runs, or as a
        ``call`` in place of it; not any longer where that is empty. For the phases see ``link.py``.

        ``deadline`` is how many seconds vcsim waits for the answer to a question (30 at first; a delegated task waits without
        limit).
        """
        self.give({"HOOK": dict(phases), **({} if deadline is None else {"DEADLINE": deadline})})

    def ask(self) -> None:
        """Has vcsim answer, and do nothing."""
        self.send(b"{}\n")

    def give(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Gives the order, as it goes over, and returns what vcsim says; nothing goes over where it is empty."""
        return self.send(encode(order))

    def send(self, line: bytes) -> dict[str, Any]:
        """The same of an order that is encoded already."""
        if not line:
            return {}
        with self._lock:
            (answer,) = self._exchange([line])
            if self._noted is not None:
                self._noted.append((line, answer))
        return _accepted(answer)

    def repeat(self, lines: Sequence[bytes]) -> list[bytes]:
        """Gives orders that are encoded already, all at once, and returns what vcsim says of each, whatever that is."""
        with self._lock:
            return self._exchange(lines) if lines else []

    @contextmanager
    def noting(self) -> Iterator[list[Exchange]]:
        """Notes what goes over in the block."""
        noted: list[Exchange] = []
        self._noted = noted
        try:
            yield noted
        finally:
            self._noted = None

    def close(self) -> None:
        """Hangs up."""
        with self._lock:
            self._drop()

    def _exchange(self, lines: Sequence[bytes]) -> list[bytes]:
        try:
            wire, incoming = self._wire = self._wire or self._dial()
            wire.sendall(b"".join(lines))
            answers = [incoming.readline() for _ in lines]
            if not all(answers):
                raise ConnectionResetError("it hung up")
            return answers
        except OSError as error:
            self._drop()  # what comes later on it is no answer to what is sent then
            reason = str(error) or type(error).__name__
            raise LabError(PART, f"vcsim at {self._address} does not answer what it is told: {reason}") from error

    def _dial(self) -> tuple[socket.socket, BinaryIO]:
        wire, _ = dial(PART, PATH, PROTOCOL, self._address, self._agent, self._deadline)  # nothing comes before the first order
        return wire, wire.makefile("rb")

    def _drop(self) -> None:
        for part in self._wire or ():
            with suppress(OSError):
                part.close()
        self._wire = None
