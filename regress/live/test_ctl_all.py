# Copyright (c) 2026 The moatd authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

"""What holds for every command of moatctl: --json, exit codes, questions,
completion, the manual page. A command without a row here fails."""

import dataclasses
import json
import os
import pty
import re
import subprocess

import pytest

import moat
from moat import BUILD, SANITIZED

DONE, REFUSED, USAGE, UNREACHABLE, CHECK = range(5)
CTL = str(BUILD / "moatctl")


@dataclasses.dataclass
class Row:
    """What to say after the words of a command. {names} are the fixture's."""
    good: str = ""               # is done
    refused: str | None = None   # is refused, after that
    check: str | None = None     # finds a fault
    asks: bool = False           # cannot be undone
    alone: int = UNREACHABLE     # the exit code with no moatd
    only: str | None = None      # the database that it is for


# In this order they are done, one after the other, on one server.
ROWS = {
    "superadmin create": Row("root root@example.org", "root r@example.org"),
    "status": Row(),
    "reload": Row(),
    "selftest sandbox": Row(),
    "migrate": Row("--dry-run"),
    "config check": Row("{conf}", check="{broken}", alone=DONE),
    "tenant add": Row("acme --name Acme", "acme"),
    "tenant list": Row(),
    "tenant show": Row("acme", "nobody"),
    "tenant set": Row("acme --status suspended", "default --status suspended"),
    "tenant theme": Row("acme {css}", "acme {dir}/nothing"),
    "tenant logo": Row("acme --reset", "acme {conf}"),
    "tenant texts": Row("acme {texts}", "acme {conf}"),
    "client add": Row("shop --redirect-uris https://a/ --permissions order",
                      "shop --redirect-uris https://a/"),
    "client list": Row(),
    "client show": Row("shop", "nobody"),
    "client set": Row("shop --skip-consent yes", "nobody --disabled yes"),
    "client secret": Row("shop --overlap 24h", "nobody", asks=True),
    "client register-token": Row("--lifetime 1h", "--lifetime 9999d"),
    "role add": Row("clerk --permissions shop:order", "clerk"),
    "role list": Row(),
    "role show": Row("clerk", "nobody"),
    "role set": Row("clerk --permissions users:read",
                    "clerk --permissions no:such"),
    "role delete": Row("clerk", "admin", asks=True),
    "scope set": Row("shop:buy Buying", "openid Everything"),
    "scope list": Row(),
    "scope delete": Row("shop:buy", "nothing"),
    "client delete": Row("shop", "nobody", asks=True),
    "tenant delete": Row("acme", "default", asks=True),
    "user add": Row("ann ann@example.org --role admin", "ann a@example.org"),
    "user disable": Row("ann", "nobody"),
    "user enable": Row("ann", "nobody"),
    "user reset-mfa": Row("ann", "nobody", asks=True),
    "user revoke-sessions": Row("ann", "nobody"),
    "user delete": Row("ann", "nobody", asks=True),
    "user import": Row("{users}", "{broken}"),
    "user list": Row("--q u", "--status sleeping"),
    "user show": Row("una", "nobody"),
    "user set-password-link": Row("una", "nobody"),
    "user unlock": Row("una", "nobody"),
    "key list": Row(),
    "key rotate": Row("ES256"),
    "key retire": Row("{kid}", "nokey", asks=True),
    "key export": Row("{dir}/keys --passphrase-file {pass}",
                      "{conf} --passphrase-file {pass}"),
    "key import": Row("{dir}/keys --passphrase-file {pass}",
                      "{broken} --passphrase-file {pass}", alone=REFUSED),
    "audit export": Row("--from 2026-01-01"),
    "audit verify": Row("{chain}", "{dir}/nothing", check="{bent}",
                        alone=CHECK),       # of an empty file
    "backup": Row("{dir}/copy", "{conf}", only="sqlite"),
    "superadmin transfer": Row("una", "nobody", asks=True),
    "superadmin reset": Row(asks=True),
    "revoke-all": Row(asks=True),
}


def ctl(*args, **kw):
    return subprocess.run([CTL, *args], capture_output=True, text=True,
                          timeout=120, stdin=subprocess.DEVNULL, **kw)


HELP = ctl("--help").stdout


def commands():
    """{command: its line in the help}, as the help has them."""
    found = {}
    for line in HELP.splitlines():
        if not line.startswith("  "):
            continue
        words = re.match(r"  ([a-z-]+)(?: {1,12}([a-z][a-z-]*) ?(?=[ A-Z\[-]|$))?",
                         line)
        found[" ".join(w for w in words.groups() if w)] = line
    return found


