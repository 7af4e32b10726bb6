"""vSphere HA as a client of vCenter follows it: settings, states, events, and a VM that comes up on another host."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from pyVmomi import vim, vmodl

from harness.operations import files, hosts, machines, storage
from harness.patience import STUCK
from harness.units import minutes, seconds
from harness.world.machines import Disk, DvBacking
from harness.world.storage import VolumeFile
from tests.vcenter.seam_site import Site, name_of

PC = vmodl.query.PropertyCollector


def enable(site: Site, **more) -> None:
    das = vim.cluster.DasConfigInfo(enabled=True, hostMonitoring="enabled", **more)
    site.do(site.cluster.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(dasConfig=das), True))


def events(site: Site, *kinds: str, entity=None):
    spec = vim.event.EventFilterSpec(eventTypeId=list(kinds))
    if entity is not None:
        spec.entity = vim.event.EventFilterSpec.ByEntity(entity=entity, recursion="self")
    return sorted(site.content.eventManager.QueryEvents(spec), key=lambda event: event.key)


def test_settings_are_kept_whole(site: Site):
    policy = vim.cluster.FailoverResourcesAdmissionControlPolicy(
        cpuFailoverResourcesPercent=25, memoryFailoverResourcesPercent=30
    )
    option = vim.option.OptionValue(key="das.isolationaddress0", value="192.0.2.1")
    enable(site, failoverLevel=2, admissionControlPolicy=policy, option=[option])
    for das in (site.cluster.configurationEx.dasConfig, site.cluster.configuration.dasConfig):
        assert (das.enabled, das.hostMonitoring, das.failoverLevel) == (True, "enabled", 2)
        assert das.admissionControlPolicy.cpuFailoverResourcesPercent == 25
        assert das.option[0].value == "192.0.2.1"
    assert site.world.clusters["cluster01"].enabled
    off = vim.cluster.DasConfigInfo(enabled=False)
    site.do(site.cluster.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(dasConfig=off), True))
    assert not site.world.clusters["cluster01"].enabled
    das = site.cluster.configurationEx.dasConfig
    assert (das.enabled, das.failoverLevel) == (False, 2)


def test_host_monitoring_is_the_worlds(site: Site):
    enable(site)
    quiet = vim.cluster.ConfigSpecEx(dasConfig=vim.cluster.DasConfigInfo(hostMonitoring="disabled"))
    site.do(site.cluster.ReconfigureComputeResource_Task(quiet, True))
    cluster = site.world.clusters["cluster01"]
    assert (cluster.enabled, cluster.monitored) == (True, False)


def test_hosts_elect_a_master(site: Site):
    assert site.host(1).runtime.dasHostState is None
    enable(site)
    site.gateway.pass_time(minutes(2))
    states = {n: site.host(n).runtime.dasHostState for n in (1, 2, 3)}
    assert sorted(s.state for s in states.values()) == ["connectedToMaster", "connectedToMaster", "master"]
    assert {s.stateReporter.name for s in states.values()} == {site.world.clusters["cluster01"].master}


def test_a_restarted_vm_is_seen_by_a_waiting_collector(site: Site):
    enable(site)
    shown = site.create("vm1", host=1, on=True)
    site.gateway.pass_time(minutes(2))
    assert shown.runtime.dasVmProtection.dasProtected
    port = shown.config.hardware.device[-1].backing.port.portKey
    seen: list[str] = []
    ready = threading.Event()
    follower = threading.Thread(target=follow, args=(site, shown, seen, ready))
    follower.start()
    assert ready.wait(STUCK)
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.pass_time(minutes(5))
    follower.join(STUCK)
    assert not follower.is_alive()
    host = site.machine("vm1").host
    assert host != name_of(1)
    assert seen[-1] == host
    assert (shown.runtime.host.name, shown.runtime.powerState, shown.runtime.connectionState) == (host, "poweredOn", "connected")
    assert [vm.name for h in site.cluster.host for vm in h.vm] == ["vm1"]
    assert list(site.host(1).vm) == []
    card = next(d for d in shown.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard))
    assert (card.backing.port.portKey, card.connectable.connected) == (port, True)


def follow(site: Site, shown, seen: list[str], ready: threading.Event) -> None:
    collector = site.content.propertyCollector.CreatePropertyCollector()
    spec = PC.PropertySpec(type=vim.VirtualMachine, pathSet=["runtime.host"])
    collector.CreateFilter(PC.FilterSpec(objectSet=[PC.ObjectSpec(obj=shown)], propSet=[spec]), False)
    version = collector.WaitForUpdatesEx("", None).version
    ready.set()
    update = collector.WaitForUpdatesEx(version, PC.WaitOptions(maxWaitSeconds=60))
    seen += [change.val.name for part in update.filterSet for obj in part.objectSet for change in obj.changeSet]
    collector.DestroyPropertyCollector()


def test_what_the_world_decides_of_hosts_and_datastores_is_pushed_to_a_waiting_collector(site: Site):
    host, datastore = site.host(1), site.all(vim.Datastore)["vmfs02"]
    collector = site.content.propertyCollector.CreatePropertyCollector()
    wanted = {host: "runtime.connectionState", datastore: "summary.accessible"}
    specs = [PC.PropertySpec(type=type(obj), pathSet=[path]) for obj, path in wanted.items()]
    collector.CreateFilter(PC.FilterSpec(objectSet=[PC.ObjectSpec(obj=obj) for obj in wanted], propSet=specs), False)
    version = collector.WaitForUpdatesEx("", None).version
    site.gateway.perform(storage.lose, site.lun("vmfs02").device)
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.pass_time(minutes(2))
    seen: dict[str, object] = {}
    while len(seen) < 2:
        update = collector.WaitForUpdatesEx(version, PC.WaitOptions(maxWaitSeconds=60))
        assert update is not None, seen
        version = update.version
        seen |= {change.name: change.val for part in update.filterSet for obj in part.objectSet for change in obj.changeSet}
    assert seen == {"runtime.connectionState": "notResponding", "summary.accessible": False}
    collector.DestroyPropertyCollector()


def test_events_tell_what_happened_in_simulated_time(site: Site):
    enable(site)
    shown = site.create("vm1", host=1, on=True)
    site.gateway.pass_time(minutes(2))
    began = site.gateway.now
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.pass_time(minutes(5))
    (restarted,) = events(site, "com.vmware.vc.ha.VmRestartedByHAEvent", entity=shown)
    assert isinstance(restarted, vim.event.EventEx)
    assert (restarted.vm.name, restarted.host.name) == ("vm1", site.machine("vm1").host)
    assert restarted.fullFormattedMessage.startswith("vSphere HA restarted virtual machine vm1 on host")
    assert began < restarted.createdTime <= site.gateway.now
    (failed,) = events(site, "com.vmware.vc.HA.DasHostFailedEvent")
    (lost,) = events(site, "HostConnectionLostEvent")
    assert isinstance(lost, vim.event.HostConnectionLostEvent)
    assert failed.host.name == lost.host.name == name_of(1)
    assert lost.datacenter.name == "lab"
    assert lost.computeResource.name == "cluster01"
    assert began < lost.createdTime <= site.gateway.now
    started = events(site, "VmPoweredOnEvent", entity=shown)
    assert [e.host.name for e in started] == [name_of(1), site.machine("vm1").host]


def test_a_vm_that_finds_no_place_waits_and_says_why(site: Site):
    enable(site)
    site.create("vm1", host=1, on=True)
    site.gateway.pass_time(minutes(2))
    for number in (2, 3):
        site.do(site.host(number).EnterMaintenanceMode_Task(timeout=0))
    site.gateway.pass_time(minutes(5))
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.pass_time(minutes(5))
    site.do(site.host(2).ExitMaintenanceMode_Task(timeout=0))
    site.gateway.pass_time(minutes(10))
    assert site.vm("vm1").runtime.powerState == "poweredOn"
    assert site.vm("vm1").runtime.host.name == name_of(2)
    assert site.host(1).runtime.dasHostState.state == "hostDown"


def told(site: Site, *kinds: str) -> list[tuple[type, str]]:
    """The classes and texts of vCenter's events of these types."""
    return [(type(event), event.fullFormattedMessage) for event in events(site, *kinds)]


