"""Site Recovery Manager: its servers, what they protect, and the plans by which that is recovered at the other site.

Words in capitals are those of the product's REST interface, as far as its documentation shows them; see each enumeration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.records import replace
from harness.units import DeviceId, Instant, MachineId, Span, VolumeId
from harness.world.machines import Machine, StandardBacking
from harness.world.replication import NEVER, ReplicationGroup
from harness.world.storage import VolumeFile

if TYPE_CHECKING:
    from harness.world.aggregate import World

TEST_NETWORK = "srm-test-network"
"""The isolated port group into which a test recovery puts its VMs (own name): whatever they serve, nobody reaches it."""
PRIORITIES = (1, 2, 3, 4, 5)


class ProtectionKind(StrEnum):
    """What replicates the files of a protection group's VMs (quoted): an array, or hosts by vSphere Replication."""

    ABR = "ABR"
    HBR = "HBR"


class MachineStatus(StrEnum):
    """How far a protected VM is (quoted, the complete list)."""

    READY_TO_RECOVER = "READY_TO_RECOVER"
    TEST_IN_PROGRESS = "TEST_IN_PROGRESS"
    TEST_ERROR = "TEST_ERROR"
    TEST_WARNING = "TEST_WARNING"
    TEST_SUCCEEDED = "TEST_SUCCEEDED"
    TEST_INCOMPLETE = "TEST_INCOMPLETE"
    CLEANUP_IN_PROGRESS = "CLEANUP_IN_PROGRESS"
    CLEANUP_ERROR = "CLEANUP_ERROR"
    CLEANUP_INCOMPLETE = "CLEANUP_INCOMPLETE"
    RECOVERY_IN_PROGRESS = "RECOVERY_IN_PROGRESS"
    RECOVERY_ERROR = "RECOVERY_ERROR"
    RECOVERY_WARNING = "RECOVERY_WARNING"
    RECOVERY_SUCCEEDED = "RECOVERY_SUCCEEDED"
    RECOVERY_INCOMPLETE = "RECOVERY_INCOMPLETE"
    REPROTECT_IN_PROGRESS = "REPROTECT_IN_PROGRESS"
    REPROTECT_ERROR = "REPROTECT_ERROR"
    REPROTECT_INCOMPLETE = "REPROTECT_INCOMPLETE"


class ProtectionState(StrEnum):
    """The states of protection groups (quoted; the words of the user interface in capitals are assumed)."""

    READY = "READY"
    TESTING = "TESTING"
    TEST_COMPLETE = "TEST_COMPLETE"
    CLEANING_UP = "CLEANING_UP"
    RECOVERING = "RECOVERING"
    PARTIALLY_RECOVERED = "PARTIALLY_RECOVERED"
    RECOVERED = "RECOVERED"
    REPROTECTING = "REPROTECTING"
    PARTIALLY_REPROTECTED = "PARTIALLY_REPROTECTED"


@dataclass(frozen=True)
class RecoveryServer:
    """One of a pair of servers. It works through the vCenter Server ``center``, for the hosts of that at its site.

    ``placeholders`` is the volume on which it keeps the files of placeholder VMs. ``restores_names`` gives a recovered datastore
    its old name back, ``forces`` allows a recovery that does nothing at the protected site; both are off out of the box.
    """

    name: str
    site: str
    center: str
    peer: str
    placeholders: VolumeId
    restores_names: bool = False
    forces: bool = False


@dataclass(frozen=True)
class ProtectedMachine:
    """A VM of a protection group.

    ``machine`` is the VM at the protected site, ``placeholder`` the one that keeps its place at the recovery site, ``stub`` that
    one's own file while it does. ``path`` is the ``.vmx`` on the volume of the LUN ``source``. With vSphere Replication the LUN
    ``target`` gets copies every ``rpo``, the last of them as of ``completed``; ``term`` grows when that begins anew.
    """

    name: str
    machine: MachineId
    placeholder: MachineId
    stub: VolumeFile
    source: DeviceId
    path: str
    priority: int = 3
    starts: bool = True
    status: MachineStatus = MachineStatus.READY_TO_RECOVER
    message: str = ""
    target: DeviceId | None = None
    rpo: Span = NEVER
    completed: Instant | None = None
    replicating: bool = False
    term: int = 0

    @property
    def folder(self) -> str:
        """The folder of its files, on source and target alike."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True)
class ProtectionGroup:
    """VMs that are protected together, from the server ``protected`` to the server ``recovery``.

    ``replication`` is the consistency group of an array-based one. ``plan`` is the plan that has begun something with it, empty
    while it is ready; ``snapshots`` are the LUNs of a test recovery.
    """

    name: str
    kind: ProtectionKind
    protected: str
    recovery: str
    machines: tuple[ProtectedMachine, ...]
    replication: str = ""
    state: ProtectionState = ProtectionState.READY
    plan: str = ""
    snapshots: tuple[DeviceId, ...] = ()

    def with_machine(self, machine: ProtectedMachine) -> ProtectionGroup:
        """The group with ``machine`` in the place of the one of its name."""
        return replace(self, machines=tuple(machine if m.name == machine.name else m for m in self.machines))


class PlanState(StrEnum):
    """The states of plans. READY_STATE, the three below it and TEST_IN_PROGRESS are quoted, the others assumed."""

    READY = "READY_STATE"
    WAITING_FOR_USER_INPUT = "WAITING_FOR_USER_INPUT"
    CANCEL_IN_PROGRESS = "CANCEL_IN_PROGRESS"
    PROTECTION_GROUPS_IN_USE = "PROTECTION_GROUPS_IN_USE"
    TEST_IN_PROGRESS = "TEST_IN_PROGRESS"
    TEST_INCOMPLETE = "TEST_INCOMPLETE"
    TEST_COMPLETE = "TEST_COMPLETE"
    CLEANUP_IN_PROGRESS = "CLEANUP_IN_PROGRESS"
    CLEANUP_INCOMPLETE = "CLEANUP_INCOMPLETE"
    RECOVERY_IN_PROGRESS = "RECOVERY_IN_PROGRESS"
    RECOVERY_INCOMPLETE = "RECOVERY_INCOMPLETE"
    DISASTER_RECOVERY_COMPLETE = "DISASTER_RECOVERY_COMPLETE"
    """The VMs run at the recovery site, and something is still to be done at the protected one."""
    RECOVERY_COMPLETE = "RECOVERY_COMPLETE"
    REPROTECT_IN_PROGRESS = "REPROTECT_IN_PROGRESS"
    REPROTECT_INCOMPLETE = "REPROTECT_INCOMPLETE"
    PROTECTING = "PROTECTING"
    """How the server of the protected site shows a plan (stated: the SRM-Cmdlets module)."""


class Action(StrEnum):
    """What a plan can be asked to do (quoted)."""

    TEST = "test"
    CLEANUP = "cleanup"
    RECOVERY = "recovery"
    REPROTECT = "reprotect"


class StepState(StrEnum):
    """How far a step is (assumed)."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    WAITING = "WAITING_FOR_USER_INPUT"
    SUCCEEDED = "SUCCESS"
    WARNING = "WARNING"
    SKIPPED = "SKIPPED"
    FAILED = "ERROR"


