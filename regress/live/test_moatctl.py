"""moatctl and the control socket."""

import json
import os
import re
import socket
import stat
import struct
import subprocess

import pytest

import moat
from moat import BUILD, ROLES, SANITIZED, until

DONE, REFUSED, USAGE, UNREACHABLE, CHECK = range(5)


def control(s):
    c = socket.socket(socket.AF_UNIX)
    c.settimeout(15)
    c.connect(str(s.state / "moatd.sock"))
    return c


def frame(kind, body=b"\0", flags=0, length=None):
    return struct.pack(">HHIQ", kind, flags,
                       len(body) if length is None else length, 1) + body


def closed(c):
    try:
        while c.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


# ---- commands ----

def test_status_names_every_process(server):
    r = server.ctl("status")
    assert r.returncode == DONE, r.stderr
    lines = r.stdout.splitlines()
    for pid, role in server.children().items():
        line = next(l for l in lines if l.split()[2:3] == [str(pid)])
        assert line.startswith(role) and " ready " in line
        assert "no-new-privs" in line
        assert SANITIZED or "seccomp" in line
    assert f"127.0.0.1:{server.port}" in lines[-1]
    assert " is ready, database up" in lines[-1]


def test_status_as_json(server):
    r = server.ctl("status", "--json")
    assert r.returncode == DONE
    got = json.loads(r.stdout)
    assert got["ready"] is True and got["database"] is True
    assert got["generation"] >= 1
    roles = {}
    for p in got["processes"]:
        roles.setdefault(p["role"], []).append(p)
        assert p["state"] == "ready" and p["rss_bytes"] > 100_000, p
        assert p["uptime_s"] >= 0 and p["restarts"] >= 0
    assert set(roles) == {"parent", *ROLES, "mailer"}
    assert {p["pid"] for p in roles["worker"]} == set(server.pids("worker"))


def test_reload_succeeds_and_fails(fresh_server):
    s = fresh_server()
    r = s.ctl("reload")
    assert r.returncode == DONE and r.stdout == "reloaded\n"
    good = s.conf.read_text()
    s.conf.write_text(good + "x\n")
    r = s.ctl("reload")
    assert r.returncode == REFUSED and "unknown keyword" in r.stderr
    r = s.ctl("--json", "reload")
    assert r.returncode == REFUSED
    got = json.loads(r.stdout)
    assert got["ok"] is False and got["code"] == REFUSED
    s.conf.write_text(good)
    s.wait_healthy()


def test_selftest_finds_no_breach(server):
    if SANITIZED:
        pytest.skip("an instrumented build has no system call filter")
    r = server.ctl("selftest", "sandbox")
    assert r.returncode == DONE, r.stdout + r.stderr
    lines = r.stdout.splitlines()
    for role in ROLES:
        mine = [l for l in lines if l.startswith(role + " ")]
        assert len(mine) > 20
        assert all(l.split()[-1] in ("killed", "refused", "allowed")
                   for l in mine), mine
    assert lines[-1].endswith(" 0 breaches")
    assert server.healthy()
    rows = [json.loads(l) for l in
            server.ctl("--json", "selftest", "sandbox").stdout.splitlines()]
    assert rows[-1]["ok"] is True
    assert not any(r["breach"] for r in rows[:-1])
    assert [r["role"] for r in rows[:-1]] == [
        l.split()[0] for l in lines[:-1]]


def test_selftest_runs_once_at_a_time(server):
    if SANITIZED:
        pytest.skip("an instrumented build has no system call filter")
    with control(server) as a, control(server) as b:
        a.sendall(frame(304))
        assert a.recv(1, socket.MSG_PEEK)
        b.sendall(frame(304))
        assert b"a self test is running" in b.recv(4096)
        a.close()                   # whoever asked is gone: so are the tests
        until(lambda: server.ctl("selftest", "sandbox").returncode == DONE,
              20)


def test_migrate_dry_run_changes_nothing(server):
    r = server.ctl("migrate", "--dry-run")
    assert r.returncode == DONE, r.stderr
    assert "0 pending" in r.stdout
    got = [json.loads(l) for l in
           server.ctl("--json", "migrate", "--dry-run").stdout.splitlines()]
    assert got[-1]["ok"] is True


@pytest.mark.parametrize("sample", ["etc/moatd.conf",
                                    "contrib/docker/moatd.conf"])
def test_config_check_takes_the_samples(sample):
    r = subprocess.run([str(BUILD / "moatctl"), "config", "check",
                        str(moat.TOP / sample)], capture_output=True,
                       text=True, timeout=20)
    assert (r.returncode, r.stdout) == (DONE, "configuration OK\n"), r.stderr
    # administration is reached from the host alone, and not with the rest
    listen = re.findall(r"^listen on (\S+) port \d+ serve { (.*) }$",
                        (moat.TOP / sample).read_text(), re.M)
    assert [classes for _, classes in listen] == ["public", "admin metrics"]
    assert listen[1][0] == "127.0.0.1"


