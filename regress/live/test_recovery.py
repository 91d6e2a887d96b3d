"""Forgotten passwords: links that are good once, whoever hands them over."""

import concurrent.futures
import json
import re
import secrets
import signal

import pytest

import moat
from test_accounts import GOOD, error, name
from test_factor import login, protected

LINK = re.compile(r"^(http://\S+)/reset-password\?token=([A-Za-z0-9_-]{43})$")


def link(server, user):
    """The token of a link that moatctl prints."""
    r = server.ctl("user", "set-password-link", user)
    assert r.returncode == 0 and r.stderr == "", r
    m = LINK.match(r.stdout.rstrip("\n"))
    assert m and m[1] == server.url, r.stdout
    return m[2]


def reset(server, token, password, **more):
    return server.post("/auth/reset-password",
                       {"token": token, "newPassword": password, **more})


# ---- moatctl user set-password-link ----

def test_link_accepts_name_and_id(server):
    u = server.register(username=name("Gr\u00fcn"),
                        email=f"{name()}@example.org")
    for who in (u["username"], u["username"].upper(), u["userId"]):
        new = "another " + secrets.token_hex(8)
        r = reset(server, link(server, who), new)
        assert r.status == 200, r
        assert r.json() == {"message": "Password reset successfully"}
        assert server.login({**u, "password": new})
    error(server.post("/auth/login", {"username": u["username"],
                                      "password": u["password"]}),
          401, "invalid_credentials")


def test_link_answers_for_programs(server):
    u = server.register()
    r = server.ctl("--json", "user", "set-password-link", u["username"])
    assert r.returncode == 0
    assert LINK.match(json.loads(r.stdout)["link"])
    r = server.ctl("--json", "user", "set-password-link", "nobody-is-here")
    assert r.returncode == 1
    j = json.loads(r.stdout)
    assert j["ok"] is False and j["code"] == 1 and j["text"]


@pytest.mark.parametrize("who", [
    "nobody-is-here", "x" * 2000, "' OR '1'='1", "a\nb", "\u202e", "%", "_",
    "00000000-0000-7000-8000-000000000000", "caf\udce9"])
def test_link_rejects_unknown_users(server, who):
    """CASES 49, 50."""
    before = server.sql("SELECT count(*) FROM mail_links")
    r = server.ctl("user", "set-password-link", who)
    assert r.returncode == 1 and r.stdout == "" and r.stderr
    assert "\u202e" not in r.stderr
    assert server.sql("SELECT count(*) FROM mail_links") == before


@pytest.mark.parametrize("args", [
    (), ("set-password-link",), ("set-password-link", "a", "b"),
    ("set-password-link", ""), ("set-password", "a"), ("unlink", "a")])
def test_link_rejects_wrong_usage(server, args):
    r = server.ctl("user", *args)
    assert r.returncode == 2 and "usage" in r.stderr


def test_link_rejects_disabled_user(server):
    u = server.register()
    server.sql("UPDATE users SET status = 'disabled' "
               f"WHERE id = '{u['userId']}' RETURNING id")
    r = server.ctl("user", "set-password-link", u["username"])
    assert r.returncode == 1 and r.stdout == ""


def test_link_is_on_record_without_its_token(server):
    u = server.register()
    token = link(server, u["username"])
    assert reset(server, token, GOOD + " 2").status == 200
    rows = server.sql("SELECT action, result, actor FROM audit WHERE subject "
                      f"= '{u['userId']}' ORDER BY created_at, id")
    assert ("password.request", "success", "") in rows
    assert ("password.reset", "success", u["userId"]) in rows
    for table in ("audit", "mail_links", "outbox", "users"):
        assert token not in str(server.sql(f"SELECT * FROM {table}"))
    assert token not in server.log()


# ---- the link ----

def test_reset_ends_every_session(server):
    u = server.user()
    other = server.login(u)
    assert reset(server, link(server, u["username"]), GOOD + " 3").status == 200
    for t in (u, other):
        error(server.get("/auth/me", t["token"]), 401, "invalid_token")
        error(server.post("/auth/refresh",
                          {"refresh_token": t["refresh_token"]}), 401,
              "invalid_token")
    assert server.login({**u, "password": GOOD + " 3"})


