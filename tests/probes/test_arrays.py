"""The probe of arrays against a real management API, through a front door."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from harness.patience import Patience
from harness.probes.arrays import ArrayClient
from harness.probes.diary import Diary
from harness.probes.failures import Absent, ArrayRefusal, ArrayUnreachable
from harness.probes.trust import KNOWN
from harness.protocols.array_api import make_application
from harness.protocols.web.server import WebServer
from harness.simulators.front_door import FrontDoor
from harness.units import Address, Credentials
from tests.probes.scene import Access, Spot
from tests.web_server import port_of
from tests.world.replicas import GROUP, replicate
from tests.world.scene import NAMES, Scene, make_scene

LOGIN = Credentials("admin", "Arr@y-1")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return replicate(make_scene(tmp_path), "asynchronous")


@pytest.fixture
def door(scene: Scene, server: WebServer) -> Iterator[FrontDoor]:
    port = port_of(server, make_application(scene.gateway, "array02", LOGIN))
    door = FrontDoor(Address("127.0.0.1", port))
    door.open()
    yield door
    door.discard()


@pytest.fixture
def spot() -> Spot:
    return Spot(LOGIN)


@pytest.fixture
def array(door: FrontDoor, spot: Spot) -> Iterator[ArrayClient]:
    client = ArrayClient(Access("array02", door.address, LOGIN), Diary(spot))
    yield client
    client.close()


def test_what_the_array_shows_is_read(array, scene):
    assert not array.presents_beforehand()
    scene.pass_minutes(2)
    (group,) = array.groups()
    assert group == array.group(GROUP)
    assert (group.state, group.mode, group.lag) == ("replicating", "asynchronous", 120)
    assert group.completed == scene.gateway.world.replication[GROUP].completed
    lun = array.lun("vmfs01")
    assert lun == array.lun(lun.device)
    assert (lun.role, lun.group, lun.writable, lun.presented) == ("target", GROUP, False, ())
    assert lun.device in [target for _, target in group.pairs]
    with pytest.raises(Absent, match=r"no LUN 'vmfs09' in array02; there are: vmfs01, vmfs02"):
        array.lun("vmfs09")


def test_an_array_says_that_it_presents_replicas_beforehand(tmp_path, server, spot):
    scene = replicate(make_scene(tmp_path), "synchronous", "beforehand")
    port = port_of(server, make_application(scene.gateway, "array02", LOGIN))
    client = ArrayClient(Access("array02", Address("127.0.0.1", port), LOGIN), Diary(spot))
    assert client.presents_beforehand()
    client.close()


def test_what_is_asked_is_done_and_written_down(array, scene, spot):
    device = array.lun("vmfs01").device
    assert array.act(GROUP, "break").state == "broken"
    assert array.make_writable(device).writable
    assert array.present(device, [NAMES[2]]).presented == (NAMES[2],)
    assert array.mask(device).presented == ()
    calls = [(call.server, call.method, call.target, call.arguments) for call in spot.told()[1:]]
    assert calls == [
        ("array02", "POST", f"consistency-groups/{GROUP}/actions/break", ""),
        ("array02", "POST", f"luns/{device}/actions/make-writable", ""),
        ("array02", "POST", f"luns/{device}/actions/present", f"{{'hosts': ['{NAMES[2]}']}}"),
        ("array02", "POST", f"luns/{device}/actions/mask", "{'hosts': []}"),
    ]
    assert not any(call.fault for call in spot.told())


def test_a_refusal_has_the_array_s_own_words(array, spot):
    with pytest.raises(ArrayRefusal) as caught:
        array.act(GROUP, "reverse")
    assert (caught.value.code, "that is broken" in caught.value.message) == ("invalid_state", True)
    assert spot.told()[-1].fault == "invalid_state"
    with pytest.raises(ArrayRefusal, match="not_found"):
        array.group("../array")


def test_a_wrong_password_is_a_refusal_and_stays_out_of_the_journal(door, spot):
    stranger = ArrayClient(Access("array02", door.address, Credentials("admin", "guess")), Diary(spot))
    with pytest.raises(ArrayRefusal, match="unauthorized"):
        stranger.groups()
    assert not stranger.answers()
    stranger.close()
    assert "guess" not in str(spot.journal.entries())


def test_an_array_that_is_gone_is_told_as_such_and_one_that_is_back_answers(array, door, spot):
    assert array.answers()
    door.close()
    with pytest.raises(ArrayUnreachable) as caught:
        array.groups()
    assert caught.value.silence == "refused"
    assert spot.told()[-1].fault == "refused"
    assert not array.answers()
    spot.patience = Patience(dial=0.2)
    door.silence()
    array.close()
    with pytest.raises(ArrayUnreachable) as caught:
        array.groups()
    assert caught.value.silence == "timed out"
    door.open()
    assert array.groups()


@pytest.mark.parametrize("identity", ["ab" * 20, KNOWN])
def test_another_array_gets_no_password(door, spot, identity):
    stranger = ArrayClient(Access("array02", door.address, LOGIN, identity), Diary(spot))
    with pytest.raises(ArrayUnreachable) as caught:
        stranger.groups()
    assert caught.value.silence == "distrusted"


def test_an_array_is_believed_by_its_thumbprint(door):
    certificate = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(door.address))
    access = Access("array02", door.address, LOGIN)
    known = ArrayClient(replace(access, identity=hashlib.sha256(certificate).hexdigest()))
    assert known.groups()
    known.close()


def test_what_is_no_array_is_told(server, spot):
    app = FastAPI()
    app.get("/api/v1/luns")(lambda: None)
    port = port_of(server, app)
    other = ArrayClient(Access("printer", Address("127.0.0.1", port), LOGIN), Diary(spot))
    with pytest.raises(ArrayRefusal, match="404"):
        other.groups()
    other.close()
