# Copyright (c) 2026 The moatd authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.


"""Many at once, at two nodes where the database is PostgreSQL: what counts once
does, and what has ended has no survivor (CASES 20, 23, 24, 29)."""

import concurrent.futures
import subprocess
import urllib.parse

import pytest

import moat
import oidc
import test_device
from conftest import AS_USER, DATABASES

PEERS = 50
SCOPE = "openid offline_access"


@pytest.fixture(scope="module", params=DATABASES)
def nodes(request):
    """Two of one issuer; SQLite has one."""
    made = []

    def fresh(conf="", env=None, **kw):
        made.append(moat.Server(conf_extra=conf, env=env, as_user=AS_USER,
                                **kw))
        return made[-1]

    try:
        one = fresh(database=request.param)
        two = one
        if request.param == "postgres":
            two = second(fresh, one)
        yield one, two
    finally:
        for s in reversed(made):
            s.stop()
            s.discard()


def second(fresh, one):
    from test_throttle import node
    two = node(fresh, one, "")
    two.stop()
    two.conf.write_text(two.conf.read_text().replace(
        f'issuer "{two.url}"', f'issuer "{one.url}"'))
    return two.start()


class Flow:
    """A user, their browser and an application, seen from both nodes."""

    def __init__(self, nodes, **over):
        self.nodes = nodes
        self.root = nodes[0].admin_login()["token"]
        self.rp = oidc.RP.register(nodes[0], self.root, **{
            "grant_types": ["authorization_code", "refresh_token",
                            test_device.DEVICE], "scope": SCOPE, **over})
        there = oidc.RP(nodes[1], self.rp.client)
        there.issuer = self.rp.issuer
        self.rps = (self.rp, there)
        self.user, self.b = nodes[0].user(), oidc.Browser()
        self.b.sign_in(nodes[0], self.user)

    def grants(self):
        return self.sql("SELECT count(*) FROM grants WHERE client_id = "
                        f"'{self.rp.client_id}'")

    def sessions(self):
        return self.sql("SELECT count(*) FROM sessions WHERE ended_at IS NULL "
                        f"AND client_id = '{self.rp.client_id}'")

    def sql(self, text):
        return int(self.nodes[0].sql(text)[0][0])

    def lives(self, token):
        return [s.get("/auth/check?role=user", token).status
                for s in self.nodes]


