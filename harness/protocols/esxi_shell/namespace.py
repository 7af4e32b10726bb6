"""Command trees in the manner of ``esxcli``: words that lead to a command, then its options."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.grammar import (
    Grammar,
    InvalidChoice,
    StrayDash,
    UsageError,
    find_stray_dash,
    option,
    parse_arguments,
)
from harness.protocols.esxi_shell.host_view import HostView
from harness.protocols.esxi_shell.registry import Call, Command, Exists, Run, refuse_stray_dash
from harness.records import replace

_COMMON = Grammar(
    (
        option("--formatter", value="csv|keyvalue|xml|json"),
        option("--format-param", value="name=value"),
        option("--debug"),
        option("--screen-width", value="columns"),
    ),
    most=None,
    options_first=True,
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A command of a tree: ``words`` lead to it (``storage filesystem list``)."""

    words: tuple[str, ...]
    grammar: Grammar
    run: Run
    exists: Exists | None = None

    def on(self, host: HostView) -> bool:
        """Whether the host's release has it."""
        return self.exists is None or self.exists(host)


def leaf(words: str, grammar: Grammar | None = None, *, exists: Exists | None = None) -> Callable[[Run], Leaf]:
    """Declare the decorated function as the command that ``words``, with blanks between them, lead to."""
    return lambda run: Leaf(tuple(words.split()), grammar or Grammar(), run, exists)


class NamespaceTree:
    """All commands of a tree; several front ends (``esxcli``, ``localcli``) may share it."""

    def __init__(self, leaves: Iterable[Leaf] = ()) -> None:
        self._leaves: dict[tuple[str, ...], Leaf] = {}
        for item in leaves:
            self.add(item)

    @classmethod
    def of(cls, *modules: ModuleType) -> NamespaceTree:
        """All leaves that these modules declare at their top level."""
        return cls(item for module in modules for item in vars(module).values() if isinstance(item, Leaf))

    def add(self, item: Leaf) -> None:
        """Add a command; its words can be taken once."""
        if item.words in self._leaves:
            raise ValueError(f"command {' '.join(item.words)!r} is declared twice")
        self._leaves[item.words] = item

    def find(self, argv: Sequence[str], host: HostView) -> Leaf | None:
        """The command that the first words lead to."""
        candidates = (self._leaves.get(tuple(argv[:count])) for count in range(len(argv), 0, -1))
        return next((found for found in candidates if found and found.on(host)), None)

    def below(self, words: Sequence[str], host: HostView) -> list[Leaf]:
        """The commands in a namespace, by their words."""
        count = len(words)
        inside = (item for key, item in sorted(self._leaves.items()) if key[:count] == tuple(words))
        return [item for item in inside if item.on(host)]


def front_end(name: str, tree: NamespaceTree, needs: Sequence[str] = ()) -> Command:
    """A command that leads into ``tree``. While one of the services it ``needs`` is down it says so and does nothing."""

    def run(call: Call) -> int:
        if not all(call.host.service_running(service) for service in needs):
            return call.fail(texts.NEEDS_HOSTD)
        return _Entrance(name, tree).run(call)

    return Command(name, Grammar(raw=True), run)


@dataclass(frozen=True, slots=True)
class _Entrance:
    name: str
    tree: NamespaceTree

    def run(self, call: Call) -> int:
        try:
            common = parse_arguments(_COMMON, call.argv)
        except StrayDash as error:
            return refuse_stray_dash(call, error)
        except UsageError as error:
            return call.fail(texts.OPTION_PROBLEM, problem=error.problem, usage=_COMMON.usage(self.name))
        words = common.positionals
        found = self.tree.find(words, call.host)
        if found is None:
            return self._lost(call, words)
        inner = replace(call, name=" ".join([self.name, *found.words]), argv=words[len(found.words) :], common=common)
        return self._run_leaf(found, inner, offset=len(call.argv) - len(inner.argv))

    def _run_leaf(self, found: Leaf, call: Call, offset: int) -> int:
        try:
            parsed = parse_arguments(found.grammar, call.argv)
            if parsed.help_wanted:
                return call.say(texts.HELP, usage=found.grammar.usage(call.name))
            return found.run(replace(call, parsed=parsed))
        except StrayDash as error:
            return refuse_stray_dash(call, dataclasses.replace(error, position=error.position + offset))
        except InvalidChoice as error:
            return call.fail(texts.INVALID_CHOICE, parameter=error.parameter, usage=found.grammar.usage(call.name))
        except UsageError as error:
            return call.fail(texts.OPTION_PROBLEM, problem=error.problem, usage=found.grammar.usage(call.name))

    def _lost(self, call: Call, words: Sequence[str]) -> int:
        """A namespace lists what it holds, and nothing is done; anything else is unknown."""
        if stray := find_stray_dash(words):
            return refuse_stray_dash(call, stray)
        wanted_help = [word for word in words if word in {"--help", "-?"}]
        path = [word for word in words if word not in {"--help", "-?"}]
        inside = self.tree.below(path, call.host)
        if not inside:
            return call.fail(texts.UNKNOWN_NAMESPACE, words=" ".join(word for word in words if not word.startswith("-")))
        rows = [f"  {' '.join(item.words):<48} {item.grammar.summary}".rstrip() for item in inside]
        call.say(texts.NAMESPACE_LIST, listing="\n".join([f"Commands of {' '.join([self.name, *path])}:", *rows]))
        return 0 if wanted_help or call.argv in ((), ("--help",)) else 1
