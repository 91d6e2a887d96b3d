"""The life of an account: another address, the end; what ends sessions."""

import secrets

import pytest

from test_accounts import GOOD, body, error, name
from test_factor import protected


def gone(server, user, token):
    """Nothing of the account answers any more."""
    error(server.get("/auth/me", token), 401, "invalid_token")
    error(server.post("/auth/login", {"username": user["username"],
                                      "password": user["password"]}),
          401, "invalid_credentials")


# ---- the end ----

def test_delete_accepts_own_account(server):
    u = server.user(name="Ada Lovelace")
    other = server.login(u)
    mine = (("login", u["username"].lower()), ("otp", u["userId"]),
            ("login", u["email"].lower()))
    for kind, subject in mine:
        server.sql("DELETE FROM throttles WHERE "
                   f"kind = '{kind}' AND subject = '{subject}'")
        server.sql("INSERT INTO throttles (kind, tenant, subject, charges, "
                   "streak, penalty, until, expires_at, last_op) VALUES "
                   f"('{kind}', 'default', '{subject}', 1, 1, 0, 0, "
                   "9000000000000000, '')")
    r = server.delete("/auth/me", {"password": u["password"]}, u["token"])
    assert r.status == 204 and r.body == b""
    gone(server, u, u["token"])
    gone(server, u, other["token"])
    error(server.post("/auth/refresh",
                      {"refresh_token": other["refresh_token"]}),
          401, "invalid_token")
    uid = u["userId"]
    for table in ("sessions", "devices", "recovery_codes", "mfa_tickets",
                  "mail_links", "outbox"):
        assert server.sql(f"SELECT count(*) FROM {table} "
                          f"WHERE user_id = '{uid}'") == [("0",)], table
    # of failures only those at an address stay that was never shown to be its
    assert server.sql(
        "SELECT kind, subject FROM throttles WHERE charges = 1 AND subject IN "
        f"('{mine[0][1]}', '{uid}', '{mine[2][1]}')") == [mine[2]]
    # the audit keeps an id, and nothing that says whose it was
    rows = server.sql("SELECT action, actor, detail FROM audit "
                      f"WHERE subject = '{uid}' ORDER BY created_at, id")
    assert rows[-1] == ("user.delete", uid, "")
    kept = str(server.sql(f"SELECT * FROM audit WHERE subject = '{uid}'"))
    for secret in (u["username"], u["email"], "Lovelace"):
        assert secret not in kept
    # name and address are free again
    assert server.register(username=u["username"], email=u["email"])


def test_delete_rejects_without_the_password(server):
    """CASES 22."""
    u = server.user()
    d = lambda json, token=u["token"]: server.delete("/auth/me", json, token)
    error(d({"password": "wrong " + GOOD}), 401, "invalid_credentials")
    error(d({"password": ""}), 400, "invalid_request", "password")
    error(d({"password": "x" * 1025}), 400, "invalid_request", "password")
    error(d({}), 400, "invalid_request", "password")
    error(d({"password": 1}), 400, "invalid_request", "password")
    error(d({"password": u["password"], "otp": "123456",
             "recovery_code": "x"}), 400, "invalid_request")
    error(d({"password": u["password"]}, None), 401, "unauthorized")
    error(d({"password": u["password"]}, "x"), 401, "invalid_token")
    assert server.get("/auth/me", u["token"]).status == 200
    assert server.sql("SELECT result FROM audit WHERE action = 'user.delete' "
                      f"AND subject = '{u['userId']}'") == [("failure",)]


def test_delete_asks_for_the_factor(server):
    u = protected(server)
    d = lambda **more: server.delete(
        "/auth/me", {"password": u["password"], **more}, u["token"])
    assert "mfa_token" not in error(d(), 401, "mfa_required")
    error(d(otp=u["codes"].wrong()), 401, "invalid_otp")
    error(d(recovery_code="x"), 401, "invalid_otp")
    # who does not know the password learns nothing of the factor
    error(d(password="wrong", otp=u["codes"].next()), 401,
          "invalid_credentials")
    assert server.get("/auth/me", u["token"]).status == 200
    assert d(recovery_code=u["recovery"][0]).status == 204
    error(server.get("/auth/me", u["token"]), 401, "invalid_token")


def test_delete_rejects_superadmin(server):
    name, password, _ = server.admin
    t = server.login({"username": name, "password": password})
    error(server.delete("/auth/me", {"password": password}, t["token"]), 403,
          "superadmin_protected")
    # it comes before what is wrong with the password
    error(server.delete("/auth/me", {"password": "x"}, t["token"]), 403,
          "superadmin_protected")
    assert server.get("/auth/me", t["token"]).status == 200


