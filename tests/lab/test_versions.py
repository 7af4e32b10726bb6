"""Product, version and build are those of the release on every wire of a lab: the vSphere API, the shells, the vCloud API."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyVmomi import vim

from harness.lab import Lab
from harness.probes.limits import limits_of
from harness.probes.operator import Operator
from harness.releases import Product, names
from tests.vcloud_api.private_cloud import opened


def identity(about: vim.AboutInfo) -> tuple[str, str, str, str]:
    """What the API says of a product."""
    return about.name, about.version, about.build, about.fullName


def told(product: Product) -> tuple[str, str, str, str]:
    """What it should say."""
    assert product.build
    return product.name, product.version.value, str(product.build.value), product.full_name


@pytest.mark.parametrize("name", names())
def test_all_02_every_wire_shows_the_products_versions_and_builds_of_the_release(name: str, tmp_path: Path) -> None:
    with opened(tmp_path, name) as lab:
        operator = Operator(lab, limits_of(lab.release))
        try:
            check_api(lab, operator)
            for host in lab.hosts:
                check_shell(lab, operator, host)
            check_cloud(lab, operator)
        finally:
            operator.close()


def check_api(lab: Lab, operator: Operator) -> None:
    vcenter, esxi = lab.release.product("vcenter"), lab.release.product("esxi")
    assert vcenter.api_version
    paths = ("config.product", "summary.config.product")
    seen = 0
    for center in operator.centers:
        assert identity(center.content.about) == told(vcenter)
        assert center.content.about.apiVersion == vcenter.api_version.value
        rows = center.read({vim.HostSystem: paths}, list)
        assert {identity(row.values[path]) for row in rows for path in paths} <= {told(esxi)}
        seen += len(rows)
    assert seen == len(lab.hosts) > 1


def check_shell(lab: Lab, operator: Operator, host: str) -> None:
    def run(line: str) -> str:
        return operator.shell(host).run(line).succeeded().output

    esxi = lab.release.product("esxi")
    assert esxi.build
    assert run("vmware -v") == f"{esxi.full_name}\n"
    assert run("vmware -vl").splitlines() == list(lab.release.version_lines())
    fields = dict(line.strip().split(": ", 1) for line in run("esxcli system version get").splitlines())
    assert list(fields) == list(lab.release.lines("version-fields"))
    assert (fields["Product"], fields["Version"]) == (esxi.name, esxi.version.value)
    assert fields["Build"] == f"Releasebuild-{esxi.build.value}"
    kernel = run("uname -a")
    assert f" {esxi.version.value} #1 SMP Release build-{esxi.build.value} " in kernel
    assert kernel.endswith(f"{lab.release.text('uname-tail')}\n")
    summary = run("vim-cmd hostsvc/hostsummary")
    for said in (f'fullName = "{esxi.full_name}"', f'version = "{esxi.version.value}"', f'build = "{esxi.build.value}"'):
        assert said in summary


def check_cloud(lab: Lab, operator: Operator) -> None:
    """A vCloud Director of the release answers its client in a version that it speaks; a release without one has none."""
    assert bool(lab.vcloud) is ("vcd" in lab.release.products)
    if lab.vcloud:
        assert {vdc.name for vdc in operator.cloud().vdcs()}
