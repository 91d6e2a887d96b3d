"""Processes killed at each system call around the commit and the reply of each
act of an account: CASES 54 and 57, I1, I4, I5, I8.

strace kills the engine on entering its nth call that writes, syncs or sends; n
goes up until the client has its answer. So a kill falls before the commit, into
it, after it, and before the reply. Then the act was done, with its one audit
entry, or it was not; and to ask once more ends well either way.
"""

import contextlib
import dataclasses
import http.client
import os
import subprocess
import tempfile
import threading
import typing

import pytest

import moat
import oidc
from test_accounts import GOOD, name
from test_audit_chain import Chain, export, jwks, verify
from test_factor import login, pending_factor, protected, ticket, Codes
from test_recovery import link, reset

# What the engine does around a commit, by database, and every how manieth of
# these calls: a commit of SQLite is many writes, which are all alike. From its
# sendto on PostgreSQL commits, or has, what the engine has not read yet.
CALLS = {"sqlite": (("pwrite64", 9), ("fdatasync", 1), ("sendmsg", 1)),
         "postgres": (("sendto", 2), ("sendmsg", 1))}
MOST = 200

pytestmark = [pytest.mark.root, pytest.mark.once, pytest.mark.long]


@contextlib.contextmanager
def death(s, role, call, n):
    """A process of a role dies on entering its nth call of a kind from here
    on; yields the processes."""
    pids = s.pids(role)
    p = subprocess.Popen(
        ["strace", *(f"-p{pid}" for pid in pids), "-e", f"trace={call}", "-e",
         f"inject={call}:signal=KILL:when={n}", "-o", "/dev/null"],
        stderr=subprocess.PIPE, text=True)
    try:
        for _ in pids:
            line = p.stderr.readline()
            assert "attached" in line, line
        threading.Thread(target=p.stderr.read, daemon=True).start()
        yield pids
    finally:
        if any(map(moat.alive, pids)):
            p.terminate()
        p.wait(10)


def recover(s, pids):
    """If one died, so does all else; a new start has no back-off."""
    if all(map(moat.alive, pids)):
        return False
    children = list(s.children())
    s.proc.kill()
    s.proc.wait()
    moat.until(lambda: not any(map(moat.alive, children)),
               what="the end of all")
    s.start()
    return True


# ---- the acts ----

def count(s, table, u, more=""):
    ((n,),) = s.sql(f"SELECT count(*) FROM {table} WHERE user_id = "
                    f"'{u['userId']}' {more}")
    return int(n)


def entries(s, u, action):
    ((n,),) = s.sql("SELECT count(*) FROM audit WHERE "
                    f"action = '{action}' AND result = 'success' AND "
                    f"subject = '{u['userId']}'")
    return int(n)


def user(s):
    return s.user()


def guarded(s):
    u = protected(s)
    u["ticket"] = ticket(s, u)
    u["otp"] = u["codes"].next()
    return u


def stranger(s):
    n = name()
    return {"username": n, "email": f"{n}@example.org", "password": GOOD}


def registered(s, u):
    rows = s.sql(f"SELECT id FROM users WHERE username = '{u['username']}'")
    if rows:
        u["userId"] = rows[0][0]
    return bool(rows)


def pending(s):
    u = s.user()
    u["others"] = s.login(u)
    u["code"] = Codes(pending_factor(s, u)["secret"]).next()
    return u


def enrolled(s, u):
    on = s.sql("SELECT 1 FROM users WHERE totp_secret IS NOT NULL AND "
               f"id = '{u['userId']}'") != []
    assert count(s, "recovery_codes", u) == (10 if on else 0)
    # the other session ended with it
    assert count(s, "sessions", u, "AND ended_at IS NULL") == (1 if on else 2)
    return on


def renewed(s, u):
    kept = {r[0] for r in s.sql("SELECT hash FROM recovery_codes WHERE "
                                f"user_id = '{u['userId']}'")}
    assert len(kept) == 10
    common = kept & u["hashes"]
    assert len(common) in (0, 10), "half of the old codes"
    return not common


