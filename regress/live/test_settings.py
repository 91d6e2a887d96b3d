"""Settings that only a running server shows: the environment over the file,
secrets in files, migrations by hand, a kernel without a mechanism, TLS."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
import urllib.parse

import pytest

import moat
from forge import claims
from moat import TOP, until

PASSWORD = "a given super password"


def secret_file(s, name, text, mode=0o400):
    path = s.root / name
    path.write_text(text)
    path.chmod(mode)
    if s.as_user:
        shutil.chown(path, s.as_user)
    return str(path)


def refused(s):
    """Starts a server that must not start: the last line of its log."""
    s.start(wait=False)
    code = s.proc.wait(20)
    for t in s.readers:
        t.join(5)
    assert code == 1, s.log()
    return s.err[-1]


def superadmin(s, username="admin", password=PASSWORD):
    r = s.post("/auth/login", {"username": username, "password": password})
    assert r.status == 200, (r, s.log())
    return s.get("/auth/me", r.json()["token"]).json()


# ---- the environment ----

def test_env_accepts_a_configuration_file(fresh_server):
    s = fresh_server(start=False)
    s.env["MOATD_CONFIG"] = str(s.conf)
    s.start(wait=False, conf=False)
    s.wait_ready()
    assert s.user()


def test_env_rejects_to_win_over_the_option(fresh_server):
    s = fresh_server(env={"MOATD_CONFIG": "/nonexistent/moatd.conf"})
    assert s.user()


def test_env_accepts_issuer_port_and_state(fresh_server):
    s = fresh_server(start=False)
    s.port = moat.free_port()
    s.url = f"http://127.0.0.1:{s.port}"
    s.env |= {"PORT": str(s.port), "MOATD_ISSUER": "http://id.example",
              "MOATD_STATE": str(s.root / "other")}
    s.start()
    s.state = s.root / "other"
    t = s.user()
    assert claims(t["access_token"])["iss"] == "http://id.example"
    assert (s.state / "keys" / "pepper").is_file()


def test_env_accepts_superadmin_password_from_a_file(fresh_server):
    s = fresh_server(start=False, superadmin=False)
    s.env |= {"SUPER_ADMIN_USERNAME": "boss",
              "SUPER_ADMIN_EMAIL": "boss@example.org",
              "SUPER_ADMIN_PASSWORD_FILE":
                  secret_file(s, "sa", PASSWORD + "\n")}
    s.start()
    me = superadmin(s, "boss")
    assert me["role"] == "superadmin" and me["email"] == "boss@example.org"
    assert not any("password:" in l for l in s.out)


def test_conf_accepts_superadmin_with_a_password_file(fresh_server):
    s = fresh_server(start=False, superadmin=False)
    s.conf.write_text(s.conf.read_text() + 'superadmin { username "chief", '
                      'email "chief@example.org", password file "%s" }\n'
                      % secret_file(s, "sa", PASSWORD))
    s.start()
    assert superadmin(s, "chief")["email"] == "chief@example.org"


def test_secret_file_accepts_readers_with_a_warning(fresh_server):
    s = fresh_server(start=False, superadmin=False)
    path = secret_file(s, "sa", PASSWORD, 0o444)
    s.env["SUPER_ADMIN_PASSWORD_FILE"] = path
    s.start()
    assert f"{path}: readable by others (mode 0444)" in s.log()
    superadmin(s, "superadmin")


def test_secret_file_rejects_writers(fresh_server):
    s = fresh_server(start=False, superadmin=False)
    s.env["SUPER_ADMIN_PASSWORD_FILE"] = secret_file(s, "sa", PASSWORD, 0o666)
    assert "writable by others" in refused(s)


def pg_server(fresh_server, **kw):
    """A server whose file says sqlite, and the parts of a URL."""
    s = fresh_server(database="postgres", start=False, **kw)
    s.conf.write_text(re.sub("database postgresql .*", "database sqlite",
                             s.conf.read_text()))
    return s, urllib.parse.urlsplit(s.pg)


def on_postgres(s):
    u = s.user()
    assert s.sql("SELECT username FROM users WHERE username = "
                 f"'{u['username']}'") == [(u["username"],)]
    assert not (s.state / "db" / "moatd.sqlite").exists()


@pytest.mark.parametrize("by", ["URL", "URL_FILE", "PASSWORD",
                                "PASSWORD_FILE"])
def test_env_accepts_a_database(fresh_server, by):
    s, url = pg_server(fresh_server)
    if by == "URL":
        s.env["MOATD_DATABASE_URL"] = s.pg
    elif by == "URL_FILE":
        s.env["MOATD_DATABASE_URL_FILE"] = secret_file(s, "url", s.pg + "\n")
    else:
        s.env |= {"DB_HOST": url.hostname, "DB_PORT": str(url.port),
                  "DB_USERNAME": url.username, "DB_DATABASE": url.path[1:]}
    if by == "PASSWORD":
        s.env["DB_PASSWORD"] = url.password
    elif by == "PASSWORD_FILE":
        s.env["DB_PASSWORD_FILE"] = secret_file(s, "pw", url.password + "\n")
    s.start()
    on_postgres(s)


def test_conf_accepts_a_database_url_in_a_file(fresh_server):
    s, _ = pg_server(fresh_server)
    path = secret_file(s, "url", s.pg + "\n")
    s.conf.write_text(s.conf.read_text().replace(
        "database sqlite", f'database postgresql file "{path}"'))
    s.start()
    on_postgres(s)


def test_database_accepts_several_hosts(fresh_server):
    """The first one is not there: the second is taken."""
    s, url = pg_server(fresh_server)
    dead = moat.free_port()
    s.env["MOATD_DATABASE_URL"] = (
        f"postgresql://{url.username}:{url.password}@127.0.0.1:{dead},"
        f"{url.hostname}:{url.port}{url.path}")
    s.start()
    on_postgres(s)


def test_database_accepts_a_socket_and_a_name(fresh_server, postgres):
    s, url = pg_server(fresh_server)
    login = f"{url.username}:{url.password}"
    if os.geteuid() == 0:
        os.chmod(postgres.dir, 0o755)
    for where in (f"/{url.path[1:]}?host={postgres.dir}&port={url.port}",
                  f"localhost:{url.port}{url.path}"):
        s.env["MOATD_DATABASE_URL"] = f"postgresql://{login}@{where}"
        s.start()
        on_postgres(s)
        s.stop()


@pytest.mark.long
def test_database_name_is_looked_up_anew(fresh_server, postgres):
    """Confined, the engine cannot: it leaves, and is started at once."""
    s, url = pg_server(fresh_server)
    s.env["MOATD_DATABASE_URL"] = s.pg.replace(url.hostname, "localhost")
    s.start()
    engine = s.pids("engine")
    postgres.pg_stop()
    try:
        s.wait_log("look its names up anew", 25)
        until(lambda: s.pids("engine") not in ([], engine), 2)
    finally:
        postgres.pg_start()
    s.wait_healthy()
    assert s.user()


def test_database_rejects_a_wrong_password(fresh_server):
    """Down, not refused: someone may be about to set it there."""
    s, url = pg_server(fresh_server)
    s.env["MOATD_DATABASE_URL"] = s.pg.replace(url.password, "wrong" * 4)
    s.start(wait=False)
    s.wait_log("database: down: ")
    until(s.ready.is_set, 20, what="the ready line")
    r = s.get("/health/ready")
    assert r.status == 503 and "retry-after" in r.headers
    assert "wrong" * 4 not in s.log()


# ---- TLS to the database ----

@pytest.fixture
def tls(postgres):
    """The suite's PostgreSQL with a certificate for 127.0.0.1."""
    crt, key = postgres.dir / "server.crt", postgres.dir / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", key, "-out", crt], check=True, capture_output=True)
    key.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(key, "postgres")
    for line in (f"ssl_cert_file = '{crt}'", f"ssl_key_file = '{key}'",
                 "ssl = on"):
        name, _, value = line.partition(" = ")
        postgres.psql(f"ALTER SYSTEM SET {name} = {value}")
    postgres.psql("SELECT pg_reload_conf()")
    until(lambda: postgres.psql("SHOW ssl").strip() == "on", 10)
    yield crt
    for name in ("ssl", "ssl_cert_file", "ssl_key_file"):
        postgres.psql(f"ALTER SYSTEM RESET {name}")
    postgres.psql("SELECT pg_reload_conf()")
    until(lambda: postgres.psql("SHOW ssl").strip() == "off", 10)


