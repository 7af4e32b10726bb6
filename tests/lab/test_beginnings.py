"""Labs of one run begin alike, whether how they begin was worked out or has come again, and go on by a seed of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from pyVmomi import vim, vmodl
from pyVmomi.SoapAdapter import Serialize

from harness.blueprints import load_blueprint
from harness.errors import LabError
from harness.lab import Beginnings, Lab, composition, open_lab
from harness.lab.access import CenterAccess
from harness.lab.beginnings import MOST
from harness.physics.chance import Chance
from harness.probes.limits import limits_of
from harness.probes.operator import Operator
from harness.probes.snapshot import Snapshot, take_snapshot
from harness.protocols.vcenter.construction import ROOT_FOLDER
from harness.protocols.vcenter.growth import Growth
from harness.protocols.vcenter.mirror import Mirror
from harness.protocols.vcenter.orders import Orders
from harness.protocols.vcenter.seam import Seam
from harness.releases import load
from harness.simulators.container import ContainerSimulator, engine_answers
from harness.simulators.interface import Simulator
from harness.simulators.process import ProcessSimulator
from harness.simulators.run import current_run
from harness.units import DeviceId, minutes
from harness.volume_store import VIEWS
from tests.soap import Session

DAY = minutes(24 * 60)


@pytest.fixture
def worked_out(monkeypatch) -> list[str]:
    """The blueprints of the labs whose beginning was worked out."""
    found, settle = [], composition._settle

    def noted(laws, blueprint):
        found.append(blueprint.name)
        return (yield from settle(laws, blueprint))

    monkeypatch.setattr(composition, "_settle", noted)
    return found


def opened(
    seed: int, beginnings: Beginnings | None, source: str = "two-sites", release: str = "5.0"
) -> AbstractContextManager[Lab]:
    return open_lab(load_blueprint(source), load(release), ProcessSimulator(), seed, beginnings)


def told(lab: Lab) -> list[tuple[object, ...]]:
    return [(entry.sequence, entry.began, entry.ended, entry.record) for entry in lab.journal.entries()]


def seen(lab: Lab) -> Snapshot:
    operator = Operator(lab, limits_of(lab.release))
    try:
        return take_snapshot(operator)
    finally:
        operator.close()


def drawn(monkeypatch) -> list[str]:
    """The vCenters of which something was drawn."""
    found, draw = [], Mirror._draw

    def noted(mirror, facts, events=()):
        found.append(mirror.sight.center)
        return draw(mirror, facts, events)

    monkeypatch.setattr(Mirror, "_draw", noted)
    return found


def properties(lab: Lab) -> dict[str, list[str]]:
    """All that vCenters show of everything in them, by MoRef; what vcsim says of itself left out."""
    found, now = {}, re.compile(r"20[2-9]\d-[-0-9T:.]+Z")  # the world of a lab is in 2012
    for name, center in lab.vcenters.items():
        session = Session(center.address, center.login)
        collector, entities = vmodl.query.PropertyCollector, [vim.ManagedEntity]
        view = session.content.viewManager.CreateContainerView(session.content.rootFolder, entities, True)
        for shown in view.view:
            spec = collector.FilterSpec(
                objectSet=[collector.ObjectSpec(obj=shown)], propSet=[collector.PropertySpec(type=type(shown), all=True)]
            )
            (content,) = session.content.propertyCollector.RetrieveContents([spec])
            texts = sorted(Serialize(prop).decode() for prop in content.propSet)
            found[f"{name} {shown._moId}"] = [now.sub("", t.replace(str(lab._gateway.store.root), "")) for t in texts]
        session.close()
    return found


@pytest.mark.parametrize("source", ["two-sites", "view-two-sites"])
def test_vcenters_show_what_they_showed_without_that_anything_is_drawn_again(monkeypatch, source):
    beginnings, drawings, shown = Beginnings(3), drawn(monkeypatch), []
    for kept in (beginnings, beginnings, None):
        drawings.clear()
        with opened(3, kept, source) as lab:
            count = len(drawings)
            shown.append(properties(lab))
            lab.check()
            lab.faults.lose_site("protected")
            assert len(drawings) > count
        assert (count == 0) == (len(shown) == 2)
    assert len(shown[2]) > 60
    assert shown[1] == shown[2]
    assert shown[0] == shown[2]


def test_a_vcenter_that_answers_otherwise_than_one_that_began_so_is_no_part_of_a_lab(monkeypatch):
    beginnings, connect = Beginnings(3), Seam.connect.__func__
    with opened(3, beginnings, "view-two-sites"):
        pass

    def connect_later(kind, name, vcenter, *args):
        if name == "vc-desk.lab.example":
            orders = Orders(vcenter.address, vcenter.agent)
            orders.call([(vim.Folder(ROOT_FOLDER), "CreateFolder", {"name": "something else"})])
            orders.close()
        return connect(kind, name, vcenter, *args)

    monkeypatch.setattr(Seam, "connect", classmethod(connect_later))
    said = r"vc-desk.lab.example begins like one before it and answers otherwise: .*datacenter-.* to .*CreateDatacenter"
    with pytest.raises(LabError, match=said), opened(3, beginnings, "view-two-sites"):
        pass
    with opened(3, None, "view-two-sites") as lab:
        lab.check()


def life(lab: Lab) -> list[object]:
    """All that there is to see of a lab that opens, goes dark at one site and lives on for a day."""
    found: list[object] = [told(lab), lab._gateway.world, lab._gateway.happened]
    found += [lab._gateway.store.listing(device) for device in lab._gateway.world.luns]
    shown = seen(lab)
    found.append(shown)
    assert not shown.silent or shown.silent == {"View"}
    began = len(lab.journal)
    lab.faults.lose_site("protected")
    lab.let_time_run(DAY)
    found += [lab._gateway.world, [entry.record for entry in lab.journal.entries(began)], seen(lab)]
    return [*found, lab._gateway._laws.chance.hex(32)]


def test_a_lab_whose_beginning_comes_again_lives_like_one_whose_was_worked_out(worked_out):
    beginnings, lives = Beginnings(3), []
    for kept in (beginnings, beginnings, None):
        with opened(3, kept) as lab:
            if kept is None:
                lab._gateway.go_on(3)
            lives.append(life(lab))
            lab.check()
    assert worked_out == ["two-sites", "two-sites"]
    for first, again, fresh in zip(*lives, strict=True):
        assert again == fresh
        assert first == fresh


def test_a_beginning_comes_again_for_its_own_blueprint_and_release_alone(worked_out):
    beginnings = Beginnings(1)
    for source, release in (("three-hosts", "5.0"), ("three-hosts", "5.1"), ("view-two-sites", "5.0"), ("three-hosts", "5.0")):
        with opened(1, beginnings, source, release) as lab:
            assert lab.release.name == release
    assert worked_out == ["three-hosts", "three-hosts", "view-two-sites"]
    with opened(1, Beginnings(2), "three-hosts"):
        assert len(worked_out) == 4


def test_labs_of_one_run_begin_alike_and_go_on_by_their_own_seeds():
    beginnings, starts, draws = Beginnings(1), [], []
    for seed in (1, 2, 2):
        with opened(seed, beginnings, "three-hosts") as lab:
            starts.append(lab._gateway.world)
            draws.append(lab._gateway._laws.chance.hex(32))
    assert starts[0] == starts[1] == starts[2]
    assert draws[0] != draws[1] == draws[2]
    with opened(1, Beginnings(2), "three-hosts") as lab:
        assert lab._gateway.world != starts[0]


KINDS = [
    pytest.param(ProcessSimulator, id="processes"),
    pytest.param(
        ContainerSimulator,
        id="containers",
        marks=pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers on this machine"),
    ),
]


@pytest.mark.parametrize("simulator", KINDS)
def test_a_vcenter_has_an_id_of_its_own_wherever_vcsim_runs(simulator: Callable[[], Simulator]):
    beginnings, blueprint, found = Beginnings(1), load_blueprint("two-sites"), []
    for seed in (1, 2, 3):
        with open_lab(blueprint, load("5.0"), simulator(), seed, beginnings) as lab:
            found.append({center.name: instance_uuid(center) for center in lab.vcenters.values()})
    assert found[0] == found[1] == found[2]
    assert len(set(found[0].values())) == 3


def instance_uuid(center: CenterAccess) -> str:
    session = Session(center.address, center.login)
    try:
        return session.content.about.instanceUuid
    finally:
        session.close()


def test_only_the_beginnings_that_were_used_last_are_kept():
    beginnings, blueprint = Beginnings(1), load_blueprint("three-hosts")
    releases = [replace(load("5.0"), title=str(number)) for number in range(MOST + 1)]
    kept = [beginnings.of(blueprint, release) for release in releases[:-1]]
    assert beginnings.of(blueprint, releases[0]) is kept[0]
    beginnings.of(blueprint, releases[-1])
    assert beginnings.of(blueprint, releases[0]) is kept[0]
    assert beginnings.of(blueprint, releases[2]) is kept[2]
    assert beginnings.of(blueprint, releases[1]) is not kept[1]


@pytest.mark.parametrize("lacks", ["nothing", "srm"])
@pytest.mark.parametrize("source", ["two-sites", "view-two-sites"])
def test_vcenters_have_the_vms_that_the_world_has_and_register_none_of_them_one_by_one(monkeypatch, source, lacks):
    registered, begin, known = [], Growth._registration, load("5.0")
    monkeypatch.setattr(Growth, "_registration", lambda *args: registered.append(args) or begin(*args))
    release = replace(known, products={name: each for name, each in known.products.items() if name != lacks})
    with open_lab(load_blueprint(source), release, ProcessSimulator(), 1) as lab:
        world = lab._gateway.world
        assert bool(world.recovery_servers) == (lacks == "nothing")
        for name, center in lab.vcenters.items():
            session = Session(center.address, center.login)
            view = session.content.viewManager.CreateContainerView(session.content.rootFolder, [vim.VirtualMachine], True)
            shown = sorted(machine.name for machine in view.view)
            session.close()
            assert shown == sorted(m.name for m in world.machines.values() if world.hosts[m.host].center == name)
    assert registered == []


def test_of_volumes_only_those_of_the_last_lab_stay_on_disk_and_no_change_that_was_made_in_them():
    beginnings, before = Beginnings(1), directories()
    with opened(1, beginnings) as lab:
        device, lying = shown_volume(lab)
        (lab._gateway.store.directory(device) / "left").write_bytes(b"")
    (kept,) = directories() - before
    assert (kept / device / "left").exists()
    with opened(2, beginnings) as lab:
        assert shown_volume(lab) == (device, lying)
        assert not list(kept.iterdir())
    assert (kept / device).exists()
    with opened(3, beginnings, "three-hosts"):
        assert not kept.exists()
    assert directories() == before


def directories() -> set[Path]:
    """Those of the run, but for that of the vcsim which stays for the labs to come, whichever was the first."""
    return {path for path in current_run().directory.iterdir() if path.is_dir() and not path.name.startswith("vcsim")}


def shown_volume(lab: Lab) -> tuple[DeviceId, object]:
    """The first volume of the first vCenter, and all that lies on it."""
    link = next(path for path in sorted((lab._gateway.store.root / VIEWS).glob("*/*")))
    device = DeviceId(link.resolve().name)
    return device, lab._gateway.store.listing(device)


def test_what_is_drawn_once_a_lab_is_open_is_not_what_it_began_with():
    chance = Chance(5)
    first = [chance.hex(25) for _ in range(100)]
    chance.go_on(5)
    assert not {chance.hex(25) for _ in range(100)} & set(first)
