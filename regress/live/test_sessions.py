"""Sessions and refresh tokens: rotation, reuse, races, ends."""

import concurrent.futures
import datetime
import re
import threading
import uuid

import pytest

from forge import claims
from oidc import RP, Browser
from test_accounts import RFC3339, error


def refresh(server, token):
    return server.post("/auth/refresh", {"refresh_token": token})


def rotated(server, token):
    r = refresh(server, token)
    assert r.status == 200, r
    return r.json()


def dead(server, tokens):
    """Nothing of a session works any more."""
    error(server.get("/auth/me", tokens["access_token"]), 401,
          "invalid_token")
    error(refresh(server, tokens["refresh_token"]), 401, "invalid_token")


# ---- refresh ----

def test_refresh_accepts_rotation(server):
    u = server.user()
    t = rotated(server, u["refresh_token"])
    assert set(t) == {"message", "token", "access_token", "refresh_token",
                      "token_type", "expires_in", "refresh_expires_in"}
    assert t["message"] == "Token refreshed"
    assert t["token"] == t["access_token"] != u["access_token"]
    assert t["refresh_token"] != u["refresh_token"]
    assert t["expires_in"] == 600
    assert 0 < t["refresh_expires_in"] <= 604800
    old, new = claims(u["token"]), claims(t["token"])
    same = {"iss", "sub", "aud", "client_id", "scope", "sid", "roles",
            "auth_time", "acr", "amr", "tenant", "epoch"}
    assert {k: old[k] for k in same} == {k: new[k] for k in same}
    assert old["jti"] != new["jti"]
    # both access tokens are good until they expire
    for token in (u["token"], t["token"]):
        assert server.get("/auth/me", token).status == 200
    for _ in range(5):
        t = rotated(server, t["refresh_token"])


def test_refresh_accepts_lost_response(server):
    """The same successor again, with a new access token."""
    u = server.user()
    first = rotated(server, u["refresh_token"])
    again = rotated(server, u["refresh_token"])
    assert again["refresh_token"] == first["refresh_token"]
    assert again["token"] != first["token"]
    assert server.get("/auth/me", again["token"]).status == 200
    assert rotated(server, first["refresh_token"])


def test_refresh_accepts_fifty_at_once(server):
    """CASES 23: one successor."""
    u = server.user()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        got = list(pool.map(lambda _: refresh(server, u["refresh_token"]),
                            range(50)))
    assert {r.status for r in got} == {200}, got
    assert len({r.json()["refresh_token"] for r in got}) == 1
    assert server.sql(
        "SELECT count(*) FROM refresh_tokens WHERE session_id = "
        f"'{claims(u['token'])['sid']}'") == [("2",)]
    rotated(server, got[0].json()["refresh_token"])


def test_refresh_rejects_reuse(server):
    """CASES 27: that family dies, its siblings live."""
    u = server.user()
    sibling, stranger = server.login(u), server.user()
    one = rotated(server, u["refresh_token"])
    two = rotated(server, one["refresh_token"])
    error(refresh(server, u["refresh_token"]), 401, "invalid_token")
    dead(server, two)
    dead(server, one)
    assert server.get("/auth/me", sibling["token"]).status == 200
    rotated(server, sibling["refresh_token"])
    rotated(server, stranger["refresh_token"])


def test_refresh_rejects_reuse_after_grace(fresh_server, database):
    s = fresh_server("token { grace 0 }", database=database)
    u = s.user()
    one = rotated(s, u["refresh_token"])
    error(refresh(s, u["refresh_token"]), 401, "invalid_token")
    dead(s, one)


def test_refresh_same_second(server):
    """CASES 25: the order is a generation's, not a clock's."""
    u = server.user()
    chain = [u["refresh_token"]]
    for _ in range(20):
        chain.append(rotated(server, chain[-1])["refresh_token"])
    assert len(set(chain)) == 21
    error(refresh(server, chain[-3]), 401, "invalid_token")
    error(refresh(server, chain[-1]), 401, "invalid_token")