def test_config_check_needs_no_daemon(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("workers 2\n")
    bad.write_text("workers 2\nworkers none\n")

    def check(*args):
        return subprocess.run([str(BUILD / "moatctl"), "config", "check",
                               *map(str, args)], capture_output=True,
                              text=True, timeout=20)

    r = check(good)
    assert (r.returncode, r.stdout) == (DONE, "configuration OK\n")
    r = check(bad)
    assert r.returncode == CHECK
    assert r.stderr.startswith(f"{bad}:2: ")
    got = json.loads(check(bad, "--json").stdout)
    assert got["ok"] is False and got["errors"][0].startswith(f"{bad}:2: ")
    assert json.loads(check(good, "--json").stdout)["ok"] is True
    assert check(tmp_path / "none").returncode == CHECK


@pytest.mark.parametrize("args", [
    [], ["frobnicate"], ["status", "now"], ["selftest"],
    ["selftest", "everything"], ["config"], ["config", "check", "a", "b"],
    ["migrate", "--wet"], ["reload", "x"], ["--socket"],
])
def test_wrong_usage_is_2(args):
    r = subprocess.run([str(BUILD / "moatctl"), *args], capture_output=True,
                       text=True, timeout=20)
    assert r.returncode == USAGE and "usage:" in r.stderr and not r.stdout


def test_help_is_no_error():
    r = subprocess.run([str(BUILD / "moatctl"), "--help"],
                       capture_output=True, text=True, timeout=20)
    assert r.returncode == DONE and "selftest" in r.stdout


@pytest.mark.parametrize("command", [["status"], ["reload"], ["migrate"],
                                     ["selftest", "sandbox"]])
def test_nobody_there_is_3(tmp_path, command):
    r = subprocess.run([str(BUILD / "moatctl"), *command],
                       env={"MOATD_STATE": str(tmp_path)},
                       capture_output=True, text=True, timeout=20)
    assert r.returncode == UNREACHABLE
    assert str(tmp_path / "moatd.sock") in r.stderr


def test_long_socket_paths_work(fresh_server):
    s = fresh_server(start=False)
    s.state = s.root / ("x" * 60) / ("y" * 60)
    s.env["MOATD_STATE"] = str(s.state)
    s.start()
    assert s.ctl("status").returncode == DONE


# ---- the socket ----

def test_socket_is_for_its_owner_only(server):
    st = (server.state / "moatd.sock").stat()
    assert stat.S_IMODE(st.st_mode) == 0o600


@pytest.mark.root
def test_other_users_are_not_heard(fresh_server):
    s = fresh_server()
    sock = s.state / "moatd.sock"
    sock.chmod(0o666)               # even so: the peer's uid counts
    r = subprocess.run(
        ["setpriv", "--reuid=nobody", "--clear-groups", "--",
         str(BUILD / "moatctl"), "--socket", str(sock), "status"],
        capture_output=True, text=True, timeout=20)
    assert r.returncode == UNREACHABLE and not r.stdout.count("\n") > 1


def test_reload_without_an_engine_and_migrate_says_so(fresh_server):
    s = fresh_server()
    for _ in range(4):
        pid = s.kill("engine")
        until(lambda: pid not in s.pids("engine"))
        r = s.ctl("migrate", "--dry-run")
        if r.returncode != DONE:
            assert r.returncode in (REFUSED, UNREACHABLE)
            assert "engine" in r.stderr or "answer" in r.stderr
        until(lambda: s.pids("engine"), 5)
    s.wait_healthy()


@pytest.mark.parametrize("bytes_", [
    b"", b"\0", b"\0" * 15, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\xff" * 64, frame(2), frame(300, b""), frame(300, b"\0\0"),
    frame(300, b"\0", flags=1), frame(300, b"\0", length=2 ** 31),
    frame(301), frame(104, b"\0" * 40), frame(65535), frame(399),
    frame(401), frame(400, b"\2"), frame(400, b"\0", length=70000),
    frame(300) * 40,
])
def test_garbage_costs_only_its_connection(server, bytes_):
    with control(server) as c:
        try:
            c.sendall(bytes_)
            c.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        assert closed(c)
    assert server.ctl("status").returncode == DONE


@pytest.mark.long
def test_idle_connections_are_few_and_short(fresh_server):
    s = fresh_server()
    held = []
    for _ in range(40):
        try:
            held.append(control(s))
        except OSError:
            break
    until(lambda: s.ctl("status").returncode == DONE, 20, step=0.5)
    for c in held:
        c.close()
