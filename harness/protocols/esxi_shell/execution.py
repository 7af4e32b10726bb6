"""Walking the tree of a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TypeAlias

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.expansion import Expander
from harness.protocols.esxi_shell.host_view import HostView
from harness.protocols.esxi_shell.patterns import glob_matches
from harness.protocols.esxi_shell.redirection import RedirectionFailed, Redirector
from harness.protocols.esxi_shell.session import MOST_TURNS, LimitReached, LoopControl, Session, ShellExit
from harness.protocols.esxi_shell.streams import Collected, Output, Streams, TextInput
from harness.protocols.esxi_shell.syntax import (
    Case,
    Chain,
    Command,
    Compound,
    For,
    Group,
    If,
    Loop,
    Pipeline,
    Script,
    SimpleCommand,
)
from harness.protocols.esxi_shell.texts import Text
from harness.records import replace
from harness.units import Span

RunCommand: TypeAlias = Callable[[Sequence[str], Streams, Session], int]
NOTHING_LENT = nullcontext()


def contained(run: Callable[[], int]) -> int:
    """Run something as a subshell does: ``exit`` and a stray ``break`` end it and go no further."""
    try:
        return run()
    except ShellExit as exit_:
        return exit_.status
    except LoopControl:
        return 0


def complain(host: HostView, err: Output, text: Text, **fields: object) -> int:
    """Show one of the shell's own texts and note it; status 1."""
    text.note_on(host)
    err.write(text.fill(**fields) + "\n")
    return 1


class Execution:
    """Runs trees on one host; ``run_command`` is how a simple command is run once its words are known."""

    def __init__(self, host: HostView, run_command: RunCommand) -> None:
        self._host, self._run_command = host, run_command

    def script(self, script: Script, streams: Streams, session: Session) -> int:
        """Run a script in ``session``; the exit status of its last command."""
        status = 0
        for chain in script.chains:
            status = self._chain(chain, streams, session)
        return status

    def _chain(self, chain: Chain, streams: Streams, session: Session) -> int:
        status = self._pipeline(chain.first, streams, session)
        for operator, pipeline in chain.rest:
            if (status == 0) == (operator == "&&"):
                status = self._pipeline(pipeline, streams, session)
        return status

    def _pipeline(self, pipeline: Pipeline, streams: Streams, session: Session) -> int:
        began = self._host.now()
        if len(pipeline.commands) == 1:
            status = self._command(pipeline.commands[0], streams, session)
        else:
            status = self._piped(pipeline.commands, streams, session)
        if pipeline.timed:
            complain(self._host, streams.err, texts.TIMES, real=_clock(self._host.now() - began))
        session.status = int(status == 0) if pipeline.negated else status
        return session.status

    def _piped(self, commands: Sequence[Command], streams: Streams, session: Session) -> int:
        """Each command runs to its end before the next one reads what it wrote."""
        stdin = streams.stdin
        for command in commands[:-1]:
            kept = Collected()
            self._in_subshell(command, replace(streams, stdin=stdin, out=kept), session)
            stdin = TextInput(kept.text)
        return self._in_subshell(commands[-1], replace(streams, stdin=stdin), session)

    def _in_subshell(self, command: Command, streams: Streams, session: Session) -> int:
        inner = session.copied()
        return contained(lambda: self._command(command, streams, inner))

    def _command(self, command: Command, streams: Streams, session: Session) -> int:
        session.interrupt.check()
        expander = self._expander(streams, session)
        redirector = Redirector(session, self._host, expander)
        try:
            if isinstance(command, SimpleCommand):
                return self._simple(command, streams, redirector)
            return self._compound(command, redirector.apply(command.redirections, streams), session, expander)
        except RedirectionFailed as failed:
            return complain(self._host, streams.err, failed.text, path=failed.path, problem=failed.problem)

    def _expander(self, streams: Streams, session: Session) -> Expander:
        def substitute(body: Script) -> str:
            kept = Collected()
            inner = session.copied()
            session.status = contained(lambda: self.script(body, replace(streams, out=kept), inner))
            return kept.text

        return Expander(session, self._host.files, substitute)

    def _simple(self, command: SimpleCommand, streams: Streams, redirector: Redirector) -> int:
        session, expander = redirector.session, redirector.expander
        argv = expander.fields(command.words)
        if not argv:
            session.count_command()
            session.status = 0
            for assignment in command.assignments:
                session.variables[assignment.name] = expander.text(assignment.value)
            redirector.apply(command.redirections, streams)
            return session.status
        values = {assignment.name: expander.text(assignment.value) for assignment in command.assignments}
        inner = redirector.apply(command.redirections, streams)
        with _lent(session, values) if values else NOTHING_LENT:
            return self._run_command(argv, inner, session)

    def _compound(self, command: Compound, streams: Streams, session: Session, expander: Expander) -> int:
        match command:
            case Group(body, subshell=True):
                inner = session.copied()
                return contained(lambda: self.script(body, streams, inner))
            case Group(body):
                return self.script(body, streams, session)
            case If():
                return self._if(command, streams, session)
            case Case():
                return self._case(command, streams, session, expander)
            case For(name, words, body):
                values = session.arguments if words is None else tuple(expander.fields(words))
                return self._turns(_each(session, name, values), body, streams, session)
            case Loop(condition, body, inverted):
                return self._turns(self._while(condition, inverted, streams, session), body, streams, session)

    def _if(self, command: If, streams: Streams, session: Session) -> int:
        for condition, body in command.branches:
            if self.script(condition, streams, session) == 0:
                return self.script(body, streams, session)
        return self.script(command.otherwise, streams, session) if command.otherwise else 0

    def _case(self, command: Case, streams: Streams, session: Session, expander: Expander) -> int:
        subject = expander.text(command.subject)
        for patterns, body in command.branches:
            if any(glob_matches(expander.pattern(pattern), subject) for pattern in patterns):
                return self.script(body, streams, session)
        return 0

    def _while(self, condition: Script, inverted: bool, streams: Streams, session: Session) -> Iterator[None]:
        while (self.script(condition, streams, session) == 0) != inverted:
            yield

    def _turns(self, turns: Iterator[None], body: Script, streams: Streams, session: Session) -> int:
        """Run ``body`` once for each turn; no loop turns more than :data:`MOST_TURNS` times."""
        status = count = 0
        while True:
            try:
                if next(turns, turns) is turns:
                    return status
                status = self.script(body, streams, session)
            except LoopControl as control:
                if control.levels > 1:
                    raise LoopControl(control.kind, control.levels - 1) from None
                if control.kind == "break":
                    return 0
            count += 1
            if count > MOST_TURNS:
                raise LimitReached(f"a loop turned more than {MOST_TURNS} times")


def _each(session: Session, name: str, values: Sequence[str]) -> Iterator[None]:
    for value in values:
        session.variables[name] = value
        yield


@contextmanager
def _lent(session: Session, values: dict[str, str]) -> Iterator[None]:
    """Variables that hold for one command alone."""
    before = dict(session.variables)
    session.variables.update(values)
    try:
        yield
    finally:
        for name in values:
            if name in before:
                session.variables[name] = before[name]
            else:
                session.variables.pop(name, None)


def _clock(span: Span) -> str:
    minutes, seconds = divmod(span.total_seconds(), 60)
    return f"{int(minutes)}m {seconds:.2f}s"