@pytest.mark.parametrize("bad", [
    "x", "A" * 43, "A" * 42, "A" * 44, "A" * 128, "A" * 129, "A" * 4096,
    "!" * 43, "\u00e4" * 20, "' OR 1=1 --", "A" * 42 + "=", " " * 43,
    "A" * 42 + "B"])
def test_refresh_rejects_unknown(server, bad):
    error(refresh(server, bad), 401, "invalid_token")


@pytest.mark.parametrize("bad", ["", "A" * 4097])
def test_refresh_rejects_lengths(server, bad):
    error(refresh(server, bad), 400, "invalid_request", "refresh_token")


def test_refresh_rejects_spellings(server):
    """One token has one spelling; and an access token is none."""
    u = server.user()
    t = u["refresh_token"]
    for bad in (t + "=", t + "A", t[:-1], " " + t, t + " ", t.swapcase(),
                u["access_token"][:128], u["access_token"]):
        error(refresh(server, bad), 401, "invalid_token")
    # none of these counted as a use
    assert rotated(server, t)


def test_refresh_rejects_disabled(server):
    """CASES 28."""
    u = server.user()
    server.sql("UPDATE users SET status = 'disabled' "
               f"WHERE id = '{u['userId']}'")
    error(refresh(server, u["refresh_token"]), 401, "invalid_token")


@pytest.mark.parametrize("column", ["idle_at", "expires_at"])
def test_refresh_rejects_expired(server, column):
    u = server.user()
    sid = claims(u["token"])["sid"]
    server.sql(f"UPDATE sessions SET {column} = 1 WHERE id = '{sid}'")
    if column == "idle_at":
        server.sql("UPDATE refresh_tokens SET expires_at = 1 "
                   f"WHERE session_id = '{sid}'")
    error(refresh(server, u["refresh_token"]), 401, "invalid_token")
    if column == "expires_at":
        error(server.get("/auth/me", u["token"]), 401, "invalid_token")


def test_refresh_survives_restart(fresh_server, database):
    """CASES 26: what was rotated stays rotated; keys and sessions stay."""
    s = fresh_server(database=database)
    u, v = s.user(), s.user()
    one = rotated(s, u["refresh_token"])
    two = rotated(s, one["refresh_token"])
    # an application's as well, and the browser's that it was born of
    rp, b, w = RP.register(s), Browser(), s.user()
    old = rp.login(b, w)["refresh_token"]
    new = rp.refresh(rp.refresh(old).json()["refresh_token"]).json()
    keeps = rp.login(b, w)
    assert s.restart()
    assert b.get(s.url + "/auth/verify").status == 200
    assert rp.active(new["access_token"]) and rp.active(keeps["access_token"])
    r = rp.refresh(old)
    assert (r.status, r.json()["error"]) == (400, "invalid_grant"), r
    assert not rp.active(new["access_token"])       # its family, it alone
    assert rp.refresh(keeps["refresh_token"]).status == 200
    assert s.get("/auth/me", v["token"]).status == 200
    assert s.get("/auth/me", two["token"]).status == 200
    rotated(s, v["refresh_token"])
    error(refresh(s, u["refresh_token"]), 401, "invalid_token")
    dead(s, two)


def test_refresh_races_logout(server):
    """CASES 24: no survivor, whichever came first."""
    for _ in range(15):
        u = server.user()
        gate = threading.Barrier(3)

        def go(call):
            gate.wait()
            return call()

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(go, f) for f in (
                lambda: refresh(server, u["refresh_token"]),
                lambda: server.post("/auth/logout", token=u["token"]),
                lambda: refresh(server, u["refresh_token"]))]
            a, out, b = [j.result() for j in jobs]
        assert out.status == 204, out
        for r in (a, b):
            assert r.status in (200, 401), r
            if r.status == 200:
                dead(server, r.json())
        dead(server, u)


