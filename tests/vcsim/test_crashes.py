"""The traps of govmomi v0.52.0 that end vcsim, one of its own each; a test that shows one shows the hook against it, too."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from pyVmomi import vim, vmodl

from harness.errors import LabError
from harness.patience import STUCK
from harness.protocols.vcenter.link import Refused
from tests.vcsim.datastores import local_datastore, vmx_in
from tests.vcsim_lab import Lab, Recorder, until, wait_for


def died(lab: Lab, call: Callable[[], Any]) -> bool:
    """Whether the call ends vcsim: it panics in a goroutine where nothing can catch it."""
    with contextlib.suppress(OSError, vmodl.MethodFault):
        call()
    until(lambda: stopped(lab))
    return "panic" in lab.vcenter.log()


def stopped(lab: Lab) -> bool:
    try:
        lab.vcenter.check()
    except LabError:
        return True
    return False


@pytest.mark.parametrize("where", ["unknown datastore", "unmounted datastore"])
def test_02_registering_on_a_datastore_that_is_not_there_kills_vcsim(lab: Lab, where: str, tmp_path: Path) -> None:
    host, other = lab.cluster.host[0], lab.cluster.host[1]
    local_datastore(other, "vol1", tmp_path / "vol1")
    vmx_in(tmp_path / "vol1")
    path = "[nope] a/a.vmx" if where.startswith("unknown") else "[vol1] a/a.vmx"
    folder, pool = lab.vm_folder, lab.cluster.resourcePool
    lab.dial(Recorder({("before", "RegisterVM_Task"): lambda _: Refused("InvalidDatastore", "not mounted", {"name": path})}))
    lab.hook(RegisterVM_Task="before")
    info = wait_for(folder.RegisterVM_Task(path, None, False, pool, host))
    assert isinstance(info.error, vim.fault.InvalidDatastore)
    lab.vcenter.check()
    lab.hook(RegisterVM_Task="")
    assert died(lab, lambda: folder.RegisterVM_Task(path, None, False, pool, host))


def test_03_creating_without_a_host_kills_vcsim_where_no_host_has_the_datastore(lab: Lab, tmp_path: Path) -> None:
    alone = next(host for host in lab.all(vim.HostSystem) if host not in list(lab.cluster.host))
    local_datastore(alone, "far", tmp_path / "far")
    spec = vim.vm.ConfigSpec(name="x", files=vim.vm.FileInfo(vmPathName="[far]"))
    folder, pool = lab.vm_folder, lab.cluster.resourcePool
    lab.dial(Recorder({("before", "CreateVM_Task"): lambda _: Refused("InvalidDatastore", "not mounted")}))
    lab.hook(CreateVM_Task="before")
    assert isinstance(wait_for(folder.CreateVM_Task(spec, pool)).error, vim.fault.InvalidDatastore)
    lab.hook(CreateVM_Task="")
    assert died(lab, lambda: folder.CreateVM_Task(spec, pool))


def test_05_an_unknown_property_by_extra_config_kills_vcsim_and_ours_is_a_fault(lab: Lab) -> None:
    vm = lab.all(vim.VirtualMachine)[0]
    with pytest.raises(LabError, match=r"no\.such"):
        lab.orders.set([(vm, "no.such", "x")])
    lab.vcenter.check()
    extra = vim.option.OptionValue(key="SET.no.such", value="x")
    assert died(lab, lambda: vm.ReconfigVM_Task(vim.vm.ConfigSpec(extraConfig=[extra])))


def retrieve_executer(lab: Lab, host: Any) -> int:  # noqa: ANN401 - made at run time
    """The call that begins esxcli over the API, which pyvmomi does not have."""
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<RetrieveManagedMethodExecuter xmlns="urn:vim25">'
        f'<_this type="HostSystem">{host._moId}</_this></RetrieveManagedMethodExecuter></e:Body></e:Envelope>'
    )
    headers = {"Cookie": lab.operator._stub.cookie, "SOAPAction": "urn:vim25"}
    url = f"https://{lab.vcenter.address}/sdk"
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the machine has no way to vcsim
        return session.post(url, data=body, headers=headers, verify=False, timeout=STUCK).status_code


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_06_esxcli_over_the_api_makes_the_next_register_kill_vcsim_unless_a_hook_refuses_it(lab: Lab) -> None:
    host = lab.cluster.host[0]
    lab.dial(Recorder({("before", "RetrieveManagedMethodExecuter"): lambda _: Refused("NotSupported", "use the shell")}))
    lab.hook(RetrieveManagedMethodExecuter="before")
    assert retrieve_executer(lab, host) == 500
    folder, pool = lab.vm_folder, lab.cluster.resourcePool
    assert wait_for(folder.RegisterVM_Task("[LocalDS_0] a/a.vmx", None, False, pool, host)).state == "error"
    lab.hook(RetrieveManagedMethodExecuter="")
    assert retrieve_executer(lab, host) == 200
    assert died(lab, lambda: folder.RegisterVM_Task("[LocalDS_0] a/a.vmx", None, False, pool, host))
