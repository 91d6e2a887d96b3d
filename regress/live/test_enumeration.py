"""Who has an account here? Answers and times must not tell (CASES 21).

2,000 logins of each kind over one connection, in rounds of one of each in an
order that chance decides, so that whatever slows the machine down slows all
kinds alike. What is judged is the difference within a round.
"""

import http.client
import json
import random
import statistics
import time

import moat

CONF = ("throttle { password-free 1000000 }\n"
        "limit { failures 1000000 }\n")
SAMPLES = 2000


def kinds(s):
    """{kind: login name} of what must look the same."""
    wrong, off, gone = s.register(), s.register(), s.register()
    s.sql(f"UPDATE users SET status = 'disabled' WHERE id = '{off['userId']}'")
    s.sql("INSERT INTO throttles (kind, tenant, subject, charges, streak, "
          "penalty, until, expires_at, last_op) VALUES ('login', 'default', "
          f"'{gone['username']}', 100, 101, 0, 0, {2**62}, 'x')")
    return {"wrong": wrong["username"], "unknown": "nobody-at-all",
            "disabled": off["username"], "suspended": gone["username"]}


def sample(c, name):
    body = json.dumps({"username": name, "password": "wrong wrong wrong"})
    start = time.perf_counter()
    c.request("POST", "/auth/login", body,
              {"Content-Type": "application/json"})
    r = c.getresponse()
    text = r.read()
    took = time.perf_counter() - start
    heads = {k: v for k, v in r.getheaders()
             if k.lower() not in ("date", "x-request-id")}
    return took, (r.status, text, sorted(heads.items()))


def later_share(a, b):
    """How often one of a took longer than one of b: a half when alike."""
    both = sorted([(t, 0) for t in a] + [(t, 1) for t in b])
    ranks = sum(i + 1 for i, (_, of) in enumerate(both) if of == 0)
    return (ranks - len(a) * (len(a) + 1) / 2) / (len(a) * len(b))


def test_login_tells_nothing(fresh_server, database):
    s = fresh_server(CONF, database=database, workers=1)
    names = kinds(s)
    c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=15)
    for name in names.values():
        for _ in range(20):
            sample(c, name)
    times = {k: [] for k in names}
    answers = set()
    for _ in range(SAMPLES):
        for kind, name in random.sample(list(names.items()), len(names)):
            took, answer = sample(c, name)
            times[kind].append(took)
            answers.add(repr(answer))
    assert len(answers) == 1 and "invalid_credentials" in answers.pop()
    base = times.pop("wrong")
    middle = statistics.median(base)
    for kind, took in times.items():
        off = statistics.median(x - y for x, y in zip(took, base))
        share = later_share(took, base)
        assert abs(off) < max(middle * 0.05, 0.0001), (kind, off, middle)
        assert 0.44 < share < 0.56, (kind, share, off, middle)


def test_suspended_refuses_the_right_password_alike(fresh_server):
    s = fresh_server(CONF)
    u = s.register()
    s.sql("INSERT INTO throttles (kind, tenant, subject, charges, streak, "
          "penalty, until, expires_at, last_op) VALUES ('login', 'default', "
          f"'{u['username']}', 100, 100, 0, 0, {2**62}, 'x')")
    with_right = s.post("/auth/login", {"username": u["username"],
                                        "password": u["password"]})
    unknown = s.post("/auth/login", {"username": "nobody-at-all",
                                     "password": u["password"]})
    assert with_right.status == unknown.status == 401
    assert with_right.body == unknown.body
    assert moat.until(s.healthy)