def encrypted(s):
    rows = moat.Postgres.shared().psql(
        "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity "
        "USING (pid) WHERE application_name = 'moatd' AND datname = "
        f"'{s.pg.rpartition('/')[2]}'")
    return rows.split()


@pytest.mark.parametrize("mode", ["", "?sslmode=require",
                                  "?sslmode=verify-full&sslrootcert={}"])
def test_tls_to_the_database_accepts(fresh_server, tls, mode):
    s, _ = pg_server(fresh_server)
    ca = secret_file(s, "ca.crt", tls.read_text(), 0o444)
    s.env["MOATD_DATABASE_URL"] = s.pg + mode.format(ca)
    s.start()
    on_postgres(s)
    assert encrypted(s) == ["t"]
    moat.Postgres.shared().psql(            # and once more, confined
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
        "application_name = 'moatd'")
    s.wait_healthy()
    assert s.user()
    assert encrypted(s) == ["t"]
    assert "sandbox forbids" not in s.log()


def test_tls_to_the_database_rejects_a_stranger(fresh_server, tls, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=other", "-keyout", tmp_path / "k", "-out", tmp_path / "c"],
        check=True, capture_output=True)
    s, _ = pg_server(fresh_server)
    ca = secret_file(s, "ca.crt", (tmp_path / "c").read_text(), 0o444)
    s.env["MOATD_DATABASE_URL"] = (
        s.pg + f"?sslmode=verify-full&sslrootcert={ca}")
    s.start(wait=False)
    s.wait_log("certificate verify failed", 20)
    until(s.ready.is_set, 20, what="the ready line")
    assert s.get("/health/ready").status == 503