COMMANDS = commands()


def test_every_command_has_a_row():
    assert sorted(COMMANDS) == sorted(ROWS)


@pytest.fixture
def names(tmp_path):
    """Files that commands are given, and what is known of a server later."""
    found = {"dir": tmp_path, "kid": "kid"}
    for name, text in {
            "conf": "workers 2\n", "broken": "workers none\n",
            "pass": "a passphrase of the test\n", "chain": "",
            "users": '{"username":"una","email":"una@example.org"}\n',
            "bent": '{"seq":1,"hash":"x"}\n', "css": "a { top: 0 }\n",
            "texts": '{"en":{}}\n'}.items():
        (tmp_path / name).write_text(text)
        found[name] = tmp_path / name
    return found


def said(command, text, names):
    return [*command.split(), *text.format(**names).split()]


def objects(r):
    """Each line of the output is one JSON object."""
    got = [json.loads(line) for line in r.stdout.splitlines()]
    assert all(isinstance(o, dict) for o in got), r.stdout
    return got


def learn(command, got, names):
    """What later commands need from the answers of this one."""
    if command == "key rotate":
        names["kid"] = got[0]["retiring"]
    elif command == "audit export":
        names["chain"].write_text("".join(json.dumps(o) + "\n" for o in got))


def test_every_command_does_refuses_and_asks(fresh_server, database, names):
    """With --json each line is an object, done or not; what cannot be undone
    is not done where nobody can be asked."""
    s = fresh_server(database=database)
    s.sql("UPDATE users SET role = 'user' WHERE role = 'superadmin'")
    moat.until(lambda: '"next"' in s.ctl("--json", "key", "list").stdout, 40,
               what="a next key")
    for command, row in ROWS.items():
        if SANITIZED and command.startswith("selftest"):
            continue                # it has no system call filter
        if row.asks:
            r = s.ctl(*said(command, row.good, names), input="yes\n")
            assert r.returncode == REFUSED and not r.stdout, (command, r)
            assert re.match(r"moatctl: this is to [a-z].*; say --yes ",
                            r.stderr), (command, r)
        r = s.ctl("--json", *(["--yes"] if row.asks else []),
                  *said(command, row.good, names))
        if row.only and row.only != database:
            assert r.returncode == REFUSED, (command, r)
            continue
        assert r.returncode == DONE, (command, r)
        learn(command, objects(r), names)
        if row.refused is not None:
            r = s.ctl("--json", "--yes", *said(command, row.refused, names))
            assert r.returncode == REFUSED, (command, r)
            assert objects(r) or r.stderr.startswith("moatctl: "), (command, r)
    assert s.ctl("status").returncode == DONE


@pytest.mark.parametrize("command", [c for c, r in ROWS.items() if r.check])
def test_a_fault_that_is_found_is_4(names, command):
    for options in ([], ["--json"]):
        r = ctl(*options, *said(command, ROWS[command].check, names))
        assert r.returncode == CHECK, (command, r)
    assert objects(r) or r.stderr, r


def test_nobody_there_is_3_for_every_command(names):
    for command, row in ROWS.items():
        r = ctl("--json", "--yes", "--socket", str(names["dir"] / "none"),
                *said(command, row.good, names))
        assert r.returncode == row.alone, (command, r)
        if row.alone == UNREACHABLE:
            assert not r.stdout and str(names["dir"] / "none") in r.stderr
        if command == "key export":
            (names["dir"] / "keys").touch()
    assert not (names["dir"] / "copy").exists(), "a file of no backup"


@pytest.mark.parametrize("more", [["a", "b", "c", "d"], ["--no-such", "x"]])
def test_wrong_usage_is_2_for_every_command(names, more):
    """Before anything is asked of a server."""
    for command in ROWS:
        r = ctl("--yes", "--socket", str(names["dir"] / "none"),
                *command.split(), *more)
        assert r.returncode == USAGE, (command, more, r)
        assert "usage:" in r.stderr and not r.stdout, (command, r)


