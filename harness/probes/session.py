"""A session with a vCenter Server: every call with a limit, a line in the journal, and faults by their names."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from http.client import HTTPException
from typing import Any, TypeAlias, TypeVar

from pyVmomi import SoapAdapter, vim, vmodl
from pyVmomi.VmomiSupport import ManagedObject

from harness.headers import read_plainly
from harness.journal import ApiCall
from harness.probes.diary import Diary
from harness.probes.failures import ApiFault, CenterUnreachable, StillWaiting
from harness.probes.place import CenterAccess
from harness.probes.silence import classify
from harness.probes.trust import tls_context
from harness.probes.versions import OLDEST_VERSION, Spoken, dial, newest_version, speak
from harness.units import number_of
from harness.vmomi import remember
from harness.vmomi.lines import Line, Row, give_back, lead_to
from harness.vmomi.writing import property_spec, write_once

T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.05
"""Wall seconds before the first look at a task, by when nearly all have ended in a lab, and between later ones, which double."""
_spoken: dict[str, Spoken] = {}
"""By the names of vCenter Servers."""
remember()
read_plainly()
FilterSpec, ObjectSpec, TraversalSpec = (
    getattr(vmodl.query.PropertyCollector, name) for name in ("FilterSpec", "ObjectSpec", "TraversalSpec")
)
"""Looked up once: pyVmomi looks a type up anew wherever it is named."""

Wanted: TypeAlias = Mapping[type[Any], Sequence[str]]
"""Property paths by the managed object types that have them."""
Sets: TypeAlias = tuple[tuple[type[Any], tuple[str, ...]], ...]


class Session:
    """Logs in when first needed, and anew after the connection broke."""

    def __init__(self, access: CenterAccess, diary: Diary) -> None:
        self.name = access.name
        self._access, self._diary = access, diary
        self._instance: Any = None
        self._known: Spoken | None = None
        self._presumed = False
        self._view: Any = None
        self._filters: dict[Sets, Any] = {}
        self._line: Any = None

    @property
    def content(self) -> Any:  # noqa: ANN401 - pyVmomi makes its types at run time
        """The server's ``ServiceContent``, after login. Raises ``CenterUnreachable``, and ``ApiFault`` for a refused login."""
        return self._guarded("asking what it is", lambda: self._dialled().RetrieveContent())

    def manager(self, name: str) -> Any:  # noqa: ANN401
        """One of the server's own objects by its name in that (``eventManager``), after login. Raises the same."""
        return self._guarded("logging in", lambda: self._manager(name))

    def _manager(self, name: str) -> Any:  # noqa: ANN401
        line, ref = self._dialled()._stub, getattr(self._known.content, name)  # type: ignore[union-attr] # after login
        return type(ref)(ref._moId, line)

    def answers(self) -> bool:
        """Whether the API answers now. Leaves no trace in the journal."""
        kept = self._instance is not None
        try:
            instance = self._guarded("logging in", self._dialled)
            if kept:  # who has just taken a login answers
                self._guarded("asking for its time", instance.CurrentTime)
        except CenterUnreachable:
            return kept and self.answers()  # a connection that broke since it was last used says nothing of now
        return True

    def owns(self, ref: Any) -> bool:  # noqa: ANN401
        """Whether a managed object came over this session."""
        return bool(ref._stub is self._line)

    def call(self, target: Any, method: str, *args: object, about: str = "") -> Any:  # noqa: ANN401
        """Call ``method`` of a managed object, wait for its task if it is one, and return the result.

        ``about`` sums the arguments up for the journal. Raises ``ApiFault`` where the call is refused or the task fails,
        ``CenterUnreachable`` where the server does not answer.
        """
        began = self._diary.now()
        label = _label(target)
        fault = answer = ""
        try:
            result = self._guarded(method, lambda: self._finished(getattr(target, method)(*args), method))
            answer = _summary(result)
        except vmodl.MethodFault as error:
            fault = _fault_name(error)
            raise ApiFault(self.name, f"{label}.{method}", fault, str(getattr(error, "msg", "") or "")) from error
        except CenterUnreachable as error:
            fault = error.silence
            raise
        finally:
            self._diary.record(ApiCall(self.name, label, method, about, answer, fault), began)
        return result

    def read(self, wanted: Wanted, build: Callable[[list[Row]], T], objects: Sequence[Any] = ()) -> T:
        """What ``build`` makes of the wanted properties of all objects of those types, or of some objects, read in one call.

        Nobody may change it, or their values: looks that see the same share both. The journal shows it as a string.
        """
        began, kept = self._diary.now(), self._instance is not None
        try:
            found = self._guarded("reading the inventory", lambda: self._collected(wanted, objects))
        except CenterUnreachable:
            if not kept:
                raise
            found = self._guarded("reading the inventory", lambda: self._collected(wanted, objects))  # see answers
        line: Line = self._line
        built, told = line.made(found, build)
        self._diary.record(ApiCall(self.name, "PropertyCollector", "RetrieveContents", "the inventory", told), began)
        return built

    def close(self, *, farewell: bool = True) -> None:
        """Log out, where the server still answers, and hang up; without ``farewell`` just that."""
        if farewell and self._instance is not None:
            with suppress(OSError, HTTPException, vmodl.MethodFault):  # a server that is gone needs no farewell
                self._manager("sessionManager").Logout()
        self._forget()
        if self._line is not None:
            give_back(self._line)
            self._line = None

    def _collected(self, wanted: Wanted, objects: Sequence[Any]) -> Sequence[Any]:
        sets = tuple((kind, tuple(paths)) for kind, paths in wanted.items())
        if objects:
            spec = _filter([ObjectSpec(obj=each) for each in objects], sets)
        else:
            spec = self._filters.get(sets) or self._filters.setdefault(sets, write_once(_filter([self._everything()], sets)))
        found: Sequence[Any] | None
        found = self._presumed_look(spec) if self._presumed else self._manager("propertyCollector").RetrieveContents([spec])
        return self._collected(wanted, objects) if found is None else found

    def _presumed_look(self, spec: Any) -> Sequence[Any] | None:  # noqa: ANN401
        """A look that asks for the server's version as well; None where it is not the one presumed, and it has to be asked."""
        found: Sequence[Any] = ()
        with suppress(AttributeError, LookupError, TypeError, ValueError):  # words that the version does not have
            found = self._manager("propertyCollector").RetrieveContents([_own_version(), spec])
        told = [each.val for item in found if isinstance(item.obj, vim.ServiceInstance) for each in item.propSet]
        self._presumed = False
        if self._known and told == [self._known.told]:
            return found
        self._forget()
        _spoken.pop(self.name, None)
        return None

    def _everything(self) -> Any:  # noqa: ANN401
        """All of the inventory, by a view that is made once."""
        if self._view is None:
            view = self._manager("viewManager").CreateContainerView(self._manager("rootFolder"), [], True)
            path = TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
            self._view = write_once(ObjectSpec(obj=view, skip=True, selectSet=[path]))
        return self._view

    def _finished(self, result: Any, method: str) -> Any:  # noqa: ANN401
        if not isinstance(result, vim.Task):
            return result
        pause, limit = FIRST_PAUSE, self._diary.patience.task
        end = time.monotonic() + limit
        time.sleep(pause)
        while (info := result.info).state not in {"success", "error"}:
            if time.monotonic() > end:
                raise StillWaiting(f"the end of {method}", f"{limit:g} s of wall time")
            pause = min(pause * 2, LONGEST_PAUSE)
            time.sleep(pause)
        if info.state == "error":
            raise info.error or vmodl.RuntimeFault()
        return info.result

    def _guarded(self, doing: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Do ``work``; a broken connection is told as such, and the next call dials anew."""
        try:
            return work()
        except (OSError, HTTPException) as error:
            self._forget()
            raise CenterUnreachable(self.name, doing, classify(error), str(error)) from error

    def _forget(self) -> None:
        if self._instance is not None:
            self._line.adapter.DropConnections()
        self._instance = self._view = None
        self._filters.clear()

    def _dialled(self) -> Any:  # noqa: ANN401
        if self._instance is None:
            self._instance = self._logged_in()
        return self._instance

    def _logged_in(self) -> Any:  # noqa: ANN401
        """The server, which is presumed to be what it was last time; so its first look asks for its version as well."""
        adapter, known = self._adapter(), _spoken.get(self.name)
        if known:
            speak(adapter, known.version)
            dial(adapter, self._diary.patience.call)
            with suppress(vmodl.MethodFault):  # it is not what it was
                self._log_in(adapter, known)
                self._presumed = True
                return vim.ServiceInstance("ServiceInstance", self._line)
        speak(adapter, newest_version(adapter, self._diary.patience.call))
        self._log_in(adapter, None)
        self._presumed = False
        return vim.ServiceInstance("ServiceInstance", self._line)

    def _log_in(self, adapter: Any, known: Spoken | None) -> None:  # noqa: ANN401
        before, login = self._line.adapter if self._line else None, self._access.login
        self._line = lead_to(adapter, self._line)
        try:
            self._known = known or self._introduced(adapter)
            manager = self._known.content.sessionManager
            type(manager)(manager._moId, self._line).Login(login.user, login.password, None)
        except (OSError, HTTPException, vmodl.MethodFault) as error:
            self._line.adapter = before  # references stay what they were until somebody lets us in
            if isinstance(error, vim.fault.InvalidLogin) or (isinstance(error, vmodl.MethodFault) and not known):
                raise ApiFault(self.name, "SessionManager.Login", _fault_name(error), f"user {login.user}") from error
            raise

    def _introduced(self, adapter: Any) -> Spoken:  # noqa: ANN401
        """What the server says of itself to whoever asks."""
        content = vim.ServiceInstance("ServiceInstance", self._line).RetrieveContent()
        found = _spoken[self.name] = Spoken(content, adapter.version)
        return found

    def _adapter(self) -> Any:  # noqa: ANN401
        (host, port), limit = self._access.address, self._diary.patience.dial
        context = tls_context(self._access.identity, self._access.address, limit)
        return SoapAdapter.SoapStubAdapter(
            host, port, version=OLDEST_VERSION, path="/sdk", sslContext=context, httpConnectionTimeout=limit
        )


def _filter(targets: list[Any], sets: Sets) -> Any:  # noqa: ANN401
    return FilterSpec(objectSet=targets, propSet=[property_spec(kind, paths) for kind, paths in sets])


@cache
def _own_version() -> Any:  # noqa: ANN401
    """How a server is asked, in a look, for what it calls the version of its API."""
    itself = ObjectSpec(obj=vim.ServiceInstance("ServiceInstance"))
    return write_once(_filter([itself], ((vim.ServiceInstance, ("content.about.apiVersion",)),)))


def _label(target: Any) -> str:  # noqa: ANN401
    return f"{target._wsdlName}:{target._moId}"


def _fault_name(error: vmodl.MethodFault) -> str:
    return str(error._wsdlName)


def _summary(result: Any) -> str:  # noqa: ANN401
    if result is None:
        return ""
    if isinstance(result, list):
        return number_of(len(result), "item")
    return _label(result) if isinstance(result, ManagedObject) else str(result).strip()[:200]
