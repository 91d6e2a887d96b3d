"""Secrets are where they belong and in no worker (CASES I6, I7, 43, 58).

The scanner reads each process's memory as root. It must find every secret in
the process that holds it: that is what makes finding none in a worker mean
something.
"""

import os
import pathlib
import re
import secrets
import subprocess
import sys
import urllib.parse

import pytest

import moat

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "secrets"))
import scan  # noqa: E402

CHILDREN = ("vault", "hasher", "engine", "worker")


def everything(s):
    """{role: [pid]} of a whole instance."""
    return {role: s.pids(role) for role in ("parent", *CHILDREN, moat.MAILER)}


def secrets_of(s, user):
    found = scan.state_secrets(s.state)
    record = s.sql("SELECT pw_record FROM users WHERE id = "
                   f"'{user['userId']}'")[0][0]
    found["stored hash"] = scan.record_secrets(record)
    found["super admin's password"] = s.admin[1].encode()
    if s.pg:
        password = urllib.parse.urlsplit(s.pg).password
        found["database password"] = urllib.parse.unquote(password).encode()
    return found


def status(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(re.findall(r"^(\w+):[ \t]*(.*)$", f.read(), re.M))


def busy(s):
    """Makes every process handle what it is there for."""
    user = s.user()
    for _ in range(4):
        user.update(s.login(user))
        fresh = s.post("/auth/refresh", {"refresh_token": user["refresh_token"]})
        assert fresh.status == 200, fresh
        assert s.get("/auth/me", fresh.json()["access_token"]).status == 200
    return user


@pytest.mark.slow         # shadow memory is terabytes
@pytest.mark.root
def test_secrets_are_where_they_belong(server):
    user = busy(server)
    found = scan.scan(everything(server), secrets_of(server, user))
    assert scan.misplaced(found) == []
    for name, places in found.items():
        assert "worker" not in places, name
    if not server.pg:       # its pages are in SQLite's cache, or its file
        assert "engine" in found["stored hash"]


@pytest.mark.slow         # shadow memory is terabytes
@pytest.mark.root
def test_secrets_stay_where_they_belong_after_restarts(fresh_server, database):
    """With mail: a mailer has its credential before it meets its server."""
    smtp = "Smtp-" + secrets.token_hex(16)
    s = fresh_server(database=database, env={
        "MOATD_SMTP_URL": f"smtp://moat:{smtp}@127.0.0.1:{moat.free_port()}",
        "MOATD_MAIL_FROM": "moatd@example.org"})
    user = busy(s)
    for role in (*CHILDREN, moat.MAILER):
        old = s.kill(role)
        moat.until(lambda: s.pids(role) and old not in s.pids(role),
                   what=f"another {role}")
        s.wait_healthy()
    # it has its credential when it is ready
    moat.until(lambda: any(line.split()[:1] == ["mailer"] and
                           line.split()[3] == "ready" for line in
                           s.ctl("status").stdout.splitlines()),
               what="the mailer")
    user.update(s.login(user))
    found = scan.scan(everything(s), {**secrets_of(s, user),
                                      "SMTP password": smtp.encode()})
    assert scan.misplaced(found) == []


class Holder:
    """A process that holds bytes and nothing else, in one of four ways."""

    CODE = ("import sys\nheld = sys.stdin.buffer.read(int(sys.argv[1]))\n"
            "print('held', flush=True)\nsys.stdin.buffer.read()")

    def __init__(self, memory=b"", environ=b"", argv=b"", fd=None):
        self.proc = subprocess.Popen(
            [sys.executable, "-c", self.CODE, str(len(memory)), argv],
            env={"X": environ}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            pass_fds=[] if fd is None else [fd])
        self.proc.stdin.write(memory)
        self.proc.stdin.flush()
        assert self.proc.stdout.readline() == b"held\n"

    def found(self, secret):
        pids = {"worker": [self.proc.pid]}
        return scan.scan(pids, {"pepper": secret})["pepper"] == pids

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proc.communicate()


@pytest.mark.root
def test_scanner_finds_each_shape_in_memory():
    secret, other = os.urandom(32), os.urandom(32)
    for form in scan.forms(secret):
        with Holder(memory=form) as h:
            assert h.found(secret)
            assert not h.found(other)


@pytest.mark.root
def test_scanner_finds_what_is_not_in_memory(tmp_path):
    secret, other = os.urandom(32), os.urandom(32)
    with open(tmp_path / "file", "wb+") as f:
        f.write(secret)
        f.flush()
        with Holder(environ=secret.hex().encode()) as a, \
                Holder(argv=secret.hex().encode()) as b, \
                Holder(fd=f.fileno()) as c:
            for h in (a, b, c):
                assert h.found(secret)
                assert not h.found(other)


def test_scanner_reports_misplaced_secret():
    assert len(scan.misplaced({"pepper": {"worker": [1]}})) == 2
    assert scan.misplaced({"pepper": {"hasher": [1], "parent": [2]}}) == []


@pytest.mark.root
def test_log_holds_no_secret(fresh_server, database):
    s = fresh_server("", database=database)
    user = busy(s)
    s.post("/auth/login", {"username": user["username"],
                           "password": "not the right one"})
    known = secrets_of(s, user)
    known["password"] = user["password"].encode()
    known["token"] = user["access_token"].encode()
    known["refresh"] = user["refresh_token"].encode()
    assert s.stop() == 0
    text = s.log().encode()
    for name, value in known.items():
        for one in [value] if isinstance(value, bytes) else value:
            assert not any(f in text for f in scan.forms(one)), name


def test_keys_are_files_of_their_owner(server):
    keys = server.state / "keys"
    assert keys.stat().st_mode & 0o7777 == 0o700
    names = sorted(p.name for p in keys.iterdir())
    assert "pepper" in names and "seal" in names
    assert any(n.endswith(".pem") for n in names)
    for p in keys.iterdir():
        assert p.stat().st_mode & 0o7777 == 0o400, p
    assert (keys / "pepper").stat().st_size == 32
    assert (keys / "seal").stat().st_size == 32


@pytest.mark.parametrize("role", CHILDREN)
def test_child_is_confined(server, role):
    for pid in server.pids(role):
        st = status(pid)
        assert st["NoNewPrivs"] == "1"
        assert int(st["CapEff"], 16) == 0
        assert int(st["CapPrm"], 16) == 0
        if not moat.SANITIZED:
            assert st["Seccomp"] == "2"
        if os.geteuid() == 0:
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"Max core file size\s+0\s+0\s", limits)


