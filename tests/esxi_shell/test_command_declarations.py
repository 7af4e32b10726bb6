from __future__ import annotations

import pytest

from harness.protocols.esxi_shell.grammar import Grammar, StrayDash, UsageError, option, parse_arguments
from harness.protocols.esxi_shell.interpreter import Interpreter
from harness.protocols.esxi_shell.namespace import NamespaceTree, front_end, leaf
from harness.protocols.esxi_shell.registry import Call, Registry, command
from harness.protocols.esxi_shell.streams import Collected, Streams, TextInput
from harness.protocols.esxi_shell.toolbox import standard_registry
from tests.esxi_shell.login_styles import LOGIN_STYLES

VOLUME = Grammar(
    (
        option("-l", "--list", help="list"),
        option("-m", "--mount", value="uuid|label", help="mount until the next boot"),
        option("-v", "--verbose"),
    ),
    summary="Volumes.",
)


@command("esxcfg-volume", VOLUME, home="/sbin")
def volume(call: Call) -> int:
    call.out.write(f"mount {call.parsed.value('m')} verbose {call.parsed.has('v')}\n")
    return 0


@command("/etc/init.d/hostd", Grammar(positionals="start|stop|restart|status", least=1, most=1))
def hostd(call: Call) -> int:
    call.out.write(f"{call.name} {call.parsed.positionals[0]}\n")
    return 0


@command("dcui-only", exists=lambda host: host.login.prompt == "bracket")
def later(call: Call) -> int:
    return 0


@leaf("storage filesystem list", Grammar(summary="List volumes."))
def list_filesystems(call: Call) -> int:
    call.out.write(f"listing {call.common.value('formatter')}\n")
    return 0


ENABLE = option("-e", "--enable", value="true|false", required=True, choices=("true", "false"))


@leaf("system maintenanceMode set", Grammar((ENABLE, option("-t", "--timeout", value="seconds"))))
def set_maintenance(call: Call) -> int:
    call.out.write(f"enable {call.parsed.value('e')} timeout {call.parsed.number('t', 0)}\n")
    return 0


@leaf("nvme fabrics list", exists=lambda host: host.login.prompt == "bracket")
def list_fabrics(call: Call) -> int:
    return 0


TREE = NamespaceTree([list_filesystems, set_maintenance, list_fabrics])


@pytest.fixture
def run(host, session):
    commands = [volume, hostd, later, front_end("esxcli", TREE, needs=("hostd",)), front_end("localcli", TREE)]
    interpreter = Interpreter(standard_registry(commands), host)

    def run_line(line: str) -> tuple[int, str, str]:
        out, err = Collected(), Collected()
        status = interpreter.run_line(line, Streams(TextInput(), out, err), session)
        return status, out.text, err.text

    return run_line


@pytest.mark.parametrize(
    ("argv", "options", "positionals"),
    [
        (["-m", "ds1"], {"m": ("ds1",)}, ()),
        (["-mds1", "-v"], {"m": ("ds1",), "v": ("",)}, ()),
        (["--mount=ds1"], {"m": ("ds1",)}, ()),
        (["--mount", "ds1"], {"m": ("ds1",)}, ()),
        (["-vl"], {"v": ("",), "l": ("",)}, ()),
        (["-vm", "ds1"], {"v": ("",), "m": ("ds1",)}, ()),
        (["-m=ds1"], {"m": ("ds1",)}, ()),
    ],
)
def test_options_are_sorted_out(argv, options, positionals):
    parsed = parse_arguments(VOLUME, argv)
    assert (dict(parsed.options), parsed.positionals) == (options, positionals)


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (["-x"], "invalid option -- 'x'"),
        (["--unknown"], "unrecognized option '--unknown'"),
        (["-m"], "option '-m' requires an argument"),
        (["--verbose=1"], "option '--verbose' doesn't allow an argument"),
        (["extra"], "unexpected argument 'extra'"),
    ],
)
def test_what_the_grammar_does_not_allow_is_named(run, host, argv, problem):
    status, out, err = run("esxcfg-volume " + " ".join(argv))
    assert (status, out) == (1, "")
    assert err.startswith(f"esxcfg-volume: {problem}\nUsage: esxcfg-volume [options]\n")
    assert ("shell.usage", "assumed") in host.texts


