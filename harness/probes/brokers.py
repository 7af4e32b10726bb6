"""A client of a View connection server: which desktop a user gets, whether it is up, and what the user keeps on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element, ParseError, tostring

from harness.journal import ApiCall
from harness.markup import read_xml
from harness.probes.diary import Diary
from harness.probes.failures import Absent, BrokerRefusal, BrokerUnreachable
from harness.probes.https import Answer, HttpsClient, NoAnswerError
from harness.probes.place import BrokerAccess
from harness.units import Credentials, number_of

VERSION = "5.0"
PATH = "/broker/xml"
HEAD, TAIL = f"<?xml version='1.0' encoding='utf-8'?>\n<broker version=\"{VERSION}\">", "</broker>"
AVAILABLE = "available"
"""The state of a desktop that is up."""


@dataclass(frozen=True)
class DesktopView:
    """A desktop that a user has: ``pool`` is what the user sees, ``machine`` the VM; ``state`` is ``available`` if it is up.

    ``machine`` is empty where the server does not tell before it connects.
    """

    pool: str
    machine: str
    state: str
    id: str

    @property
    def up(self) -> bool:
        """Whether the user can work on it."""
        return self.state == AVAILABLE


@dataclass(frozen=True)
class ConnectionView:
    """Where a client goes to work on a desktop: the name or address of its VM."""

    machine: str
    port: int
    protocol: str


class BrokerClient:
    """Talks to one connection server, as any of the users that the place knows; the first where none is named.

    Each user logs in when first needed, and anew where the session has ended. Every call has a deadline, and a line in the diary
    where there is one. Calls raise ``BrokerUnreachable`` where nobody answers, ``BrokerRefusal`` where what is asked is not done
    or cannot be now (``BROKER_UNAVAILABLE``), and ``Absent`` for a user that the place does not know.
    """

    def __init__(self, access: BrokerAccess, diary: Diary | None = None) -> None:
        self.name = access.name
        self._access, self._diary = access, diary
        self._client = HttpsClient(access, access.url, access.identity, diary)
        self._cookies: dict[str, str] = {}

    @property
    def users(self) -> list[str]:
        """The users whose desktops can be asked for."""
        return list(self._access.users)

    def answers(self) -> bool:
        """Whether it brokers now. Leaves no trace in the diary."""
        try:
            self._ask(self._user(""), "get-desktops")
        except (BrokerUnreachable, BrokerRefusal):
            return False
        return True

    def desktops(self, user: str = "") -> list[DesktopView]:
        """The desktops of a user."""
        return _desktops(self._call(user, "get-desktops"))

    def desktops_of_all(self) -> dict[str, list[DesktopView]] | None:
        """The desktops of every user, asked for in one document: each logs in, asks, and logs out.

        None where it does not broker now, which leaves no trace in the diary, as with :meth:`answers`.
        """
        self._user("")  # somebody has to ask
        turns = [f"{_login(login)}<get-desktops/><do-logout/>" for login in self._access.users.values()]
        began = self._diary.now() if self._diary else None
        try:
            answers = list(self._exchange("", "get-desktops", *turns))
        except (BrokerUnreachable, BrokerRefusal):
            return None
        found = dict(zip(self.users, answers[1::3], strict=True))
        if self._diary and began:
            shown = "; ".join(f"{user}: {_summary(told)}" for user, told in found.items())
            self._diary.record(ApiCall(self.name, PATH, "get-desktops", "all users", shown), began)
        return {user: _desktops(told) for user, told in found.items()}

    def desktop(self, user: str = "", pool: str = "") -> DesktopView:
        """A user's desktop in a pool, or the only one; raises ``Absent`` where there is none, or several and no pool is named."""
        found = [desktop for desktop in self.desktops(user) if pool in {"", desktop.pool}]
        if len(found) != 1:
            raise Absent("desktop", pool, f"what {self._user(user)} gets of {self.name}", tuple(each.pool for each in found))
        return found[0]

    def connect(self, user: str = "", pool: str = "") -> ConnectionView:
        """Have the broker make a user's desktop ready, and say where it is."""
        identity = Element("desktop-id")
        identity.text = self.desktop(user, pool).id
        told = self._call(user, "get-desktop-connection", identity)
        return ConnectionView(told.findtext("address", ""), int(told.findtext("port", "0")), told.findtext("protocol", ""))

    def read(self, name: str, user: str = "", pool: str = "") -> str:
        """A text file that a user keeps on the persistent disk; raises ``Absent`` where there is none of that name."""
        try:
            return self._file("GET", name, user, pool)
        except BrokerRefusal as refusal:
            if refusal.code != "NOT_FOUND":
                raise
            raise Absent("file", name, f"the desktop of {self._user(user)}") from refusal

    def keep(self, name: str, text: str, user: str = "", pool: str = "") -> None:
        """Create or replace such a file."""
        self._file("PUT", name, user, pool, text)

    def close(self) -> None:
        """Hang up."""
        self._client.close()
        self._cookies.clear()

    def _user(self, user: str) -> str:
        user = user or next((name for name, login in self._access.users.items() if login == self._access.login), "")
        if user not in self._access.users:
            raise Absent("user", user, self.name, tuple(self._access.users))
        return user

    def _call(self, user: str, request: str, *parts: Element) -> Element:
        user = self._user(user)
        began, fault, answer = self._diary.now() if self._diary else None, "", ""
        try:
            told = self._ask(user, request, *parts)
            answer = _summary(told)
        except BrokerUnreachable as error:
            fault = error.silence
            raise
        except BrokerRefusal as error:
            fault = error.code
            raise
        finally:
            if self._diary and began:
                self._diary.record(ApiCall(self.name, PATH, request, user, answer, fault), began)
        return told

    def _file(self, method: str, name: str, user: str, pool: str, text: str = "") -> str:
        user = self._user(user)
        path = f"/desktop/{self.desktop(user, pool).pool}/files/{name}"
        began, fault = self._diary.now() if self._diary else None, ""
        try:
            answer = self._send(user, method, path, text.encode())
            if answer.is_error:
                raise self._refusal(_parsed(answer), f"{method} {path}", str(answer.status))
        except BrokerUnreachable as error:
            fault = error.silence
            raise
        except BrokerRefusal as error:
            fault = error.code
            raise
        finally:
            if self._diary and began:
                self._diary.record(
                    ApiCall(self.name, path, method, user, "" if fault else number_of(len(text), "character"), fault), began
                )
        return answer.content.decode(errors="replace")

    def _ask(self, user: str, request: str, *parts: Element) -> Element:
        """The answer to a request, after a login where there is no session, or none any more."""
        element = Element(request)
        element.extend(parts)
        asked = tostring(element, "unicode")
        if user in self._cookies:
            try:
                return self._exchange(user, request, asked)[-1]
            except BrokerRefusal as refusal:
                if refusal.code != "NOT_AUTHENTICATED":
                    raise
        return self._exchange(user, request, _login(self._access.users[user]), asked)[-1]

    def _exchange(self, user: str, request: str, *written: str) -> Element:
        """The answers to requests as they are written, which go in one document: after one that fails none is carried out."""
        doing = f"{request} for {user or 'all users'}"
        answer = self._send(user, "POST", PATH, "".join((HEAD, *written, TAIL)).encode())
        told = _parsed(answer)
        if told is None or not len(told):
            raise BrokerUnreachable(self.name, doing, "failed", f"HTTP {answer.status}, and no answer of a broker")
        if told[-1].findtext("result") != "ok":
            raise self._refusal(told, doing, str(answer.status))
        return told

    def _refusal(self, told: Element | None, doing: str, status: str) -> BrokerRefusal:
        failed = [each for each in told if each.findtext("result") == "error"] if told is not None else []
        result = failed[0] if failed else Element("none")
        return BrokerRefusal(self.name, doing, result.findtext("error-code", status), result.findtext("error-message", ""))

    def _send(self, user: str, method: str, path: str, body: bytes) -> Answer:
        kind = "text/xml; charset=utf-8" if method == "POST" else "text/plain; charset=utf-8"
        headers = {"Content-Type": kind, **({"Cookie": self._cookies[user]} if user in self._cookies else {})}
        try:
            answer = self._client.request(method, path, body, headers)
        except NoAnswerError as error:
            raise BrokerUnreachable(self.name, f"{method} {path}", error.silence, str(error)) from error
        if given := answer.headers.get_all("Set-Cookie"):
            self._cookies[user] = "; ".join(each.partition(";")[0] for each in given)  # each user has a session of its own
        return answer


