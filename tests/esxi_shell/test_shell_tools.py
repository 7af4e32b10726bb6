from __future__ import annotations

from datetime import timedelta

import pytest

from tests.esxi_shell.login_styles import LOGIN_STYLES
from tests.esxi_shell.memory_host import START, VOLUME

TEXT = "alpha 1 x\nbeta 22 y\ngamma 3 x\nBeta 4 z\n"


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("grep beta", "beta 22 y\n"),
        ("grep -i beta", "beta 22 y\nBeta 4 z\n"),
        ("grep -v x", "beta 22 y\nBeta 4 z\n"),
        ("grep -c x", "2\n"),
        ("grep -n x", "1:alpha 1 x\n3:gamma 3 x\n"),
        ("grep -o '[0-9][0-9]*'", "1\n22\n3\n4\n"),
        ("grep -E '^(alpha|gamma)'", "alpha 1 x\ngamma 3 x\n"),
        ("grep '^\\(alpha\\|gamma\\)'", "alpha 1 x\ngamma 3 x\n"),
        ("grep 'a+'", ""),
        ("grep -E 'a+ 1'", "alpha 1 x\n"),
        ("grep -F 'a 1'", "alpha 1 x\n"),
        ("grep -w 2", ""),
        ("grep '[[:upper:]]'", "Beta 4 z\n"),
        ("grep -A1 beta", "beta 22 y\ngamma 3 x\n"),
        ("grep -B1 gamma", "beta 22 y\ngamma 3 x\n"),
        ("grep -e alpha -e gamma", "alpha 1 x\ngamma 3 x\n"),
        ("grep -m 1 x", "alpha 1 x\n"),
        ("awk '{print $2}'", "1\n22\n3\n4\n"),
        ("awk '{print $1, $3}'", "alpha x\nbeta y\ngamma x\nBeta z\n"),
        ("awk '/beta/ {print $NF}'", "y\n"),
        ("awk '$3 == \"x\" {print $1}'", "alpha\ngamma\n"),
        ("awk 'NR==2 {print $1 \"-\" $2}'", "beta-22\n"),
        ("awk 'NR>1 && !/gamma/ {print $1}'", "beta\nBeta\n"),
        ("awk '$2 > 3 {print $1}'", "beta\nBeta\n"),
        ("awk '$1 ~ /^[ab]/ {print NR}'", "1\n2\n"),
        ("awk -Fa '{print $1}'", "\nbet\ng\nBet\n"),
        ("awk -F ' ' -v n=ok '{print n} END {print NR}' | tail -2", "ok\n4\n"),
        ("awk '/x$/'", "alpha 1 x\ngamma 3 x\n"),
        ("sed 's/a/A/' | head -1", "Alpha 1 x\n"),
        ("sed 's/a/A/g' | head -1", "AlphA 1 x\n"),
        ("sed -n '2p'", "beta 22 y\n"),
        ("sed -n '2,3p'", "beta 22 y\ngamma 3 x\n"),
        ("sed -n '/beta/,$p' | wc -l", "3\n"),
        ("sed '/x/d'", "beta 22 y\nBeta 4 z\n"),
        ("sed '$d' | tail -1", "gamma 3 x\n"),
        ("sed -n '/gamma/p'", "gamma 3 x\n"),
        ("sed 's|^\\([a-z]*\\) .*|<\\1>|' | head -2", "<alpha>\n<beta>\n"),
        ("sed -r 's/([a-z]+) ([0-9]+)/\\2 \\1/;1q'", "1 alpha x\n"),
        ("sed -n 's/alpha/&&/p'", "alphaalpha 1 x\n"),
        ("head -1", "alpha 1 x\n"),
        ("head -n 2 | tail -n 1", "beta 22 y\n"),
        ("tail -n +4", "Beta 4 z\n"),
        ("head -c 5", "alpha"),
        ("wc -l", "4\n"),
        ("wc -w", "12\n"),
        ("wc -c", "39\n"),
        ("cut -d' ' -f1,3", "alpha x\nbeta y\ngamma x\nBeta z\n"),
        ("cut -c1-3", "alp\nbet\ngam\nBet\n"),
        ("sort", "Beta 4 z\nalpha 1 x\nbeta 22 y\ngamma 3 x\n"),
        ("sort -r | head -1", "gamma 3 x\n"),
        ("sort -k2 -n", "alpha 1 x\ngamma 3 x\nBeta 4 z\nbeta 22 y\n"),
        ("sort -k2,2 | head -2", "alpha 1 x\nbeta 22 y\n"),
        ("awk '{print $3}' | sort -u", "x\ny\nz\n"),
        ("awk '{print $3}' | sort | uniq -c", "      2 x\n      1 y\n      1 z\n"),
        ("tr a-z A-Z | head -1", "ALPHA 1 X\n"),
        ("tr -d '0-9 ' | head -1", "alphax\n"),
        ("tr -s 'x ' | head -1", "alpha 1 x\n"),
        ("tr '[:lower:]' '[:upper:]' | head -1", "ALPHA 1 X\n"),
        ("cat -n | head -1", "     1  alpha 1 x\n"),
        ("tee /tmp/t | wc -l; wc -l /tmp/t", "4\n4 /tmp/t\n"),
        ("cut -d' ' -f2 | xargs echo", "1 22 3 4\n"),
        ("cut -d' ' -f2 | xargs -n 2 echo n", "n 1 22\nn 3 4\n"),
        ("cut -d' ' -f1 | xargs -I % echo [%] | head -1", "[alpha]\n"),
        ("printf '%s=%d\\n' a 1 b 2", "a=1\nb=2\n"),
        ("printf '%-5s|%5s|%03d|%x%%\\n' ab cd 7 255", "ab   |   cd|007|ff%\n"),
        ("echo -n a; echo -e 'b\\tc\\n'", "ab\tc\n\n"),
        ("seq 3; seq 2 2 6; seq 3 -1 1", "1\n2\n3\n2\n4\n6\n3\n2\n1\n"),
        ("seq 200000 | tail -n 1; seq 5 1 | wc -l", "200000\n0\n"),
        ("less | head -1; grep -c . /etc/vmware/esx.conf | more", "alpha 1 x\n2\n"),
        ("command -v grep; command -v cd none || command echo $?", "/bin/grep\ncd\n127\n"),
        ("basename /a/b.txt .txt; dirname /a/b.txt", "b\n/a\n"),
        ("strings -n 6 /etc/vmware/esx.conf | head -1", "/system/uuid = 1\n"),
        ("which grep [ ; type cd", "/bin/grep\n/bin/[\ncd is a shell builtin\n"),
    ],
)
def test_text_tools(run, line, out):
    result = run(line, stdin=TEXT)
    assert (result.out, result.err) == (out, "")


