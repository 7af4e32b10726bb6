"""What servers of Site Recovery Manager show, read from their REST API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.probes.failures import Absent

JsonObject: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class PlanView:
    """A recovery plan as a server shows it; ``state`` is PROTECTING at the protected site's. Sites by name."""

    id: str
    name: str
    state: str
    protected: str
    recovery: str
    progress: int
    running: bool


@dataclass(frozen=True)
class ProtectedView:
    """A protected VM: its status, its priority (1 to 5), and why it is not as it should be, if it is not."""

    name: str
    status: str
    priority: int
    message: str


@dataclass(frozen=True)
class GroupView:
    """A protection group; ``kind`` is ABR or HBR."""

    name: str
    state: str
    kind: str
    protected: str
    recovery: str


@dataclass(frozen=True)
class StepView:
    """A step of a plan; times as the server gives them, None for what has not been."""

    number: int
    name: str
    state: str
    began: str | None
    ended: str | None
    message: str


@dataclass(frozen=True)
class RunView:
    """What came of a run (``disaster recovery``, ``test`` ...); ``error`` says where and why it stopped, if it did."""

    mode: str
    began: str
    ended: str
    error: str
    steps: tuple[StepView, ...]

    def step(self, name: str) -> StepView:
        """The step of that name; raises ``Absent``."""
        for step in self.steps:
            if step.name == name:
                return step
        raise Absent("step", name, self.mode, tuple(step.name for step in self.steps))


@dataclass(frozen=True)
class PromptView:
    """A prompt that a plan waits at."""

    id: str
    message: str


@dataclass(frozen=True)
class TaskView:
    """A task: ``state`` is RUNNING, SUCCESS or ERROR, ``progress`` in percent."""

    id: str
    description: str
    state: str
    progress: int
    error: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in {"QUEUED", "RUNNING"}


def read_plan(found: JsonObject) -> PlanView:
    """A plan of the API."""
    sites = found["protected_site_name"], found["recovery_site_name"]
    return PlanView(found["id"], found["name"], found["status"], *sites, found["progress"], found["is_running"])


def read_group(found: JsonObject) -> GroupView:
    """A protection group of the API."""
    sites = found["protected_site_name"], found["recovery_site_name"]
    return GroupView(found["name"], found["status"], found["replication_type"], *sites)


def read_machine(found: JsonObject) -> ProtectedView:
    """A protected VM of the API."""
    return ProtectedView(found["name"], found["status"], int(found["priority"].removeprefix("P")), found["message"])


def read_step(found: JsonObject) -> StepView:
    """A step of the API."""
    times = found["start_time"], found["complete_time"]
    return StepView(found["number"], found["name"], found["status"], *times, found["message"])


def read_run(found: JsonObject) -> RunView:
    """A history report of the API."""
    steps = tuple(read_step(step) for step in found["steps"])
    return RunView(found["run_mode"], found["start_time"], found["end_time"], found["error"], steps)


def read_task(found: JsonObject) -> TaskView:
    """A task of the API."""
    error = found["error"]["message"] if found["error"] else ""
    return TaskView(found["id"], found["description"], found["status"], found["progress"], error)