# ---- migrations by hand ----

def test_migrate_manual_waits_and_applies(fresh_server, database):
    s = fresh_server("migrate manual\n", database=database, start=False)
    s.start(wait=False)
    until(s.ready.is_set, 20, what="the ready line")
    s.wait_log("run moatctl migrate")
    r = s.get("/health/ready")
    assert r.status == 503 and "retry-after" in r.headers
    r = s.post("/auth/register", {"username": "early", "email": "e@a.org",
                                  "password": "a long word for it"})
    assert r.status == 503, r
    r = s.ctl("migrate", "--dry-run")
    assert r.returncode == 0, r.stderr
    assert "-- 0001_initial.sql\n" in r.stdout and "pending" in r.stdout
    shown = (TOP / "sql/migrations/0001_initial.sql").read_text()
    for line in shown.splitlines():
        assert line + "\n" in r.stdout        # tabs are tabs
    assert s.get("/health/ready").status == 503
    r = s.ctl("migrate")
    assert r.returncode == 0, r.stderr
    assert "applied" in r.stdout
    s.wait_healthy()
    assert s.user()
    assert "0 pending" in s.ctl("migrate", "--dry-run").stdout
    s.restart()                               # nothing is pending any more
    assert s.user()


# ---- a kernel without a mechanism ----

