"""Dependencies that fail: the database, the disk (CASES 53, 55, 57, 63)."""

import base64
import concurrent.futures
import functools
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

import moat
import oidc


def fast_503(answer_of):
    """An operation's answer while the database is away: 503 within 3 s."""
    began = time.monotonic()
    r = answer_of()
    assert r.status == 503, r
    assert r.json()["error"] == "unavailable"
    assert int(r.headers["retry-after"]) >= 1
    assert time.monotonic() - began < 3.5
    return r


def test_database_down_answers_503_and_comes_back(fresh_server, postgres):
    s = fresh_server(database="postgres")
    u = s.user()
    postgres.pg_stop("immediate")
    try:
        fast_503(lambda: s.get("/auth/me", token=u["access_token"]))
        fast_503(lambda: s.post("/auth/refresh",
                                {"refresh_token": u["refresh_token"]}))
        fast_503(lambda: s.post("/auth/login", {
            "username": u["username"], "password": u["password"]}))
        assert s.get("/health/live").status == 200
        moat.until(lambda: s.get("/health/ready").status == 503,
                   what="readiness to end")
        assert s.get("/.well-known/jwks.json").status == 200
    finally:
        postgres.pg_start()
    s.wait_healthy()
    # a refresh that was answered 503 is no reuse: the token is still good
    r = s.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
    assert r.status == 200, r
    assert s.get("/auth/me", token=r.json()["access_token"]).status == 200


def test_database_down_answers_applications_and_pages(fresh_server, postgres):
    """CASES 53 for OAuth 2: RFC 6749's code to clients, a page to people, and
    nothing is spent or forgotten."""
    s = fresh_server(database="postgres")
    u, b = s.user(), oidc.Browser()
    rp = oidc.RP.register(s, skip_consent=True)
    token = rp.login(b, u)
    a, code = rp.code(b, u)
    asks = (lambda: rp.redeem(a, code),
            lambda: rp.refresh(token["refresh_token"]),
            lambda: rp.introspect(token["access_token"]),
            lambda: rp.revoke(token["refresh_token"]),
            lambda: rp.userinfo(token["access_token"]),
            lambda: rp.post("par", a.params),
            lambda: rp.post("device_authorization", {"scope": "openid"}))
    pages = ("/oauth2/authorize?" + a.url.partition("?")[2],
             f"/oauth2/logout?id_token_hint={token['id_token']}",
             "/consent?nonce=" + "A" * 43, "/account", "/account/sessions",
             "/device?user_code=BCDF-GHJK")
    form = b.visit(s.url + "/logout").form("csrf")
    cookie = b.cookie("session")
    postgres.pg_stop("immediate")
    try:
        for ask in asks:
            began = time.monotonic()
            r = ask()
            assert r.status == 503, r
            assert r.json()["error"] == "temporarily_unavailable"
            assert set(r.json()) == {"error", "error_description"}
            assert int(r.headers["retry-after"]) >= 1
            assert time.monotonic() - began < 3.5
        for go in [functools.partial(b.get, s.url + p) for p in pages] + [
                lambda: b.post(s.url + "/logout", form.fields)]:
            page = go()
            assert page.status == 503 and page.html.title, page
            assert page.location is None and not page.html.scripts
            assert int(page.headers["retry-after"]) >= 1
            assert "set-cookie" not in page.headers
    finally:
        postgres.pg_start()
    s.wait_healthy()
    assert b.cookie("session") == cookie
    assert b.get(s.url + "/account").status == 200
    assert rp.redeem(a, code).status == 200
    assert rp.refresh(token["refresh_token"]).status == 200


def test_database_killed_backends_cost_nothing_acknowledged(
        fresh_server, postgres):
    s = fresh_server(database="postgres")
    acked = []

    def make(n):
        r = s.post("/auth/register", {
            "username": f"killed{n}", "email": f"killed{n}@example.org",
            "password": "correct horse battery staple"})
        assert r.status in (201, 409, 503), r
        if r.status == 201:
            acked.append(f"killed{n}")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for n in range(60):
            pool.submit(make, n)
            if n % 10 == 0:
                postgres.psql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'moatd'")
    s.wait_healthy()
    assert acked
    kept = {r[0] for r in s.sql("SELECT username FROM users")}
    assert set(acked) <= kept


def test_database_absent_at_start_is_waited_for(fresh_server, postgres):
    s = fresh_server(database="postgres", start=False)
    postgres.pg_stop("fast")
    try:
        s.start(wait=False)
        moat.until(lambda: s.ready.is_set(), 20, what="ready line")
        assert s.get("/health/live").status == 200
        assert s.get("/health/ready").status == 503
    finally:
        postgres.pg_start()
    s.wait_healthy()
    # ready is: with a super admin
    assert s.login({"username": s.admin[0], "password": s.admin[1]})


