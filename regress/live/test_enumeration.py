"""Who has an account here? Answers and times must not tell (CASES 21).

2,000 requests of each kind over one connection, in rounds of one of each in an
order that chance decides, so that whatever slows the machine down slows all
kinds alike. What is judged is the difference within a round.
"""

import http.client
import itertools
import json
import random
import socket
import statistics
import time

import pytest

import moat

pytestmark = [pytest.mark.alone, pytest.mark.once]
CONF = ("throttle { password-free 1000000 password-suspend 1000000 "
        "address-hour 1000000 }\n"
        "limit { failures 1000000 }\npassword { memory 256 time 1 }\n")
SAMPLES = 2000
ACCOUNTS = 20           # of each kind, so that no one of them is special


def suspend(s, u):
    s.sql("INSERT INTO throttles (kind, tenant, subject, charges, streak, "
          "penalty, until, expires_at, last_op) VALUES ('login', 'default', "
          f"'{u['username']}', 1000000, 1000001, 0, 0, {2**62}, 'x')")


def become(s, users, what):
    ids = ", ".join(f"'{u['userId']}'" for u in users)
    s.sql(f"UPDATE users SET {what} WHERE id IN ({ids})")
    return users


def sample(c, path, body):
    text = json.dumps(body)
    start = time.perf_counter()
    c.request("POST", path, text, {"Content-Type": "application/json"})
    r = c.getresponse()
    text = r.read()
    took = time.perf_counter() - start
    heads = {k: v for k, v in r.getheaders()
             if k.lower() not in ("date", "x-request-id")}
    return took, r.status, text, sorted(heads.items())


def later_share(a, b):
    """How often one of a took longer than one of b: a half when alike."""
    both = sorted([(t, 0) for t in a] + [(t, 1) for t in b])
    ranks = sum(i + 1 for i, (_, of) in enumerate(both) if of == 0)
    return (ranks - len(a) * (len(a) + 1) / 2) / (len(a) * len(b))


def alike(s, path, base, kinds, differs=lambda text: text, rounds=SAMPLES):
    """kinds: {name: iterator of bodies}. All take the time of kinds[base],
    and have one answer; which is returned."""
    c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=15)
    for bodies in kinds.values():
        for _ in range(20):
            sample(c, path, next(bodies))
    times = {k: [] for k in kinds}
    answers = set()
    for _ in range(rounds):
        for kind, bodies in random.sample(list(kinds.items()), len(kinds)):
            took, status, text, heads = sample(c, path, next(bodies))
            times[kind].append(took)
            answers.add((status, differs(text), repr(heads)))
    c.close()
    assert len(answers) == 1, answers
    base = times.pop(base)
    middle = statistics.median(base)
    for kind, took in times.items():
        off = statistics.median(x - y for x, y in zip(took, base))
        share = later_share(took, base)
        assert abs(off) < max(middle * 0.05, 0.0001), (kind, off, middle)
        assert 0.4 < share < 0.6, (kind, share, off, middle)
    return answers.pop()[:2]


def test_login_tells_nothing(fresh_server, database):
    """Nobody, a wrong password, and the right one of who may not log in."""
    s = fresh_server(CONF, database=database, workers=1)
    wrong, off, gone, waits = (s.register() for _ in range(4))
    become(s, [off], "status = 'disabled'")
    become(s, [waits], "status = 'pending'")
    suspend(s, gone)
    nobody = {"username": "nobody-at-all", "password": wrong["password"]}

    def bodies(u):
        return itertools.repeat({"username": u["username"],
                                 "password": u["password"]})

    status, text = alike(s, "/auth/login", "wrong", {
        "wrong": bodies({**wrong, "password": off["password"]}),
        "unknown": bodies(nobody), "disabled": bodies(off),
        "pending": bodies(waits), "suspended": bodies(gone)})
    assert (status, json.loads(text)["error"]) == (401, "invalid_credentials")
    assert s.login(wrong)               # is not suspended, in the end


@pytest.fixture
def mute(fresh_server, database):
    """One that has mail to send, to a server that never says a word."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(8)
        yield fresh_server(CONF, database=database, workers=1, env={
            "MOATD_SMTP_URL": "smtp://127.0.0.1:%d" % deaf.getsockname()[1],
            "MOATD_MAIL_FROM": "moatd@example.org"})


def users(s, what=None):
    made = [s.register() for _ in range(ACCOUNTS)]
    return become(s, made, what) if what else made


@pytest.mark.parametrize("path, rounds", [
    ("/auth/password-request", SAMPLES), ("/auth/verify-email/resend", 500)])
def test_mail_request_tells_nothing(mute, path, rounds):
    def bodies(made):
        return itertools.cycle([{"email": u["email"]} for u in made])

    status, _ = alike(mute, path, "unknown", {
        "unknown": itertools.cycle([{"email": f"no{i}@example.org"}
                                    for i in range(ACCOUNTS)]),
        "unverified": bodies(users(mute)),
        "verified": bodies(users(mute, "email_verified = 1")),
        "disabled": bodies(users(mute, "status = 'disabled'"))},
        rounds=rounds)
    assert status == 202
    mail = "reset" if "password" in path else "verify"
    for user in ("NULL", "NOT NULL"):   # both ways were taken
        n = mute.sql("SELECT count(*) FROM outbox WHERE "
                     f"template = '{mail}' AND user_id IS {user}")[0][0]
        assert int(n) >= rounds, (user, n)
    assert mute.sql("SELECT id FROM mail_links WHERE expires_at = 0") == []


def test_register_tells_nothing(mute):
    """An address that somebody has, verified or not, and a new one."""
    number = itertools.count()

    def bodies(made):
        for u in itertools.cycle(made):
            name = f"n{next(number):06}"
            yield {"username": name, "password": "a good password it is",
                   "email": u["email"] if u else f"{name}@example.org"}

    def differs(text):
        return text[:text.index(b'"userId"')]

    status, text = alike(mute, "/auth/register", "new", {
        "new": bodies([None]), "unverified": bodies(users(mute)),
        "verified": bodies(users(mute, "email_verified = 1"))}, differs)
    assert status == 201, text


def test_suspended_refuses_the_right_password_alike(fresh_server):
    s = fresh_server(CONF)
    u = s.register()
    suspend(s, u)
    with_right = s.post("/auth/login", {"username": u["username"],
                                        "password": u["password"]})
    unknown = s.post("/auth/login", {"username": "nobody-at-all",
                                     "password": u["password"]})
    assert with_right.status == unknown.status == 401
    assert with_right.body == unknown.body
    assert moat.until(s.healthy)