def test_grep_answers_with_its_status(run):
    assert run("grep -q alpha", stdin=TEXT).status == 0
    assert run("grep nothing", stdin=TEXT).status == 1
    missing = run("grep x /missing")
    assert (missing.status, missing.err) == (2, "grep: /missing: No such file or directory\n")
    assert run("grep '['", stdin=TEXT).status == 2
    assert run("grep -l uuid /etc/vmware/esx.conf; grep x /etc/vmware/esx.conf /dev/null").out == (
        "/etc/vmware/esx.conf\n/etc/vmware/esx.conf:/vmkernel/x = true\n"
    )


def test_grep_looks_through_directories(run, host):
    host.files.place("/tmp/d/e/b", b"x = 1\n")
    host.files.place("/tmp/d/a", b"y\nx\n")
    assert run("grep -r x /tmp/d /tmp/d/a").out == "/tmp/d/a:x\n/tmp/d/e/b:x = 1\n/tmp/d/a:x\n"
    assert run("cd /tmp/d; grep -R -l x; grep -rh y .").out == "./a\n./e/b\ny\n"
    assert (
        run("grep -rq x /tmp/d; echo $?; grep -r z /tmp/d; echo $?; mkdir /tmp/n; grep -r x /tmp/n; echo $?").out == "0\n1\n1\n"
    )
    assert run("grep x /tmp/d").err == "grep: /tmp/d: Is a directory\n"


def test_a_long_count_is_whole_or_refused(run):
    assert run("seq 1 99999999 | wc -l").err == "-sh: stopped: seq would print more than 1000000 numbers\n"


@pytest.mark.parametrize("line", ["awk '{printf \"%s\", $1}'", "awk 'BEGIN {x=1}'", "sed 'y/a/b/'", "sed 'a text'", "set -e"])
def test_what_is_not_simulated_says_so(run, line):
    result = run(line, stdin=TEXT)
    assert result.status != 0
    assert "not part of this simulation" in result.err


def test_ls_of_a_volume_looks_like_the_public_listing(run, host):
    """Sample dvsdata-folder.5.0, first two lines."""
    folder = "6d 8b 2e 50 3c d3 50 4a-ad dd b5 30 2f b1 0c aa"
    stamp = START.replace(day=8, hour=12, minute=33)
    host.files.place_directory(f"/vmfs/volumes/{VOLUME}/.dvsData", modified=stamp)
    host.files.place(f"/vmfs/volumes/{VOLUME}/.dvsData/{folder}/106", b"x" * 3072, 0o600, START.replace(hour=9, minute=0))
    listing = run(f"ls -la /vmfs/volumes/{VOLUME}").out.splitlines()
    assert "drwxr-xr-x    1 root     root          420 Feb  8 12:33 .dvsData" in listing
    port = run("cd /vmfs/volumes/datastore1/.dvsData/6d*; ls -lh").out
    assert port == "-rw-------    1 root     root         3.0k Feb  9 09:00 106\n"
    assert run("ls -l /vmfs/volumes").out.splitlines()[-1] == (
        f"lrwxr-xr-x    1 root     root           35 Feb  9 09:05 datastore1 -> {VOLUME}"
    )


