"""Limits and deadlines from outside: over them is 503, never a kill, never a
wait without an end (CASES 52, 57; the wall's limits per channel)."""

import concurrent.futures
import contextlib
import json
import os
import signal
import time

import pytest

import moat
from moat import until


def busy(r):
    assert r.status == 503, r
    assert r.json()["error"] == "unavailable"
    assert int(r.headers["retry-after"]) >= 1


def login(s, username, password="not the right password"):
    return s.post("/auth/login", {"username": username, "password": password})


@contextlib.contextmanager
def frozen(s, role):
    """The processes of a role do not run."""
    pids = s.pids(role)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield pids
    finally:
        for pid in pids:
            if moat.alive(pid):
                os.kill(pid, signal.SIGCONT)


def many(n, call):
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        return list(pool.map(call, range(n)))


def metric(s, line):
    for l in s.get("/metrics").body.decode().splitlines():
        if l.startswith(line + " "):
            return int(l.split()[-1])
    raise AssertionError(line)


# ---- limits ----

@pytest.mark.alone
def test_hash_queue_rejects_more_than_it_holds(fresh_server):
    """Two hashers that stand still, each with one at work and two waiting."""
    s = fresh_server("limit { hash-queue 2 failures 100000 }\n"
                     "timeout { hasher 3 }\n")
    u = s.user()
    with frozen(s, "hasher"):
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            jobs = [pool.submit(login, s, u["username"]) for _ in range(24)]
            until(lambda: sum(j.done() for j in jobs) >= 16, 10)
            assert time.monotonic() - began < 3
            for j in jobs:
                if j.done():
                    busy(j.result())
            # token traffic is not touched by it
            assert s.get("/auth/me", u["access_token"]).status == 200
            until(lambda: metric(s, "moatd_hasher_queue_depth") >= 4, 2)
            rows = json.loads(s.ctl("--json", "status").stdout)["processes"]
            assert sum(p["queue"] for p in rows if p["role"] == "hasher") >= 4
            r = s.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
            assert r.status == 200, r
        for j in jobs:
            busy(j.result())
    assert metric(s, 'moatd_logins_total{result="busy"}') >= 16
    until(lambda: login(s, u["username"], u["password"]).status == 200, 10)
    assert s.healthy()


def test_failures_rejects_more_a_second(fresh_server):
    s = fresh_server("limit { failures 2 }\n", workers=1)
    u = s.register()
    pids = s.children()
    for r in many(8, lambda _: login(s, u["username"])):
        assert r.status in (401, 503)   # under way together, some or all
    for r in many(8, lambda _: login(s, u["username"], u["password"])):
        busy(r)
    assert s.children() == pids
    until(lambda: login(s, u["username"], u["password"]).status == 200, 10)


def test_bytes_rejects_more_a_second(fresh_server):
    """4096 a second, and each of these is more than half of it."""
    s = fresh_server("limit { bytes 4096 }\n", workers=1)
    u = s.register()
    until(lambda: login(s, u["username"], u["password"]).status == 200, 10)
    pids = s.children()
    answers = many(8, lambda _: s.post("/auth/refresh", {
        "refresh_token": "x" * 43}, headers={"User-Agent": "u" * 500}))
    assert {r.status for r in answers} <= {401, 503}
    answers += many(24, lambda _: login(s, u["username"], "x" * 1000))
    over = [r for r in answers if r.status == 503]
    assert over
    for r in over:
        busy(r)
    assert s.children() == pids
    until(lambda: login(s, u["username"], u["password"]).status == 200, 10)


def test_inflight_rejects_more_at_a_time(fresh_server):
    s = fresh_server("limit { inflight 4 }\ntimeout { hasher 2 }\n",
                     workers=1)
    u = s.user()
    with frozen(s, "hasher"):
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            jobs = [pool.submit(login, s, u["username"]) for _ in range(12)]
            until(lambda: sum(j.done() for j in jobs) >= 8, 5)
            busy(s.get("/auth/me", u["access_token"]))
            assert s.get("/health/live").status == 200
        for j in jobs:
            busy(j.result())
    assert s.get("/auth/me", u["access_token"]).status == 200


# ---- deadlines ----

def within(seconds, call):
    began = time.monotonic()
    r = call()
    assert time.monotonic() - began < seconds, r
    return r


def test_hasher_deadline(fresh_server):
    s = fresh_server("timeout { hasher 1 }\n")
    u = s.user()
    with frozen(s, "hasher"):
        busy(within(4, lambda: login(s, u["username"], u["password"])))
        assert s.get("/auth/me", u["access_token"]).status == 200
    until(lambda: login(s, u["username"], u["password"]).status == 200, 10)


def test_vault_deadline(fresh_server):
    s = fresh_server()
    u = s.user()
    with frozen(s, "vault"):
        busy(within(4, lambda: s.post("/auth/refresh", {
            "refresh_token": u["refresh_token"]})))
        busy(within(4, lambda: login(s, u["username"], u["password"])))
        assert s.get("/auth/me", u["access_token"]).status == 200

    def refreshed():
        r = s.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
        return r.status == 200

    until(refreshed, 10)


@pytest.mark.long
def test_engine_deadline(fresh_server):
    s = fresh_server()
    u = s.user()
    with frozen(s, "engine"):
        busy(within(11, lambda: s.get("/auth/me", u["access_token"])))
        r = s.get("/health/ready")      # its heartbeat is too old by now
        assert r.status == 503 and int(r.headers["retry-after"]) >= 1
        assert s.get("/health/live").status == 200
    until(lambda: s.get("/auth/me", u["access_token"]).status == 200, 10)
    s.wait_healthy()


# ---- processes ----

@pytest.mark.slow
def test_workers_leave_one_for_each_set_of_classes(fresh_server):
    """64 workers are all there can be; none of the sets goes without."""
    ports = [moat.free_port() for _ in range(2)]
    s = fresh_server(workers=64, start=False)
    s.conf.write_text(s.conf.read_text().replace(
        "serve { public admin metrics }", "serve { public }\n"
        f"listen on 127.0.0.1 port {ports[0]} serve {{ public metrics }}\n"
        f"listen on 127.0.0.1 port {ports[1]} serve {{ metrics }}"))
    s.start()
    assert len(s.pids("worker")) == 64
    assert s.user()
    for s.port in ports:
        assert s.get("/metrics").status == 200


@pytest.mark.slow
def test_hasher_gives_its_memory_back(fresh_server):
    """19 MiB while it hashes, and a second longer; and it is the nice one."""
    s = fresh_server(cheap=False)
    u = s.register()

    def resident():
        return max(int(open(f"/proc/{p}/statm").read().split()[1])
                   for p in s.pids("hasher")) * os.sysconf("SC_PAGESIZE")

    until(lambda: resident() < 8 << 20, 5, what="the end of a first arena")
    most = 0
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(login, s, u["username"], u["password"])
                for _ in range(16)]
        while not all(j.done() for j in jobs):
            most = max(most, resident())
    assert {j.result().status for j in jobs} == {200}
    assert 19 << 20 < most < 32 << 20
    until(lambda: resident() < 8 << 20, 5, what="memory given back")
    for pid in s.pids("hasher"):
        assert os.getpriority(os.PRIO_PROCESS, pid) == 19
    for role in ("worker", "engine", "vault"):
        assert os.getpriority(os.PRIO_PROCESS, s.pids(role)[0]) == 0
