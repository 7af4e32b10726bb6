# ruff: noqa: ANN401 - pyvmomi's classes are made at run time
"""pyVmomi that remembers reads and writes exactly what the library reads and writes by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyVmomi import SoapAdapter, VmomiSupport, vim, vmodl
from pyVmomi.VmomiSupport import DataObject

from harness.probes import session
from harness.vmomi import forget, remember
from harness.vmomi.reading import Reader, keep_objects
from harness.vmomi.writing import property_spec, write_once
from tests import soap as own_session
from tests.vcsim_lab import Lab

PC = vmodl.query.PropertyCollector
KINDS = (vim.VirtualMachine, vim.HostSystem, vim.Datastore, vim.ClusterComputeResource, vim.dvs.DistributedVirtualPortgroup)
ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
)
ROW = (
    '<RetrievePropertiesResponse xmlns="urn:vim25"><returnval><obj type="Task">task-1</obj>{}</returnval>'
    "</RetrievePropertiesResponse>"
)
ODD = (
    "<odd>1</odd>",
    "<propSet><name>a</name><val xsi:type='xsd:boolean'>perhaps</val></propSet>",
    "<propSet><name><odd/></name></propSet>",
)
OTHERS = (
    "<propSet><name>a</name><val xsi:type='xsd:boolean'>1</val></propSet>",
    "<propSet><name>a</name><val xsi:type='s:string' xmlns:s='http://www.w3.org/2001/XMLSchema'>b</val></propSet>",
    '<propSet><name>a</name><val xsi:type="ArrayOfInt"><int>1</int></val></propSet><x:propSet xmlns:x="urn:vim25"/>',
    '<propSet><name>a &amp; b<!-- c --></name><val xsi:type="xsd:string" xmlns:xsd="urn:vim25">d</val></propSet>',
)
"""What vcsim does not say, and a vCenter may."""
FAULT = (
    "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>no</faultstring><detail>"
    '<InvalidPropertyFault xmlns="urn:vim25" xsi:type="InvalidProperty"><name>size</name></InvalidPropertyFault>'
    "</detail></soapenv:Fault>"
)


@pytest.fixture(autouse=True)
def _remembering() -> Iterator[None]:
    yield
    remember()


def both(work: Callable[[], Any]) -> tuple[Any, Any]:
    """What comes of it with the library alone, and twice, to learn and to know, with what remembers."""

    def outcome() -> Any:
        try:
            return work()
        except (AttributeError, TypeError) as error:
            return repr(error)

    forget()
    alone = outcome()
    remember()
    first, second = outcome(), outcome()
    assert first == second
    return alone, second


def read(answer: bytes, kind: Any, version: str) -> str:
    class Stub:
        SupportServerGUIDs = staticmethod(lambda: False)

    Stub.version = version  # type: ignore[attr-defined]
    return repr(SoapAdapter.SoapResponseDeserializer(Stub()).Deserialize(answer, kind))


@pytest.fixture
def answers(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """All of an inventory, as vcsim sends it."""
    found: list[bytes] = []
    own = SoapAdapter.SoapResponseDeserializer.Deserialize

    def keep(self: Any, response: Any, kind: Any, spaces: Any = None) -> Any:
        found.append(response.read())
        return own(self, found[-1], kind, spaces)

    with monkeypatch.context() as patch:
        patch.setattr(SoapAdapter.SoapResponseDeserializer, "Deserialize", keep)
        for kind in KINDS:
            objects = [PC.ObjectSpec(obj=each) for each in lab.all(kind)]
            lab.content.propertyCollector.RetrieveContents(
                [PC.FilterSpec(objectSet=objects, propSet=[PC.PropertySpec(type=kind, all=True)])]
            )
    return [answer for answer in found if b"RetrievePropertiesResponse" in answer]


@pytest.mark.parametrize("version", ["vim.version.v8_0_3_0", "vim.version.version9"])
def test_a_whole_inventory_is_read_as_the_library_reads_it(answers: list[bytes], version: str) -> None:
    assert len(answers) == len(KINDS)
    for answer in answers:
        alone, ours = both(lambda answer=answer: read(answer, PC.ObjectContent.Array, version))  # type: ignore[misc]
        assert alone == ours
        assert len(alone) > 1000 or version == "vim.version.version9"  # it is refused what is newer


@pytest.mark.parametrize("said", OTHERS)
def test_what_is_said_otherwise_is_read_as_the_library_reads_it(said: str) -> None:
    alone, ours = both(lambda: read(ENVELOPE.format(ROW.format(said)).encode(), PC.ObjectContent.Array, "vim.version.version9"))
    assert alone == ours


def test_what_vcsim_says_is_not_left_to_the_library(answers: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Reader.__mro__[1], "Deserialize")
    for answer in answers:
        assert "vmodl.query.PropertyCollector.ObjectContent" in read(answer, PC.ObjectContent.Array, "vim.version.v8_0_3_0")


class Keeping:
    """A session's stub, as far as reading needs it."""

    SupportServerGUIDs, version = staticmethod(lambda: False), "vim.version.version9"

    def __init__(self) -> None:
        keep_objects(self)


