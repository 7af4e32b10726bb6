"""The traps that our extension takes away are really there without it: else its repairs would be dead code."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from pyVmomi import vim, vmodl

from harness.errors import LabError
from harness.protocols.vcenter.orders import Orders
from harness.simulators.process import ProcessSimulator
from harness.simulators.program import INSTALL
from harness.units import Credentials
from tests.vcsim_lab import StockVcenter, wait_for


def test_01_stock_vcsim_answers_for_an_unset_property_with_what_pyvmomi_cannot_read(stock: StockVcenter) -> None:
    vm = stock.content().searchIndex.FindByInventoryPath("/DC0/vm/DC0_H0_VM0")
    with pytest.raises((AttributeError, TypeError, KeyError)):
        _ = vm.snapshot


def test_07_stock_vcsim_dies_of_a_reference_where_any_type_may_stand(stock: StockVcenter) -> None:
    content = stock.content()
    cluster = content.searchIndex.FindByInventoryPath("/DC0/host/DC0_C0")
    vm = content.searchIndex.FindByInventoryPath("/DC0/vm/DC0_C0_RP0_VM0")
    override = vim.cluster.DasVmConfigInfo(key=vm, restartPriority="high")
    for spec in (
        vim.cluster.DasVmConfigSpec(operation="add", info=override),
        vim.cluster.DasVmConfigSpec(operation="remove", removeKey=vm),
    ):
        with contextlib.suppress(OSError, vmodl.MethodFault):
            wait_for(cluster.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(dasVmConfigSpec=[spec]), True))
    assert stock.died()


def test_17_stock_vcsim_takes_no_orders_and_is_refused_with_what_to_install(stock: StockVcenter, tmp_path: Path) -> None:
    content = stock.content()
    folder = content.rootFolder
    name = folder.name
    with pytest.raises(LabError, match="answers '404 Not Found' to the dial"):
        Orders(stock.address, Credentials("user", "pass")).set([(folder, "name", "changed")])
    assert folder.name == name
    with pytest.raises(LabError, match=r"(?s)did not start: it ended with status 2.*not defined: -several") as refused:
        ProcessSimulator(Path(f"/proc/{stock.process.pid}/exe")).start(tmp_path)
    assert refused.value.remedy == INSTALL
    assert "pip install ./vcsim" in INSTALL
