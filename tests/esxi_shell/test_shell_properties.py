from __future__ import annotations

import shlex
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocols.esxi_shell.interpreter import Interpreter
from harness.protocols.esxi_shell.parser import parse
from harness.protocols.esxi_shell.session import Session, ShellExit
from harness.protocols.esxi_shell.streams import Collected, Streams, TextInput, decoded, encoded
from harness.protocols.esxi_shell.syntax import ShellSyntaxError
from harness.protocols.esxi_shell.toolbox import standard_registry
from tests.esxi_shell.memory_host import MemoryHost

REGISTRY = standard_registry()
WORDS = r"""
' " \ $ ` ( ) { } ; ;; & && | || < > >> << 2>&1 # ! = * ? [ ] ~ $( $(( )) ${ ${x:- } if then else elif fi for in do done
while until case esac time echo cat x=1 $x $? grep sed awk s/a/b/ {print$1} tr sort cut -f -n 1 head - -- a b /etc /etc/vmware/*
xargs sh -c test [ -f ] printf %s find ls -l exit break read eval . shift
"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])
SHELLISH = st.lists(PIECES, max_size=25).flatmap(lambda pieces: st.sampled_from([" ".join(pieces), "".join(pieces)]))
RELAXED = settings(max_examples=300)


def run_line(line: str, stdin: str = "a b\nc\n") -> tuple[int, str, str]:
    out, err = Collected(), Collected()
    interpreter = Interpreter(REGISTRY, MemoryHost())
    try:
        status = interpreter.run_line(line, Streams(TextInput(stdin), out, err), Session.begin("root", 1))
    except ShellExit as exit_:
        status = exit_.status
    return status, out.text, err.text


@RELAXED
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=6))
def test_quoted_words_come_back_as_they_were(words):
    status, out, err = run_line("printf '%s|\\0' " + " ".join(shlex.quote(word) for word in words))
    assert (status, err) == (0, "")
    assert out == "".join(f"{word}|\0" for word in words)


@RELAXED
@given(st.one_of(st.text(), SHELLISH))
def test_any_text_parses_or_is_a_syntax_error(text):
    with suppress(ShellSyntaxError):
        parse(text)


@RELAXED
@given(SHELLISH)
def test_any_line_ends_with_a_status(line):
    status, _, _ = run_line(line)
    assert 0 <= status < 256


TOOLS = """awk;sed;grep;grep -E;tr;cut -f;sort -k;head -n;find -name;printf;test;date;chmod;ls;stat -c;xargs
sleep;seq;uniq;hexdump -C -n;strings -n
basename;exit;shift;set;export;xargs -n;wc;tail -n;mkdir;sed -n;read""".replace("\n", ";").split(";")


@RELAXED
@given(st.sampled_from(TOOLS), st.lists(st.text(max_size=12), max_size=3))
def test_no_tool_is_upset_by_its_arguments(tool, words):
    status, _, _ = run_line(" ".join([tool, *map(shlex.quote, words)]).replace("\0", ""))
    assert 0 <= status < 256


@given(st.binary())
def test_bytes_pass_through_unharmed(content):
    assert encoded(decoded(content)) == content
