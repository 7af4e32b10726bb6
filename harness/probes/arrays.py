"""A client of storage arrays: what they show of LUNs and consistency groups, and what they are asked to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

from harness.journal import ApiCall
from harness.probes.diary import Diary
from harness.probes.failures import Absent, ArrayRefusal, ArrayUnreachable
from harness.probes.https import HttpsClient, NoAnswerError, as_json, basic
from harness.probes.place import ArrayAccess
from harness.units import Instant, number_of

GROUPS, LUNS = "consistency-groups", "luns"
GroupAction: TypeAlias = Literal["break", "suspend", "resume", "synchronise", "reverse", "resynchronise"]


@dataclass(frozen=True)
class LunView:
    """A LUN or export as its array shows it; ``role`` is ``source``, ``target`` or ``none``, ``group`` empty where in none.

    ``path`` is what hosts mount of an export; empty for a LUN.
    """

    device: str
    name: str
    array: str
    size: int
    role: str
    group: str
    writable: bool
    presented: tuple[str, ...]
    path: str = ""


@dataclass(frozen=True)
class GroupView:
    """A consistency group as an array shows it.

    ``completed`` is the moment of the sources that the targets hold, ``lag`` how many seconds ago that was; None where the
    targets hold no whole moment, or no sources' any more. ``pairs`` are devices, source first.
    """

    name: str
    state: str
    since: Instant
    reason: str
    mode: str
    source_array: str
    target_array: str
    completed: Instant | None
    lag: float | None
    pairs: tuple[tuple[str, str], ...]


class ArrayClient:
    """Talks to one array. Every call has a deadline, and a line in the diary where there is one.

    Calls raise ``ArrayUnreachable`` where the array does not answer and ``ArrayRefusal``, with the array's own code and reason,
    where it does not do what is asked.
    """

    def __init__(self, access: ArrayAccess, diary: Diary | None = None) -> None:
        self.name = access.name
        self._access, self._diary = access, diary
        self._client = HttpsClient(access, access.url, access.identity, diary)

    def answers(self) -> bool:
        """Whether the array answers now. Leaves no trace in the diary."""
        try:
            self._ask("GET", "array")
        except (ArrayUnreachable, ArrayRefusal):
            return False
        return True

    def presents_beforehand(self) -> bool:
        """Whether hosts see its replicas all the time, read-only until they are separated."""
        return bool(self._call("GET", "array")["presents"] == "beforehand")

    def luns(self) -> list[LunView]:
        """All LUNs of the array; of a NAS its exports."""
        return [_lun(found) for found in self._call("GET", LUNS)]

    def lun(self, name: str) -> LunView:
        """The LUN of that device or name; raises ``Absent``."""
        luns = self.luns()
        for lun in luns:
            if name in {lun.device, lun.name}:
                return lun
        raise Absent("LUN", name, self.name, tuple(lun.name for lun in luns))

    def groups(self) -> list[GroupView]:
        """The consistency groups that the array has a part in."""
        return [_group(found) for found in self._call("GET", GROUPS)]

    def group(self, name: str) -> GroupView:
        """One consistency group."""
        return _group(self._call("GET", _path(GROUPS, name)))

    def act(self, group: str, action: GroupAction) -> GroupView:
        """Have the array do something with a group; the group as it is then.

        ``resume``, ``reverse`` and ``resynchronise`` return when the copying has begun.
        """
        return _group(self._call("POST", _path(GROUPS, group, action)))

    def make_writable(self, device: str) -> LunView:
        """Let hosts write to a LUN."""
        return _lun(self._call("POST", _path(LUNS, device, "make-writable")))

    def present(self, device: str, hosts: Iterable[str]) -> LunView:
        """Let more hosts reach a LUN, by the names that vCenter knows them by."""
        return _lun(self._call("POST", _path(LUNS, device, "present"), {"hosts": list(hosts)}))

    def mask(self, device: str, hosts: Iterable[str] = ()) -> LunView:
        """Keep hosts from a LUN, all where none is named."""
        return _lun(self._call("POST", _path(LUNS, device, "mask"), {"hosts": list(hosts)}))

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        began = self._diary.now() if self._diary else None
        answer = fault = ""
        try:
            found = self._ask(method, path, body)
            answer = number_of(len(found), "item") if isinstance(found, list) else str(found)
        except ArrayUnreachable as error:
            fault = error.silence
            raise
        except ArrayRefusal as error:
            fault = error.code
            raise
        finally:
            if self._diary and began:
                self._diary.record(ApiCall(self.name, path, method, str(body or ""), answer, fault), began)
        return found

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        doing = f"{method} {path}"
        content, kind = as_json(body)
        try:
            answer = self._client.request(method, f"/api/v1/{path}", content, {**basic(self._access.login), **kind})
        except NoAnswerError as error:
            raise ArrayUnreachable(self.name, doing, error.silence, str(error)) from error
        try:
            found = answer.json()
        except ValueError as error:
            raise ArrayUnreachable(self.name, doing, "failed", f"HTTP {answer.status}, and no JSON") from error
        if answer.is_error:
            told = found if isinstance(found, dict) else {}
            raise ArrayRefusal(self.name, doing, str(told.get("code", answer.status)), str(told.get("message", "")))
        return found


def _path(kind: str, name: str, action: str = "") -> str:
    named = f"{kind}/{quote(name, safe='')}"
    return f"{named}/actions/{action}" if action else named


def _lun(found: Mapping[str, Any]) -> LunView:
    return LunView(
        found["device"],
        found["name"],
        found["array"],
        found["size"],
        found["role"],
        found["consistency_group"] or "",
        found["writable"],
        tuple(found["presented"]),
        found.get("path") or "",
    )


def _group(found: Mapping[str, Any]) -> GroupView:
    completed = found["last_completed"]
    return GroupView(
        found["name"],
        found["state"],
        datetime.fromisoformat(found["since"]),
        found["reason"],
        found["mode"],
        found["source_array"],
        found["target_array"],
        datetime.fromisoformat(completed) if completed else None,
        found["lag_seconds"],
        tuple((pair["source"], pair["target"]) for pair in found["pairs"]),
    )
