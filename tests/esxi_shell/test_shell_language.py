from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("echo a  b", "a b\n"),
        ("echo 'a  $HOME' \"b  $USER\" c\\ d", "a  $HOME b  root c d\n"),
        ('echo "\\$x \\"q\\" \\a"', '$x "q" \\a\n'),
        ("echo a#b # a comment", "a#b\n"),
        ("x=5; echo $x ${x}y '$x'", "5 5y $x\n"),
        ('x="a  b"; echo $x; echo "$x"', "a b\na  b\n"),
        ("echo ${no:-default} ${no-d} ${USER:+set} ${#USER}", "default d set 4\n"),
        ("f=a.tar.gz; echo ${f%.*} ${f%%.*} ${f#*.} ${f##*.}", "a.tar a tar.gz gz\n"),
        ("x=; echo ${x:=new} $x", "new new\n"),
        ("echo $(echo a; echo b) `echo c`", "a b c\n"),
        ('echo "$(echo "inner  quotes")"', "inner  quotes\n"),
        ("echo $((2+3*4)) $(( (2+3)*4 )) $((7/2)) $((-7%3)) $((1<2)) $((0x10))", "14 20 3 -1 1 16\n"),
        ("i=3; echo $((i+1)) $(($i*2))", "4 6\n"),
        ("false || echo no; true && echo yes; false && echo never", "no\nyes\n"),
        ("! false && echo negated", "negated\n"),
        ("false; echo $?; true; echo $?", "1\n0\n"),
        ("for i in 1 2 3; do echo $i; done", "1\n2\n3\n"),
        ("for i in a b; do\n  for j in 1 2; do\n    echo $i$j\n  done\ndone", "a1\na2\nb1\nb2\n"),
        ("if [ 1 -eq 1 ]; then echo y; else echo n; fi", "y\n"),
        ("if false; then echo a; elif true; then echo b; else echo c; fi", "b\n"),
        ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", "1\n2\n3\n"),
        ("i=0; until [ $i -ge 2 ]; do i=$((i+1)); done; echo $i", "2\n"),
        ("for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done", "1\n3\n"),
        ("for i in 1 2; do for j in 1 2; do break 2; done; done; echo $i$j", "11\n"),
        ("case vmhba1 in naa*) echo disk;; vmhba?) echo adapter;; *) echo other;; esac", "adapter\n"),
        ("x=1; (x=2; echo $x); echo $x", "2\n1\n"),
        ("x=1; echo 2 | read x; echo $x; cd /tmp | true; pwd", "1\n/\n"),
        ("x=1; { x=2; }; echo $x", "2\n"),
        ("echo one | { read a; echo got $a; }", "got one\n"),
        ("printf 'a 1\\nb 2\\n' | while read n v; do echo $v-$n; done", "1-a\n2-b\n"),
        ("cat <<END\nhost $USER\nEND\necho after", "host root\nafter\n"),
        ("cat <<'END'\nhost $USER\nEND", "host $USER\n"),
        ("cat <<-END\n\t\ttabs\n\tEND", "tabs\n"),
        ("echo a \\\n b", "a b\n"),
        ("echo a;\n\n# comment\necho b", "a\nb\n"),
        ("x=1 y=2; echo $x$y; x=3 true; echo $x", "12\n1\n"),
        ("set -- p q; echo $1 $2 $# $@; shift; echo $1", "p q 2 p q\nq\n"),
        ('set -- "a b" c; for i in "$@"; do echo "<$i>"; done', "<a b>\n<c>\n"),
        ("IFS=:; p=a:b; echo $p", "a b\n"),
        ("eval 'x=7; echo $x'", "7\n"),
        ("sh -c 'echo $1-$2' sh a b", "a-b\n"),
        ("echo ~ ~/x a~", "/ /x a~\n"),
        ("echo $0 $$", "-sh 34105\n"),
        ("echo a{1,2}", "a{1,2}\n"),
        ("echo fi done", "fi done\n"),
        ("echo -", "-\n"),
    ],
)
def test_the_language_means_what_a_posix_shell_means(run, line, out):
    result = run(line)
    assert (result.out, result.err) == (out, "")


@pytest.mark.parametrize(
    ("line", "err"),
    [
        ("fi", '-sh: syntax error: unexpected "fi"\n'),
        ("echo (", '-sh: syntax error: unexpected "("\n'),
        ("a ;; b", '-sh: syntax error: unexpected ";;"\n'),
        ("| a", '-sh: syntax error: unexpected "|"\n'),
        ("echo 'abc", "-sh: syntax error: unterminated quoted string\n"),
        ("for i in 1; do echo", '-sh: syntax error: unexpected end of file (expecting "done")\n'),
        ("if true; done", '-sh: syntax error: unexpected "done" (expecting "then")\n'),
        ("echo >", "-sh: syntax error: unexpected end of file\n"),
        ("echo ${a b}", "-sh: syntax error: bad substitution\n"),
    ],
)
def test_a_syntax_error_runs_nothing_and_gives_2(run, host, line, err):
    before = dict(host.files.nodes)
    result = run("echo x > /tmp/never; " + line)
    assert (result.status, result.out, result.err) == (2, "", err)
    assert host.files.nodes == before
    assert ("shell.syntax-error", "assumed") in host.texts