def test_reset_rejects_second_use(server):
    u = server.register()
    token = link(server, u["username"])
    assert reset(server, token, GOOD + " 4").status == 200
    error(reset(server, token, GOOD + " 5"), 400, "invalid_token", "token")
    assert server.login({**u, "password": GOOD + " 4"})


def test_reset_rejects_all_but_one_of_many(server):
    """CASES 20."""
    u = server.register()
    token = link(server, u["username"])
    new = [f"{GOOD} number {i}" for i in range(12)]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda p: reset(server, token, p), new))
    good = [p for p, r in zip(new, answers) if r.status == 200]
    assert len(good) == 1, answers
    for r in answers:
        if r.status != 200:
            error(r, 400, "invalid_token", "token")
    assert server.login({**u, "password": good[0]})
    assert server.sql("SELECT count(*) FROM audit WHERE action = "
                      "'password.reset' AND result = 'success' AND subject = "
                      f"'{u['userId']}'") == [("1",)]


def test_reset_rejects_older_link(server):
    u = server.register()
    old, new = link(server, u["username"]), link(server, u["username"])
    error(reset(server, old, GOOD + " 6"), 400, "invalid_token", "token")
    assert reset(server, new, GOOD + " 6").status == 200


def test_reset_rejects_expired_link(server):
    u = server.register()
    token = link(server, u["username"])
    where = f"WHERE user_id = '{u['userId']}' AND used_at IS NULL"
    left = server.sql("SELECT expires_at - created_at FROM mail_links " + where)
    assert left == [(str(3600 * 10**6),)]
    server.sql("UPDATE mail_links SET expires_at = expires_at - 3600000000 "
               f"{where} RETURNING id")
    error(reset(server, token, GOOD + " 7"), 400, "invalid_token", "token")
    assert server.login(u)


def test_reset_rejects_link_after_password_change(server):
    u = server.user()
    token = link(server, u["username"])
    r = server.post("/auth/password-change", {
        "oldPassword": u["password"], "newPassword": GOOD + " 8"}, u["token"])
    assert r.status == 200
    error(reset(server, token, GOOD + " 9"), 400, "invalid_token", "token")


def test_reset_rejects_link_for_the_other_purpose(server):
    u = server.register()
    token = link(server, u["username"])
    error(server.post("/auth/verify-email", {"token": token}), 400,
          "invalid_token", "token")
    assert reset(server, token, GOOD + " 10").status == 200


def test_reset_rejects_disabled_user(server):
    u = server.register()
    token = link(server, u["username"])
    server.sql("UPDATE users SET status = 'disabled' "
               f"WHERE id = '{u['userId']}' RETURNING id")
    error(reset(server, token, GOOD + " 11"), 400, "invalid_token", "token")


@pytest.mark.parametrize("password, reason", [
    ("short", "too_short"), ("x" * 257, "too_long"),
    ("passwordpassword", "common"), ("a" * 20, "common")])
def test_reset_rejects_weak_passwords_and_keeps_the_link(server, password,
                                                         reason):
    u = server.register()
    token = link(server, u["username"])
    j = error(reset(server, token, password), 400, "weak_password",
              "newPassword")
    assert j["reason"] == reason
    assert reset(server, token, GOOD + " 12").status == 200


def test_reset_rejects_name_and_old_password(server):
    u = server.register(username=name("longenoughname"))
    token = link(server, u["username"])
    j = error(reset(server, token, u["username"] + "!"), 400, "weak_password")
    assert j["reason"] == "contains_identity"
    j = error(reset(server, token, u["password"]), 400, "weak_password")
    assert j["reason"] == "same"
    assert reset(server, token, GOOD + " 13").status == 200


@pytest.mark.parametrize("body, path", [
    ({}, "token"), ({"token": "x"}, "newPassword"),
    ({"newPassword": GOOD}, "token"), ({"token": 1, "newPassword": GOOD},
                                       "token"),
    ({"token": "x", "newPassword": ""}, "newPassword"),
    ({"token": "x", "newPassword": "x" * 1025}, "newPassword"),
    ({"token": "x", "newPassword": GOOD, "otp": "12345"}, "otp"),
    ({"token": "x", "newPassword": GOOD, "otp": "123456",
      "recovery_code": "y"}, None)])
