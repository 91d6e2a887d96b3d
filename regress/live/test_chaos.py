"""Random faults under a mixed load; what was acknowledged holds (CASES 57).

MOATD_CHAOS_SECONDS  how long each run takes (12)
MOATD_CHAOS_SEED     the first seed (1); a failure names its own
"""

import os
import random
import signal
import time

import pytest

import chaos
import moat

SECONDS = float(os.environ.get("MOATD_CHAOS_SECONDS", "12"))
SEED = int(os.environ.get("MOATD_CHAOS_SEED", "1"))
# I9, with room for a busy machine and for the back-off of a process that was
# killed several times.
RECOVERY = 10


class Faults:
    """What may go wrong with one server; each returns when it is over."""

    def __init__(self, server, postgres, rng):
        self.s = server
        self.pg = postgres
        self.rng = rng
        self.kinds = [self.kill] * 5 + [self.freeze] * 2 + [self.reload]
        if postgres is not None:
            self.kinds += [self.pg_terminate, self.pg_freeze, self.pg_crash]

    def victim(self):
        pids = self.s.children()
        return self.rng.choice(sorted(pids)) if pids else None

    def signal(self, pid, sig):
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            pass

    def kill(self):
        pid = self.victim()
        if pid is not None:
            self.signal(pid, signal.SIGKILL)

    def freeze(self):
        pid = self.victim()
        if pid is None:
            return
        self.signal(pid, signal.SIGSTOP)
        time.sleep(self.rng.random() * 3)
        self.signal(pid, signal.SIGCONT)

    def reload(self):
        for _ in range(self.rng.randrange(1, 20)):
            self.s.reload()

    def backends(self):
        return [int(p) for p in self.pg.psql(
            "SELECT pid FROM pg_stat_activity WHERE application_name = "
            "'moatd' AND datname = '" + self.s.pg.rpartition("/")[2] + "'"
        ).split()]

    def pg_terminate(self):
        for pid in self.backends():
            self.signal(pid, signal.SIGTERM)

    def pg_freeze(self):
        pids = self.backends()
        for pid in pids:
            self.signal(pid, signal.SIGSTOP)
        time.sleep(self.rng.random() * 3)
        for pid in pids:
            self.signal(pid, signal.SIGCONT)

    def pg_crash(self):
        self.pg.pg_stop("immediate")
        time.sleep(self.rng.random())
        self.pg.pg_start()

    def one(self):
        fault = self.rng.choice(self.kinds)
        fault()
        return fault.__name__


@pytest.mark.alone
@pytest.mark.slow
def test_chaos_keeps_what_was_acknowledged(fresh_server, database):
    # I1, I2, I3, I8, I9, I10
    s = fresh_server(database=database)
    pg = moat.Postgres.shared() if database == "postgres" else None
    rng = random.Random(SEED)
    faults = Faults(s, pg, rng)
    done = []
    load = chaos.Load(s, SEED, 6)
    with load:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            time.sleep(rng.random())
            done.append(faults.one())
            began = time.monotonic()
            moat.until(s.healthy, RECOVERY,
                       what=f"recovery (seed {SEED}, after {done[-5:]})")
            assert s.proc.poll() is None, s.log()
            assert time.monotonic() - began < RECOVERY
    s.wait_healthy()
    assert load.journal.counts.get(("me", 200), 0) > 100
    load.verify(f"seed {SEED}, faults {done}")


def test_chaos_without_faults_refuses_nothing(fresh_server, database):
    # the load itself: a refusal here would be one of its own making
    s = fresh_server(database=database)
    load = chaos.Load(s, SEED, 4)
    with load:
        time.sleep(2)
    load.verify()
    refused = {k: v for k, v in load.journal.counts.items()
               if k[1] is None or k[1] >= 500}
    assert not refused, refused


def fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def rss(pid):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    return 0


@pytest.mark.alone
@pytest.mark.slow
def test_nothing_grows(fresh_server):
    # I9: descriptors and memory are flat over requests, reloads and deaths
    s = fresh_server()
    with chaos.Load(s, SEED, 4):
        time.sleep(1)
    parent, engine = s.proc.pid, s.pids("engine")[0]
    before = fds(parent), rss(parent), fds(engine), rss(engine)
    with chaos.Load(s, SEED + 1, 6):
        time.sleep(4)
    for _ in range(40):
        s.reload()
        time.sleep(0.02)
    for _ in range(5):
        os.kill(moat.until(lambda: s.pids("worker"), what="a worker")[0],
                signal.SIGKILL)
    s.wait_healthy(60)
    moat.until(lambda: fds(parent) <= before[0] and fds(engine) <= before[2],
               what=f"descriptors as before: {before}")
    assert rss(parent) <= before[1] * 1.05 + 256
    assert rss(engine) <= before[3] * 1.05 + 4096