REFUSES = """
import ctypes, os, struct, sys
def op(code, jt, jf, k):
    return struct.pack("HBBI", code, jt, jf, k)
# landlock_create_ruleset is 444 on every architecture
prog = (op(0x20, 0, 0, 0) + op(0x15, 0, 1, 444) +
        op(0x06, 0, 0, 0x00050000 | 95) + op(0x06, 0, 0, 0x7fff0000))
buf = ctypes.create_string_buffer(prog)
fprog = struct.pack("HP", 4, ctypes.addressof(buf))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, fprog) == 0, os.strerror(ctypes.get_errno())
os.execv(sys.argv[1], sys.argv[1:])
"""
WITHOUT = (sys.executable, "-c", REFUSES)


def has_landlock():
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(444, None, 0, 1) > 0


@pytest.mark.skipif(not has_landlock(), reason="no Landlock here")
def test_sandbox_required_rejects_a_kernel_without_landlock(fresh_server):
    s = fresh_server(start=False, prefix=WITHOUT)
    s.start(wait=False)
    assert s.proc.wait(20) == 1
    for t in s.readers:
        t.join(5)
    assert "andlock" in s.log() and "sandbox optional" in s.log(), s.log()
    assert not s.out


@pytest.mark.skipif(not has_landlock(), reason="no Landlock here")
def test_sandbox_optional_accepts_it_with_a_warning(fresh_server):
    s = fresh_server("sandbox optional\n", prefix=WITHOUT)
    assert s.user()
    assert "andlock" in s.log()
    r = s.ctl("status")
    assert "landlock" not in r.stdout and "no-new-privs" in r.stdout


# ---- what the manual says ----

def manual(name):
    return (TOP / "privsep/parent" / name).read_text()


def test_manual_has_every_number_with_its_range():
    text = " ".join(manual("moatd.conf.5").split())
    rows = re.findall(r'NUM\("(\w*)", "([\w-]+)", \w+, (\w+), (\w+), (\w+)\)',
                      (TOP / "privsep/parent/conf.c").read_text())
    assert len(rows) > 20
    macros = {"CONF_WORKERS": "64", "CONF_HASHERS": "64", "CONF_VAULTS": "8"}
    for section, name, low, high, default in rows:
        high = macros.get(high, high)
        mark = f".It Cm {name} " if section else f".It Ic {name} "
        assert text.count(mark) == 1, name
        item = text.partition(mark)[2]
        item = re.split(r"\.It |\.El", item)[0]
        assert f"{low} to {high}" in item or "same" in item, (name, item)
        if section:
            assert f"Pq {default} ." in item, (name, item)


def test_manual_has_every_keyword_and_variable():
    words = re.findall(r'\{ "(\w+)", [A-Z]+ \}',
                       (TOP / "privsep/parent/keyword.c").read_text())
    assert len(words) > 30
    text = manual("moatd.conf.5")
    for w in words:
        assert re.search(rf"\b{w}\b", text), w
    env = re.findall(r'\{ "(\w+)", (?:PLAIN|URL|SECRET) \}',
                     (TOP / "privsep/parent/env.c").read_text())
    assert len(env) > 20
    for name in env:
        assert re.search(rf"\b{name}\b", manual("moatd.8")), name


def test_reload_moves_to_another_database(fresh_server, postgres):
    s = fresh_server(database="postgres")
    first, old = s.user(), s.pg
    workers, vault = s.pids("worker"), s.pids("vault")
    s.pg = postgres.create()
    try:
        s.conf.write_text(s.conf.read_text().replace(old, s.pg))
        assert s.ctl("reload").returncode == 0
        until(lambda: s.post("/auth/login", {
            "username": first["username"], "password": first["password"]}
        ).status == 401, 15, what="the other database")
        s.wait_healthy()
        on_postgres(s)
        assert not set(workers) & set(s.pids("worker"))
        assert s.pids("vault") == vault
        assert superadmin(s, password=s.admin[1])["role"] == "superadmin"
        for db, n in ((old, "0"), (s.pg, "1")):
            assert postgres.psql(
                "SELECT count(*) > 0 FROM pg_stat_activity WHERE "
                "application_name = 'moatd' AND datname = "
                f"'{db.rpartition('/')[2]}'").strip() == "ft"[int(n)]
    finally:
        s.stop()
        postgres.drop(old)


