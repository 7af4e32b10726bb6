"""Data objects as pyVmomi has them, with what a class says of itself asked for once."""

from __future__ import annotations

from typing import Any

from pyVmomi.VmomiSupport import DataObject

_lists: dict[type, list[Any]] = {}
_blanks: dict[type, tuple[dict[str, Any], list[tuple[str, type]]]] = {}
_list_properties: Any = DataObject.__dict__["_GetPropertyList"].__func__
_fill: Any = DataObject.__init__


def properties(cls: Any, includeBaseClassProps: bool = True) -> list[Any]:  # noqa: ANN401, N803 - the library's
    """See ``DataObject._GetPropertyList``."""
    if not includeBaseClassProps:
        return list(cls._propList)
    if cls not in _lists:
        _lists[cls] = _list_properties(cls)
    return _lists[cls]


def _blank(cls: Any) -> tuple[dict[str, Any], list[tuple[str, type]]]:  # noqa: ANN401
    """What an object of the class has before anything is set: its values, and its lists, of which each object has its own."""
    pattern = cls.__new__(cls)
    _fill(pattern)
    lists = [(name, type(value)) for name, value in vars(pattern).items() if isinstance(value, list)]
    values = {name: value for name, value in vars(pattern).items() if not isinstance(value, list)}
    return _blanks.setdefault(cls, (values, lists))


def initialize(self: Any, **values: Any) -> None:  # noqa: ANN401
    """See ``DataObject``."""
    blank, lists = _blanks.get(self.__class__) or _blank(self.__class__)
    own = self.__dict__
    own.update(blank)
    for name, kind in lists:
        own[name] = kind()
    for name, value in values.items():
        setattr(self, name, value)