def with_hashes(s):
    u = protected(s)
    u["hashes"] = {r[0] for r in s.sql("SELECT hash FROM recovery_codes WHERE "
                                       f"user_id = '{u['userId']}'")}
    return u


def changed(s, u):
    new = s.sql("SELECT version FROM users WHERE id = "
                f"'{u['userId']}'")[0][0] != u["version"]
    for password, good in ((u["password"], not new), (GOOD + " new", new)):
        r = moat.patiently(lambda: login(s, {**u, "password": password}))
        assert r.status == (200 if good else 401), r
    r = moat.patiently(lambda: s.get("/auth/me", u["others"]["token"]))
    assert r.status == (401 if new else 200)
    return new


def with_link(s):
    u = s.user()
    u["others"] = s.login(u)
    u["link"] = link(s, u["username"])
    return versioned(s, u)


def versioned(s, u):
    u["version"] = s.sql("SELECT version FROM users WHERE id = "
                         f"'{u['userId']}'")[0][0]
    return u


def refreshed(s, u):
    rows = s.sql(
        "SELECT t.generation FROM refresh_tokens AS t, sessions AS s WHERE "
        f"s.user_id = '{u['userId']}' AND s.id = t.session_id")
    assert sorted(rows) in ([("1",)], [("1",), ("2",)]), rows
    return len(rows) == 2


def erased(s, u):
    gone = not s.sql(f"SELECT 1 FROM users WHERE id = '{u['userId']}'")
    for table in ("sessions", "recovery_codes", "devices"):
        assert (count(s, table, u) == 0) is gone or table != "sessions"
    return gone


def loose(s, u):
    off = s.sql("SELECT 1 FROM users WHERE totp_secret IS NULL AND "
                f"id = '{u['userId']}'") != []
    assert (count(s, "recovery_codes", u) == 0) is off
    return off


def sessions_of(n):
    """Done: one more session than n, each with its entry and its token."""
    def test(s, u):
        now = count(s, "sessions", u)
        ((tokens,),) = s.sql(
            "SELECT count(*) FROM refresh_tokens AS t, sessions AS s WHERE "
            f"s.user_id = '{u['userId']}' AND s.id = t.session_id")
        assert now in (n, n + 1) and int(tokens) == now
        return now == n + 1
    return test


# ---- of applications ----

def at_application(s):
    """Somebody who is logged in, and an application that asks for them."""
    if not hasattr(s, "rp"):
        s.rp = oidc.RP.register(s)
    u = s.user()
    u["browser"] = oidc.Browser()
    u["browser"].sign_in(s, u)
    u["ask"] = s.rp.authorization()
    u["page"] = u["browser"].visit(u["ask"].url)
    assert u["page"].form("decision"), u["page"]
    return u


def consents(s, u):
    return u["browser"].submit(u["page"], _button=("decision", "allow"))


def consented(s, u):
    """The request is used, there is a code, and the grant: or none of it."""
    got = {count(s, "grants", u), count(s, "codes", u), int(s.sql(
        "SELECT count(*) FROM consents AS k, sessions AS b WHERE "
        "b.id = k.session_id AND k.used_at IS NOT NULL AND b.user_id = "
        f"'{u['userId']}'")[0][0])}
    assert got in ({0}, {1}), got
    return got == {1}


def with_code(s):
    u = at_application(s)
    u["code"] = u["ask"].code(consents(s, u))
    return u


def redeemed(s, u):
    """The code is spent, for a session with its refresh token: or not."""
    mine = f"user_id = '{u['userId']}' AND client_id = '{s.rp.client_id}'"
    got = {int(s.sql(q)[0][0]) for q in (
        f"SELECT count(*) FROM codes WHERE {mine} AND used_at IS NOT NULL "
        "AND made IS NOT NULL",
        f"SELECT count(*) FROM sessions WHERE {mine}",
        "SELECT count(*) FROM refresh_tokens WHERE session_id IN ("
        f"SELECT id FROM sessions WHERE {mine})")}
    assert got in ({0}, {1}), got
    return got == {1}