def _desktops(told: Element) -> list[DesktopView]:
    return [
        DesktopView(each.findtext("name", ""), each.findtext("machine", ""), each.findtext("state", ""), each.findtext("id", ""))
        for each in told.iterfind("desktop")
    ]


def _parsed(answer: Answer) -> Element | None:
    try:
        root = read_xml(answer.content)
    except (ParseError, ValueError):
        return None
    return root if root.tag == "broker" else None


@lru_cache(maxsize=1000)
def _login(login: Credentials) -> str:
    """How a user who logs in writes that: the users of labs are the same in all of them."""
    domain, _, name = login.user.rpartition("\\")
    asked = Element("do-submit-authentication")
    asked.append(_screen({"username": name, "domain": domain, "password": login.password}))
    return str(tostring(asked, "unicode"))


def _screen(values: dict[str, str]) -> Element:
    screen = Element("screen")
    _add(screen, "name").text = "windows-password"
    params = _add(screen, "params")
    for name, value in values.items():
        param = _add(params, "param")
        _add(param, "name").text = name
        _add(_add(param, "values"), "value").text = value
    return screen


def _add(above: Element, tag: str) -> Element:
    made = Element(tag)
    above.append(made)
    return made


def _summary(told: Element) -> str:
    desktops: Sequence[Element] = told.findall("desktop")
    shown = [f"{each.findtext('machine') or each.findtext('name')} {each.findtext('state')}" for each in desktops]
    return f"{told.tag}: {', '.join(shown)}" if shown else told.tag