@pytest.mark.parametrize("site", ["8.0"], indirect=True)
def test_a_restart_that_fails_until_ha_gives_up_is_told_by_events_of_the_real_types(site: Site):
    enable(site)
    site.create("vm1", host=1, on=True)
    site.gateway.pass_time(minutes(6))
    backing = site.machine("vm1").nics[0].backing
    assert isinstance(backing, DvBacking)
    site.gateway.perform(files.remove, name_of(2), f"/vmfs/volumes/vmfs01/.dvsData/{backing.switch}/{backing.port}")
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.pass_time(minutes(60))
    failed = told(site, "VmFailoverFailed")
    assert [kind for kind, _ in failed] == [vim.event.VmFailoverFailed] * 5
    assert all(text.startswith("vSphere HA virtual machine failover unsuccessful") for _, text in failed)
    assert all(f"/{backing.port}" in text for _, text in failed)
    expected = (vim.event.VmMaxRestartCountReached, "vSphere HA reached maximum VM restart count")
    assert told(site, "VmMaxRestartCountReached") == [expected]


@pytest.mark.parametrize("site", ["8.0"], indirect=True)
def test_a_vm_without_a_place_and_a_cluster_without_a_master_are_told_by_events_of_the_real_types(site: Site):
    enable(site)
    site.create("vm1", host=1, on=True)
    disk = Disk(2000, VolumeFile(site.lun("vmfs02").vmfs.id, "vm1/vm1.vmdk"), 2**30)
    site.gateway.perform(machines.reconfigure, replace(site.machine("vm1"), disks=(disk,)))
    site.gateway.pass_time(minutes(2))
    site.gateway.perform(storage.present, site.lun("vmfs02").device, frozenset({name_of(1)}))
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.pass_time(minutes(5))
    [(kind, text)] = told(site, "NotEnoughResourcesToStartVmEvent")
    assert kind is vim.event.NotEnoughResourcesToStartVmEvent
    assert text.startswith("Insufficient resources for vSphere HA to start the VM. Reason: datastore vmfs02 is not mounted on")
    for number in (2, 3):
        site.do(site.host(number).EnterMaintenanceMode_Task(timeout=0))
    site.gateway.pass_time(minutes(2))
    [(kind, text)] = told(site, "com.vmware.vc.HA.VcCannotFindMasterEvent")
    assert kind is vim.event.EventEx
    assert text.startswith("vCenter Server is unable to find a master vSphere HA agent")


