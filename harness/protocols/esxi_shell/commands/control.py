"""Commands that steer the shell itself: variables, tests of success, time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.session import LoopControl, ShellExit
from harness.protocols.esxi_shell.streams import lines_of

_RAW = Grammar(raw=True)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BUILTIN = ""
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


@command("true", _RAW)
def true(call: Call) -> int:
    """Succeed."""
    return 0


@command(":", _RAW, home=_BUILTIN)
def nothing(call: Call) -> int:
    """Succeed, having done nothing."""
    return 0


@command("false", _RAW)
def false(call: Call) -> int:
    """Fail."""
    return 1


def _status(call: Call) -> int:
    written = call.argv[0] if call.argv else str(call.session.status)
    if not re.fullmatch(r"[0-9]{1,9}", written):
        raise UsageError(f"illegal number: {written}")
    return int(written) & 0xFF


@command("exit", _RAW, home=_BUILTIN)
def leave(call: Call) -> int:
    """End the shell."""
    raise ShellExit(_status(call))


@command("logout", _RAW, home=_BUILTIN)
def logout(call: Call) -> int:
    """End the shell."""
    raise ShellExit(_status(call))


def _levels(call: Call) -> int:
    return max(1, int(call.argv[0])) if call.argv and re.fullmatch(r"[0-9]{1,4}", call.argv[0]) else 1


@command("break", _RAW, home=_BUILTIN)
def break_loop(call: Call) -> int:
    """Leave a loop."""
    raise LoopControl("break", _levels(call))


@command("continue", _RAW, home=_BUILTIN)
def continue_loop(call: Call) -> int:
    """Go on with a loop's next turn."""
    raise LoopControl("continue", _levels(call))


@command("export", _RAW, home=_BUILTIN)
def export(call: Call) -> int:
    """Set variables and mark them for commands; without arguments, list the marked ones."""
    session = call.session
    for argument in call.argv:
        name, equals, value = argument.partition("=")
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name}: bad variable name")
        if equals:
            session.variables[name] = value
        session.exported.add(name)
    if not call.argv or call.argv == ("-p",):
        _list(call, session.exported & session.variables.keys(), "export ")
    return 0


def _list(call: Call, names: set[str], prefix: str = "") -> None:
    for name in sorted(names):
        value = call.session.variables[name].replace("'", "'\"'\"'")
        call.out.write(f"{prefix}{name}='{value}'\n")


@command("unset", _RAW, home=_BUILTIN)
def unset(call: Call) -> int:
    """Forget variables."""
    for name in call.argv:
        call.session.variables.pop(name, None)
        call.session.exported.discard(name)
    return 0


@command("set", _RAW, home=_BUILTIN)
def set_variables(call: Call) -> int:
    """List the variables, or set the positional parameters after ``--``; options of the shell are not simulated."""
    if not call.argv:
        _list(call, set(call.session.variables))
    elif call.argv[0] == "--" or not call.argv[0].startswith(("-", "+")):
        call.session.arguments = call.argv[call.argv[0] == "--" :]
    else:
        return call.fail(texts.NOT_SIMULATED, 2, name="set", problem=f"option {call.argv[0]}")
    return 0


@command("env", Grammar(summary="Only the listing is simulated."))
def environment(call: Call) -> int:
    """List the variables that commands see."""
    for name in sorted(call.session.exported & call.session.variables.keys()):
        call.out.write(f"{name}={call.session.variables[name]}\n")
    return 0


@command("shift", _RAW, home=_BUILTIN)
def shift(call: Call) -> int:
    """Drop the first positional parameters."""
    call.session.arguments = call.session.arguments[_levels(call) :]
    return 0


@command("read", _RAW, home=_BUILTIN)
def read_line(call: Call) -> int:
    """Read a line into variables; the last one takes the rest."""
    names = [name for name in call.argv if not name.startswith("-")] or ["REPLY"]
    line = call.stdin.readline()
    pieces = line.rstrip("\n").strip(" \t").split(None, len(names) - 1)
    for index, name in enumerate(names):
        call.session.variables[name] = pieces[index] if index < len(pieces) else ""
    return 0 if line.endswith("\n") else 1


@command("eval", _RAW, home=_BUILTIN)
def evaluate(call: Call) -> int:
    """Run the arguments as a line."""
    return call.shell.run_text(" ".join(call.argv), call.streams, call.session)


@command("sh", _RAW)
def shell(call: Call) -> int:
    """Run a script file, ``-c`` text, or standard input, in a shell of its own."""
    if call.argv and call.argv[0] == "-c":
        inner = call.session.copied()
        inner.arguments = call.argv[3:]
        try:
            return call.shell.run_text(call.argv[1] if len(call.argv) > 1 else "", call.streams, inner)
        except ShellExit as exit_:
            return exit_.status
    if call.argv:
        return call.shell.run_script_file(call.path(call.argv[0]), call.argv[1:], call.streams, call.session)
    try:
        return call.shell.run_text(call.stdin.read(), call.streams, call.session.copied())
    except ShellExit as exit_:
        return exit_.status