def test_ls_follows_the_release(run, host):
    host.files.place("/tmp/f", b"x" * 2048)
    assert run("ls -l /tmp").out == "-rw-r--r--    1 root     root         2048 Feb  9 09:05 f\n"
    host.login = LOGIN_STYLES["7.0"]
    assert run("ls -lh /tmp").out == "total 2\n-rw-r--r--    1 root     root         2.0K Feb  9 09:05 f\n"


def test_ls_forms(run, host):
    host.files.place("/tmp/b", modified=START - timedelta(days=400))
    host.files.place("/tmp/a")
    host.files.place("/tmp/.h")
    assert run("cd /tmp; ls").out == "a\nb\n"
    assert run("ls -1a /tmp").out == ".\n..\n.h\na\nb\n"
    assert run("ls -A /tmp; ls -d /tmp; ls -t /tmp; ls -r /tmp").out == ".h\na\nb\n/tmp\na\nb\nb\na\n"
    assert run("ls -l /tmp/b").out == "-rw-r--r--    1 root     root            0 Jan  5  2011 /tmp/b\n"
    assert run("ls /tmp /etc").out == "/tmp:\na\nb\n\n/etc:\nvmware\n"
    missing = run("ls /x /tmp/a")
    assert (missing.status, missing.out, missing.err) == (1, "/tmp/a\n", "ls: /x: No such file or directory\n")


def test_file_tools_change_the_hosts_own_files(run, host):
    assert run("mkdir -p /tmp/d/e; touch /tmp/d/f; echo x > /tmp/d/e/g; cp /tmp/d/e/g /tmp/h; cat /tmp/h").out == "x\n"
    assert run("mv /tmp/h /tmp/d; find /tmp -type f | sort").out == "/tmp/d/e/g\n/tmp/d/f\n/tmp/d/h\n"
    assert run("cp -r /tmp/d /tmp/copy; find /tmp/copy -name '[gh]'").out == "/tmp/copy/e/g\n/tmp/copy/h\n"
    assert run("chmod 600 /tmp/d/f; chmod u+x,go+r /tmp/d/f; stat -c '%a %s %n' /tmp/d/f").out == "744 0 /tmp/d/f\n"
    assert run("rm -r /tmp/d /tmp/copy; ls /tmp; rm -f /tmp/none; echo $?").out == "0\n"
    assert run("rm /tmp/none").err == "rm: can't remove '/tmp/none': No such file or directory\n"
    assert run("rm /etc").err == "rm: can't remove '/etc': Is a directory\n"


def test_file_errors_have_busyboxs_form(run, host):
    host.files.denied.add("/etc")
    host.files.place("/tmp/Haumea.vmx.lck", b"")
    host.files.busy.add("/tmp/Haumea.vmx.lck")
    assert run("cd /etc; touch j").err == "touch: j: Permission denied\n"
    assert ("busybox.file-problem", "quoted") in host.texts
    host.version = "8.0.0"
    assert run("cp /tmp/Haumea.vmx.lck /tmp/x").err == "cp: can't open '/tmp/Haumea.vmx.lck': Device or resource busy\n"
    assert ("busybox.cp-problem", "quoted") in host.texts
    assert run("cat /nope").err == "cat: can't open '/nope': No such file or directory\n"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("-f /etc/vmware/esx.conf", 0), ("-f /etc", 1), ("-d /etc", 0), ("-e /none", 1), ("-L /vmfs/volumes/datastore1", 0),
        ("a = a", 0), ("a != a", 1), ("-z ''", 0), ("-n ''", 1), ("x", 0), ("3 -gt 2", 0), ("3 -le 2", 1), ("! -d /etc", 1),
        ("-d /etc -a -d /none", 1), ("-d /etc -o -d /none", 0), ("a -eq 1", 2), ("", 1), ("-s /etc/vmware/esx.conf", 0),
    ],
)  # fmt: skip
def test_conditions(run, condition, status):
    assert run(f"[ {condition} ]").status == status
    assert run(f"test {condition}").status == status


def test_time_is_the_hosts_own(run, host):
    assert run("date; sleep 5m; date +%H:%M:%S").out == "Thu Feb  9 09:05:00 UTC 2012\n09:10:00\n"
    assert host.now() == START + timedelta(minutes=5)
    assert run("sleep x").status == 1


def test_digests_and_dumps(run, host):
    host.files.place("/tmp/b", bytes(range(20)))
    assert run("md5sum /etc/vmware/esx.conf").out.endswith("  /etc/vmware/esx.conf\n")
    assert run("sha1sum /tmp/b").out == "602c63d2f3d13ca3206cdf204cde24e7d8f4266c  /tmp/b\n"
    assert run("hexdump -C /tmp/b").out == (
        "00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  |................|\n"
        "00000010  10 11 12 13                                       |....|\n"
        "00000014\n"
    )
