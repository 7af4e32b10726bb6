"""Fail-over and fail-back of View on NFS as procedures: an alias that leads to the NAS of one site or of the other (VIEW-03)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.probes.nas import NfsDatastores
from harness.procedures.site_file import NasEntry, load_site
from harness.units import Credentials
from tests.cli.started_lab import started
from tests.procedures.two_sites import ALIAS, command
from tests.procedures.view_sites import FAILBACK, FAILOVER, NFS, ON, ViewSites, view_sites

ROUNDS = 3
"""How often the first test goes over and back: what adds up has done so twice by then. View on VMFS, whose steps are the same but
for how volumes come to hosts, goes as often as is asked for."""
FIRST = "esx-b01.lab.example"
NEAR, FAR = "192.0.2.100", "198.51.100.100"
"""The NAS of the protected site, and the other one."""

pytestmark = pytest.mark.timeout(800)


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[ViewSites]:
    with view_sites(tmp_path, "5.0", NFS) as found:
        yield found


@pytest.mark.timeout(600 + 100 * ROUNDS)
def test_over_and_back_again_and_again_it_ends_in_the_start_state_with_what_users_wrote(sites):
    with sites.operator() as operator:  # the fail-back has to let this host in again as well
        operator.array("nas-a").present("nfs.nas-a.vol.replica", [FIRST])
    start, desktops = sites.shown(), sites.users_find()
    for number in range(ROUNDS):
        sites.over()
        assert sorted(host[:5] for host in sites.running().values()) == ["esx-b"] * ON
        sites.write("user-01", f"there-{number}")
        sites.back()
        assert sites.shown() == start
        assert sites.users_find() == desktops
        assert sites.read("user-01", f"there-{number}") == f"user-01 has written there-{number}"


def test_a_person_has_it_from_blackstart_lab_to_the_end_of_the_fail_over(tmp_path):
    arguments = ("--json", "--pace", "120", "--blueprint", "view-two-sites", "--variation", NFS, "--site-file", "lab.toml")
    with started(tmp_path, *arguments, stdin=subprocess.PIPE) as lab:
        assert "nfs-replica" in lab.say("help")["answer"]
        check_site(tmp_path / "lab.toml")
        check_plans(tmp_path)
        assert lab.say("lose protected")["ok"]
        status, said, errors = typed(tmp_path, FAILOVER)
        assert (status, errors) == (0, ""), said
    assert f"it leads to nas-b.lab.example, at {FAR}" in said
    assert said.endswith("Finished: every step is done.\nLog: lab.view-failover.log.jsonl\n")


def typed(folder: Path, *words: str) -> tuple[int, str, str]:
    """What ``blackstart procedure`` comes to."""
    process = command(folder, *words)
    said, errors = process.communicate()
    return process.returncode, said, errors


def check_site(file: Path) -> None:
    """The site file of the lab describes the NAS of both sites."""
    recovery = load_site(file).recovery
    assert recovery
    assert recovery.nas == NasEntry(
        ALIAS,
        "nas-a.lab.example",
        "nas-b.lab.example",
        ("cg-desktops",),
        {f"nfs-{name}": f"/vol/{name}" for name in ("replica", "os01", "os02", "persistent")},
    )


def check_plans(folder: Path) -> None:
    """Plans show the steps of NFS, and none of VMFS; without a DNS server there is none."""
    over, back = (typed(folder, name, "--plan")[1] for name in (FAILOVER, FAILBACK))
    assert f"repoint-alias {ALIAS}: Have the alias {ALIAS} lead to the NAS of the recovery site" in over
    assert f"mount-nfs {FIRST}: " in over
    assert f"repoint-alias {ALIAS}: Have the alias {ALIAS} lead to the NAS of the protected site" in back
    assert "mount-nfs-originals esx-a02.lab.example: " in back
    assert f"remove-nfs {FIRST}: " in back
    assert not [word for word in ("rescan-adapters", "mount-copies", "unmount-copies") if f"{word} " in over + back]
    file = folder / "other.toml"
    file.write_text((folder / "lab.toml").read_text().replace("[[nameserver]]\n", "[[array]]\n").replace('"dns://', '"https://'))
    status, _, errors = typed(folder, FAILOVER, "--site", "other.toml")
    assert (status, "[[nameserver]]: the procedure view-failover needs it" in errors) == (2, True), errors


class Stranger:
    """The lab for somebody whose key no DNS server knows."""

    def __init__(self, sites: ViewSites) -> None:
        self._lab = sites.lab

    @property
    def nameservers(self) -> Mapping[str, Any]:
        login = Credentials("operator.blackstart.", "b3RoZXI=")
        return {name: replace(access, login=login) for name, access in self._lab.nameservers.items()}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._lab, name)


def test_a_key_that_is_refused_and_a_mount_by_address_are_told_and_what_a_host_has_cached_is_waited_for(sites):
    sites.lab.faults.lose_site("protected")
    ended = sites.run(FAILOVER, Stranger(sites))
    assert (ended.ending, ended.step) == ("broken", f"repoint-alias {ALIAS}")
    assert "NOTAUTH" in ended.found
    with sites.operator() as operator:
        stores = NfsDatastores(operator)
        assert stores.resolved(FIRST, ALIAS) == NEAR
        stores.mount([FIRST], FAR, "/vol/replica", "nfs-replica")
        ended = sites.run(FAILOVER, resume=True)
        assert (ended.ending, ended.step) == ("stopped", f"mount-nfs {FIRST}")
        assert [event["step"] for event in sites.log(FAILOVER, "wait")][-1] == ended.step
        assert ended.found.endswith("but its shell shows not nfs-replica")
        assert "What is mounted by an address, or another name, is another datastore: remove it there." in ended.otherwise
        stores.remove([FIRST], "nfs-replica")
    assert sites.run(FAILOVER, resume=True).ending == "finished"
    assert len(sites.running()) == ON