# ---- logout ----

def test_logout_accepts_and_ends(server):
    u = server.user()
    other = server.login(u)
    r = server.post("/auth/logout", token=u["token"])
    assert r.status == 204 and r.body == b""
    assert "content-type" not in r.headers
    dead(server, u)
    error(server.post("/auth/logout", token=u["token"]), 401,
          "invalid_token")
    assert server.get("/auth/me", other["token"]).status == 200


def test_logout_drops_any_body(server):
    """A route without request fields discards what it is sent."""
    for data, ctype in ((b"{", "application/json"), (b"\xff\0", None),
                        (b"a=b", "text/plain")):
        u = server.user()
        heads = {"Authorization": f"Bearer {u['token']}"}
        if ctype:
            heads["Content-Type"] = ctype
        assert server.req("POST", "/auth/logout", data, heads).status == 204


# ---- the list ----

def sessions(server, token, query=""):
    r = server.get("/auth/me/sessions" + query, token)
    assert r.status == 200, r
    assert set(r.json()) == {"items", "next"}
    return r.json()


def test_sessions_accepts_list(server):
    u = server.register()
    t = [server.post("/auth/login", {
        "username": u["username"], "password": u["password"]},
        headers={"User-Agent": f"agent/{i}"}).json() for i in range(3)]
    j = sessions(server, t[1]["token"])
    assert j["next"] is None
    items = {i["id"]: i for i in j["items"]}
    assert set(items) == {claims(x["token"])["sid"] for x in t}
    for i, x in enumerate(t):
        item = items[claims(x["token"])["sid"]]
        assert set(item) == {
            "id", "current", "client_id", "ip", "user_agent", "amr",
            "createdAt", "lastUsedAt", "expiresAt"}
        assert item["current"] is (i == 1)
        assert item["client_id"] == "moatd" and item["amr"] == ["pwd"]
        assert item["ip"] == "127.0.0.1"
        assert item["user_agent"] == f"agent/{i}"
        for at in ("createdAt", "lastUsedAt", "expiresAt"):
            assert re.fullmatch(RFC3339, item[at])
        assert item["expiresAt"] > item["createdAt"]


def test_sessions_show_what_applications_have(server):
    """Each by its client, beside the browser's that it was born of; who ends
    one here ends its tokens, and no other's."""
    u, b = server.user(), Browser()
    rps = [RP.register(server), RP.register(server)]
    got = [rp.login(b, u) for rp in rps]
    items = {i["id"]: i for i in sessions(server, u["token"])["items"]}
    assert len(items) == 4
    for rp, t in zip(rps, got):
        item = items[t["claims"]["sid"]]
        assert item["client_id"] == rp.client_id and not item["current"]
        assert item["amr"] == ["pwd"]
        assert item["expiresAt"] > item["createdAt"]
    assert sorted(i["client_id"] for i in items.values()) == sorted(
        ["moatd", "moatd", *(rp.client_id for rp in rps)])
    r = server.delete("/auth/me/sessions/" + got[0]["claims"]["sid"],
                      token=u["token"])
    assert r.status == 204
    assert not rps[0].active(got[0]["access_token"])
    assert rps[0].refresh(got[0]["refresh_token"]).status == 400
    assert rps[1].active(got[1]["access_token"])
    # all but this one: what has offline access is no exception
    assert server.delete("/auth/me/sessions", token=u["token"]).status == 204
    assert not rps[1].active(got[1]["access_token"])
    assert rps[1].refresh(got[1]["refresh_token"]).status == 400
    assert b.get(server.url + "/auth/verify").status == 401
    assert len(sessions(server, u["token"])["items"]) == 1


def listed(server, tokens):
    """The caller's own session in the list, with its times in seconds."""
    (item,) = [i for i in sessions(server, tokens["token"])["items"]
               if i["current"]]
    return {k: datetime.datetime.fromisoformat(v).timestamp()
            if k.endswith("At") else v for k, v in item.items()}