def look(stub: Any, *rows: str) -> Any:
    told = "".join(f"<returnval>{row}</returnval>" for row in rows)
    answer = ENVELOPE.format(f'<RetrievePropertiesResponse xmlns="urn:vim25">{told}</RetrievePropertiesResponse>')
    return SoapAdapter.SoapResponseDeserializer(stub).Deserialize(answer.encode(), PC.ObjectContent.Array)


def task(number: int, **values: str) -> str:
    told = (f'<propSet><name>{k}</name><val xsi:type="xsd:string">{v}</val></propSet>' for k, v in values.items())
    return f'<obj type="Task">task-{number}</obj>{"".join(told)}'


def test_objects_and_properties_that_come_again_are_read_where_they_have_changed() -> None:
    looks = [
        (task(1, a="x", b="y"), task(2, a="x")),
        (task(1, a="x", b="y"), task(2, a="z"), task(3)),
        (task(3, b="y"), task(3, b="y")),
        (task(2),),
        (),
    ]
    keeping = Keeping()
    alone, ours = both(lambda: repr([look(keeping, *rows) for rows in looks]))
    assert alone == ours
    first, second, *others = [look(keeping, *rows) for rows in looks]
    assert first[0] is second[0]
    assert first[1] is not second[1]
    assert first[0].propSet[1] is others[0][0].propSet[0]
    assert look(Keeping(), *looks[0])[0] is not first[0]


@pytest.mark.parametrize(
    "odd",
    [
        "<missingSet><path>a</path><fault><fault xsi:type='NotFound'/><localizedMessage/></fault></missingSet>",
        "<propSet><name>spec</name><val xsi:type='PropertyFilterSpec'><propSet><type>Task</type></propSet>"
        "<propSet><type>Folder</type></propSet></val></propSet>",
        "<x:propSet xmlns:x='urn:vim25'/>",
        "<propSet></propSet>",
    ],
)
def test_what_else_is_told_of_objects_that_come_again_is_read_as_the_library_reads_it(odd: str) -> None:
    keeping, rows = Keeping(), [task(1, a="x") + odd, task(2, a="x"), task(3) + odd]
    look(keeping, *rows[1:])
    alone, ours = both(lambda: repr(look(keeping, *rows)))
    assert alone == ours


@pytest.mark.parametrize("version", ["vim.version.v8_0_3_0", "vim.version.version9"])
def test_a_whole_inventory_that_comes_again_is_as_the_library_reads_it(answers: list[bytes], version: str) -> None:
    keeping = Keeping()
    keeping.version = version

    def read_again(answer: bytes) -> str:
        return repr(SoapAdapter.SoapResponseDeserializer(keeping).Deserialize(answer, PC.ObjectContent.Array))

    for answer in answers:
        alone, ours = both(lambda answer=answer: read_again(answer))  # type: ignore[misc]
        assert alone == ours


def test_objects_are_written_as_the_library_writes_them(answers: list[bytes]) -> None:
    read_all = SoapAdapter.SoapResponseDeserializer(None).Deserialize
    for answer in answers:
        for each in read_all(answer, PC.ObjectContent.Array):
            alone, ours = both(lambda each=each: SoapAdapter.SerializeToStr(each, version="vim.version.v8_0_3_0"))  # type: ignore[misc]
            assert alone == ours