def at_terminal(s, typed, *args):
    """A command whose standard input is a terminal."""
    ours, theirs = pty.openpty()
    try:
        p = subprocess.Popen(
            [CTL, "--socket", str(s.state / "moatd.sock"), *args],
            stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.write(ours, typed)
        out, err = p.communicate(timeout=60)
        return p.returncode, out.decode(), err.decode()
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("typed", [b"no\n", b"y\n", b"YES\n", b"yes \n",
                                   b"\n", b"\4"])
def test_only_yes_is_yes(server, typed):
    code, out, err = at_terminal(server, typed, "revoke-all")
    assert code == REFUSED and not out
    assert "cannot be undone" in err and "nothing was done" in err


def test_yes_at_a_terminal_is_enough(fresh_server):
    s = fresh_server()
    code, _, err = at_terminal(s, b"yes\n", "revoke-all")
    assert code == DONE, err


# ---- completion ----

COMPLETION = moat.TOP / "contrib" / "completion" / "moatctl"
ASK = """source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_moatctl
printf '%s\n' "${COMPREPLY[@]}"
"""


def complete(*words, cwd=None):
    r = subprocess.run(["bash", "-uc", ASK, "bash", str(COMPLETION), CTL,
                        *words], capture_output=True, text=True, timeout=20,
                       cwd=cwd, stdin=subprocess.DEVNULL)
    assert r.returncode == 0 and not r.stderr, r
    return r.stdout.split()


def test_every_command_is_completed():
    firsts = {c.split()[0] for c in COMMANDS}
    assert set(complete("")) == firsts
    for first in firsts:
        assert complete(first[:-1]) == [first]
        subs = {c.split()[1] for c in COMMANDS if c.split()[0] == first
                and " " in c}
        if subs:
            assert set(complete(first, "")) == subs, first
            assert set(complete("--json", "--tenant", "x", first, "")) == subs


def test_every_option_is_completed():
    common = {"--json", "--yes", "--socket", "--tenant", "--help"}
    assert set(complete("-")) == common
    for command, line in COMMANDS.items():
        options = set(re.findall(r"--[a-z][a-z-]*", line))
        got = complete(*command.split(), "--")
        assert options | common <= set(got), command
        for option in options:
            assert option in complete(*command.split(), option[:-1]), option


def test_members_of_a_client_are_completed():
    page = (moat.TOP / "src" / "moatctl.8").read_text()
    part = page[page.index(".It Ic client add"):page.index("Of a list the")]
    members = set(re.findall(r"[a-z]+(?:-[a-z]+)+|\b(?:jwks|scope|audience|"
                             r"roles|permissions|disabled)\b", part))
    assert len(members) == 19, members
    for sub in ("add", "set"):
        got = {w[2:] for w in complete("client", sub, "x", "--")}
        assert members <= got and got - members - {"type", "overlap"} == {
            "json", "yes", "socket", "tenant", "help"}


def test_values_are_completed(tmp_path):
    (tmp_path / "users.jsonl").touch()
    assert complete("key", "rotate", "E") == ["ES256", "EdDSA"]
    assert complete("user", "list", "--status", "d") == ["disabled"]
    assert complete("client", "add", "x", "--type", "n") == ["native"]
    assert complete("user", "import", "us", cwd=tmp_path) == ["users.jsonl"]
    assert complete("--socket", "us", cwd=tmp_path) == ["users.jsonl"]
    assert complete("status", "", cwd=tmp_path) == []


@pytest.mark.parametrize("words", [
    ["$(touch hit)", ""], ["user", "`touch hit`", ""], ["'", "\""],
    ["user", "a;touch hit;", "--"], [".*", ""], ["user", "[", "--"]])
def test_what_is_typed_is_never_run(tmp_path, words):
    complete(*words, cwd=tmp_path)
    assert not (tmp_path / "hit").exists()


# ---- the manual ----

def test_every_command_is_in_the_manual():
    page = (moat.TOP / "src" / "moatctl.8").read_text()
    items = re.findall(r"^\.It (?:Xo )?Ic (.*)$", page, re.M)
    for command in COMMANDS:
        assert any(i.startswith(command) for i in items), command
        for option in re.findall(r"--([a-z][a-z-]*)", COMMANDS[command]):
            assert f"Fl -{option}" in page, (command, option)


def test_every_command_is_in_the_readme():
    readme = (moat.TOP / "README.md").read_text()
    table = readme[readme.index("| Command | Does |"):]
    named, first = set(), ""
    for row in re.findall(r"^\| (`.*?) \|", table[:table.index("\n\n")], re.M):
        for words in re.findall(r"`(.*?)`", row):
            if words in COMMANDS:
                first = words.split()[0]
            named |= {words, f"{first} {words}"}
    assert not set(COMMANDS) - named