def test_without_vsphere_ha_nothing_restarts(site: Site):
    shown = site.create("vm1", host=1, on=True)
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.pass_time(minutes(20))
    assert not site.machine("vm1").running
    assert (shown.runtime.host.name, shown.runtime.connectionState) == (name_of(1), "disconnected")
    assert events(site, "com.vmware.vc.ha.VmRestartedByHAEvent") == []


def test_time_is_simulated(site: Site):
    before = site.operator.instance.CurrentTime()
    assert before == site.gateway.now
    site.gateway.pass_time(seconds(90))
    assert site.operator.instance.CurrentTime() - before == seconds(90)


def test_a_task_takes_simulated_time(site: Site):
    shown = site.create("vm1")
    before = site.operator.instance.CurrentTime()
    site.do(shown.PowerOnVM_Task())
    assert site.operator.instance.CurrentTime() - before >= site.gateway.release.duration("machine.power-on")
    site.gateway.perform(machines.kill, site.machine("vm1").id, soft=False)
    assert shown.runtime.powerState == "poweredOff"


def test_versions_are_the_releases(site: Site):
    release = site.gateway.release
    about = site.operator.instance.RetrieveContent().about
    assert (about.version, about.fullName) == (release.product("vcenter").version.value, release.product("vcenter").full_name)
    for number in (1, 2, 3):
        assert site.host(number).config.product.fullName == release.product("esxi").full_name
        assert site.host(number).summary.config.product.build == str(release.product("esxi").build.value)
