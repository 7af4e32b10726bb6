"""Whom the probes believe: a real vcsim's certificate and a real shell server's host key, right and wrong."""

from __future__ import annotations

import hashlib
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.journal import Journal
from harness.patience import STUCK, Patience
from harness.probes.diary import Diary
from harness.probes.failures import ApiFault, CenterUnreachable, HostUnreachable
from harness.probes.looks import read_inventory
from harness.probes.session import Session
from harness.probes.ssh import HostShell, SshWire
from harness.probes.trust import ANYBODY, KNOWN
from harness.protocols.esxi_shell.server import ShellServer
from harness.protocols.esxi_shell.toolbox import standard_registry
from harness.simulators.process import ProcessSimulator, ProcessVcenter
from harness.units import EPOCH, Address, Credentials, HostName, Instant
from tests.esxi_shell.memory_host import MemoryHost

ROOT = Credentials("root", "VMware1!")


@dataclass(frozen=True)
class Access:
    name: HostName
    address: Address
    login: Credentials
    identity: str
    vcenter: str = "vc01"


class Spot:
    """A place with nothing but a journal."""

    def __init__(self) -> None:
        self.journal = Journal(self.now, lambda: 0.0)
        self.patience = Patience()

    def now(self) -> Instant:
        return EPOCH


@pytest.fixture(scope="module")
def vcenter(tmp_path_factory) -> Iterator[ProcessVcenter]:
    with ProcessSimulator(arguments=["-default-inventory"]).start(tmp_path_factory.mktemp("volumes")) as running:
        yield running


@pytest.fixture(scope="module")
def host() -> Iterator[Address]:
    server = ShellServer(standard_registry())
    server.start()
    yield Address("127.0.0.1", server.serve(MemoryHost()))
    server.stop()


@pytest.fixture
def wire() -> Iterator[SshWire]:
    wire = SshWire()
    yield wire
    wire.close()


def thumbprints(address: Address) -> dict[str, str]:
    certificate = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(address, timeout=STUCK))
    sha1, sha256 = hashlib.sha1(certificate).hexdigest(), hashlib.sha256(certificate).hexdigest()
    return {"sha1": sha1, "sha256": sha256, "colons": ":".join(re.findall("..", sha1.upper()))}


def session(vcenter: ProcessVcenter, identity: str, login: Credentials | None = None) -> Session:
    return Session(Access(HostName("vc01"), vcenter.address, login or vcenter.operator, identity), Diary(Spot()))


@pytest.mark.parametrize("form", ["sha1", "sha256", "colons"])
def test_a_vcenter_is_believed_by_its_thumbprint(vcenter, form):
    ours = session(vcenter, thumbprints(vcenter.address)[form])
    assert read_inventory(ours).hosts
    ours.close()


@pytest.mark.parametrize(("identity", "said"), [("ab" * 20, "has the thumbprint"), (KNOWN, "certificate verify failed")])
def test_another_vcenter_gets_no_password(vcenter, identity, said):
    ours = session(vcenter, identity)
    with pytest.raises(CenterUnreachable, match=said) as caught:
        read_inventory(ours)
    assert caught.value.silence == "distrusted"


def test_a_refused_login_is_a_fault_with_its_name(vcenter):
    with pytest.raises(ApiFault, match=r"vc01: SessionManager.Login: InvalidLogin: user nobody"):
        read_inventory(session(vcenter, ANYBODY, Credentials("nobody", "")))


def shell(host: Address, wire: SshWire, identity: str) -> HostShell:
    return HostShell(Access(HostName("esx01"), host, ROOT, identity), wire, Diary(Spot()))


def fingerprint(host: Address, folder: Path) -> str:
    """As ``ssh-keygen -l`` prints it for what ``ssh-keyscan`` finds."""
    command = ["ssh-keyscan", "-T", f"{STUCK:g}", "-p", str(host.port), host.host]
    scanned = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (folder / "keys").write_text(scanned)
    listed = subprocess.run(["ssh-keygen", "-l", "-f", folder / "keys"], capture_output=True, text=True, check=True).stdout
    return listed.split()[1]


@pytest.mark.skipif(shutil.which("ssh-keyscan") is None, reason="this machine has no OpenSSH client")
def test_a_host_is_believed_by_the_fingerprint_of_its_key(host, wire, tmp_path):
    found = shell(host, wire, fingerprint(host, tmp_path))
    assert found.run("echo it").output == "it\n"
    found.close()


@pytest.mark.parametrize("identity", ["SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", KNOWN])
def test_another_host_gets_no_password(host, wire, identity, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(HostUnreachable, match="Host key is not trusted") as caught:
        shell(host, wire, identity).run("true")
    assert caught.value.silence == "distrusted"