def test_what_a_filter_names_is_written_once_as_the_library_writes_it() -> None:
    paths = ("name", "config.hardware.device[4000].backing")
    kept = property_spec(vim.VirtualMachine, paths)
    assert kept is property_spec(vim.VirtualMachine, paths) is not property_spec(vim.HostSystem, paths)
    folder = PC.ObjectSpec(obj=vim.Folder("group-d1"))
    whole = PC.FilterSpec(objectSet=[folder], propSet=[kept, property_spec(vim.HostSystem, ("name",)), kept])
    for spec, times in ((kept, 1), (whole, 2), (write_once(whole), 2)):
        for version in ("vim.version.v8_0_3_0", "vim.version.version9"):
            alone, ours = both(lambda spec=spec, version=version: SoapAdapter.SerializeToStr(spec, version=version))  # type: ignore[misc]
            assert alone == ours
            assert ours.count("device[4000].backing") == times


@pytest.mark.parametrize("context", [{}, {"operationID": "one"}])
@pytest.mark.parametrize("version", ["vim.version.v8_0_3_0", "vim.version.version9"])
def test_requests_are_written_as_the_library_writes_them(context: dict[str, str], version: str) -> None:
    stub = SoapAdapter.SoapStubAdapter("nowhere", 1, version=version)
    folder, machine = vim.Folder("group-d1", stub), vim.VirtualMachine("vm-<1>", stub)
    requests: list[tuple[Any, str, tuple[Any, ...]]] = [
        (folder, "CreateFolder", ("a & \xe4",)),
        (folder, "CreateFolder", ("b",)),
        (machine, "PowerOn", (None,)),
        (machine, "PowerOn", (vim.HostSystem("host-1", stub),)),
        (machine, "Relocate", (vim.vm.RelocateSpec(folder=folder), None)),
        (machine, "Rename", (None,)),
    ]
    own = VmomiSupport.GetRequestContext()
    try:
        own.update(context)
        for target, method, args in requests:
            info = target._GetMethodInfo(method)
            alone, ours = both(lambda target=target, info=info, args=args: stub.SerializeRequest(target, info, args))  # type: ignore[misc]
            assert alone == ours
            assert (
                (b"operationID" in ours) is (bool(context) and method != "Rename")
                if isinstance(ours, bytes)
                else "newName" in ours
            )
    finally:
        own.clear()


def test_a_method_that_the_version_does_not_have_is_refused() -> None:
    info = vim.VirtualMachine("vm-1")._GetMethodInfo("InstantClone")
    for switch in (forget, remember, remember):
        switch()
        for version in ("vim.version.v8_0_3_0", "vim.version.version9"):
            stub = SoapAdapter.SoapStubAdapter("nowhere", 1, version=version)
            with pytest.raises((vmodl.fault.MethodNotFound, TypeError)):
                stub.SerializeRequest(vim.VirtualMachine("vm-1", stub), info, (None,))


def test_a_fault_and_what_the_server_may_not_say() -> None:
    alone, ours = both(lambda: read(ENVELOPE.format(FAULT).encode(), None, "vim.version.version9"))
    assert alone == ours
    assert "size" in alone
    assert "InvalidProperty" in alone
    for part in ODD:
        for switch in (forget, remember, remember):
            switch()
            with pytest.raises((TypeError, AttributeError)):
                read(ENVELOPE.format(ROW.format(part)).encode(), PC.ObjectContent.Array, "vim.version.version9")


def test_each_object_has_lists_of_its_own() -> None:
    remember()
    one, other = vim.vm.ConfigSpec(name="one"), vim.vm.ConfigSpec()
    one.extraConfig.append(vim.option.OptionValue(key="a", value="b"))
    assert (one.name, other.name, len(one.extraConfig), list(other.extraConfig)) == ("one", None, 1, [])
    with pytest.raises(TypeError):
        vim.vm.ConfigSpec(name=7)


def test_it_is_what_sessions_work_with() -> None:
    assert session.remember is own_session.remember is remember
    assert SoapAdapter.SoapResponseDeserializer is Reader
    assert DataObject.__init__.__module__ == "harness.vmomi.objects"