def test_reset_rejects_bad_bodies(server, body, path):
    """CASES 16."""
    error(server.post("/auth/reset-password", body), 400, "invalid_request",
          path)


def test_reset_rejects_parallel_password_change(server):
    """One of both wins, and what is stored is the winner's."""
    for i in range(4):
        u = server.user()
        token = link(server, u["username"])
        a, b = f"{GOOD} reset {i}", f"{GOOD} change {i}"
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            x = pool.submit(reset, server, token, a)
            y = pool.submit(server.post, "/auth/password-change", {
                "oldPassword": u["password"], "newPassword": b}, u["token"])
            x, y = x.result(), y.result()
        assert (x.status, y.status) in ((200, 401), (400, 200), (200, 200))
        now = a if x.status == 200 and y.status != 200 else \
            b if x.status != 200 else None
        if now is not None:
            assert server.login({**u, "password": now})


def settled(server, user):
    """A login's answer, when somebody is there to give one."""
    return moat.patiently(lambda: login(server, user))


def test_reset_survives_the_engine(fresh_server, database):
    """CASES 54: killed around the commit, a link is good once all the same."""
    s = fresh_server(database=database)
    u = s.register()
    for i in range(4):
        token = link(s, u["username"])
        new = [f"{GOOD} life {i} {j}" for j in range(6)]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            jobs = [pool.submit(reset, s, token, p) for p in new]
            s.kill("engine", signal.SIGKILL)
            answers = [j.result() for j in jobs]
        s.wait_healthy()
        good = [p for p, r in zip(new, answers) if r.status == 200]
        assert len(good) <= 1, answers
        assert {r.status for r in answers} <= {200, 400, 503}, answers
        works = [p for p in new + [u["password"]]
                 if settled(s, {**u, "password": p}).status == 200]
        assert len(works) == 1
        assert not good or works == good
        u["password"] = works[0]


# ---- with a second factor ----

def test_reset_asks_for_the_factor(server):
    """The link is not enough, and stays good while the factor is wrong."""
    u = protected(server)
    token = link(server, u["username"])
    new = GOOD + " 20"
    error(reset(server, token, new), 401, "mfa_required")
    assert "mfa_token" not in reset(server, token, new).json()
    error(reset(server, token, new, otp=u["codes"].wrong()), 401,
          "invalid_otp")
    error(reset(server, token, new, recovery_code="AAAA-" * 5 + "AAAA"), 401,
          "invalid_otp")
    error(reset(server, token, new,
                otp=u["codes"].at(u["codes"].last)), 401, "invalid_otp")
    error(reset(server, token, "short", otp=u["codes"].wrong()), 400,
          "weak_password")
    assert login(server, u, otp=u["codes"].next()).status == 200
    assert reset(server, token, new, otp=u["codes"].next()).status == 200
    error(reset(server, token, new), 400, "invalid_token")


def test_reset_takes_a_recovery_code_once(server):
    """CASES 20."""
    u = protected(server)
    code = u["recovery"][0]
    assert reset(server, link(server, u["username"]), GOOD + " 21",
                 recovery_code=code.lower()).status == 200
    error(reset(server, link(server, u["username"]), GOOD + " 22",
                recovery_code=code), 401, "invalid_otp")
    u["password"] = GOOD + " 21"
    assert login(server, u, otp=u["codes"].next()).status == 200


def test_reset_kills_tickets(server):
    u = protected(server)
    t = login(server, u).json()["mfa_token"]
    assert reset(server, link(server, u["username"]), GOOD + " 23",
                 recovery_code=u["recovery"][1]).status == 200
    error(server.post("/auth/mfa", {"mfa_token": t,
                                    "otp": u["codes"].next()}), 401,
          "invalid_token")


def test_reset_is_offered_by_the_document(server):
    doc = server.get("/openapi.json").json()
    for path in ("reset-password", "password-request", "verify-email",
                 "verify-email/resend"):
        assert "post" in doc["paths"]["/auth/" + path]