@command(".", _RAW, home=_BUILTIN)
def source(call: Call) -> int:
    """Run a script file in this shell."""
    if not call.argv:
        raise UsageError("filename argument required")
    return call.shell.run_text(call.read(call.argv[0]), call.streams, call.session)


@command("sleep", Grammar(positionals="N[smhd]...", least=1, most=None))
def sleep(call: Call) -> int:
    """Let simulated time pass."""
    total = 0.0
    for written in call.parsed.positionals:
        match = re.fullmatch(r"([0-9]{1,8}(?:\.[0-9]{1,6})?)([smhd]?)", written)
        if not match:
            raise UsageError(f"invalid number '{written}'")
        total += float(match[1]) * _UNITS[match[2]]
    call.host.sleep(timedelta(seconds=total))
    call.session.interrupt.check()
    return 0


_DATE_OPTIONS = (option("-u", help="UTC"), option("-d", value="@seconds"), option("-I", help="ISO 8601 date"))


@command("date", Grammar(_DATE_OPTIONS, positionals="[+FORMAT]", most=1, free_text=True))
def date(call: Call) -> int:
    """Show simulated time."""
    moment = call.host.now()
    if written := call.parsed.value("d"):
        if not re.fullmatch(r"@[0-9]{1,11}", written):
            raise UsageError(f"invalid date '{written}'")
        moment = datetime.fromtimestamp(int(written[1:]), UTC)
    form = call.parsed.positionals[0] if call.parsed.positionals else "+%Y-%m-%d" if call.parsed.has("I") else ""
    if form and not form.startswith("+"):
        return call.fail(texts.NOT_SIMULATED, name="date", problem="setting the clock")
    call.out.write(f"{formatted(moment, form[1:] or '%a %b %e %H:%M:%S UTC %Y')}\n")
    return 0


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December")  # fmt: skip


def formatted(moment: datetime, form: str) -> str:
    """``strftime`` for the fields that scripts use, in English whatever the machine's language."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    fields = {
        "Y": f"{moment.year:04}", "m": f"{moment.month:02}", "d": f"{moment.day:02}", "e": f"{moment.day:2}",
        "H": f"{moment.hour:02}", "M": f"{moment.minute:02}", "S": f"{moment.second:02}", "y": f"{moment.year % 100:02}",
        "a": day[:3], "A": day, "b": month[:3], "B": month, "Z": "UTC", "z": "+0000", "s": str(int(moment.timestamp())),
        "F": f"{moment:%Y-%m-%d}", "T": f"{moment:%H:%M:%S}", "j": f"{moment:%j}", "N": f"{moment.microsecond * 1000:09}",
        "n": "\n", "t": "\t", "%": "%", "D": f"{moment:%m/%d/%y}", "R": f"{moment:%H:%M}", "u": str(moment.isoweekday()),
    }  # fmt: skip
    return re.sub(r"%(.)", lambda match: fields.get(match[1], match[0]), form)


@command("which", Grammar(positionals="COMMAND...", least=1, most=None))
def which(call: Call) -> int:
    """Show where commands lie."""
    missing = 0
    for name in call.parsed.positionals:
        found = call.shell.registry.find(name, call.host)
        if found and found.home:
            call.out.write(f"{found.path}\n")
        missing += not (found and found.home)
    return 1 if missing else 0


@command("type", Grammar(positionals="NAME...", least=1, most=None), home=_BUILTIN)
def kind(call: Call) -> int:
    """Say what a command is."""
    status = 0
    for name in call.parsed.positionals:
        found = call.shell.registry.find(name, call.host)
        if not found:
            call.out.write(f"{name}: not found\n")
            status = 127
        else:
            call.out.write(f"{name} is {found.path}\n" if found.home else f"{name} is a shell builtin\n")
    return status


@command("command", _RAW, home=_BUILTIN)
def run_named(call: Call) -> int:
    """Run a command; with ``-v`` show what its name stands for, or nothing and 127 where it stands for nothing."""
    if call.argv[:1] != ("-v",):
        return call.shell.run_command(call.argv, call.streams, call.session) if call.argv else 0
    found = [call.shell.registry.find(name, call.host) for name in call.argv[1:]]
    call.out.write("".join(f"{item.path if item.home else item.name}\n" for item in found if item))
    return 0 if found and all(found) else 127


@command("xargs", Grammar((option("-n", value="count"), option("-I", value="text"), option("-r")), "COMMAND [ARGS]", 0, None,
                          free_text=True, options_first=True))  # fmt: skip
def xargs(call: Call) -> int:
    """Run a command with what standard input lists as further arguments."""
    base = list(call.parsed.positionals or ("echo",))
    text = call.stdin.read()
    mark = call.parsed.value("I")
    if mark:
        runs = [[word.replace(mark, line.strip()) for word in base] for line in lines_of(text) if line.strip()]
    else:
        words = text.split()
        size = max(1, call.parsed.number("n", len(words) or 1))
        runs = [base + words[start : start + size] for start in range(0, len(words), size)]
        runs = runs or ([] if call.parsed.has("r") else [base])
    statuses = [call.shell.run_command(run, call.streams, call.session) for run in runs]
    return 123 if any(statuses) else 0
