"""The requests that a client sends to the broker, each with its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias
from xml.etree.ElementTree import Element

from harness.protocols.view_api.desk import Desk, Glance, Offer
from harness.protocols.view_api.documents import (
    Problem,
    element,
    failed,
    parameter,
    parameters,
    skipped,
    succeeded,
)

DOMAIN = "LAB"
"""The Windows domain of all users."""
SUFFIX = ",ou=applications,dc=vdi,dc=vmware,dc=int"
"""How the id of a pool ends (quoted: a public filter of a connection server's messages)."""
RDP = "RDP"
RDP_PORT = 3389


class Broker:
    """One client's turn: its requests are answered in their order, and none after one that failed (quoted: ``notexecuted``).

    ``token`` is that of its session, before and afterwards; empty for none.
    """

    def __init__(self, desk: Desk, token: str) -> None:
        self.token = token
        self._desk = desk
        self._glance: Glance | None = None

    def answer(self, requests: Sequence[Element]) -> list[Element]:
        """The answers to all of them; where desktops are asked for more than once, one look at vCenter does."""
        if [request.tag for request in requests].count("get-desktops") > 1:
            self._glance = self._desk.glance()
        answers: list[Element] = []
        broken = False
        for request in requests:
            tag, act = ACTS.get(request.tag, (request.tag, Broker._refuse))
            if broken:
                answers.append(skipped(tag))
                continue
            try:
                answers.append(succeeded(tag, *act(self, request)))
            except Problem as problem:
                answers.append(failed(tag, problem))
                broken = True
        return answers

    def _refuse(self, request: Element) -> list[Element]:
        raise Problem("UNSUPPORTED", f"the lab answers no {request.tag}; it answers {', '.join(ACTS)}")

    def _set_locale(self, _request: Element) -> list[Element]:
        return []

    def _configure(self, _request: Element) -> list[Element]:
        return [] if self._desk.sessions.user(self.token) else [_login_screen()]

    def _log_in(self, request: Element) -> list[Element]:
        screen = request.find("screen")
        if screen is None or screen.findtext("name") != "windows-password":
            raise Problem("BAD_REQUEST", "fill in the screen windows-password")
        given = parameters(screen)
        if given.get("domain", DOMAIN).upper() != DOMAIN:
            raise Problem("AUTHENTICATION_FAILED", f"no domain {given['domain']}: all users are in {DOMAIN}")
        self.token = self._desk.log_in(given.get("username", ""), given.get("password", ""))
        return [element("logout-on-cert-removal-enabled", text="false")]

    def _list_desktops(self, _request: Element) -> list[Element]:
        return [_show(offer) for offer in self._desk.offers(self._desk.user(self.token), self._glance)]

    def _connect(self, request: Element) -> list[Element]:
        identity, protocol = request.findtext("desktop-id", ""), request.findtext("protocol/name", RDP)
        if protocol != RDP:
            raise Problem("UNSUPPORTED", f"the lab speaks no {protocol} with desktops: ask for {RDP}")
        offer = self._desk.connect(self._desk.user(self.token), pool_of(identity))
        told = {"id": identity, "address": offer.desktop.name, "port": str(RDP_PORT), "protocol": RDP, "domain-name": DOMAIN}
        return [element(tag, text=text) for tag, text in {**told, "username": offer.desktop.user}.items()]

    def _log_out(self, _request: Element) -> list[Element]:
        self._desk.sessions.log_out(self.token)
        self.token = ""
        return []


Act: TypeAlias = Callable[[Broker, Element], list[Element]]
ACTS: Mapping[str, tuple[str, Act]] = {
    "set-locale": ("set-locale", Broker._set_locale),
    "get-configuration": ("configuration", Broker._configure),
    "do-submit-authentication": ("submit-authentication", Broker._log_in),
    "get-desktops": ("desktops", Broker._list_desktops),
    "get-desktop-connection": ("desktop-connection", Broker._connect),
    "do-logout": ("logout", Broker._log_out),
}
"""For each request the name of its answer, and what is done."""


def pool_of(identity: str) -> str:
    """The name of the pool whose id that is."""
    return identity.partition(",")[0].removeprefix("cn=")


def _login_screen() -> Element:
    params = element("params", parameter("domain", DOMAIN))
    return element("authentication", element("screen", element("name", text="windows-password"), params))


def _show(offer: Offer) -> Element:
    pool, desktop = offer.pool, offer.desktop
    told = {"id": f"cn={pool.name}{SUFFIX}", "name": pool.name, "type": "sticky", "state": offer.state.value}
    protocol = element("protocol", element("name", text=RDP), element("is-default", text="true"))
    shown = [element(tag, text=text) for tag, text in {**told, "machine": desktop.name}.items()]
    return element("desktop", *shown, element("protocols", protocol))
