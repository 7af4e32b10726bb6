"""Datastores and what lies on them."""

from __future__ import annotations

from pytest_bdd import given, step, then

from harness.lab import Lab
from harness.probes.operator import Operator
from harness.probes.storage import Datastores
from harness.releases import Release
from harness.units import minutes, seconds
from steps.sentences import sentence


@step(sentence("the storage comes back"))
def storage_comes_back(lab: Lab, datastores: Datastores) -> None:
    lab.faults.return_storage()
    datastores.rescan()


@step(sentence('all paths from "{host}" to the datastore "{label}" are down'))
def paths_are_down(lab: Lab, operator: Operator, host: str, label: str) -> None:
    lab.faults.cut_paths(operator.host_name(host), label)


@given(sentence('the port file of "{machine}" is removed'))
def port_file_is_removed(datastores: Datastores, machine: str) -> None:
    datastores.remove_port_file(machine)


@step(sentence("the hosts synchronize their port files"))
def hosts_synchronize(lab: Lab, release: Release) -> None:
    lab.pass_time(release.duration("network.sync") + seconds(1), "each host writes its port files")


@then(sentence('the datastore "{label}" has the folder "{folder}"'))
def has_folder(datastores: Datastores, label: str, folder: str) -> None:
    datastores.check_folder(label, folder, present=True)


@then(sentence('the datastore "{label}" has no folder "{folder}"'))
def has_no_folder(datastores: Datastores, label: str, folder: str) -> None:
    datastores.check_folder(label, folder, present=False)


@then(sentence('the datastore "{label}" holds the port file of "{machine}"'))
def holds_port_file(datastores: Datastores, label: str, machine: str) -> None:
    datastores.check_port_file(label, machine, present=True)


@then(sentence('the datastore "{label}" holds no port file of "{machine}"'))
def holds_no_port_file(datastores: Datastores, label: str, machine: str) -> None:
    datastores.check_port_file(label, machine, present=False)


@then(sentence('"{host}" has no file at the path of the port file of "{machine}"'))
def port_file_path_is_stale(datastores: Datastores, host: str, machine: str) -> None:
    datastores.check_stale_port_file(machine, host)


@then(sentence('the protected list of vSphere HA on the datastore "{label}" is empty'))
def protected_list_is_empty(datastores: Datastores, label: str) -> None:
    datastores.check_protected_list_empty(label)


@then(sentence('the datastore "{label}" holds exactly the port files of "{first}" and "{second}"'))
def holds_exactly(datastores: Datastores, label: str, first: str, second: str) -> None:
    datastores.check_exact_port_files(label, (first, second))


@then(sentence('the port files of "{first}" and "{second}" lie in different switch folders'))
def lie_in_different_folders(datastores: Datastores, first: str, second: str) -> None:
    datastores.check_switch_folders(first, second)


@then(sentence('the port file of "{machine}" is refreshed every "{period}" minutes'))
def port_file_is_refreshed(datastores: Datastores, machine: str, period: str) -> None:
    datastores.check_refresh(machine, minutes(int(period)))


@then(sentence('the datastore "{label}" holds a disk of "{machine}"'))
def holds_disk(datastores: Datastores, label: str, machine: str) -> None:
    datastores.check_disk(label, machine)


@then(sentence('the datastore "{label}" is accessible on every host'))
def is_accessible_everywhere(datastores: Datastores, label: str) -> None:
    datastores.check_accessible_everywhere(label)


@then(sentence('the datastore "{label}" is accessible on "{host}"'))
def is_accessible(datastores: Datastores, label: str, host: str) -> None:
    datastores.check_accessible(label, host, accessible=True)


@then(sentence('the datastore "{label}" is not accessible on "{host}"'))
def is_not_accessible(datastores: Datastores, label: str, host: str) -> None:
    datastores.check_accessible(label, host, accessible=False)
