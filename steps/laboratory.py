"""What every scenario gets: a lab of its own, an operator at its wires, and a story that remembers."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from pytest_bdd.parser import Feature, Scenario, Step

from harness.cli.rehearsal import Rehearsal, rehearse
from harness.errors import InputError, LabError
from harness.lab import Beginnings, Lab, open_lab
from harness.probes.attempts import Attempts
from harness.probes.availability import Availability
from harness.probes.chains import Chains
from harness.probes.clouds import Clouds
from harness.probes.desktops import Desktops
from harness.probes.environment import Environment
from harness.probes.fail_back import FailBack
from harness.probes.failures import is_misnamed
from harness.probes.hosts import Hosts
from harness.probes.identities import Identities
from harness.probes.limits import limits_of
from harness.probes.machines import Machines
from harness.probes.management import Management
from harness.probes.names import Names
from harness.probes.nas import NfsDatastores
from harness.probes.network import Network
from harness.probes.operator import Operator
from harness.probes.power_order import PowerOrder
from harness.probes.recoveries import Recoveries
from harness.probes.replicas import Replicas
from harness.probes.running import Running
from harness.probes.storage import Datastores
from harness.probes.story import Story
from harness.probes.validation import Validation
from harness.protocols.vcenter.inbound.reception import ROUTES
from harness.releases import Release, load
from harness.releases.applicability import applies
from harness.report.plan import shown_path
from harness.report.seams import ANSWERED, ENVIRONMENT, JOURNAL, PROCEDURE_LOGS, identity_of, not_applicable, release_of
from harness.simulators.choice import choose_simulator
from harness.simulators.interface import Simulator
from steps.sentences import looks_at_events
from steps.venue import Venue

IDENTITY: pytest.StashKey[str] = pytest.StashKey[str]()


def pytest_bdd_apply_tag() -> bool:
    """Tags say what a scenario is about; none becomes a mark of pytest."""
    return True


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
    """Leave a scenario, before its lab costs anything, where the release's data says that it has no subject there."""
    request.node.stash[IDENTITY] = f"{feature.name}/{scenario.name}/{identity_of(request.node)}"
    tags = feature.tags | scenario.tags | (scenario.rule.tags if scenario.rule else set())
    if reason := applies(tags, request.getfixturevalue("release")):
        not_applicable(reason)


@pytest.hookimpl(trylast=True)
def pytest_bdd_before_step(request: pytest.FixtureRequest, scenario: Scenario, step: Step) -> None:
    """Look at everything before the first act; what an outcome names may have changed."""
    if step.type == "given":
        return  # one of these opens the lab
    story: Story = request.getfixturevalue("story")
    if step.type == "when":
        story.begin(events=any(looks_at_events(each.name) for each in scenario.steps))
    if step.type == "then":
        story.speak(step.name)


def pytest_bdd_step_error(request: pytest.FixtureRequest, feature: Feature, step: Step, exception: Exception) -> None:
    """Tell a step that failed because a part of its lab died, or because its sentence is wrong, as just that.

    Neither says anything about the behaviour.
    """
    if JOURNAL in request.node.stash:
        request.getfixturevalue("lab").check(asking=True)
    if is_misnamed(exception, beforehand=step.type == "given"):
        place = Path(shown_path(Path(feature.filename).resolve()))
        raise InputError(f"{step.keyword} {step.name}", str(exception), file=place, line=step.line_number) from exception


@pytest.fixture
def release(request: pytest.FixtureRequest) -> Release:
    """The release that the scenario runs for."""
    return load(release_of(request.node))


@pytest.fixture(scope="session")
def simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """How vcsim runs."""
    with choose_simulator(request.config.getoption("simulator", default="auto")) as chosen:
        yield chosen


@pytest.fixture(scope="session")
def surroundings(simulator: Simulator) -> Mapping[str, str]:
    """What the report says of all labs of the run: what simulates vCenter, and which of its methods the world answers."""
    return {**simulator.facts(), ANSWERED: " ".join(sorted(ROUTES))}


@pytest.fixture
def venue(request: pytest.FixtureRequest, release: Release) -> Venue:
    """Where the scenario takes place; its lab opens, and the operator looks at it, when a ``Given`` has chosen one."""

    def arrive() -> None:
        hosts: Hosts = request.getfixturevalue("hosts")
        hosts.arrive()

    return Venue(release, arrive)


@pytest.fixture(scope="session")
def beginnings(request: pytest.FixtureRequest) -> Beginnings:
    """How labs begin: by the run's seed alone, so that this process need not work out anew what labs of one kind begin with."""
    return Beginnings(request.config.getoption("seed", default=0))