def older(server, tokens, seconds):
    """The session of a token as if so much time had gone by."""
    sid, us = claims(tokens["token"])["sid"], seconds * 1000000
    server.sql("UPDATE sessions SET " + ", ".join(
        f"{c} = {c} - {us}" for c in (
            "created_at", "last_used_at", "idle_at", "expires_at")) +
        f" WHERE id = '{sid}'")
    server.sql("UPDATE refresh_tokens SET created_at = created_at - "
               f"{us}, expires_at = expires_at - {us}, used_at = used_at - "
               f"{us} WHERE session_id = '{sid}'")


def near(a, b):
    return abs(a - b) < 10      # a slow machine's


def test_sessions_accepts_times(server):
    """A refresh moves lastUsedAt and expiresAt; looking at it does not."""
    u = server.user()
    first = listed(server, u)
    assert near(first["createdAt"], first["lastUsedAt"])
    assert near(first["expiresAt"], first["createdAt"] + 604800)
    older(server, u, 86400)
    server.get("/auth/me", u["token"])
    server.login(u)                             # is another one
    day = listed(server, u)
    for at in ("createdAt", "lastUsedAt", "expiresAt"):
        assert near(day[at], first[at] - 86400)
    t = rotated(server, u["refresh_token"])
    now = listed(server, t)
    assert now["id"] == day["id"] and now["createdAt"] == day["createdAt"]
    assert near(now["lastUsedAt"], first["lastUsedAt"])
    assert near(now["expiresAt"], first["expiresAt"])
    for same in ("client_id", "ip", "user_agent", "amr"):
        assert now[same] == first[same]


def test_sessions_accepts_what_was_used_to_log_in(server):
    """amr and ip are of the login, whoever refreshes from elsewhere."""
    u = server.register()
    r = server.post("/auth/login", {
        "username": u["username"], "password": u["password"]},
        headers={"User-Agent": "phone"}).json()
    t = server.post("/auth/refresh", {"refresh_token": r["refresh_token"]},
                    headers={"User-Agent": "elsewhere"}).json()
    item = listed(server, t)
    assert item["user_agent"] == "phone" and item["amr"] == ["pwd"]


LIVES = "token { access 30 refresh-idle 60 refresh-absolute 100 }\n"


def test_sessions_reject_idle_and_old_ones(fresh_server, database):
    """Nobody came for 60 s, or 100 s are over, whoever comes."""
    s = fresh_server(LIVES, database=database)
    idle, used, watch = s.register(), s.register(), s.user()
    idle = {**idle, **s.login(idle)}
    used = {**used, **s.login(used)}
    assert idle["refresh_expires_in"] == 60 and idle["expires_in"] == 30
    older(s, idle, 61)
    error(refresh(s, idle["refresh_token"]), 401, "invalid_token")
    again = s.login(idle)
    assert [i["current"] for i in sessions(s, again["token"])["items"]] == [
        True]
    # refreshed before its time is over, again and again, up to the end
    t = used
    for gone, left in ((0, 60), (40, 60), (40, 20)):
        older(s, used, gone)
        t = rotated(s, t["refresh_token"])
        assert left - 10 <= t["refresh_expires_in"] <= left
        item = listed(s, t)
        assert near(item["expiresAt"] - item["lastUsedAt"], left)
        assert item["expiresAt"] <= item["createdAt"] + 100.1
        assert s.get("/auth/me", t["token"]).status == 200
    older(s, used, 21)
    dead(s, t)
    error(s.get("/auth/me/sessions", t["token"]), 401, "invalid_token")
    # other sessions go on
    assert s.get("/auth/me", watch["token"]).status == 200
    rotated(s, watch["refresh_token"])