@dataclasses.dataclass
class Act:
    before: typing.Callable     # a user who can do it
    go: typing.Callable         # does it
    done: typing.Callable       # whether it took effect: wholly or not at all
    action: str | None          # its audit entry
    good: int = 200
    # What asking again answers: after an act, and after one that was not done
    # (which may have used up its code: a code that is lost is none that counts
    # twice).
    after: tuple = (200,)
    anew: tuple = (200,)


ACTS = {
    "register": Act(
        stranger, lambda s, u: s.post("/auth/register", {
            k: u[k] for k in ("username", "email", "password")}),
        registered, "user.register", 201, (409,), (201,)),
    "login": Act(user, lambda s, u: login(s, u), sessions_of(1),
                 "login.success"),
    "login-otp": Act(guarded, lambda s, u: login(s, u, otp=u["otp"]),
                     sessions_of(1), "login.success", after=(401,),
                     anew=(200, 401)),
    "login-recovery": Act(
        protected, lambda s, u: login(s, u, recovery_code=u["recovery"][0]),
        sessions_of(1), "login.success", after=(401,), anew=(200, 401)),
    "mfa": Act(guarded, lambda s, u: s.post("/auth/mfa", {
        "mfa_token": u["ticket"], "otp": u["otp"]}), sessions_of(1),
        "login.success", after=(401,), anew=(200, 401)),
    "refresh": Act(user, lambda s, u: s.post("/auth/refresh", {
        "refresh_token": u["refresh_token"]}), refreshed, None),
    "enrol": Act(pending, lambda s, u: s.post(
        "/auth/2fa/verify", {"token": u["code"]}, u["token"]), enrolled,
        "mfa.enable", after=(409,), anew=(200, 401)),
    "recovery-codes": Act(with_hashes, lambda s, u: s.post(
        "/auth/2fa/recovery-codes", {
            "password": u["password"],
            "otp": u.get("otp") or u.setdefault("otp", u["codes"].next())},
        u["token"]), renewed, "mfa.recovery", after=(401,), anew=(200, 401)),
    "disable": Act(protected, lambda s, u: s.post("/auth/2fa/disable", {
        "password": u["password"], "recovery_code": u["recovery"][0]},
        u["token"]), loose, "mfa.disable", 204, (409,), (204, 401)),
    "change": Act(
        lambda s: versioned(s, (u := s.user()) | {"others": s.login(u)}),
        lambda s, u: s.post("/auth/password-change", {
            "oldPassword": u["password"], "newPassword": GOOD + " new"},
            u["token"]), changed, "password.change", after=(401,)),
    "reset": Act(with_link, lambda s, u: reset(s, u["link"], GOOD + " new"),
                 changed, "password.reset", after=(400,)),
    "delete": Act(user, lambda s, u: s.delete("/auth/me", {
        "password": u["password"]}, u["token"]), erased, "user.delete", 204,
        (401,), (204,)),
    "consent": Act(at_application, consents, consented, "grant.create", 303,
                   (400,), (303,)),
    "code": Act(with_code, lambda s, u: s.rp.redeem(u["ask"], u["code"]),
                redeemed, None, after=(400,)),
    "logout": Act(user, lambda s, u: s.post("/auth/logout",
                                            token=u["token"]),
                  lambda s, u: count(s, "sessions", u,
                                     "AND ended_at IS NOT NULL") == 1,
                  "session.end", 204, (401,), (204,)),
}


def dies_at(s, act, role, call, n):
    """The act with a kill at its nth call of a kind: whether the client was
    told that it is done, and whether it is."""
    u = act.before(s)
    entered = entries(s, u, act.action) if act.action and "userId" in u else 0
    with death(s, role, call, n) as pids:
        try:
            r = act.go(s, u)
        except (OSError, http.client.HTTPException):
            r = None
    killed = recover(s, pids)
    told = r is not None and r.status == act.good
    assert told or killed and (r is None or r.status == 503), (call, n, r)
    done = act.done(s, u)
    assert done or not told, f"{call} {n}: {r} without a commit"          # I8
    if act.action and "userId" in u:
        extra = entries(s, u, act.action) - entered
        if act.action == "login.success" and not done:
            assert extra == 0
        else:       # logins of the looking around are entries of their own
            assert extra == done or act.action == "login.success", (call, n, extra)
    again = moat.patiently(lambda: act.go(s, u))
    assert again.status in (act.after if done else act.anew), (call, n, done, again)
    if again.status == act.good and (not done or not act.action):
        assert act.done(s, u)
    return told, done