@pytest.mark.parametrize("over,why", [
    ({"SUPER_ADMIN_PASSWORD": "too short 5x"}, "too_short"),
    ({"SUPER_ADMIN_USERNAME": "a b"}, "may hold letters"),
    ({"SUPER_ADMIN_EMAIL": "nowhere"}, "is not a mail address")])
def test_superadmin_rejects_what_the_rules_forbid(fresh_server, over, why):
    s = fresh_server(start=False)
    s.env |= {"SUPER_ADMIN_USERNAME": "boss", "SUPER_ADMIN_PASSWORD": PASSWORD,
              "SUPER_ADMIN_EMAIL": "boss@example.org", **over}
    s.start()
    s.wait_log("not created")
    line = next(l for l in s.err if "not created" in l)
    assert why in line
    assert over.get("SUPER_ADMIN_PASSWORD", PASSWORD) not in s.log()
    assert s.sql("SELECT count(*) FROM users") == [("0",)]
    s.env |= {"SUPER_ADMIN_USERNAME": "boss", "SUPER_ADMIN_PASSWORD": PASSWORD,
              "SUPER_ADMIN_EMAIL": "boss@example.org"}
    s.restart()
    assert superadmin(s, "boss")["role"] == "superadmin"
    s.env["SUPER_ADMIN_USERNAME"] = "other"    # there is one: of no effect
    s.restart()
    assert superadmin(s, "boss")["role"] == "superadmin"
    assert s.sql("SELECT count(*) FROM users WHERE role = 'superadmin'"
                 ) == [("1",)]


def test_reload_changes_what_clients_see(fresh_server):
    s = fresh_server()
    u = s.user()
    s.conf.write_text(re.sub("^issuer .*", 'issuer "https://id.example"',
                             s.conf.read_text()) +
                      "registration closed\ntoken { access 77 }\n"
                      'cors { "https://app.example" }\n'
                      "password { minimum 20 }\n")
    assert s.ctl("reload").returncode == 0

    def moved():
        try:
            r = s.get("/health/ready", headers={
                "Origin": "https://app.example"})
        except OSError:
            return False
        return r.status == 200 and "strict-transport-security" in r.headers

    until(moved, 15, what="the new configuration")
    until(lambda: len(s.pids("worker")) == 2, 15)
    r = s.get("/auth/me", u["token"])           # of another issuer now
    assert r.status == 401 and r.json()["error"] == "invalid_token"
    r = s.post("/auth/login", {"username": u["username"],
                               "password": u["password"]},
               headers={"Origin": "https://app.example"})
    assert r.headers["access-control-allow-origin"] == "https://app.example"
    t = r.json()
    assert t["expires_in"] == 77
    assert claims(t["token"])["iss"] == "https://id.example"
    assert s.get("/auth/me", t["token"]).status == 200
    r = s.post("/auth/register", {"username": "late", "email": "l@a.org",
                                  "password": "a long enough word for it"})
    assert r.status == 403 and r.json()["error"] == "registration_closed"
    r = s.post("/auth/password-change", {
        "oldPassword": u["password"], "newPassword": "nineteen characters"},
        t["token"])
    assert r.status == 400 and r.json()["reason"] == "too_short"


@pytest.mark.root
@pytest.mark.parametrize("line,why", [
    ('user worker "root"', "user root for the worker is root"),
    ('user worker "_moatkey"', "user _moatkey is for the vault and the "
     "worker"),
    ('user engine "_moatd"', "user _moatd is for the engine and the worker"),
    ('user hasher "_moatdb"', "user _moatdb is for the hasher and the "
     "engine")])
def test_user_rejects_what_is_no_wall(fresh_server, line, why):
    s = fresh_server(line + "\n", start=False)
    assert why in refused(s)