def test_sessions_accepts_pages(server):
    u = server.register()
    t = [server.login(u) for _ in range(5)]
    seen, query = [], "?limit=2"
    for _ in range(3):
        j = sessions(server, t[0]["token"], query)
        assert len(j["items"]) <= 2
        seen += [i["id"] for i in j["items"]]
        if j["next"] is None:
            break
        query = f"?limit=2&cursor={j['next']}"
    assert j["next"] is None
    assert len(seen) == 5
    assert set(seen) == {claims(x["token"])["sid"] for x in t}
    assert len(sessions(server, t[0]["token"], "?limit=200&x=y")["items"]) == 5


def test_sessions_rejects_headers_as_agents(server):
    """A User-Agent is any bytes, of any length; it is cut, not refused."""
    u = server.register()
    for agent in ("x" * 3000, "\xff\xfe\xe4", "a\tb"):
        r = server.post("/auth/login", {
            "username": u["username"], "password": u["password"]},
            headers={"User-Agent": agent.encode("latin-1").decode("latin-1")})
        assert r.status == 200
    for item in sessions(server, r.json()["token"])["items"]:
        assert len(item["user_agent"].encode()) <= 256


@pytest.mark.parametrize("query,path", [
    ("limit=0", "limit"), ("limit=201", "limit"), ("limit=-1", "limit"),
    ("limit=x", "limit"), ("limit=", "limit"), ("limit=1.5", "limit"),
    ("limit=99999999999999999999", "limit"), ("limit=%31%00", "limit"),
    ("limit=1&limit=1", "limit"), ("cursor=", "cursor"),
    ("cursor=x&cursor=x", "cursor"), ("cursor=" + "x" * 300, "cursor"),
    ("cursor=garbage", "cursor"), ("cursor=%ff", "cursor"),
    ("cursor=' OR 1=1".replace(" ", "%20"), "cursor")])
def test_sessions_rejects_queries(server, query, path):
    """CASES 35, 49."""
    u = server.user()
    error(server.get("/auth/me/sessions?" + query, u["token"]), 400,
          "invalid_request", path)
    error(server.get("/auth/me/sessions?" + query), 401, "unauthorized")


def test_sessions_end_others(server):
    u = server.register()
    mine, other, third = [server.login(u) for _ in range(3)]
    stranger = server.user()
    r = server.delete("/auth/me/sessions", token=mine["token"])
    assert r.status == 204 and r.body == b""
    dead(server, other)
    dead(server, third)
    (item,) = sessions(server, mine["token"])["items"]
    assert item["current"] is True
    rotated(server, mine["refresh_token"])
    assert server.get("/auth/me", stranger["token"]).status == 200
    assert server.delete("/auth/me/sessions",
                         token=mine["token"]).status == 204


def test_sessions_end_one(server):
    u = server.register()
    mine, other = server.login(u), server.login(u)
    path = "/auth/me/sessions/" + claims(other["token"])["sid"]
    assert server.delete(path, token=mine["token"]).status == 204
    dead(server, other)
    error(server.delete(path, token=mine["token"]), 404, "not_found")
    assert server.get("/auth/me", mine["token"]).status == 200
    path = "/auth/me/sessions/" + claims(mine["token"])["sid"]
    assert server.delete(path, token=mine["token"]).status == 204
    dead(server, mine)


def test_sessions_rejects_foreign(server):
    u, v = server.user(), server.user()
    sid = claims(v["token"])["sid"]
    for bad in (sid, str(uuid.uuid4()), "x", sid.upper(), "0", "%27",
                "x" * 2000, "%E4"):
        r = server.delete(f"/auth/me/sessions/{bad}", token=u["token"])
        assert r.status in (400, 404), r
        assert r.status == 404 or bad == "%E4"
    assert server.get("/auth/me", v["token"]).status == 200
    error(server.delete(f"/auth/me/sessions/{sid}"), 401, "unauthorized")
    error(server.delete(f"/auth/me/sessions/{sid}", token="bad"), 401,
          "invalid_token")
    error(server.delete("/auth/me/sessions/", token=u["token"]), 404,
          "not_found")
