"""Fixtures of the live suite: real processes over real sockets.

MOATD_BUILD          the build directory (default build/)
MOATD_TEST_DB        sqlite, postgres or both (default)
MOATD_TEST_PG        DSN of a PostgreSQL to use instead of an own one
MOATD_TEST_USER      run moatd as this ordinary user when we are root
MOATD_SANITIZED      1: the build has ASan and UBSan

regress/run runs several tests at a time, each process of pytest-xdist with a
PostgreSQL and a `server` of its own.  So a parameter's name is not made by
chance, a port comes from moat.free_port(), and nothing outside of a temporary
directory is changed.  A test that judges times or memory is marked `alone`.
"""

import os
import sys

import pytest

import moat

DATABASES = {"sqlite": ["sqlite"], "postgres": ["postgres"]}.get(
    os.environ.get("MOATD_TEST_DB", "both"), ["sqlite", "postgres"])
AS_USER = os.environ.get("MOATD_TEST_USER") or None


def pytest_configure(config):
    config.addinivalue_line("markers", "root: needs root")
    config.addinivalue_line("markers", "slow: left out of the sanitizer run")
    config.addinivalue_line("markers", "alone: measures what other tests "
                            "beside it would spoil; run one by one")
    config.addinivalue_line("markers", "once: the same for every user and "
                            "build; run as root and uninstrumented only")
    config.addinivalue_line("markers", "long: waits for many seconds, so it "
                            "is begun first")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Tests that need root do not exist for an ordinary user's run; of those
    that are run several at a time, none that takes long is begun last."""
    drop = []
    for item in items:
        if item.get_closest_marker("root") and (
                os.geteuid() != 0 or AS_USER):
            drop.append(item)
        elif item.get_closest_marker("slow") and moat.SANITIZED:
            drop.append(item)
        elif item.get_closest_marker("once") and (
                moat.SANITIZED or AS_USER):
            drop.append(item)
    if drop:
        config.hook.pytest_deselected(items=drop)
        items[:] = [i for i in items if i not in drop]
    items.sort(key=lambda i: i.get_closest_marker("long") is None)


def pytest_sessionfinish(session, exitstatus):
    if "browser" in sys.modules:
        sys.modules["browser"].end()
    moat.Postgres.end()


@pytest.fixture(scope="session", params=DATABASES)
def server(request):
    """One moatd for all tests that do not change it; on each database."""
    s = moat.Server(request.param, as_user=AS_USER)
    yield s
    code = s.stop()
    log = s.log()
    s.discard()
    assert code == 0, log
    assert "runtime error" not in log and "AddressSanitizer" not in log, log


@pytest.fixture(params=DATABASES)
def database(request):
    """The name of each database under test, for fresh servers."""
    return request.param


@pytest.fixture
def fresh_server(request):
    """A factory of servers of one test: fresh_server(conf_extra, env, …).

    SQLite unless the test names a database (or takes `database` and hands
    it in)."""
    made = []

    def make(conf_extra="", env=None, database=DATABASES[0], **kw):
        kw.setdefault("as_user", AS_USER)
        s = moat.Server(database, conf_extra, env, **kw)
        made.append(s)
        return s

    yield make
    trouble = []
    for s in made:
        log = s.log()
        s.discard()
        if "runtime error" in log or "AddressSanitizer" in log:
            trouble.append(log)
    assert not trouble, trouble[0]


@pytest.fixture
def postgres():
    """The suite's own PostgreSQL, to stop and start."""
    pg = moat.Postgres.shared()
    if not pg.own:
        pytest.skip("an outside PostgreSQL is not ours to stop")
    return pg