@dataclass(frozen=True)
class Step:
    """A step of a run; ``remark`` says what it did, or why it did not. ``prompt`` is the number of its prompt, or 0."""

    title: str
    state: StepState = StepState.PENDING
    began: Instant | None = None
    ended: Instant | None = None
    remark: str = ""
    prompt: int = 0

    @property
    def over(self) -> bool:
        """Whether it has been gone through, well or badly."""
        return self.state not in {StepState.PENDING, StepState.RUNNING, StepState.WAITING}


@dataclass(frozen=True)
class Run:
    """One run of a plan; ``mode`` is ``planned`` or ``disaster`` for a recovery. ``failure`` is empty unless it stopped."""

    action: Action
    mode: str
    began: Instant
    steps: tuple[Step, ...]
    ended: Instant | None = None
    failure: str = ""
    cancelled: bool = False
    answered: frozenset[int] = frozenset()

    @property
    def progress(self) -> int:
        """How much of it is over, in percent of its steps."""
        return 100 if self.ended else 100 * sum(step.over for step in self.steps) // max(len(self.steps), 1)


@dataclass(frozen=True)
class Prompt:
    """A question to a person, who must answer before the VMs of priority ``before`` are powered on."""

    text: str
    before: int = 1


@dataclass(frozen=True)
class RecoveryPlan:
    """A recovery plan for protection groups of one direction; ``runs`` are all there were, the last one last."""

    name: str
    groups: tuple[str, ...]
    prompts: tuple[Prompt, ...] = ()
    state: PlanState = PlanState.READY
    runs: tuple[Run, ...] = field(default=())

    @property
    def current(self) -> Run | None:
        """The run under way."""
        return self.runs[-1] if self.runs and self.runs[-1].ended is None else None


def waiting_prompts(plan: RecoveryPlan) -> list[int]:
    """The numbers of the prompts that a plan waits for a person to dismiss."""
    return [step.prompt for step in plan.current.steps if step.state is StepState.WAITING] if plan.current else []


def groups_of(world: World, plan: RecoveryPlan) -> list[ProtectionGroup]:
    """The protection groups of a plan."""
    return [world.protection[name] for name in plan.groups]


def sides(world: World, plan: RecoveryPlan) -> tuple[RecoveryServer, RecoveryServer]:
    """The servers of the protected and of the recovery site of a plan."""
    group = world.protection[plan.groups[0]]
    return world.recovery_servers[group.protected], world.recovery_servers[group.recovery]


def shown_state(world: World, plan: RecoveryPlan, server: str) -> PlanState:
    """The state of a plan as one of both servers shows it."""
    if sides(world, plan)[0].name == server:
        return PlanState.PROTECTING
    used = any(group.plan not in {"", plan.name} for group in groups_of(world, plan))
    return PlanState.PROTECTION_GROUPS_IN_USE if used and plan.state is PlanState.READY else plan.state


def answers(world: World, server: RecoveryServer) -> bool:
    """Whether a server answers: while its site is up."""
    return world.sites[server.site].up


def by_priority(groups: Sequence[ProtectionGroup], priority: int) -> Iterator[tuple[ProtectionGroup, ProtectedMachine]]:
    """The VMs of that priority."""
    return ((group, machine) for group in groups for machine in group.machines if machine.priority == priority)


def replica_of(group: ReplicationGroup, source: DeviceId) -> DeviceId | None:
    """The LUN to which an array replicates ``source``; None where it does not."""
    return next((pair.target for pair in group.pairs if pair.source == source), None)


def is_placeholder(world: World, machine: Machine) -> bool:
    """Whether a VM only keeps a place for a protected one: the file it is registered from is a placeholder's."""
    protected = (m for group in world.protection.values() for m in group.machines)
    return any(m.placeholder == machine.id and m.stub == machine.vmx for m in protected)


def isolated(machine: Machine) -> bool:
    """Whether a VM is in a test network: nobody outside reaches what it serves."""
    return any(isinstance(nic.backing, StandardBacking) and nic.backing.network == TEST_NETWORK for nic in machine.nics)
