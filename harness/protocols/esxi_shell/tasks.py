"""The tasks that a host's own agent remembers, for ``vim-cmd``."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.physics.engine import Process
from harness.units import Instant

State: TypeAlias = Literal["running", "success", "error"]
_FIRST = 213709113
"""Where the numbers of the tasks begin: the one number that a public transcript shows."""


@dataclass(frozen=True, slots=True)
class HostTask:
    """A task. ``entity`` is ``vim.VirtualMachine:1`` or ``vim.HostSystem:ha-host``; ``process`` what carries it out."""

    key: str
    verb: str
    entity: str
    entity_name: str
    began: Instant
    process: Process[None] | None

    @property
    def reference(self) -> str:
        """As ``vim-cmd`` prints it: ``vim.Task:haTask-...``."""
        return f"vim.Task:{self.key}"

    @property
    def state(self) -> State:
        """How it stands now."""
        if self.process is None:
            return "success"
        if not self.process.done:
            return "running"
        return "error" if self.process.error else "success"

    @property
    def error(self) -> Exception | None:
        """What went wrong."""
        return self.process.error if self.process else None


class HostTasks:
    """The tasks of one host in the order in which they began."""

    def __init__(self) -> None:
        self._tasks: dict[str, HostTask] = {}
        self._numbers = itertools.count(_FIRST)
        self._lock = threading.Lock()

    def add(self, verb: str, entity: str, entity_name: str, began: Instant, process: Process[None] | None = None) -> HostTask:
        """Note a task ``vim.HostSystem.enterMaintenanceMode`` that has begun, or, without a process, has ended well."""
        with self._lock:
            key = f"haTask-{entity.rpartition(':')[2]}-{verb}-{next(self._numbers)}"
            self._tasks[key] = HostTask(key, verb, entity, entity_name, began, process)
            return self._tasks[key]

    def find(self, reference: str) -> HostTask | None:
        """A task by its key, with or without ``vim.Task:`` and quotes around it."""
        return self._tasks.get(reference.strip("'").removeprefix("vim.Task:"))

    def running(self, chosen: Callable[[HostTask], bool]) -> list[HostTask]:
        """The chosen tasks that are not done."""
        with self._lock:
            return [task for task in self._tasks.values() if task.state == "running" and chosen(task)]
