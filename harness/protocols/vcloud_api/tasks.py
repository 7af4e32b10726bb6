"""Tasks: what was asked and takes its time."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from xml.etree.ElementTree import Element

from harness.errors import Refusal
from harness.physics.engine import Process
from harness.protocols.vcloud_api.documents import element, media_type
from harness.protocols.vcloud_api.problems import Problem, forbidden, show_error
from harness.protocols.vcloud_api.view import View, identify
from harness.units import Instant

KEPT = timedelta(days=90)
"""How long a task is kept, as public captures show it."""


@dataclass(frozen=True)
class Order:
    """What somebody asked for: ``kind`` and ``name`` of an entity, the vApp that is busy with it, and the words of the task."""

    kind: str
    name: str
    vapp: str
    organisation: str
    operation: str
    words: str


@dataclass(frozen=True)
class Task:
    """An order, who gave it, and what becomes of it."""

    id: str
    order: Order
    user: str
    process: Process[None]


class Tasks:
    """The tasks of one vCloud Director. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}
        self._numbers = itertools.count(1)

    def begin(self, order: Order, user: str, start: Callable[[], Process[None]]) -> Task:
        """Carry an order out as time passes. Raises a ``Problem`` while its vApp is busy, and what ``start`` refuses."""
        with self._lock:
            busy = next((t for t in self._tasks.values() if t.order.vapp == order.vapp and not t.process.done), None)
            if busy:
                raise Problem(400, "BUSY_ENTITY", f"vApp {order.vapp} is busy: {busy.order.words}")
            task = Task(identify("task", str(next(self._numbers))), order, user, start())
            self._tasks[task.id] = task
            return task

    def find(self, view: View, identity: str) -> Task:
        """The task of that id. Raises a ``Problem`` where the viewer sees none."""
        with self._lock:
            task = self._tasks.get(identity)
        if task is None or task.order.organisation not in view.organisations():
            raise forbidden("task", identity)
        return task


def show_task(view: View, task: Task) -> Element:
    """A task; one that failed tells why."""
    process, order = task.process, task.order
    status = "running" if not process.done else "success" if process.error is None else "error"
    attributes = {
        "name": "task",
        "status": status,
        "startTime": _stamp(process.started),
        **({"endTime": _stamp(process.ended)} if process.ended else {}),
        "expiryTime": _stamp(process.started + KEPT),
        "serviceNamespace": "com.vmware.vcloud",
        "operationName": order.operation,
        "operation": order.words,
        "cancelRequested": "false",
        "id": f"urn:vcloud:task:{task.id}",
        "type": media_type("task"),
        "href": f"{view.base}/api/task/{task.id}",
    }
    kind = {"vapp": "vApp", "vm": "vm"}[order.kind]
    owner = {"name": order.name, "type": media_type(kind), "href": view.href(order.kind, order.name)}
    organisation = {"name": order.organisation, "type": media_type("org"), "href": view.href("org", order.organisation)}
    parts = [element("Owner", owner), *_failure(process), element("User", {"name": task.user})]
    return element("Task", attributes, *parts, element("Organization", organisation))


def _failure(process: Process[None]) -> list[Element]:
    if not process.done or process.error is None:
        return []
    error = process.error
    return [show_error(error if isinstance(error, Refusal) else Problem(500, "INTERNAL_SERVER_ERROR", str(error)))]


def _stamp(moment: Instant) -> str:
    return moment.isoformat(timespec="milliseconds")
