"""How ``esxcli`` prints what it found: tables, blocks of lines, and the forms for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.protocols.esxi_shell.grammar import UsageError
from harness.protocols.esxi_shell.registry import Call
from harness.protocols.esxi_shell.texts import Text

Layout: TypeAlias = Literal["table", "simple"]
FORMATTED = Text("esxcli.formatter", "{body}", "assumed", "public scripts read csv by field names; the other forms from memory")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a command lists: its fields in order, under their printed names. ``title`` is a line above its block."""

    fields: Mapping[str, Value]
    title: str = ""


Value: TypeAlias = "str | int | bool | tuple[Row, ...]"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a command shows. ``structure`` is the name that programs get for a row; ``loose`` a column as wide as its heading."""

    text: Text
    structure: str
    layout: Layout
    loose: str = ""

    def show(self, call: Call, rows: Sequence[Row]) -> int:
        """Print ``rows`` in the form that the caller asked for; nothing at all where there are none. Gives status 0."""
        wanted = call.common.value("formatter")
        if wanted:
            return print_body(call, FORMATTED, self._formatted(wanted, _chosen(rows, call.common.values("format-param"))))
        return print_body(call, self.text, table(rows, self.loose) if self.layout == "table" else blocks(rows))

    def _formatted(self, wanted: str, rows: Sequence[Row]) -> str:
        if wanted not in _FORMATTERS:
            raise UsageError(f"unknown formatter '{wanted}'")
        return _FORMATTERS[wanted](self.structure, rows)


def print_body(call: Call, text: Text, body: str) -> int:
    """Print ``body``, which is ready and ends in a newline where it is not empty, as an instance of ``text``. Gives status 0."""
    text.note_on(call.host)
    call.out.write(body)
    return 0


def printed(value: Value) -> str:
    """A value as esxcli prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if isinstance(value, tuple) else str(value)


def table(rows: Sequence[Row], loose: str = "") -> str:
    """Headings, a line of dashes, the rows: two blanks apart, numbers and booleans to the right (quoted)."""
    if not rows:
        return ""
    names = list(rows[0].fields)
    body = [[printed(row.fields[name]) for name in names] for row in rows]
    columns = zip(names, *body, strict=True)
    widths = [len(column[0]) if column[0] == loose else max(map(len, column)) for column in columns]
    sides = ["<" if isinstance(rows[0].fields[name], str) else ">" for name in names]
    line = "  ".join(f"{{:{side}{width}}}" for side, width in zip(sides, widths, strict=True)).format
    dashes = line(*("-" * width for width in widths))
    return "".join(f"{text}\n" for text in [line(*names).rstrip(), dashes, *(line(*cells).rstrip() for cells in body)])


def blocks(rows: Sequence[Row]) -> str:
    """For each row its title, then ``   Key: value``; an empty line between rows (quoted)."""
    return "\n".join("".join(f"{line}\n" for line in _block(row, "   ")) for row in rows)


def _block(row: Row, indent: str) -> Iterator[str]:
    if row.title:
        yield row.title
    for name, value in row.fields.items():
        yield f"{indent}{name}: {printed(value)}"
        if isinstance(value, tuple):
            for number, inner in enumerate(value):
                yield from [""] if number else []
                yield from _block(inner, indent + "      ")


def _chosen(rows: Sequence[Row], parameters: Sequence[str]) -> Sequence[Row]:
    """The rows with the fields alone that ``fields==WorldID,DisplayName`` names; all of them where nothing is named."""
    lists = [text.removeprefix("fields").lstrip("=") for text in parameters if text.startswith("fields=")]
    wanted = [name for text in lists for name in text.split(",")]
    if not wanted:
        return rows
    return [Row({n: v for name in wanted for n, v in row.fields.items() if _joined(n) == _joined(name)}) for row in rows]


def _joined(name: str) -> str:
    """A field's name for programs: without blanks (stated)."""
    return name.replace(" ", "")


def _csv(_structure: str, rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    lines = [[_joined(name) for name in rows[0].fields], *([printed(v) for v in row.fields.values()] for row in rows)]
    return "".join("".join(f"{_quoted(cell)}," for cell in line) + "\n" for line in lines)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\n') else cell


def _kind(value: Value) -> str:
    return "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"


def _keyvalue(structure: str, rows: Sequence[Row]) -> str:
    return "".join(
        f"{structure}[{number}].{_joined(name)}.{_kind(value)}={printed(value)}\n"
        for number, row in enumerate(rows)
        for name, value in row.fields.items()
    )


def _xml(structure: str, rows: Sequence[Row]) -> str:
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<output>", f'<list type="{structure}">']
    for row in rows:
        lines.append(f'<structure typeName="{structure}">')
        for name, value in row.fields.items():
            lines.append(f'<field name="{_joined(name)}"><{_kind(value)}>{_escaped(value)}</{_kind(value)}></field>')
        lines.append("</structure>")
    return "".join(f"{line}\n" for line in [*lines, "</list>", "</output>"])


def _escaped(value: Value) -> str:
    return printed(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _json(_structure: str, rows: Sequence[Row]) -> str:
    return json.dumps([_plain(row) for row in rows], indent=3) + "\n"


def _plain(row: Row) -> dict[str, object]:
    return {_joined(n): [_plain(inner) for inner in v] if isinstance(v, tuple) else v for n, v in row.fields.items()}


_FORMATTERS: Mapping[str, Callable[[str, Sequence[Row]], str]] = {"csv": _csv, "keyvalue": _keyvalue, "xml": _xml, "json": _json}