def test_an_arithmetic_error_ends_the_line(run):
    result = run("echo $((1/0)); echo after")
    assert (result.status, result.out, result.err) == (2, "", "-sh: divide by zero\n")


def test_unknown_commands_give_127_and_have_the_words_of_9_0(run, host):
    host.version = "9.0.0"
    result = run("foo; echo $?")
    assert (result.out, result.err) == ("127\n", "-sh: foo: not found\n")
    assert ("shell.not-found", "quoted") in host.texts
    assert run("/etc/init.d/networking restart").err == "-sh: /etc/init.d/networking: not found\n"
    host.version = "5.0.0"
    run("foo")
    assert ("shell.not-found", "assumed") in host.texts


def test_redirections_reach_the_hosts_own_files(run, host):
    run("echo one > /tmp/a; echo two >> /tmp/a; foo 2> /tmp/err; foo > /tmp/both 2>&1; echo gone > /dev/null")
    assert host.files.read("/tmp/a") == b"one\ntwo\n"
    assert host.files.read("/tmp/err") == b"-sh: foo: not found\n" == host.files.read("/tmp/both")
    assert run("cat < /tmp/a").out == "one\ntwo\n"
    assert run("foo 2>&1 >/dev/null | cat").out == "-sh: foo: not found\n"
    assert run("{ echo x; foo; } > /tmp/g 2>&1; cat /tmp/g").out == "x\n-sh: foo: not found\n"


def test_a_redirection_that_fails_keeps_the_command_from_running(run, host):
    result = run("touch /tmp/ran > /no/such/file; cat < /missing")
    assert result.err == ("-sh: can't create /no/such/file: nonexistent directory\n-sh: can't open /missing: no such file\n")
    assert result.status == 1
    assert "/tmp/ran" not in host.files.nodes


def test_names_are_matched_against_the_hosts_own_files(run, host):
    for name in ("a.log", "b.log", "c.txt", ".hidden"):
        host.files.place(f"/tmp/{name}")
    assert run("cd /tmp; echo *.log *.none '*.log' \\*.log").out == "a.log b.log *.none *.log *.log\n"
    assert run("echo /tmp/[!c]* /t*/.h*").out == "/tmp/a.log /tmp/b.log /tmp/.hidden\n"
    assert run('p="*.txt"; cd /tmp; echo $p "$p"').out == "c.txt *.txt\n"


def test_cd_through_a_label_shows_the_volumes_own_name(run):
    assert run("cd /vmfs/volumes/datastore1; pwd").out == "/vmfs/volumes/502e8a75-d04a58db-431a-000c29d33d34\n"
    assert run("cd /nowhere; echo $?").out == "2\n"
    assert run("cd -").out == "/\n"


def test_time_reports_simulated_time(run):
    assert run("time sleep 141.39").err == "real 2m 21.39s\nuser 0m 0.00s\nsys 0m 0.00s\n"
    assert run("time sleep 1.9").err.startswith("real 0m 1.90s\n")


def test_exit_leaves_a_subshell_and_no_more(run):
    assert run("(exit 3); echo $?; echo a | exit 4; echo $?; x=$(exit 5); echo $?").out == "3\n4\n5\n"


def test_a_script_among_the_hosts_files_is_run_by_the_same_shell(run, host):
    host.files.place("/tmp/r.sh", b"#!/bin/sh\necho arg $1\nexit 7\n", mode=0o755)
    host.files.place("/tmp/plain.sh", b"echo plain $1\n")
    host.files.place("/tmp/r.py", b"#!/bin/python\nprint(1)\n", mode=0o755)
    assert run("/tmp/r.sh x; echo $?").out == "arg x\n7\n"
    assert run("sh /tmp/plain.sh y; . /tmp/plain.sh").out == "plain y\nplain\n"
    denied = run("/tmp/plain.sh")
    assert (denied.status, denied.err) == (126, "-sh: /tmp/plain.sh: Permission denied\n")
    assert run("/tmp/r.py").status == 126


@pytest.mark.parametrize(
    "line",
    [
        "while true; do :; done",
        "while :; do for i in 1 2 3; do :; done; done",
        "sh /tmp/self.sh",
        "eval " * 30 + "echo x",
    ],
)
def test_what_would_never_end_is_stopped_and_said(run, host, line):
    host.files.place("/tmp/self.sh", b"sh /tmp/self.sh\n")
    result = run(line)
    assert line.startswith("eval") or (result.status == 1 and "-sh: stopped: " in result.err)


def test_deep_nesting_is_refused_not_crashed_on(run):
    for opening, closing in (("(", ")"), ("$(", ")"), ("{ ", ";}"), ("if ", "; then :; fi"), ('"$(', ')"')):
        result = run("echo " * opening.startswith(("$", '"')) + opening * 300 + "echo x" + closing * 300)
        assert result.status == 2, opening
        assert "nested too deeply" in result.err


def test_jobs_in_the_background_are_refused_in_words(run):
    result = run("sleep 5 & echo x")
    assert (result.status, result.out) == (2, "")
    assert "background" in result.err
