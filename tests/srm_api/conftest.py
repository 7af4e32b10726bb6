# ruff: noqa: ANN401 - JSON
"""Both servers of a pair behind their REST APIs, over real HTTPS."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.patience import STUCK
from harness.protocols.srm_api import make_application
from harness.protocols.web.server import WebServer
from harness.units import Credentials
from tests.web_server import port_of, web_server  # noqa: F401 - a fixture
from tests.world.recovery_scene import HERE, THERE, Sites, make_sites

LOGIN = Credentials("administrator", "Rec0very!")
ROOT = "/api/rest/srm/v1"


@dataclass
class Client:
    """An operator's client of one server."""

    http: httpx.Client
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, status: int = 200, **wishes: Any) -> Any:
        answer = self.http.request(method, f"{ROOT}/{path}", headers=self.headers, **wishes)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def log_in(self) -> None:
        session = self.ask("POST", "session", auth=(LOGIN.user, LOGIN.password))["session_id"]
        self.headers["x-dr-session"] = session

    @property
    def pair(self) -> str:
        return f"pairings/{self.ask('GET', 'pairings')['list'][0]['pairing_id']}"

    @property
    def plan(self) -> str:
        plans = f"{self.pair}/recovery-management/plans"
        return f"{plans}/{self.ask('GET', plans)['list'][0]['id']}"

    def reach_out(self) -> None:
        self.ask("POST", f"{self.pair}/remote-session", 204, auth=(LOGIN.user, LOGIN.password))

    def act(self, action: str, status: int = 202, **body: object) -> Any:
        return self.ask("POST", f"{self.plan}/actions/{action}", status, json=body)

    def refused(self, action: str, status: int, code: str, **body: object) -> str:
        problem = self.act(action, status, **body)
        assert problem.keys() == {"error_code", "message", "op_id"}
        assert problem["error_code"] == code, problem
        return str(problem["message"])

    def task(self, task: dict[str, Any]) -> Any:
        return self.ask("GET", f"tasks/{task['id']}")


@dataclass
class Pair:
    """A scene, and a client of each of both servers, logged in."""

    sites: Sites
    here: Client
    there: Client


def client(port: int) -> httpx.Client:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=context, timeout=STUCK)


@pytest.fixture
def serve(server: WebServer, tmp_path: Path) -> Iterator[Callable[..., Pair]]:
    with ExitStack() as clients:

        def make(*wishes: Any, **more: Any) -> Pair:
            sites = make_sites(tmp_path, *wishes, **more)
            ports = [port_of(server, make_application(sites.gateway, name, LOGIN)) for name in (HERE, THERE)]
            pair = Pair(sites, *(Client(clients.enter_context(client(port))) for port in ports))
            pair.here.log_in()
            pair.there.log_in()
            return pair

        yield make