@pytest.mark.parametrize("which", ACTS)
def test_kill_around_the_commit(fresh_server, database, which):
    s = fresh_server(database=database)
    act = ACTS[which]
    seen = set()
    for _ in range(3):              # what a timer does may take a turn
        for call, stride in CALLS[database]:
            for n in range(1, MOST, stride):
                told, done = dies_at(s, act, "engine", call, n)
                seen.add((told, done))
                if told:
                    break
            else:
                raise AssertionError(f"{which} has no end")
        if len(seen) == 3:
            break
    # before the commit, between it and the reply, and after both
    assert seen == {(False, False), (False, True), (True, True)}
    chain = Chain(export(s)).check()
    assert chain.entries
    verify(export(s), jwks(s))


@pytest.mark.parametrize("role,call,seen", [
    ("hasher", "sendmsg", {(False, False), (True, True)}),
    ("vault", "sendmsg", {(True, True)}),       # another one is asked
    ("worker", "sendmsg", {(False, False), (True, True)}),
    ("worker", "write", {(False, True), (True, True)})])
def test_kill_of_the_others(fresh_server, role, call, seen):
    """The hasher, the vault or the worker, before it has answered or asked."""
    s = fresh_server()
    got = set()
    for act in ACTS.values():
        for n in range(1, 9):
            how = dies_at(s, act, role, call, n)
            got.add(how)
            if how[0]:
                break
        else:
            raise AssertionError("it has no end")
    assert got == seen


@pytest.mark.parametrize("call", ["fdatasync", "sendmsg"])
def test_kill_around_the_seal(fresh_server, database, call):
    """The chain has no gap, no fork and no entry twice, whatever was cut."""
    s = fresh_server(database=database)
    if database == "postgres":
        call = {"fdatasync": "sendto", "sendmsg": "recvfrom"}[call]
    for n in range(1, 9):
        u = s.register()
        with death(s, "engine", call, n) as pids:
            s.ctl("audit", "export")
            with contextlib.suppress(OSError):
                login(s, u)
        recover(s, pids)
        chain = Chain(export(s)).check()
        assert [e["subject"] for e in chain.entries if
                e["action"] == "user.register"].count(u["userId"]) == 1
        verify(export(s), jwks(s))


def test_full_disk_refuses_each_act_and_forgets_none(fresh_server):
    """CASES 55: 503 for all that writes, nothing half, and then as before."""
    with tempfile.TemporaryDirectory(prefix="moatd-full-") as disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none",
                        disk], check=True)
        try:
            s = fresh_server(database="sqlite", root=disk)
            users = {which: act.before(s) for which, act in ACTS.items()}
            reader = s.user()
            filler = os.path.join(disk, "filler")
            with open(filler, "wb", buffering=0) as f:
                with pytest.raises(OSError):
                    while True:
                        f.write(b"\0" * 65536)
            moat.until(lambda: s.post("/auth/register", stranger(s)).status
                       == 503, what="the end of what the log has allotted")
            for which, act in ACTS.items():
                r = act.go(s, users[which])
                assert r.status == 503, (which, r)
            assert s.get("/auth/me", reader["token"]).status == 200
            os.unlink(filler)
            s.wait_healthy()
            for which, act in ACTS.items():
                r = moat.patiently(lambda: act.go(s, users[which]))
                assert r.status == act.good, (which, r)
                assert act.done(s, users[which]), which
            Chain(export(s)).check()
            assert s.stop() == 0
        finally:
            s.discard()
            subprocess.run(["umount", "-l", disk], check=False)
