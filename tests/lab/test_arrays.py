"""A lab's arrays from its doors to the disks of its hosts: a fail-over of one volume over the wires alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.blueprints import load_blueprint
from harness.journal import FaultInjected
from harness.lab import Lab, open_lab
from harness.probes.failures import ArrayUnreachable
from harness.probes.limits import limits_of
from harness.probes.operator import Operator
from harness.releases import load
from harness.simulators.process import ProcessSimulator
from harness.units import minutes

PAIR = """\
name = "pair"
site = [{name = "protected"}, {name = "recovery"}]
vcenter = [{name = "vc.example", datacenter = "a", site = "recovery"}]
cluster = [{name = "one", vcenter = "vc.example"}]
host = [
    {name = "esx-a.example", cluster = "one", address = "192.0.2.1", site = "protected"},
    {name = "esx-b.example", cluster = "one", address = "192.0.2.2", site = "recovery"},
]
array = [{name = "array-a", site = "protected"}, {name = "array-b", site = "recovery"}]
volume = [{label = "vmfs01", array = "array-a", size = 10, site = "protected"}]
replication = [{name = "cg", volumes = ["vmfs01"], target = "array-b", mode = "asynchronous", interval = 15}]
vm = [{name = "app01", host = "esx-a.example", datastore = "vmfs01", network = "VM Network"}]
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    path = tmp_path / "pair.toml"
    path.write_text(PAIR)
    release = load("5.0")
    with open_lab(load_blueprint(path), release, ProcessSimulator(), 1) as lab:
        yield lab


@pytest.fixture
def operator(lab: Lab) -> Iterator[Operator]:
    operator = Operator(lab, limits_of(lab.release))
    yield operator
    operator.close()


def test_each_array_answers_at_its_own_address_while_it_has_power(lab, operator):
    assert [(a.name, a.site) for a in lab.arrays.values()] == [("array-a", "protected"), ("array-b", "recovery")]
    assert len({a.address for a in lab.arrays.values()}) == 2
    assert operator.array("array-a").lun("vmfs01").role == "source"
    assert operator.array("array-b").lun("vmfs01").role == "target"
    lab.faults.lose_array("array-a")
    assert not operator.array("array-a").answers()
    assert operator.array("array-b").group("cg").state == "partitioned"
    lab.faults.return_array("array-a")
    assert operator.array("array-a").group("cg").state == "resynchronising"
    faults = [entry.record for entry in lab.journal.entries() if isinstance(entry.record, FaultInjected)]
    assert [(fault.subject, fault.what) for fault in faults] == [("array-a", "loses its power"), ("array-a", "power is back")]


def test_a_site_takes_its_array_with_it_and_the_originals_are_masked_before_its_hosts_have_power(lab, operator):
    lab.faults.lose_site("protected")
    with pytest.raises(ArrayUnreachable):
        operator.array("array-a").groups()
    replica = operator.array("array-b").lun("vmfs01").device
    operator.array("array-b").act("cg", "break")
    operator.array("array-b").make_writable(replica)
    operator.array("array-b").present(replica, ["esx-b.example"])
    shell = operator.shell("esx-b.example")
    shell.run("esxcfg-rescan -A")
    lab.faults.return_array("array-a")
    original = operator.array("array-a").lun("vmfs01").device
    assert operator.array("array-a").mask(original).presented == ()
    lab.faults.restore_site("protected")
    lab.pass_time(minutes(10), "the hosts boot")
    assert "vmfs01" not in operator.shell("esx-a.example").run("ls /vmfs/volumes").output


def use(operator, array, host):
    """Fail a volume over to where ``array`` and ``host`` are: break, make writable, present, rescan."""
    device = operator.array(array).lun("vmfs01").device
    operator.array(array).act("cg", "break")
    operator.array(array).make_writable(device)
    operator.array(array).present(device, [host])
    operator.shell(host).run("esxcfg-rescan -A")


def test_a_volume_fails_over_as_a_copy_and_back_as_the_original(lab, operator):
    original, replica = (operator.array(name).lun("vmfs01").device for name in ("array-a", "array-b"))
    lab.faults.lose_site("protected")
    use(operator, "array-b", "esx-b.example")
    there = operator.shell("esx-b.example")
    assert "vmfs01" in there.run("esxcfg-volume -l").output
    assert there.run("esxcfg-volume -m vmfs01").status == 0
    there.run("echo recovered > /vmfs/volumes/vmfs01/note")
    lab.faults.return_array("array-a")
    operator.array("array-a").mask(original)
    lab.faults.restore_site("protected")
    operator.array("array-b").act("cg", "reverse")
    lab.pass_time(minutes(12), "the hosts boot and the group resynchronises")
    assert operator.array("array-b").group("cg").state == "replicating"
    operator.array("array-b").act("cg", "synchronise")
    operator.array("array-b").mask(replica)
    use(operator, "array-a", "esx-a.example")
    here = operator.shell("esx-a.example")
    assert here.run("cat /vmfs/volumes/vmfs01/note").output == "recovered\n"
    assert here.run("esxcfg-volume -l").output == ""
    operator.array("array-a").act("cg", "reverse")
    assert operator.array("array-a").group("cg").source_array == "array-a"
    assert not operator.array("array-b").lun("vmfs01").writable


def test_an_asynchronous_replica_holds_the_files_that_vcsim_made_and_lags_behind_the_host_s(lab, operator):
    shell = operator.shell("esx-a.example")
    shell.run("touch /vmfs/volumes/vmfs01/later")
    group = operator.array("array-b").group("cg")
    operator.array("array-b").act("cg", "break")
    world, store = lab._gateway.world, lab._gateway.store
    ((_, target),) = group.pairs
    found = store.survey(target)
    assert {"app01/app01.vmx", "app01/app01.vmdk"} <= found.keys()
    assert "later" not in found
    assert world.luns[target].vmfs.written_for == group.pairs[0][0]
