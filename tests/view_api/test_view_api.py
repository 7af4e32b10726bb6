"""The broker's XML as an HTTP client without any knowledge of ours sends and reads it, and the files behind a session."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pytest

from harness.lab import Lab
from harness.patience import STUCK
from harness.probes.brokers import BrokerClient

SERVER = "view-cs01.example"
POOL = "cn=office,ou=applications,dc=vdi,dc=vmware,dc=int"
PASSWORD = "Desktop1!"


@pytest.fixture
def client(lab: Lab) -> Iterator[httpx.Client]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with httpx.Client(base_url=lab.view[SERVER].url, verify=context, timeout=STUCK) as client:
        yield client


def ask(client: httpx.Client, *requests: str) -> list[ElementTree.Element]:
    """The answers to requests, sent as public clients of View send them."""
    document = f'<?xml version="1.0"?><broker version="1.0">{"".join(requests)}</broker>'
    answer = client.post("/broker/xml", content=document, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    return list(ElementTree.fromstring(answer.content))


def filled(user: str, password: str = PASSWORD, domain: str = "LAB") -> str:
    values = {"username": user, "domain": domain, "password": password}
    params = "".join(f"<param><name>{name}</name><values><value>{v}</value></values></param>" for name, v in values.items())
    screen = f"<screen><name>windows-password</name><params>{params}</params></screen>"
    return f"<do-submit-authentication>{screen}</do-submit-authentication>"


def log_in(client: httpx.Client, user: str) -> None:
    [answer] = ask(client, filled(user))
    assert (answer.tag, answer.findtext("result")) == ("submit-authentication", "ok")


def refused(answer: ElementTree.Element) -> tuple[str | None, str | None]:
    assert answer.findtext("result") == "error"
    return answer.findtext("error-code"), answer.findtext("error-message")


def test_a_client_is_shown_how_to_log_in_and_nothing_else_before_it_has(client):
    locale, configuration = ask(client, "<set-locale><locale>en</locale></set-locale>", "<get-configuration/>")
    assert (locale.tag, locale.findtext("result")) == ("set-locale", "ok")
    screen = configuration.find("authentication/screen")
    assert screen is not None
    assert screen.findtext("name") == "windows-password"
    assert screen.findtext("params/param/values/value") == "LAB"
    [answer] = ask(client, "<get-desktops/>")
    assert (answer.tag, refused(answer)[0]) == ("desktops", "NOT_AUTHENTICATED")


@pytest.mark.parametrize(
    "screen",
    [filled("user-01", "wrong"), filled("nobody"), filled("user-01", domain="ELSEWHERE"), filled("")],
)
def test_a_wrong_user_password_or_domain_is_refused_and_what_follows_it_not_executed(client, screen):
    answer, desktops = ask(client, screen, "<get-desktops/>")
    assert refused(answer)[0] == "AUTHENTICATION_FAILED"
    assert (desktops.tag, desktops.findtext("result")) == ("desktops", "notexecuted")
    assert "JSESSIONID" not in client.cookies


def test_a_user_gets_the_desktop_that_is_assigned(client):
    for number in (1, 2, 3):
        log_in(client, f"user-0{number}")
        [answer] = ask(client, "<get-desktops/>")
        [desktop] = answer.findall("desktop")
        told = {tag: desktop.findtext(tag) for tag in ("id", "name", "type", "state", "machine")}
        assert told == {"id": POOL, "name": "office", "type": "sticky", "state": "available", "machine": f"desk-0{number}"}
        [connection] = ask(client, f"<get-desktop-connection><desktop-id>{POOL}</desktop-id></get-desktop-connection>")
        assert connection.findtext("result") == "ok"
        assert (connection.findtext("address"), connection.findtext("port")) == (f"desk-0{number}", "3389")
        assert connection.findtext("protocol") == "RDP"


def test_a_session_ends_with_the_logout(client):
    log_in(client, "user-01")
    [answer] = ask(client, "<do-logout/>")
    assert (answer.tag, answer.findtext("result")) == ("logout", "ok")
    [answer] = ask(client, "<get-desktops/>")
    assert refused(answer)[0] == "NOT_AUTHENTICATED"


def test_users_take_turns_in_one_document_and_a_wrong_one_ends_it(client):
    turn = "<get-desktops/><do-logout/>"
    answers = ask(client, filled("user-01"), turn, filled("user-02"), turn)
    assert [answer.findtext("desktop/machine") for answer in answers if answer.tag == "desktops"] == ["desk-01", "desk-02"]
    answers = ask(client, filled("user-01"), turn, filled("nobody"), turn)
    assert [answer.findtext("result") for answer in answers] == ["ok", "ok", "ok", "error", "notexecuted", "notexecuted"]
    [answer] = ask(client, "<get-desktops/>")
    assert refused(answer)[0] == "NOT_AUTHENTICATED"


def test_a_look_at_the_desktops_of_all_users_shows_what_each_of_them_is_shown(lab):
    broker = BrokerClient(lab.view[SERVER])
    try:
        shown = broker.desktops_of_all()
        assert shown == {user: broker.desktops(user) for user in broker.users}
        assert all(shown.values())
    finally:
        broker.close()


def test_what_is_not_ones_own_or_not_known_is_refused_by_name(client):
    log_in(client, "user-01")
    other = "<get-desktop-connection><desktop-id>cn=secret,ou=x</desktop-id></get-desktop-connection>"
    [answer] = ask(client, other)
    assert refused(answer) == ("NOT_ENTITLED", "user-01 has no desktop in secret")
    pcoip = (
        f"<get-desktop-connection><desktop-id>{POOL}</desktop-id><protocol><name>PCOIP</name></protocol></get-desktop-connection>"
    )
    [answer] = ask(client, pcoip)
    assert refused(answer)[0] == "UNSUPPORTED"
    [answer] = ask(client, "<kill-session/>")
    assert answer.tag == "kill-session"
    code, message = refused(answer)
    assert code == "UNSUPPORTED"
    assert message is not None
    assert "the lab answers no kill-session; it answers set-locale, get-configuration" in message


@pytest.mark.parametrize("body", [b"", b"<broker/>", b"<other><get-desktops/></other>", b"<broker><a></broker>", b"\xff\xfe"])
def test_what_is_no_request_is_told_as_such(client, body):
    answer = client.post("/broker/xml", content=body)
    assert answer.status_code == 400
    assert refused(ElementTree.fromstring(answer.content)[0])[0] == "BAD_REQUEST"


def test_a_user_finds_on_the_persistent_disk_what_that_user_has_written_there(client):
    log_in(client, "user-01")
    path = "/desktop/office/files/notes.txt"
    assert client.get(path).status_code == 404
    text = "Größe: 3 €\nzweite Zeile\n"
    assert client.put(path, content=text.encode()).status_code == 204
    assert client.put("/desktop/office/files/other.txt", content=b"").status_code == 204
    assert client.get(path).text == text
    assert client.put(path, content=b"anders").status_code == 204
    assert client.get(path).text == "anders"
    log_in(client, "user-02")
    missing = client.get(path)
    assert missing.status_code == 404
    assert "no file notes.txt; there are: none" in missing.text


@pytest.mark.parametrize(
    "path, content, status",
    [
        ("/desktop/office/files/big.txt", b"x" * (2**16 + 1), 400),
        ("/desktop/office/files/picture.png", b"\x89PNG\xff", 400),
        ("/desktop/office/files/-", b"", 400),
        ("/desktop/secret/files/a.txt", b"", 403),
        ("/desktop/office/elsewhere", b"", 404),
    ],
)
def test_what_the_desktop_does_not_keep_is_refused(client, path, content, status):
    log_in(client, "user-03")
    answer = client.put(path, content=content)
    assert answer.status_code == status
    assert refused(ElementTree.fromstring(answer.content)[0])[0]


def test_files_need_a_session(client):
    assert client.get("/desktop/office/files/notes.txt").status_code == 401
    assert client.put("/desktop/office/files/notes.txt", content=b"x", headers={"Cookie": "JSESSIONID=FFFF"}).status_code == 401