@pytest.mark.parametrize(
    ("dash", "code", "name"), [("–", "U+2013", "EN DASH"), ("—", "U+2014", "EM DASH"), ("−", "U+2212", "MINUS SIGN")]
)
def test_a_dash_copied_from_a_blog_is_named_and_does_nothing(run, host, dash, code, name):
    status, out, err = run(f"esxcfg-volume -v {dash}m ds1")
    assert (status, out) == (1, "")
    assert f"argument 2 ({dash}m) begins with '{dash}' ({code} {name}), which is not the hyphen '-' (U+002D)" in err
    assert ("shell.stray-dash", "assumed") in host.texts


def test_a_stray_dash_has_fields():
    with pytest.raises(StrayDash) as caught:
        parse_arguments(VOLUME, ["–m"])
    assert (caught.value.position, caught.value.argument, caught.value.code) == (1, "–m", "U+2013")


def test_free_text_may_begin_with_any_dash(run):
    assert run("echo '– a' | grep –")[:2] == (0, "– a\n")


def test_help_is_generated_and_marked(run, host):
    status, out, _ = run("esxcfg-volume --help")
    assert status == 0
    assert out == (
        "Usage: esxcfg-volume [options]\nVolumes.\n"
        "  -l, --list                list\n"
        "  -m, --mount <uuid|label>  mount until the next boot\n"
        "  -v, --verbose\n"
    )
    assert ("shell.help", "assumed") in host.texts


def test_commands_are_found_by_name_path_and_release(run, host):
    assert run("/sbin/esxcfg-volume -m a")[1] == "mount a verbose False\n"
    assert run("/etc/init.d/hostd restart")[1] == "/etc/init.d/hostd restart\n"
    assert run("hostd restart")[0] == 127
    assert run("dcui-only")[0] == 127
    assert run("which esxcfg-volume")[1] == "/sbin/esxcfg-volume\n"
    host.login = LOGIN_STYLES["6.0"]
    assert run("dcui-only")[0] == 0


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="esxcfg-volume"):
        Registry([volume, volume])
    with pytest.raises(ValueError, match="storage filesystem list"):
        NamespaceTree([list_filesystems, list_filesystems])


def test_words_lead_to_a_command(run):
    assert run("esxcli storage filesystem list") == (0, "listing \n", "")
    assert run("esxcli --formatter=csv storage filesystem list") == (0, "listing csv\n", "")
    assert run("esxcli system maintenanceMode set -e true -t 60") == (0, "enable true timeout 60\n", "")
    assert run("esxcli system maintenanceMode set --enable=false") == (0, "enable false timeout 0\n", "")


def test_unknown_words_are_quoted_back(run, host):
    answer = run("esxcli graphics host refresh")
    assert answer == (1, "", "Error: Unknown command or namespace graphics host refresh\n\n")
    host.version = "6.0.0"
    run("esxcli graphics host refresh")
    assert [shown for shown in host.texts if shown[0] == "esxcli.unknown-namespace"] == [
        ("esxcli.unknown-namespace", "assumed"),
        ("esxcli.unknown-namespace", "quoted"),
    ]
    assert run("esxcli nvme fabrics list")[0] == 1


def test_a_namespace_alone_lists_what_it_holds_and_is_no_success(run):
    status, out, _ = run("esxcli storage")
    assert status == 1
    assert "storage filesystem list" in out
    assert "maintenanceMode" not in out
    assert run("esxcli storage --help")[0] == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("esxcli system maintenanceMode set", "missing option -e or --enable"),
        ("esxcli system maintenanceMode set -e perhaps", "Invalid data constraint for parameter 'enable'."),
        ("esxcli system maintenanceMode set -e true -t x", "invalid number 'x'"),
        ("esxcli storage filesystem list more", "unexpected argument 'more'"),
    ],
)
def test_option_problems_of_a_tree(run, line, problem):
    status, out, err = run(line)
    assert (status, out) == (1, "")
    assert err.startswith(f"Error: {problem}\n\nUsage: esxcli ")


def test_a_stray_dash_counts_from_the_front_end(run):
    _, _, err = run("esxcli system maintenanceMode set –e true")
    assert "argument 4 (–e)" in err


def test_esxcli_needs_hostd_and_localcli_does_not(run, host):
    host.version = "5.1.0"
    host.services.discard("hostd")
    assert run("esxcli network") == (1, "", "Connect to localhost failed: Connection failure\n")
    assert ("esxcli.no-hostd", "quoted") in host.texts
    assert run("localcli storage filesystem list") == (0, "listing \n", "")


def test_usage_errors_have_fields():
    with pytest.raises(UsageError) as caught:
        parse_arguments(Grammar(), ["a"])
    assert caught.value.problem == "unexpected argument 'a'"
