"""What a person, or a script, says to a running lab: lines that break things, mend them, and let simulated time pass."""

from __future__ import annotations

import json
import os
import re
import select
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from harness.errors import InputError, Refusal
from harness.units import HostName, Span, number_of, seconds

if TYPE_CHECKING:
    from harness.lab import Lab
    from harness.lab.parts import Part

CHUNK = 65536
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
LONGEST = 86400
TIME = re.compile(r"(\d+(?:\.\d+)?) ?([smh]?)")

LINES = """\
lose NAME            take it away: a site, an array, a vCenter or a host loses its power, a consistency group the line
                     between its arrays
restore NAME         give it back
cut HOST DATASTORE   one host loses all its paths to a datastore
mend HOST DATASTORE  and has them again
isolate HOST         the management network of a host is cut; its VMs run on
join HOST            and works again
pass TIME            let simulated time pass at once: 90 (seconds), 15m, 2h
show                 what there is, and how it stands
help                 this
quit                 end the lab, as Ctrl-C does"""


class Input:
    """Standard input, line by line, without waiting longer than asked; once it has ended there are no more lines."""

    def __init__(self) -> None:
        self._rest = b""
        self._over = sys.stdin is None or sys.stdin.closed

    def wait(self, limit: float) -> Iterator[str]:
        """Wait up to ``limit`` wall seconds for input; the lines that have come."""
        try:
            ready = select.select([] if self._over or _in_background() else [0], [], [], limit)[0]
            chunk = os.read(0, CHUNK) if ready else None
        except OSError:  # closed from the start, or a terminal that is gone
            chunk = b""
        if chunk is None:
            return
        self._over = not chunk
        *lines, self._rest = (self._rest + (chunk or b"\n" * bool(self._rest))).split(b"\n")
        yield from (line.decode(errors="replace").strip() for line in lines)


def _in_background() -> bool:
    """Whether reading from the terminal would stop this process: a shell has it in the background."""
    return os.isatty(0) and os.tcgetpgrp(0) != os.getpgrp()


@dataclass(frozen=True)
class Lines:
    """Answers lines, on standard output: in words, or as a line of JSON each."""

    lab: Lab
    as_json: bool

    def answer(self, line: str) -> bool:
        """Do what a line says, and tell; False where it says that the lab should end. An empty line says nothing."""
        words = line.split()
        if not words:
            return True
        if words == ["quit"]:
            return False
        try:
            self._tell(line, self._do(words[0], words[1:]))
        except (InputError, Refusal) as error:
            self._tell(line, str(error), ok=False)
        return True

    def _tell(self, line: str, said: str, *, ok: bool = True) -> None:
        now = self.lab.now()
        if self.as_json:
            answer = {"line": line, "ok": ok, "answer": said, "time": now.isoformat()}
            sys.stdout.write(json.dumps(answer) + "\n")
        else:
            sys.stdout.write(f"{now:%Y-%m-%d %H:%M:%S}  {'' if ok else 'no: '}{said}\n")
        sys.stdout.flush()

    def _do(self, verb: str, words: list[str]) -> str:
        orders: Mapping[str, tuple[int, Callable[..., str]]] = {
            "lose": (1, self._lose),
            "restore": (1, self._restore),
            "cut": (2, self._cut),
            "mend": (2, self._mend),
            "isolate": (1, self._isolate),
            "join": (1, self._join),
            "pass": (1, self._pass),
            "show": (0, self._show),
            "help": (0, self._help),
        }
        if verb not in orders:
            raise InputError(repr(verb), "nothing that a lab does", f"Known: {', '.join([*orders, 'quit'])}. help says more.")
        count, order = orders[verb]
        # a name may have spaces in it: that of a lab's only site has
        given = [" ".join(words)] if count == 1 and words else words
        if len(given) != count:
            form = next(form for form in LINES.splitlines() if form.startswith(verb)).split("  ")[0]
            had, needed = number_of(len(given), "word"), ("is" if count == 1 else "are")
            raise InputError(verb, f"{had} after it, where {count} {needed} needed", f"Say: {form}")
        return order(*given)

    def _lose(self, name: str) -> str:
        return self._switch(name, lambda part: part.lose())

    def _restore(self, name: str) -> str:
        return self._switch(name, lambda part: part.restore())

    def _switch(self, name: str, switch: Callable[[Part], None]) -> str:
        part = find(self.lab, name)
        before = part.state()
        switch(part)
        after = part.state()
        return f"{part.name} {after}" if after != before else f"nothing changed: {part.name} {after}"

    def _cut(self, host: str, label: str) -> str:
        name = find(self.lab, host, "host").name
        self.lab.faults.cut_paths(HostName(name), label)
        return f"{name} has no paths to {label}"

    def _mend(self, host: str, label: str) -> str:
        name = find(self.lab, host, "host").name
        self.lab.faults.give_paths(HostName(name), label)
        return f"{name} has paths to {label}"

    def _isolate(self, host: str) -> str:
        name = find(self.lab, host, "host").name
        return self._switch(name, lambda _part: self.lab.faults.isolate(HostName(name)))

    def _join(self, host: str) -> str:
        name = find(self.lab, host, "host").name
        return self._switch(name, lambda _part: self.lab.faults.end_isolation(HostName(name)))

    def _pass(self, text: str) -> str:
        span = read_span(text)
        self.lab.pass_time(span, "somebody asked for it")
        return f"{span} passed"

    def _show(self) -> str:
        width = max(len(name) for name in self.lab.parts)
        return "\n".join(["how it stands", *(f"{part.name:{width}}  {part.state()}" for part in self.lab.parts.values())])

    def _help(self) -> str:
        known = {volume.label for volume in self.lab.blueprint.volumes} | {store.label for store in self.lab.blueprint.nfs}
        labels = ", ".join(sorted(known))
        return f"what a line can say\n{LINES}\n\nNAME is one of\n{names(self.lab)}\nDATASTORE is one of\n  {labels}"


def names(lab: Lab) -> str:
    """The names of what can be lost, a line for each kind."""
    found: dict[str, list[str]] = {}
    for part in lab.parts.values():
        found.setdefault(part.kind, []).append(part.name)
    return "\n".join(f"  {kind:12} {', '.join(of_kind)}" for kind, of_kind in found.items())


def find(lab: Lab, name: str, kind: str = "") -> Part:
    """The part of that name; the first label of one will do where only one has it. Raises ``InputError`` for any other."""
    parts = {known: part for known, part in lab.parts.items() if kind in ("", part.kind)}
    found = [parts[name]] if name in parts else [part for known, part in parts.items() if known.partition(".")[0] == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(repr(name), "more than one has that name", f"Say which: {', '.join(part.name for part in found)}")
    near = get_close_matches(name, [*parts, *{known.partition(".")[0] for known in parts} - {*parts}], n=3, cutoff=0.6)
    hint = f"Near: {', '.join(near)}" if near else f"There are:\n{names(lab)}"
    what = "host" if kind else "thing that can be lost or restored"
    raise InputError(repr(name), f"no {what} has that name here", hint)


def read_span(text: str) -> Span:
    """``90``, ``90s``, ``15m`` or ``2h`` as a span. Raises ``InputError`` for anything else, and for more than a day."""
    read = TIME.fullmatch(text)
    count = float(read[1]) * UNITS[read[2]] if read else -1
    if not 0 <= count <= LONGEST:
        raise InputError(repr(text), "not a time of at most a day", "Say it like 90 (seconds), 15m or 2h.")
    return seconds(count)
