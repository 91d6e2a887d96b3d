"""A wall clock that jumps by an hour or a day, either way, under every child of
one moatd (CASES 56): no replay is accepted, nobody is locked out, it is told.

Each role is started by a script that preloads a shim: it adds what stands in a
mapped file to the wall clock. libfaketime would open files and semaphores,
which no sandbox here allows."""

import contextlib
import mmap
import re
import shutil
import struct
import subprocess
import time

import pytest

import conftest
import moat
from test_accounts import error
from test_factor import Codes, login, protected, refused
from test_sessions import refresh, rotated
from test_throttle import fail, later, limited, login as try_login, wrong

HOUR, DAY = 3600, 86400
STEPS = [HOUR, -HOUR, DAY, -DAY]
CONF = "throttle { otp-hour 1000000 otp-stop 1000000 }\n"
SHIM = r"""
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/time.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int (*real)(clockid_t, struct timespec *);
static volatile long long *ahead;

__attribute__((constructor)) static void
begin(void)
{
	int fd = open(getenv("MOAT_CLOCK"), O_RDONLY);

	real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT,
	    "clock_gettime");
	ahead = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (fd == -1 || ahead == MAP_FAILED || real == NULL)
		abort();
	close(fd);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = real(id, ts);

	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		ts->tv_sec += *ahead;
	return (r);
}

int
gettimeofday(struct timeval *tv, void *tz)
{
	struct timespec ts;

	(void)tz;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return (0);
}

time_t
time(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return (ts.tv_sec);
}
"""


class Clock:
    """The wall clock of a server's children, ahead of the real one."""

    def __init__(self, d):
        (d / "shim.c").write_text(SHIM)
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", d / "shim.so",
                        d / "shim.c", "-ldl"], check=True)
        (d / "ahead").write_bytes(bytes(4096))
        with open(d / "ahead", "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 4096)
        shutil.copy2(moat.BUILD / "moatd", d)
        (d / "config.status").touch()       # the roles are beside it
        for role in (*moat.ROLES, moat.MAILER):
            (d / role).write_text(
                f"#!/bin/sh\nLD_PRELOAD='{d}/shim.so' MOAT_CLOCK='{d}/ahead' "
                f"exec '{moat.BUILD}/{role}' \"$@\"\n")
            (d / role).chmod(0o755)

    def set(self, seconds):
        struct.pack_into("q", self.map, 0, seconds)


@pytest.fixture(scope="module", params=conftest.DATABASES)
def moved(request):
    """A server whose clock can be set."""
    if moat.SANITIZED:
        pytest.skip("a sanitizer wants to be loaded first")
    s = moat.Server(request.param, CONF, as_user=conftest.AS_USER,
                    start=False)
    d = s.root / "bin"
    d.mkdir(mode=0o755)
    s.clock = Clock(d)
    s.moatd = d / "moatd"
    if s.as_user:
        for f in (d, *d.iterdir()):
            shutil.chown(f, s.as_user)
    s.start()
    yield s
    assert s.stop() == 0, s.log()
    s.discard()


def alarms(s):
    return re.findall(r"clock stepped by ([+-]\d+) s", s.log())


def told(s, n, seconds):
    """The nth alarm."""
    got = moat.until(lambda: alarms(s)[n - 1:], what="an alarm")
    assert [int(x) for x in got] == [seconds]


@contextlib.contextmanager
def ahead(s, seconds):
    """The clock steps, and then back to what it was."""
    n = len(alarms(s))
    s.clock.set(seconds)
    try:
        told(s, n + 1, seconds)
        yield
    finally:
        s.clock.set(0)
        told(s, n + 2, -seconds)


def sealed(s):
    """The audit chain goes on: what was done is sealed by now."""
    moat.until(lambda: s.sql("SELECT count(*) FROM audit WHERE seq IS NULL")
               == [("0",)], what="a sealed chain")


def spent(s, u):
    """A refresh token that was used, and whose successor was used, too."""
    t = s.login(u)["refresh_token"]
    rotated(s, rotated(s, t)["refresh_token"])
    return t


@pytest.mark.parametrize("step", STEPS)
def test_56_nothing_counts_twice(moved, step):
    s = moved
    u, v = protected(s), s.register()
    code = u["codes"].next()
    assert login(s, u, otp=code).status == 200
    before, after = spent(s, v), spent(s, v)
    with ahead(s, step):
        refused(login(s, u, otp=code), 401, "invalid_otp")
        error(refresh(s, before), 401, "invalid_token")
        Codes.settle()
        there = u["codes"].at(int(time.time() + step) // 30)
        assert login(s, u, otp=there).status == 200
        refused(login(s, u, otp=there), 401, "invalid_otp")
        sealed(s)
    for seen in (code, there):
        refused(login(s, u, otp=seen), 401, "invalid_otp")
    for t in (before, after):
        error(refresh(s, t), 401, "invalid_token")
    assert login(s, u, otp=u["codes"].next()).status == 200
    sealed(s)


@pytest.mark.parametrize("step", STEPS)
def test_56_nobody_is_locked_out(moved, step):
    s = moved
    u = s.register()
    users = [s.user() for _ in range(5)]
    with ahead(s, step):
        for v in users:
            # a token of that other hour is over, or not yet
            error(s.get("/auth/me", v["token"]), 401, "invalid_token")
            v.update(rotated(s, v["refresh_token"]))
            assert s.get("/auth/me", v["token"]).status == 200
            assert s.login(v)
        assert s.login(u)
        new = s.user()
    for v in (new, *users):
        assert rotated(s, v["refresh_token"])
        assert s.login(v)
    sealed(s)


@pytest.mark.parametrize("step", STEPS)
def test_56_throttles_keep_their_length(moved, step):
    """Half a minute is half a minute by any clock."""
    s = moved
    u = s.register()
    fail(s, u["username"], 5)
    limited(try_login(s, u["username"], u["password"]), 20, 30)
    with ahead(s, step):
        if step > 0:
            wrong(try_login(s, u["username"]))      # one try, not five
            limited(try_login(s, u["username"], u["password"]), 50, 60)
        else:
            limited(try_login(s, u["username"], u["password"]), 1, 30)
        later(s, 60)
        assert s.login(u)
    assert s.login(u)


def test_56_steps_are_counted(moved):
    def count():
        m = re.search(r"^moatd_clock_steps_total (\d+)$",
                      s.get("/metrics").body.decode(), re.M)
        return int(m[1])

    s = moved
    was = count()
    with ahead(s, 60):
        assert count() == was + 1
        # an engine that comes anew knows what the last one saw
        pid = s.kill("engine")
        moat.until(lambda: s.pids("engine") and s.pids("engine")[0] != pid)
        s.wait_healthy()
        assert count() == was + 1
    assert count() == was + 2
