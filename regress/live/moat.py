"""One running moatd, driven from outside, and the PostgreSQL it may use.

Nothing here sleeps to wait for something: readiness is read from the server's
own line on standard output, from /health, or from the end of a process.
"""

import base64
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MOATD_BUILD", TOP / "build")).resolve()
SANITIZED = os.environ.get("MOATD_SANITIZED") == "1"
ROLES = ("worker", "engine", "vault", "hasher")
MAILER = "mailer"            # only where mail is configured
# Cheap Argon2id parameters: the tests hash hundreds of passwords.
CHEAP = "password { memory 1024 time 1 }\n"
# Most tests fail at one name on purpose; test_throttle.py has the defaults.
PATIENT = ("throttle { password-free 1000000 password-suspend 1000000 "
           "otp-hour 1000000 otp-stop 1000000 }\n")


class Resp:
    """An answer: status, headers (lower case), body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


def until(test, timeout=10.0, step=0.01, what="the condition"):
    """Polls test() until it is true; its value, or an AssertionError."""
    end = time.monotonic() + timeout
    while True:
        value = test()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {timeout} s")
        time.sleep(step)


def patiently(ask, timeout=10.0):
    """An answer of a server whose processes may still be coming back."""
    return until(lambda: next((r for r in [ask()] if r.status != 503), None),
                 timeout, what="an answer")


def free_port():
    """A port nobody listens on: below those the system gives to clients, and
    of this process's own share where several run the suite together."""
    share, shares = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]), 8
    while True:
        port = 10000 + shares * secrets.randbelow(2750) + share % shares
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def alive(pid):
    """Whether a process lives (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Server:
    """A moatd with a state directory of its own."""

    def __init__(self, database="sqlite", conf_extra="", env=None, workers=2,
                 root=None, as_user=None, cheap=True, listen=None,
                 superadmin=True, start=True, prefix=()):
        self.database = database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.root = pathlib.Path(root or tempfile.mkdtemp(prefix="moatd-"))
        os.chmod(self.root, 0o755)
        self.state = self.root / "state"
        self.conf = self.root / "moatd.conf"
        self.admin = ("admin", "a-long-admin-password", "admin@example.org")
        self.as_user = as_user
        self.prefix = list(prefix)
        self.moatd = BUILD / "moatd"
        if as_user:
            shutil.chown(self.root, as_user)
        self.pg = None
        dbline = "database sqlite"
        if database == "postgres":
            self.pg = Postgres.shared().create()
            dbline = f'database postgresql "{self.pg}"'
        listen = listen or (f"listen on 127.0.0.1 port {self.port} "
                            "serve { public admin metrics }")
        self.conf.write_text(
            f'issuer "{self.url}"\nstate "{self.state}"\n{listen}\n{dbline}\n'
            f"workers {workers}\nhashers 2\n{CHEAP if cheap else ''}"
            f"{'' if 'throttle {' in conf_extra or 'trust proxy' in conf_extra else PATIENT}{conf_extra}\n")
        os.chmod(self.conf, 0o600)
        if as_user:
            shutil.chown(self.conf, as_user)
        self.env = dict(env or {})
        if superadmin:
            self.env.setdefault("SUPER_ADMIN_USERNAME", self.admin[0])
            self.env.setdefault("SUPER_ADMIN_PASSWORD", self.admin[1])
            self.env.setdefault("SUPER_ADMIN_EMAIL", self.admin[2])
        self.proc = None
        self.out = []
        self.err = []
        if start:
            self.start()

    # ---- life ----
    def start(self, wait=True, args=(), conf=True):
        cmd = [str(self.moatd), "-d",
               *(("-f", str(self.conf)) if conf else ()), *args]
        cmd = self.prefix + cmd
        if self.as_user:
            cmd = ["setpriv", f"--reuid={self.as_user}",
                   f"--regid={self.as_user_gid()}", "--clear-groups",
                   "--"] + cmd
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **self.env}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        self.proc = subprocess.Popen(
            cmd, env=env, cwd=self.root, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.ready = threading.Event()
        self.readers = [
            threading.Thread(target=self._read, args=a, daemon=True)
            for a in ((self.proc.stdout, self.out), (self.proc.stderr, self.err))]
        for t in self.readers:
            t.start()
        if wait:
            self.wait_ready()
        return self

    def as_user_gid(self):
        import pwd
        return pwd.getpwnam(self.as_user).pw_gid

    def _read(self, pipe, lines):
        for raw in pipe:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            lines.append(line)
            if line.startswith("moatd: ready on "):
                self.ready.set()

    def wait_ready(self, timeout=20):
        if not self.ready.wait(0):
            until(lambda: self.ready.is_set() or self.proc.poll() is not None,
                  timeout, what="'moatd: ready'")
        assert self.ready.is_set(), (
            f"moatd ended with {self.proc.wait()}:\n{self.log()}")
        self.wait_healthy(timeout)

    def healthy(self):
        try:
            return self.get("/health/ready").status == 200
        except OSError:
            return False

    def wait_healthy(self, timeout=20):
        try:
            until(self.healthy, timeout, what="/health/ready")
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.log()}") from None

    def log(self):
        return "\n".join(self.out + self.err)

    def wait_log(self, text, timeout=10):
        return until(lambda: text in self.log(), timeout, what=repr(text))

    def stop(self, sig=signal.SIGTERM, timeout=20):
        """Ends it; the exit code, after all its output was read."""
        if self.proc is None:
            return None
        if self.proc.poll() is None:
            self.proc.send_signal(sig)
        try:
            code = self.proc.wait(timeout)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
            raise AssertionError(f"moatd did not end:\n{self.log()}") from None
        for t in self.readers:
            t.join(5)
        return code

    def restart(self):
        self.stop()
        self.out.clear()
        self.err.clear()
        return self.start()

    def discard(self):
        if self.proc is not None and self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        shutil.rmtree(self.root, ignore_errors=True)
        if self.pg:
            Postgres.shared().drop(self.pg)

    def reload(self):
        self.proc.send_signal(signal.SIGHUP)

    # ---- processes ----
    def children(self):
        """{pid: role} of the parent's living children, but for a `vault -g`
        that is at work for a moment."""
        found = {}
        task = f"/proc/{self.proc.pid}/task/{self.proc.pid}/children"
        try:
            pids = open(task).read().split()
        except OSError:
            return found
        for pid in map(int, pids):
            try:
                name = open(f"/proc/{pid}/comm").read().strip()
                args = open(f"/proc/{pid}/cmdline").read().split("\0")
            except OSError:
                continue
            if "-g" in args:
                continue
            if name in (*ROLES, MAILER) and alive(pid):
                found[pid] = name
        return found

    def pids(self, role):
        if role in ("parent", "moatd"):
            return [self.proc.pid]
        return sorted(p for p, r in self.children().items() if r == role)

    def kill(self, role, sig=signal.SIGKILL):
        """Sends sig to the first process of a role and returns its pid."""
        pid = self.pids(role)[0]
        os.kill(pid, sig)
        return pid

    # ---- HTTP ----
    def req(self, method, path, body=None, headers=None, timeout=15):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            heads = {}
            for k, v in r.getheaders():
                k = k.lower()
                heads[k] = f"{heads[k]}, {v}" if k in heads else v
            return Resp(r.status, heads, r.read())
        finally:
            c.close()

    def call(self, method, path, json_body=None, token=None, headers=None,
             timeout=15):
        heads = dict(headers or {})
        body = None
        if json_body is not None:
            body = json.dumps(json_body).encode()
            heads.setdefault("Content-Type", "application/json")
        if token is not None:
            heads["Authorization"] = f"Bearer {token}"
        return self.req(method, path, body, heads, timeout)

    def get(self, path, token=None, headers=None):
        return self.call("GET", path, None, token, headers)

    def post(self, path, json=None, token=None, headers=None):
        return self.call("POST", path, json, token, headers)

    def patch(self, path, json=None, token=None, headers=None):
        return self.call("PATCH", path, json, token, headers)

    def delete(self, path, json=None, token=None, headers=None):
        return self.call("DELETE", path, json, token, headers)

    def form(self, path, fields=None, token=None, auth=None, headers=None):
        """POSTs a form; auth: (client_id, secret) of Basic."""
        heads = {"Content-Type": "application/x-www-form-urlencoded",
                 **(headers or {})}
        if token is not None:
            heads["Authorization"] = f"Bearer {token}"
        if auth is not None:
            pair = ":".join(urllib.parse.quote_plus(a) for a in auth)
            heads["Authorization"] = "Basic " + base64.b64encode(
                pair.encode()).decode()
        return self.req("POST", path, urllib.parse.urlencode(
            fields or {}).encode(), heads)

    def sock(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def raw(self, data, timeout=10):
        """Sends bytes; all that comes back until the server closes."""
        with self.sock(timeout) as s:
            try:
                s.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass
            got = b""
            while True:
                try:
                    part = s.recv(65536)
                except (ConnectionResetError, socket.timeout):
                    return got
                if not part:
                    return got
                got += part

    # ---- accounts ----
    def register(self, **over):
        name = over.pop("username", None) or "u" + secrets.token_hex(6)
        user = {"username": name, "password": f"correct horse {name}",
                "email": f"{name.lower()}@example.org", **over}
        r = self.post("/auth/register", user)
        assert r.status == 201, r
        return {**user, "userId": r.json()["userId"]}

    def login(self, user):
        r = self.post("/auth/login", {"username": user["username"],
                                      "password": user["password"]})
        assert r.status == 200, r
        return r.json()

    def admin_login(self):
        """Tokens of the super admin."""
        return self.login({"username": self.admin[0],
                           "password": self.admin[1]})

    def user(self, **over):
        """A registered and logged-in user: its fields and its tokens."""
        u = self.register(**over)
        return {**u, **self.login(u)}

    # ---- signing keys ----
    def jwks(self):
        return self.get("/.well-known/jwks.json").json()["keys"]

    def all_keys(self):
        """The JWK Set once it has the active and the next key of each
        algorithm, which moatd makes when it has started."""
        def there():
            rows = {kid for (kid,) in self.sql(
                "SELECT kid FROM signing_keys WHERE state IN ('active', "
                "'next')")}
            return len(rows) == 6 and rows <= {k["kid"] for k in self.jwks()}
        until(there, 40, 0.1, "a next key of each algorithm")
        return self.jwks()

    def active_kid(self, alg="ES256"):
        ((kid,),) = self.sql("SELECT kid FROM signing_keys WHERE "
                             f"state = 'active' AND alg = '{alg}'")
        return kid

    # ---- the database, from outside ----
    def sql(self, text):
        """Runs one statement (literals inside) and returns its rows."""
        if self.database == "postgres":
            out = subprocess.run(
                ["psql", "-X", "-A", "-t", "-q", "-F", "\x1f", "-c", text,
                 self.pg], check=True, capture_output=True, text=True).stdout
            return [tuple(l.split("\x1f")) for l in out.splitlines() if l]
        import sqlite3
        db = sqlite3.connect(self.state / "db" / "moatd.sqlite", timeout=10)
        try:
            with db:
                return [tuple("" if c is None else str(c) for c in row)
                        for row in db.execute(text).fetchall()]
        finally:
            db.close()

    # ---- moatctl ----
    def ctl(self, *args, timeout=120, input=None):
        return subprocess.run(
            [str(BUILD / "moatctl"), "--socket",
             str(self.state / "moatd.sock"), *args],
            capture_output=True, text=True, timeout=timeout, input=input)


class Postgres:
    """A PostgreSQL of the suite's own in a temporary directory."""

    _shared = None

    @classmethod
    def shared(cls):
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    @classmethod
    def end(cls):
        if cls._shared is not None:
            cls._shared.stop()
            cls._shared = None

    def __init__(self):
        self.dsn = os.environ.get("MOATD_TEST_PG")
        self.own = self.dsn is None
        self.count = 0
        if self.own:
            self._start()

    def _run(self, *cmd, **kw):
        if os.geteuid() == 0:
            cmd = ("setpriv", "--reuid=postgres", "--regid=postgres",
                   "--clear-groups", "--", *cmd)
        subprocess.run(cmd, check=True, stdout=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL, cwd="/", **kw)

    def _start(self):
        self.bin = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
                          key=lambda p: int(p.parent.name))[-1]
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="moatd-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.dir, "postgres", "postgres")
        self.port = free_port()
        self._run(self.bin / "initdb", "-D", self.dir / "data", "-U", "moat",
                  "-A", "scram-sha-256", "--pwfile", self._pwfile(),
                  "-E", "UTF8", "--locale=C.UTF-8")
        with open(self.dir / "data" / "postgresql.conf", "a") as f:
            f.write(f"port={self.port}\nlisten_addresses='127.0.0.1'\n"
                    f"unix_socket_directories='{self.dir}'\n"
                    "max_connections=100\nshared_buffers=64MB\n"
                    "fsync=off\n")        # no test takes the power away
        self.pg_start()
        self.dsn = (f"postgresql://moat:{self.password}@127.0.0.1:"
                    f"{self.port}/postgres")

    def _pwfile(self):
        self.password = "pg-" + secrets.token_hex(12)
        path = self.dir / "pw"
        path.write_text(self.password + "\n")
        if os.geteuid() == 0:
            shutil.chown(path, "postgres")
        os.chmod(path, 0o600)
        return path

    def pg_start(self):
        self._run(self.bin / "pg_ctl", "-D", self.dir / "data", "-w",
                  "-l", self.dir / "log", "start")

    def pg_stop(self, mode="fast"):
        self._run(self.bin / "pg_ctl", "-D", self.dir / "data", "-w",
                  "-m", mode, "stop")

    def psql(self, text, dsn=None):
        return subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c",
             text, dsn or self.dsn], check=True, capture_output=True,
            text=True).stdout

    def create(self):
        """A new, empty database: its connection string."""
        self.count += 1
        name = f"moatd_{os.getpid()}_{self.count}"
        self.psql(f"CREATE DATABASE {name}")
        return self.dsn.rpartition("/")[0] + "/" + name

    def drop(self, dsn):
        name = dsn.rpartition("/")[2]
        subprocess.run(["psql", "-X", "-q", "-c",
                        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
                        self.dsn], check=False, capture_output=True)

    def stop(self):
        if not self.own:
            return
        try:
            self.pg_stop("immediate")
        except subprocess.CalledProcessError:
            pass
        shutil.rmtree(self.dir, ignore_errors=True)