def at_once(what, n=PEERS, beside=()):
    """what(i) n times, and others beside them; their answers."""
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        jobs = [pool.submit(what, i) for i in range(n // 2)]
        others = [pool.submit(f) for f in beside]
        jobs += [pool.submit(what, i) for i in range(n // 2, n)]
        return [j.result() for j in jobs], [o.result() for o in others]


def retried(ask):
    """Locks that cross may take too long: asked again, as a client would."""
    return moat.until(lambda: (r := ask()).status != 503 and r, 10, 0.05)


def test_code_counts_once(nodes):
    f = Flow(nodes)
    a, code = f.rp.code(f.b, f.user)
    rs, _ = at_once(lambda i: f.rps[i % 2].redeem(a, code))
    won = [r for r in rs if r.status == 200]
    assert len(won) == 1 and {r.status for r in rs} <= {200, 400, 503}, rs
    assert {r.json()["error"] for r in rs if r.status == 400} == {
        "invalid_grant"}
    # and who came late has ended it
    assert f.lives(won[0].json()["access_token"]) == [401, 401]
    assert f.sessions() == 0


def test_consent_counts_once(nodes):
    f = Flow(nodes)
    page = f.b.visit(f.rp.authorization().url)
    form = page.form("decision")
    cookie = "=".join(f.b.cookie("session"))
    body = urllib.parse.urlencode({**form.fields, "decision": "allow"})

    def decide(i):
        return nodes[i % 2].req("POST", "/consent", body, {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": nodes[0].url, "Cookie": cookie})

    rs, _ = at_once(decide)
    won = [r for r in rs if r.status == 303]
    assert len(won) == 1 and {r.status for r in rs} <= {303, 400, 503}, rs
    assert "code=" in won[0].headers["location"]
    assert f.grants() == 1 and f.sql(
        "SELECT count(*) FROM codes WHERE client_id = "
        f"'{f.rp.client_id}'") == 1


def test_device_code_counts_once(nodes):
    f = Flow(nodes)
    j = test_device.code(f.rp, scope=SCOPE)
    test_device.answer(f.b, j)
    rs, _ = at_once(lambda i: test_device.poll(f.rps[i % 2], j))
    assert [r.status for r in rs].count(200) == 1, rs
    assert f.sessions() == 1


def test_pushed_request_counts_once(nodes):
    f = Flow(nodes, skip_consent=True)
    a = f.rp.authorization(client_id=None)
    uri = f.rp.post("par", a.params).json()["request_uri"]
    q = urllib.parse.urlencode({"client_id": f.rp.client_id,
                                "request_uri": uri})
    cookie = "=".join(f.b.cookie("session"))
    rs, _ = at_once(lambda i: nodes[i % 2].req(
        "GET", f"/oauth2/authorize?{q}", None, {"Cookie": cookie}))
    assert [r.status for r in rs].count(303) == 1, rs


@pytest.mark.parametrize("end", ["grant", "logout", "client", "revoke",
                                 "disable", "session"])
def test_nothing_outlives_a_race(nodes, end):
    """Codes redeemed, tokens refreshed and requests made at both nodes, while
    what they hang on ends at one of them."""
    f = Flow(nodes, skip_consent=end != "grant", scope="openid")
    s, u, rp = nodes[1], f.user, f.rp
    codes = [rp.code(f.b, u) for _ in range(10)]
    first = rp.tokens(*codes.pop())["access_token"]
    url = rp.authorization().url.replace(nodes[0].url, "")
    cookie = "=".join(f.b.cookie("session"))
    sid = oidc.claims(first)["sid"]
    got = []

    def go(i):
        if i < len(codes):
            r = f.rps[i % 2].redeem(*codes[i])
            if r.status == 200:
                got.append(r.json()["access_token"])
        else:
            r = nodes[i % 2].req("GET", url, None, {"Cookie": cookie})
        return r

    ends = {
        "grant": lambda: s.delete(f"/auth/me/grants/{rp.client_id}", None,
                                  u["token"]),
        "logout": lambda: s.delete("/auth/me/sessions", None, u["token"]),
        "client": lambda: s.delete(f"/admin/clients/{rp.client_id}", None,
                                   f.root),
        "revoke": lambda: s.post(
            f"/admin/users/{u['userId']}/revoke-sessions", token=f.root),
        "disable": lambda: s.post(f"/admin/users/{u['userId']}/disable",
                                  token=f.root),
        "session": lambda: s.delete("/auth/me/sessions/" + sid, None,
                                    u["token"]),
    }
    rs, (r,) = at_once(go, 24, [lambda: retried(ends[end])])
    assert r.status in (200, 204), r
    assert all(x.status in (200, 303, 400, 401, 503) for x in rs), rs
    if end == "session":        # that one alone
        assert f.lives(first) == [401, 401]
        return
    for token in [first, *got]:
        assert f.lives(token) == [401, 401]
    assert f.sessions() == 0
    for a, code in codes:
        assert rp.redeem(a, code).status in (400, 401)


def test_refreshes_and_an_end_leave_no_survivor(nodes):
    """CASES 24."""
    f = Flow(nodes)
    one = f.rp.login(f.b, f.user)
    ended = f.rps[1]

    def go(i):
        return f.rps[i % 2].refresh(one["refresh_token"])

    rs, (r,) = at_once(go, PEERS, [lambda: retried(
        lambda: ended.revoke(one["refresh_token"]))])
    assert r.status == 200, r
    assert {x.status for x in rs} <= {200, 400, 503}, rs
    new = {x.json()["refresh_token"] for x in rs if x.status == 200}
    assert len(new) <= 1                # CASES 23
    for token in new | {one["refresh_token"]}:
        assert f.rp.refresh(token).status == 400
    for x in rs:
        if x.status == 200:
            assert f.lives(x.json()["access_token"]) == [401, 401]
    assert f.sessions() == 0


# ---- in the order that is worst ----

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


class Held:
    """A row of sessions that another transaction keeps."""

    def __init__(self, s, sid):
        self.s = s
        self.psql = subprocess.Popen(
            ["psql", "-X", "-q", s.pg], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.say("BEGIN; UPDATE sessions SET last_op = last_op WHERE id = "
                 f"'{sid}'; SELECT 'kept';")
        while "kept" not in self.psql.stdout.readline():
            pass

    def say(self, text):
        self.psql.stdin.write(text + "\n")
        self.psql.stdin.flush()

    def wait(self, n):
        """Until n others wait for it, or for who waits for it."""
        moat.until(lambda: self.s.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = "
            "current_database() AND wait_event_type = 'Lock'") == [(str(n),)],
            2, 0.02, f"{n} that wait")

    def let_go(self):
        self.say("COMMIT;")
        self.psql.stdin.close()
        self.psql.wait(10)


def browser_sid(f):
    return f.nodes[0].sql(
        "SELECT id FROM sessions WHERE cookie_hash IS NOT NULL AND user_id = "
        f"'{f.user['userId']}'")[0][0]


@pytest.mark.parametrize("what", ["code", "exchange"])
def test_who_comes_second_ends_what_came_first(nodes, what):
    """A session is being made while what it is born of ends: the end waits
    for it, and sees it then."""
    one, two = nodes
    if one is two:
        pytest.skip("SQLite has one writer")
    f = Flow(nodes)
    back = oidc.RP.register(one, f.root, grant_types=[EXCHANGE], scope="openid",
                            redirect_uris=[])
    assert one.patch(f"/admin/clients/{f.rp.client_id}",
                     {"audience": [back.client_id]}, f.root).status == 200
    a, code = f.rp.code(f.b, f.user)
    if what == "code":
        def make():
            return f.rp.redeem(a, code)

        def end():
            return two.delete("/auth/me/sessions", None, f.user["token"])
        held = Held(one, browser_sid(f))
    else:
        plain = f.rp.login(f.b, f.user, scope="openid")["access_token"]

        def make():
            return back.post("token", {
                "grant_type": EXCHANGE, "subject_token": plain,
                "subject_token_type":
                "urn:ietf:params:oauth:token-type:access_token"})

        def end():
            return two.delete("/auth/me/sessions/" + browser_sid(f), None,
                              f.user["token"])
        held = Held(one, oidc.claims(plain)["sid"])
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first = pool.submit(make)
        held.wait(1)
        second = pool.submit(end)
        held.wait(2)
        held.let_go()
        made, ended = first.result(), second.result()
    assert ended.status == 204 and made.status == 200, (made, ended)
    assert f.lives(made.json()["access_token"]) == [401, 401]
