"""contrib/quickstart keeps the start contract that scripts rely on."""

import fcntl
import os
import re
import signal
import subprocess
import time
import urllib.request

import pytest

import moat

pytestmark = [pytest.mark.root, pytest.mark.slow]


class Quick:
    def __init__(self, state, **env):
        self.port = moat.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {"PATH": os.environ["PATH"], "MOATD_STATE": str(state),
                    "MOATD_PORT": str(self.port), **env}
        self.began = time.monotonic()
        self.proc = subprocess.Popen(
            [str(moat.TOP / "contrib" / "quickstart")], env=self.env,
            cwd=moat.TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        self.lines = []
        for line in self.proc.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("moatd: ready on "):
                break
        self.took = time.monotonic() - self.began

    def health(self):
        with urllib.request.urlopen(self.url + "/health", timeout=5) as r:
            return r.status

    def end(self):
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
        rest, err = self.proc.communicate(timeout=20)
        return self.proc.returncode, rest, err


@pytest.fixture
def quick(tmp_path):
    os.chmod(tmp_path, 0o755)
    for parent in list(tmp_path.parents)[:3]:
        if parent.stat().st_uid == os.geteuid() and str(parent) != "/":
            os.chmod(parent, parent.stat().st_mode | 0o055)
    made = []

    def start(state="state", **env):
        with open(__file__) as one:     # they share a build directory
            fcntl.flock(one, fcntl.LOCK_EX)
            q = Quick(tmp_path / state, **env)
        made.append(q)
        return q

    yield start
    for q in made:
        if q.proc.poll() is None:
            q.proc.kill()
            q.proc.communicate()


def test_quickstart_prints_password_once_and_one_ready_line(quick):
    q = quick()
    assert q.lines[-1] == f"moatd: ready on {q.url}"
    assert len(q.lines) == 2, q.lines
    password = q.lines[0].split()[-1]
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}", password), q.lines
    assert q.health() == 200
    code, rest, err = q.end()
    assert code == 0 and rest == "" and password not in err


def test_quickstart_second_start_is_quick_and_silent_about_password(quick):
    quick().end()
    q = quick()
    assert q.lines == [f"moatd: ready on {q.url}"]
    q.end()


def closed(url):
    try:
        urllib.request.urlopen(url + "/health/live", timeout=10).close()
    except OSError as e:
        return "refused" in str(e)
    return False


def test_quickstart_takes_the_given_super_admin(quick):
    q = quick(SUPER_ADMIN_USERNAME="root.admin",
              SUPER_ADMIN_PASSWORD="a given long password",
              SUPER_ADMIN_EMAIL="root@example.org")
    assert q.lines == [f"moatd: ready on {q.url}"]
    body = b'{"username":"root.admin","password":"a given long password"}'
    req = urllib.request.Request(q.url + "/auth/login", body,
                                 {"Content-Type": "application/json"})
    with urllib.request.urlopen(req, timeout=10) as r:
        assert r.status == 200
    # argv, environment and working directory suffice to start it again
    pid = q.proc.pid
    argv = open(f"/proc/{pid}/cmdline").read().split("\0")[:-1]
    env = dict(e.split("=", 1) for e in
               open(f"/proc/{pid}/environ").read().split("\0") if "=" in e)
    cwd = os.readlink(f"/proc/{pid}/cwd")
    q.proc.kill()
    q.proc.wait()
    moat.until(lambda: closed(q.url), what="the end of its workers")
    again = subprocess.Popen(argv, env=env, cwd=cwd, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    try:
        assert again.stdout.readline() == f"moatd: ready on {q.url}\n"
    finally:
        again.terminate()
        again.communicate(timeout=20)
    assert again.returncode == 0


def test_quickstart_uses_the_database_url(quick):
    dsn = moat.Postgres.shared().create()
    try:
        q = quick(MOATD_DATABASE_URL=dsn)
        assert q.lines[-1] == f"moatd: ready on {q.url}"
        assert moat.Postgres.shared().psql(
            "SELECT count(*) FROM users WHERE role = 'superadmin'",
            dsn).strip() == "1"
        assert q.end()[0] == 0
    finally:
        moat.Postgres.shared().drop(dsn)