@pytest.mark.alone
def test_database_frozen_answers_503(fresh_server, postgres):
    s = fresh_server(database="postgres")
    u = s.user()
    pid = int(postgres.psql(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'moatd' "
        f"AND datname = '{s.pg.rpartition('/')[2]}'").split()[0])
    os.kill(pid, signal.SIGSTOP)
    try:
        fast_503(lambda: s.get("/auth/me", token=u["access_token"]))
    finally:
        os.kill(pid, signal.SIGCONT)
    s.wait_healthy()
    assert s.get("/auth/me", token=u["access_token"]).status == 200


@pytest.mark.root
def test_disk_full_refuses_writes_and_goes_on_reading(fresh_server):
    with tempfile.TemporaryDirectory(prefix="moatd-full-") as disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none",
                        disk], check=True)
        try:
            s = fresh_server(root=disk, database="sqlite")
            u = s.user()
            filler = os.path.join(disk, "filler")
            with open(filler, "wb", buffering=0) as f:
                with pytest.raises(OSError):
                    while True:
                        f.write(b"\0" * 4096)
            refused = 0
            for n in range(200):
                r = s.post("/auth/register", {
                    "username": f"full{n}", "email": f"full{n}@example.org",
                    "password": "correct horse battery staple"})
                assert r.status in (201, 503), r
                refused += r.status == 503
                if refused >= 3:
                    break
            assert refused >= 3
            assert s.get("/auth/me", token=u["access_token"]).status == 200
            os.unlink(filler)
            moat.until(lambda: s.post("/auth/register", {
                "username": "after", "email": "after@example.org",
                "password": "correct horse battery staple"}).status == 201,
                what="a write after space came back")
            s.stop()
        finally:
            if s.proc.poll() is None:
                s.proc.kill()
                s.proc.wait()
            moat.until(lambda: subprocess.run(
                ["umount", disk], stderr=subprocess.DEVNULL).returncode == 0,
                what="umount")


def stranger(s):
    name = "s" + os.urandom(6).hex()
    return {"username": name, "email": f"{name}@example.org",
            "password": f"correct horse {name}"}


def test_removed_database_acknowledges_nothing(fresh_server):
    # I1: what a file without a name holds is gone with its last descriptor
    s = fresh_server(database="sqlite")
    u = s.user()
    os.rename(s.state / "db" / "moatd.sqlite", s.root / "aside")
    assert s.post("/auth/register", stranger(s)).status == 503
    moat.until(lambda: s.get("/health/ready").status == 503,
               what="readiness to end")
    # nor does the next engine begin another one, with another super admin
    s.kill("engine")
    moat.until(lambda: s.log().count("No such file") > 2, what="new engine")
    assert s.post("/auth/register", stranger(s)).status == 503
    os.rename(s.root / "aside", s.state / "db" / "moatd.sqlite")
    s.wait_healthy()
    assert s.get("/auth/me", token=u["access_token"]).status == 200
    assert s.log().count("super admin") == 1


@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_removed_log_loses_nothing(fresh_server, end):
    # I1
    s = fresh_server(database="sqlite")
    u = s.user()
    os.unlink(s.state / "db" / f"moatd.sqlite{end}")
    made = []

    def register():
        made.append(stranger(s))
        r = s.post("/auth/register", made[-1])
        assert r.status in (201, 503), r
        return r.status == 201

    moat.until(register, what="a registration")
    old = s.kill("engine")
    moat.until(lambda: s.pids("engine") not in ([], [old]),
               what="the next engine")
    s.wait_healthy()
    assert s.get("/auth/me", token=u["access_token"]).status == 200
    assert s.login(made[-1])


def test_newer_schema_is_refused_with_advice(fresh_server, database):
    s = fresh_server(database=database)
    s.stop()
    s.sql("INSERT INTO schema_migrations (version, name, checksum, applied_at)"
          " VALUES (9999, 'future', 'x', 0)")
    s.out.clear()
    s.err.clear()
    s.start(wait=False)
    assert s.proc.wait(20) != 0
    s.wait_log("9999")
    assert "newer" in s.log() and "upgrade" in s.log()
    assert not any(l.startswith("moatd: ready") for l in s.out)


def test_edited_migration_is_refused(fresh_server, database):
    s = fresh_server(database=database)
    s.stop()
    s.sql("UPDATE schema_migrations SET checksum = 'edited' "
          "WHERE version = 1")
    s.out.clear()
    s.err.clear()
    s.start(wait=False)
    assert s.proc.wait(20) != 0
    s.wait_log("differs from the one that was applied")