@pytest.mark.root
@pytest.mark.parametrize("role,user", [
    ("vault", "_moatkey"), ("hasher", "_moatkey"), ("engine", "_moatdb"),
    ("worker", "_moatd")])
def test_child_has_its_own_user(server, role, user):
    import pwd
    uid = pwd.getpwnam(user).pw_uid
    for pid in server.pids(role):
        st = status(pid)
        assert st["Uid"].split() == [str(uid)] * 4
        assert "0" not in st["Gid"].split()
        assert st["Groups"].strip() == ""


@pytest.mark.root
def test_child_is_in_a_chroot(server):
    for role in CHILDREN:
        if role == "engine" and server.pg:
            continue            # it needs its sockets and TLS files
        for pid in server.pids(role):
            assert os.readlink(f"/proc/{pid}/root") != "/", role


@pytest.mark.root
def test_child_cannot_be_read_by_its_user(server):
    """Undumpable: what is under /proc belongs to root, not to its uid."""
    if moat.SANITIZED:
        pytest.skip("the leak checker needs a dumpable process")
    for role in CHILDREN:
        for pid in server.pids(role):
            assert os.stat(f"/proc/{pid}/mem").st_uid == 0, role


@pytest.mark.root
def test_child_environment_and_arguments_are_empty(server):
    server.all_keys()       # no `vault -g` is at work any more
    for role in CHILDREN:
        for pid in server.pids(role):
            env = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
            assert env.strip(b"\0") == b"", (role, env)
            args = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            assert len(args.rstrip(b"\0").split(b"\0")) == 1, (role, args)
    env = pathlib.Path(f"/proc/{server.proc.pid}/environ").read_bytes()
    assert server.admin[1].encode() not in env


@pytest.mark.root
@pytest.mark.parametrize("role", ["worker", "vault", "hasher"])
def test_child_has_no_file_open(server, role):
    fine = re.compile(r"socket:|pipe:|anon_inode:|/memfd:|/dev/null")
    for pid in server.pids(role):
        for number, what in scan.descriptors(pid).items():
            assert fine.match(what), (role, number, what)


def test_selftest_finds_every_act_refused(server):
    """The engine alone may connect, and only to a database that needs it."""
    if moat.SANITIZED:
        pytest.skip("no system-call filter in this build")
    r = server.ctl("selftest", "sandbox")
    assert r.returncode == 0, r.stdout
    rows = [re.split(r"\s{2,}", line.strip()) for line in
            r.stdout.splitlines()[:-1]]
    acts = {(row[0].split()[0], " ".join(row[0].split()[1:] + row[1:-1])):
            row[-1] for row in rows}
    assert {role for role, _ in acts} == {*CHILDREN, moat.MAILER}
    for (role, act), outcome in acts.items():
        if act == "connect to 127.0.0.1" and (role == moat.MAILER or
                                              role == "engine" and server.pg):
            assert outcome == "allowed"
        elif role in ("engine", moat.MAILER):
            assert outcome in ("killed", "refused"), (role, act, outcome)
        else:
            assert outcome == "killed", (role, act, outcome)


def test_children_end_with_their_parent(fresh_server):
    """CASES 58: kill -9 of the parent, and nobody is left within a second."""
    s = fresh_server()
    pids = list(s.children())
    assert len(pids) >= 5
    s.proc.kill()
    s.proc.wait()
    moat.until(lambda: not any(moat.alive(p) for p in pids), timeout=1,
               what="the children's end")