def test_delete_rejects_second_time(server):
    u = server.user()
    b = {"password": u["password"]}
    assert server.delete("/auth/me", b, u["token"]).status == 204
    error(server.delete("/auth/me", b, u["token"]), 401, "invalid_token")


def test_delete_leaves_others_alone(server):
    u, v = server.user(), server.user()
    assert server.delete("/auth/me", {"password": u["password"]},
                         u["token"]).status == 204
    assert server.get("/auth/me", v["token"]).status == 200
    assert server.login(v)


def test_delete_races_login_and_refresh(server):
    """CASES 24: nothing survives, nothing answers with 500."""
    import concurrent.futures as cf
    for _ in range(5):
        u = server.user()
        t = server.login(u)
        with cf.ThreadPoolExecutor(9) as pool:
            jobs = [pool.submit(server.delete, "/auth/me",
                                {"password": u["password"]}, u["token"])]
            for _ in range(4):
                jobs.append(pool.submit(
                    server.post, "/auth/login",
                    {"username": u["username"], "password": u["password"]}))
                jobs.append(pool.submit(
                    server.post, "/auth/refresh",
                    {"refresh_token": t["refresh_token"]}))
            answers = [j.result() for j in jobs]
        assert answers[0].status == 204, answers
        assert {r.status for r in answers[1:]} <= {200, 401}, answers
        for r in answers[1:]:
            if r.status == 200:
                error(server.get("/auth/me", r.json()["token"]), 401,
                      "invalid_token")
        assert server.sql("SELECT count(*) FROM sessions WHERE user_id = "
                          f"'{u['userId']}'") == [("0",)]


# ---- another address, without a mail server ----

def test_email_rejects_without_mail(server):
    u = server.user()
    b = {"email": f"{name()}@example.org", "password": u["password"]}
    error(server.patch("/auth/me", b, u["token"]), 503, "mail_unavailable")
    # 400 comes before it, and so does 401
    error(server.patch("/auth/me", {**b, "email": "no address"}, u["token"]),
          400, "invalid_request", "email")
    error(server.patch("/auth/me", {"email": b["email"]}, u["token"]), 400,
          "invalid_request", "password")
    error(server.patch("/auth/me", b, "x"), 401, "invalid_token")
    assert server.get("/auth/me", u["token"]).json()["pending_email"] is None


@pytest.mark.parametrize("path", ["/auth/verify-email/resend",
                                  "/auth/password-request"])
def test_mail_rejects_without_a_server(server, path):
    u = server.register()
    for address in (u["email"], f"{name()}@example.org"):
        error(server.post(path, {"email": address}), 503, "mail_unavailable")
    error(server.post(path, {"email": "no address"}), 400, "invalid_request",
          "email")
    error(server.post(path, {}), 400, "invalid_request", "email")
    error(server.post(path, {"email": ["a@b.example"]}), 400,
          "invalid_request", "email")
    assert server.sql("SELECT count(*) FROM outbox") == [("0",)]


def test_register_rejects_mode_verify_without_mail(fresh_server):
    s = fresh_server("registration verify")
    error(s.post("/auth/register", body()), 503, "mail_unavailable")
    error(s.post("/auth/register", body(email="x")), 400, "invalid_request",
          "email")
    error(s.post("/auth/register", body(password="short")), 400,
          "weak_password")
    assert s.sql("SELECT count(*) FROM users WHERE role = 'user'") == [("0",)]


@pytest.mark.parametrize("token", [
    "", "x", "a" * 43, "a" * 42, "a" * 44, "a" * 4096, "a" * 42 + "=",
    "../" * 14 + "a", "' OR 1=1 --", "\u00e9" * 43, "A" * 42 + "B",
    pytest.param(secrets.token_urlsafe(32), id="random")])
def test_links_rejects_what_was_never_sent(server, token):
    """CASES 7, 49."""
    code = "invalid_request" if token == "" else "invalid_token"
    error(server.post("/auth/verify-email", {"token": token}), 400, code,
          "token")
    error(server.post("/auth/reset-password",
                      {"token": token, "newPassword": GOOD}), 400, code,
          "token")
    # a good link is needed before anything is said of the password
    error(server.post("/auth/reset-password",
                      {"token": token, "newPassword": "short"}), 400, code,
          "token")