def test_foreign_pepper_is_refused(fresh_server, database):
    s = fresh_server(database=database)
    s.stop()
    pepper = s.state / "keys" / "pepper"
    os.unlink(pepper)
    with open(pepper, "wb") as f:
        f.write(os.urandom(32))
    if s.as_user:
        shutil.chown(pepper, s.as_user)
    os.chmod(pepper, 0o400)
    s.out.clear()
    s.err.clear()
    s.start(wait=False)
    assert s.proc.wait(20) != 0
    s.wait_log("pepper")


def test_state_survives_kill_of_everything(fresh_server, database):
    s = fresh_server(database=database)
    u = s.user()
    pids = [s.proc.pid, *s.children()]
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    s.proc.wait()
    moat.until(lambda: not any(moat.alive(p) for p in pids[1:]),
               what="the children to end")
    s.out.clear()
    s.err.clear()
    s.start()
    assert s.get("/auth/me", token=u["access_token"]).status == 200
    assert s.post("/auth/refresh",
                  {"refresh_token": u["refresh_token"]}).status == 200


def test_second_super_admin_is_refused_by_the_database(
        fresh_server, database):
    s = fresh_server(database=database)
    u = s.register()
    with pytest.raises(Exception):
        s.sql("UPDATE users SET role = 'superadmin' WHERE username = "
              f"'{u['username']}'")
    assert s.sql("SELECT count(*) FROM users WHERE role = 'superadmin'") == [
        ("1",)]


def test_sql_metacharacters_are_stored_literally(server):
    # 49
    name = "x'); DROP TABLE users; -- %_\\ $1 \""
    u = server.user(name=name)
    r = server.get("/auth/me", token=u["access_token"])
    assert r.status == 200 and r.json()["name"] == name
    r = server.post("/auth/login", {"username": "' OR 1=1 --",
                                    "password": "' OR 1=1 --"})
    assert r.status == 401


def test_51_scarce_descriptors_leave_no_child_unconnected(fresh_server):
    """Ready with fewer and fewer descriptors, or not, but never in part."""
    s = fresh_server(database="sqlite")
    enough = len(os.listdir(f"/proc/{s.proc.pid}/fd")) + 24
    u = s.user()
    for limit in range(enough, 16, -1):
        s.stop()
        s.out.clear()
        s.err.clear()
        s.prefix = ["prlimit", f"--nofile={limit}:{limit}"]
        s.start(wait=False)
        moat.until(lambda: s.ready.is_set() or
                   s.log().count("Too many open files") > 2,
                   what="ready, or not")
        if not s.ready.is_set():
            break
        s.wait_healthy()
        for _ in range(20):     # to whichever worker
            r = s.get("/auth/me", token=u["access_token"])
            assert r.status == 200, (limit, r, s.log())
    assert limit < enough, s.log()


@pytest.mark.parametrize("hours", [1, 24])
def test_56_clock_set_back_locks_nobody_out(fresh_server, database, hours):
    """Seen from a clock that was set back, sessions lie in the future."""
    s = fresh_server(database=database)
    u = s.user()
    ahead = hours * 3600 * 1000000
    s.sql(f"UPDATE sessions SET auth_at = auth_at + {ahead}, "
          f"created_at = created_at + {ahead}, "
          f"last_used_at = last_used_at + {ahead}, "
          f"idle_at = idle_at + {ahead}, expires_at = expires_at + {ahead}")
    s.sql(f"UPDATE refresh_tokens SET created_at = created_at + {ahead}, "
          f"expires_at = expires_at + {ahead}")
    r = s.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
    assert r.status == 200, r
    part = r.json()["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert claims["auth_time"] <= claims["iat"]
    assert s.get("/auth/me", token=r.json()["access_token"]).status == 200


@pytest.mark.alone
@pytest.mark.root
def test_51_parent_without_descriptors_does_not_spin(fresh_server):
    s = fresh_server(database="sqlite")
    pid = s.proc.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)

    def ticks():
        with open(f"/proc/{pid}/stat") as f:
            return sum(map(int, f.read().rpartition(")")[2].split()[11:13]))

    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))
    with socket.socket(socket.AF_UNIX) as c:
        c.connect(str(s.state / "moatd.sock"))
        s.wait_log("Too many open files")
        before = ticks()
        time.sleep(1.5)         # the time over which it must be idle
        assert ticks() - before < 20
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    assert s.ctl("status").returncode == 0