@pytest.fixture
def lab(
    request: pytest.FixtureRequest,
    venue: Venue,
    simulator: Simulator,
    surroundings: Mapping[str, str],
    beginnings: Beginnings,
) -> Iterator[Lab]:
    """The scenario's own lab; its choices come from the run's seed and, once it is open, the scenario's name alone."""
    if venue.blueprint is None:
        raise LabError("the scenario", "needs a lab, and none of its lines so far opens one", "Begin it with one that does.")
    seed = zlib.crc32(f"{request.config.getoption('seed', default=0)}/{request.node.stash[IDENTITY]}".encode())
    with open_lab(venue.blueprint, venue.release, simulator, seed, beginnings) as opened:
        request.node.stash[JOURNAL] = opened.journal
        request.config.stash[ENVIRONMENT] = {"simulator": opened.simulator, **surroundings}
        yield opened
        opened.check()


@pytest.fixture
def recovery_hosts(lab: Lab) -> Sequence[str]:
    """The hosts that wait in maintenance mode for the loss of the other site; a scenario about them needs some."""
    if not lab.standby:
        raise LabError("the scenario", f"speaks of recovery hosts, and {lab.blueprint.name!r} has none", "Open another lab.")
    return lab.standby


@pytest.fixture
def protected_hosts(operator: Operator, recovery_hosts: Sequence[str]) -> Sequence[str]:
    """The other hosts of their vCenter Server, which run the VMs until then."""
    return [host for host in operator.around(recovery_hosts[0]).hosts if host not in recovery_hosts]


@pytest.fixture
def operator(lab: Lab, release: Release) -> Iterator[Operator]:
    """The operator of the scenario's lab."""
    wires = Operator(lab, limits_of(release))
    yield wires
    wires.close(farewell=False)  # the lab is over


@pytest.fixture
def hosts(operator: Operator) -> Hosts:
    """Hosts, as the operator handles them."""
    return Hosts(operator)


@pytest.fixture
def machines(operator: Operator) -> Machines:
    """VMs, as the operator handles them."""
    return Machines(operator)


@pytest.fixture
def datastores(operator: Operator) -> Datastores:
    """Datastores, as the operator handles them."""
    return Datastores(operator)


@pytest.fixture
def replicas(operator: Operator) -> Replicas:
    """Replicated storage, as the operator handles it."""
    return Replicas(operator)


@pytest.fixture
def running(operator: Operator, recovery_hosts: Sequence[str]) -> Running:
    """What runs on the recovery hosts."""
    return Running(operator, recovery_hosts)


@pytest.fixture
def identities(operator: Operator) -> Identities:
    """The managed object ids of a vCenter Server."""
    return Identities(operator)


@pytest.fixture
def management(operator: Operator) -> Management:
    """The VMs that run the cloud, as the operator recovers them."""
    return Management(operator)


@pytest.fixture
def clouds(operator: Operator) -> Clouds:
    """The cloud (vCloud Director), as the operator sees it."""
    return Clouds(operator)


@pytest.fixture
def desktops(operator: Operator) -> Desktops:
    """View, as the operator and its users see it."""
    return Desktops(operator)


@pytest.fixture
def names(operator: Operator) -> Names:
    """DNS, as the operator asks it."""
    return Names(operator)


@pytest.fixture
def nfs(operator: Operator) -> NfsDatastores:
    """NFS datastores, as the operator mounts them."""
    return NfsDatastores(operator)


@pytest.fixture
def chains(operator: Operator) -> Chains:
    """Disks of linked clones, as hosts open them."""
    return Chains(operator)


@pytest.fixture
def recoveries(operator: Operator) -> Recoveries:
    """Recovery plans, as the operator runs them."""
    return Recoveries(operator)


@pytest.fixture
def attempts(operator: Operator) -> Attempts:
    """What the operator tries."""
    return Attempts(operator)


@pytest.fixture
def validation(operator: Operator) -> Validation:
    """The checking steps of a procedure."""
    return Validation(operator)


@pytest.fixture
def environment(operator: Operator) -> Environment:
    """All of two sites, as it is compared with the start."""
    return Environment(operator)


@pytest.fixture
def fail_back(operator: Operator) -> FailBack:
    """The way back to the protected site."""
    return FailBack(operator)


@pytest.fixture
def rehearsal(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Rehearsal]:
    """Procedures, as the operator has them carried out; the report shows their logs."""
    with rehearse(lab) as carried_out:
        request.node.stash[PROCEDURE_LOGS] = carried_out.folder
        yield carried_out


@pytest.fixture
def power_order(operator: Operator) -> PowerOrder:
    """In which order VMs were powered on."""
    return PowerOrder(operator)


@pytest.fixture
def network(operator: Operator, machines: Machines) -> Network:
    """Switches, port groups and vNICs, as the operator handles them."""
    return Network(operator, machines)


@pytest.fixture
def availability(operator: Operator) -> Availability:
    """The availability of VMs (vSphere HA) and the events of vCenter, as the operator handles them."""
    return Availability(operator)


@pytest.fixture
def story(operator: Operator, availability: Availability) -> Story:
    """What the scenario remembers of itself."""
    return Story(operator, availability)
