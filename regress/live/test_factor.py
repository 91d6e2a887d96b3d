"""Second factors: enrolment, login, step-up, recovery codes, and every abuse of
them that we know (CASES 18, 19, 20, 22). Codes come from oathtool, QR codes are
read by zbarimg: neither shares a line with moatd."""

import base64
import concurrent.futures
import re
import secrets
import signal
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

import moat
from forge import claims

STEP = 30
RECOVERY = re.compile(r"([A-Z2-7]{4}-){5}[A-Z2-7]{4}")


class Codes:
    """What an authenticator app shows: each code once, in order of time."""

    def __init__(self, secret):
        self.secret = secret
        self.last = 0

    def at(self, step):
        return subprocess.run(
            ["oathtool", "--totp", "--base32", "--now", f"@{step * STEP}",
             self.secret], check=True, capture_output=True,
            text=True).stdout.strip()

    @staticmethod
    def settle(left=6):
        """Now, with some seconds of its step left."""
        moat.until(lambda: time.time() % STEP < STEP - left, STEP, 0.05)
        return int(time.time()) // STEP

    def next(self):
        early = time.time() % STEP < STEP - 6
        now = int(time.time()) // STEP
        self.last = max(self.last + 1, now - 1 if early else now)
        moat.until(lambda: int(time.time()) // STEP >= self.last - 1,
                   2 * STEP, 0.1)
        return self.at(self.last)

    def wrong(self):
        """No code of any step around now."""
        now = int(time.time()) // STEP
        real = {self.at(now + i) for i in range(-3, 4)}
        return next(c for c in iter(lambda: f"{secrets.randbelow(10**6):06}",
                                    "") if c not in real)


def refused(r, status, code):
    assert r.status == status, r
    assert r.json()["error"] == code, r
    assert "token" not in r.json() and "recovery_codes" not in r.json()
    if status == 401:
        assert r.headers["www-authenticate"].startswith(
            'Bearer realm="moatd"')
    return r.json()


def pending_factor(s, u, token=None):
    r = s.post("/auth/2fa/setup", {"password": u["password"]},
               token=token or u["token"])
    assert r.status == 200, r
    return r.json()


def enrol(s, u):
    """Turns the factor on: u gets codes (an app) and recovery codes."""
    u["codes"] = Codes(pending_factor(s, u)["secret"])
    r = s.post("/auth/2fa/verify", {"token": u["codes"].next()},
               token=u["token"])
    assert r.status == 200, r
    u["recovery"] = r.json()["recovery_codes"]
    return u


def protected(s):
    return enrol(s, s.user())


def login(s, u, **factor):
    return s.post("/auth/login", {"username": u["username"],
                                  "password": u["password"], **factor})


def ticket(s, u):
    j = refused(login(s, u), 401, "mfa_required")
    return j["mfa_token"]


def mfa(s, t, **factor):
    return s.post("/auth/mfa", {"mfa_token": t, **factor})


def at_once(calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [f.result() for f in [pool.submit(c) for c in calls]]


# ---- enrolment ----

def test_setup_accepts_and_draws(server, tmp_path):
    u = server.user()
    j = pending_factor(server, u)
    assert set(j) == {"secret", "otpauth_url", "qr_svg", "qrCode",
                      "expires_in"}
    assert j["expires_in"] == 600
    assert re.fullmatch(r"[A-Z2-7]{32}", j["secret"])   # 160 bits
    url = urllib.parse.urlsplit(j["otpauth_url"])
    assert (url.scheme, url.netloc) == ("otpauth", "totp")
    assert urllib.parse.unquote(url.path).endswith(":" + u["username"])
    q = dict(urllib.parse.parse_qsl(url.query))
    assert q["secret"] == j["secret"] and q["issuer"]
    assert q.get("digits", "6") == "6" and q.get("period", "30") == "30"
    assert q.get("algorithm", "SHA1") == "SHA1"
    assert j["qr_svg"].startswith("data:image/svg+xml")
    assert j["qrCode"].startswith("data:image/png;base64,")
    png, svg, drawn = (tmp_path / n for n in ("a.png", "b.svg", "b.png"))
    png.write_bytes(base64.b64decode(j["qrCode"].partition(",")[2],
                                     validate=True))
    with urllib.request.urlopen(j["qr_svg"]) as f:
        svg.write_bytes(f.read())
    subprocess.run(["rsvg-convert", "-w", "600", "-b", "white", "-o", drawn,
                    svg], check=True)
    for image in (png, drawn):
        text = subprocess.run(["zbarimg", "--raw", "-q", "-Sdisable",
                               "-Sqrcode.enable", image], check=True,
                              capture_output=True, text=True).stdout
        assert text.strip() == j["otpauth_url"], image


@pytest.mark.parametrize("username", ["j\u00fcrgen", "\u5c71\u7530\u592a\u90ce",
                                      "\u0416\u0443\u043a\u043e\u0432"])
def test_setup_accepts_names_of_the_world(server, username, tmp_path):
    u = server.user(username=username + str(secrets.randbelow(10**9)),
                    email=f"u{secrets.token_hex(6)}@example.org",
                    password="a good enough password")
    j = pending_factor(server, u)
    path = urllib.parse.urlsplit(j["otpauth_url"]).path
    assert path.isascii()
    assert urllib.parse.unquote(path).endswith(":" + u["username"])
    png = tmp_path / "a.png"
    png.write_bytes(base64.b64decode(j["qrCode"].partition(",")[2]))
    text = subprocess.run(["zbarimg", "--raw", "-q", png], check=True,
                          capture_output=True, text=True).stdout
    assert text.strip() == j["otpauth_url"]


def test_verify_accepts_and_ends_others(server):
    u = server.user()
    other = server.login(u)
    j = pending_factor(server, u)
    codes = Codes(j["secret"])
    r = server.post("/auth/2fa/verify", {"token": codes.next()},
                    token=u["token"])
    assert r.status == 200
    assert set(r.json()) == {"message", "recovery_codes"}
    assert r.json()["message"] == "OTP verified successfully"
    rc = r.json()["recovery_codes"]
    assert len(set(rc)) == 10 and all(RECOVERY.fullmatch(c) for c in rc)
    me = server.get("/auth/me", token=u["token"])
    assert me.status == 200 and me.json()["mfa"] is True
    refused(server.get("/auth/me", token=other["token"]), 401,
            "invalid_token")
    refused(server.post("/auth/refresh",
                        {"refresh_token": other["refresh_token"]}), 401,
            "invalid_token")
    assert server.post("/auth/refresh", {
        "refresh_token": u["refresh_token"]}).status == 200


def test_setup_replaces_an_earlier_one(server):
    u = server.user()
    old = Codes(pending_factor(server, u)["secret"])
    new = Codes(pending_factor(server, u)["secret"])
    assert old.secret != new.secret
    refused(server.post("/auth/2fa/verify", {"token": old.next()},
                        token=u["token"]), 401, "invalid_otp")
    assert server.post("/auth/2fa/verify", {"token": new.next()},
                       token=u["token"]).status == 200


def test_setup_rejects(server):
    u = server.user()
    path = "/auth/2fa/setup"
    refused(server.post(path, {"password": "wrong"}, token=u["token"]), 401,
            "invalid_credentials")
    refused(server.post(path, {"password": u["password"]}), 401,
            "unauthorized")
    refused(server.post(path, {}, token=u["token"]), 400, "invalid_request")
    refused(server.post(path, {}), 401, "unauthorized")
    enrol(server, u)
    refused(server.post(path, {"password": "wrong"}, token=u["token"]), 401,
            "invalid_credentials")
    refused(server.post(path, {"password": u["password"]}, token=u["token"]),
            409, "mfa_active")


def test_verify_rejects(server):
    u = server.user()
    path = "/auth/2fa/verify"
    refused(server.post(path, {"token": "123456"}, token=u["token"]), 409,
            "mfa_not_pending")
    codes = Codes(pending_factor(server, u)["secret"])
    refused(server.post(path, {"token": codes.wrong()}, token=u["token"]),
            401, "invalid_otp")
    for bad in ("12345", "1234567", "12345a", "１２３４５６", "", 123456, None):
        refused(server.post(path, {"token": bad}, token=u["token"]), 400,
                "invalid_request")
    assert server.get("/auth/me", token=u["token"]).json()["mfa"] is False
    code = codes.next()
    assert server.post(path, {"token": code}, token=u["token"]).status == 200
    refused(server.post(path, {"token": code}, token=u["token"]), 409,
            "mfa_not_pending")


def test_verify_rejects_expired_setup(server):
    u = server.user()
    codes = Codes(pending_factor(server, u)["secret"])
    server.sql("UPDATE users SET totp_pending_until = "
               f"{int(time.time() * 1e6) - 1} WHERE id = '{u['userId']}'"
               " RETURNING id")
    refused(server.post("/auth/2fa/verify", {"token": codes.next()},
                        token=u["token"]), 409, "mfa_not_pending")


def test_verify_rejects_concurrent_twins(server):
    """One activation, one set of codes."""
    u = server.user()
    codes = Codes(pending_factor(server, u)["secret"])
    Codes.settle()
    now = int(time.time()) // STEP
    answers = at_once([
        lambda c=codes.at(now + i % 3 - 1): server.post(
            "/auth/2fa/verify", {"token": c}, token=u["token"])
        for i in range(6)])
    good = [r for r in answers if r.status == 200]
    assert len(good) == 1, answers
    assert {r.status for r in answers} <= {200, 401, 409}
    assert server.sql("SELECT count(*) FROM recovery_codes WHERE user_id = "
                      f"'{u['userId']}'") == [("10",)]


# ---- aliases ----

def test_aliases_accept_own_id(server):
    u = server.user()
    r = server.post(f"/auth/2fa/setup/{u['userId']}",
                    {"password": u["password"]}, token=u["token"])
    assert r.status == 200
    codes = Codes(r.json()["secret"])
    r = server.post(f"/auth/2fa/verify/{u['userId']}",
                    {"token": codes.next()}, token=u["token"])
    assert r.status == 200 and len(r.json()["recovery_codes"]) == 10


def test_aliases_reject_others(server):
    u, v = server.user(), server.user()
    root = server.login({"username": server.admin[0],
                         "password": server.admin[1]})
    pw = {"password": u["password"]}
    for who in (v["token"], root["token"]):
        for user in (u["userId"], "x", "0" * 300, u["userId"].upper()):
            refused(server.post(f"/auth/2fa/setup/{user}", pw, token=who),
                    403, "forbidden")
            refused(server.post(f"/auth/2fa/verify/{user}",
                                {"token": "123456"}, token=who), 403,
                    "forbidden")
    # 401 and 400 come first
    refused(server.post(f"/auth/2fa/setup/{u['userId']}", pw), 401,
            "unauthorized")
    refused(server.post(f"/auth/2fa/setup/{u['userId']}", {},
                        token=v["token"]), 400, "invalid_request")
    server.post("/auth/logout", token=v["token"])
    refused(server.post(f"/auth/2fa/setup/{u['userId']}", pw,
                        token=v["token"]), 401, "invalid_token")


def test_superadmin_accepts_factor(fresh_server, database):
    s = fresh_server(database=database)
    root = {"username": s.admin[0], "password": s.admin[1]}
    root.update(s.login(root))
    enrol(s, root)
    refused(login(s, root), 401, "mfa_required")
    assert login(s, root, otp=root["codes"].next()).status == 200
    assert login(s, root, recovery_code=root["recovery"][3]).status == 200


# ---- login ----

def test_login_accepts_otp_in_the_same_call(server):
    u = protected(server)
    r = login(server, u, otp=u["codes"].next())
    assert r.status == 200 and r.json()["message"] == "Login successful"
    c = claims(r.json()["token"])
    assert c["amr"] == ["pwd", "otp", "mfa"] and c["acr"] == "aal2"
    assert abs(c["auth_time"] - time.time()) < 5
    items = server.get("/auth/me/sessions",
                       token=r.json()["token"]).json()["items"]
    assert [i["amr"] for i in items if i["current"]] == [
        ["pwd", "otp", "mfa"]]


def test_login_accepts_ticket(server):
    u = protected(server)
    r = login(server, u)
    j = refused(r, 401, "mfa_required")
    assert j["message"] == "OTP is required"
    assert set(j) == {"error", "message", "mfa_token", "expires_in"}
    assert j["expires_in"] == 300
    assert len(base64.urlsafe_b64decode(j["mfa_token"] + "=")) == 32
    r = mfa(server, j["mfa_token"], otp=u["codes"].next())
    assert r.status == 200 and r.json()["message"] == "Login successful"
    c = claims(r.json()["token"])
    assert c["amr"] == ["pwd", "otp", "mfa"] and c["acr"] == "aal2"
    r = server.post("/auth/refresh",
                    {"refresh_token": r.json()["refresh_token"]})
    c = claims(r.json()["token"])
    assert c["amr"] == ["pwd", "otp", "mfa"] and c["acr"] == "aal2"


@pytest.mark.parametrize("form", [
    lambda c: c, str.lower, lambda c: c.replace("-", ""),
    lambda c: c.lower().replace("-", "")])
def test_login_accepts_recovery_code(server, form):
    """The phone is lost: case and dashes do not matter."""
    u = protected(server)
    r = mfa(server, ticket(server, u), recovery_code=form(u["recovery"][7]))
    assert r.status == 200
    c = claims(r.json()["token"])
    assert c["amr"] == ["pwd", "mfa"] and c["acr"] == "aal2"
    refused(login(server, u, recovery_code=u["recovery"][7]), 401,
            "invalid_otp")
    assert login(server, u, recovery_code=u["recovery"][8]).status == 200


def test_login_accepts_factor_that_nobody_asked_for(server):
    u = server.user()
    r = login(server, u, otp="123456")
    assert r.status == 200 and claims(r.json()["token"])["amr"] == ["pwd"]


def test_login_rejects_wrong_factors(server):
    u = protected(server)
    r = login(server, u, otp=u["codes"].wrong())
    assert refused(r, 401, "invalid_otp")["message"] == "Invalid OTP"
    assert "mfa_token" not in r.json()
    for bad in ("AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", u["recovery"][0][:-1],
                u["recovery"][0] + "A", "1" * 24, "' OR 1=1 --",
                "\u0130" * 24):
        refused(login(server, u, recovery_code=bad), 401, "invalid_otp")
    refused(login(server, u, recovery_code="x" * 65), 400, "invalid_request")
    refused(login(server, u, otp="12345"), 400, "invalid_request")
    refused(login(server, u, otp="123456", recovery_code="x"), 400,
            "invalid_request")
    # the password comes first, whatever stands beside it
    wrong = {**u, "password": "not the password at all"}
    refused(login(server, wrong, otp=u["codes"].next()), 401,
            "invalid_credentials")
    refused(login(server, wrong), 401, "invalid_credentials")


def test_login_rejects_codes_of_others(server):
    u, v = protected(server), protected(server)
    refused(login(server, u, recovery_code=v["recovery"][0]), 401,
            "invalid_otp")
    refused(login(server, u, otp=v["codes"].next()), 401, "invalid_otp")


# ---- time ----

def test_otp_accepts_one_step_of_skew(server):
    u = server.user()
    codes = Codes(pending_factor(server, u)["secret"])
    now = Codes.settle(10)
    for off in (-2, 2, -3, 3):
        refused(server.post("/auth/2fa/verify", {"token": codes.at(now + off)},
                            token=u["token"]), 401, "invalid_otp")
    assert server.post("/auth/2fa/verify", {"token": codes.at(now - 1)},
                       token=u["token"]).status == 200
    assert login(server, u, otp=codes.at(now)).status == 200
    assert login(server, u, otp=codes.at(now + 1)).status == 200
    assert int(time.time()) // STEP == now, "too slow"


def test_otp_rejects_replay_everywhere(server):
    """CASES 18: a step counts once, whatever it is shown to."""
    u = protected(server)
    used = u["codes"].at(u["codes"].last)       # it turned the factor on
    pw = {"password": u["password"]}
    refused(login(server, u, otp=used), 401, "invalid_otp")
    code = u["codes"].next()
    t = login(server, u, otp=code).json()["token"]
    refused(login(server, u, otp=code), 401, "invalid_otp")
    refused(mfa(server, ticket(server, u), otp=code), 401, "invalid_otp")
    refused(server.post("/auth/step-up", {"otp": code}, token=t), 401,
            "invalid_otp")
    refused(server.post("/auth/2fa/recovery-codes", {**pw, "otp": code},
                        token=t), 401, "invalid_otp")
    refused(server.post("/auth/2fa/disable", {**pw, "otp": code}, token=t),
            401, "invalid_otp")
    assert server.get("/auth/me", token=t).json()["mfa"] is True


def test_otp_rejects_earlier_step(server):
    u = server.user()
    codes = Codes(pending_factor(server, u)["secret"])
    now = Codes.settle()
    assert server.post("/auth/2fa/verify", {"token": codes.at(now + 1)},
                       token=u["token"]).status == 200
    for off in (-1, 0, 1):
        refused(login(server, u, otp=codes.at(now + off)), 401,
                "invalid_otp")


def test_otp_rejects_replay_after_restart(fresh_server, database):
    s = fresh_server(database=database)
    u = protected(s)
    code = u["codes"].next()
    assert login(s, u, otp=code).status == 200
    s.kill("engine", signal.SIGKILL)
    s.kill("vault", signal.SIGKILL)

    def answered(**factor):
        r = login(s, u, **factor)
        return r if r.status != 503 else None

    refused(moat.until(lambda: answered(otp=code), 20), 401, "invalid_otp")
    assert login(s, u, otp=u["codes"].next()).status == 200


def test_otp_accepts_clock_that_was_set_back(server):
    """CASES 56: a login from a day ahead locks nobody out, and nothing that
    counted counts again."""
    u = protected(server)
    day = int(time.time()) // STEP + 2880
    server.sql(f"INSERT INTO totp_steps (user_id, step, op) VALUES "
               f"('{u['userId']}', {day}, 'x') RETURNING op")
    server.sql(f"UPDATE users SET totp_step = {day} WHERE id = "
               f"'{u['userId']}' RETURNING id")
    refused(login(server, u, otp=u["codes"].at(u["codes"].last)), 401,
            "invalid_otp")
    code = u["codes"].next()
    assert login(server, u, otp=code).status == 200
    refused(login(server, u, otp=code), 401, "invalid_otp")
    assert login(server, u, otp=u["codes"].next()).status == 200


def test_otp_accepts_exactly_one_of_many_at_once(server):
    """CASES 18: one code, eight logins at the same moment."""
    u = protected(server)
    code = u["codes"].next()
    tickets = [ticket(server, u) for _ in range(4)]
    answers = at_once(
        [lambda: login(server, u, otp=code) for _ in range(4)] +
        [lambda t=t: mfa(server, t, otp=code) for t in tickets])
    assert sorted(r.status for r in answers) == [200] + [401] * 7, answers


def test_recovery_code_accepts_exactly_one_of_many_at_once(server):
    """CASES 20."""
    u = protected(server)
    rc = u["recovery"][0]
    answers = at_once([lambda f=f: login(server, u, recovery_code=f)
                       for f in (rc, rc.lower(), rc, rc.replace("-", ""),
                                 rc, rc, rc, rc)])
    assert sorted(r.status for r in answers) == [200] + [401] * 7, answers


# ---- tickets ----

def test_ticket_rejects_second_use(server):
    u = protected(server)
    t = ticket(server, u)
    assert mfa(server, t, otp=u["codes"].next()).status == 200
    refused(mfa(server, t, recovery_code=u["recovery"][0]), 401,
            "invalid_token")
    assert login(server, u, recovery_code=u["recovery"][0]).status == 200


def test_ticket_accepts_exactly_one_of_many_at_once(server):
    u = protected(server)
    t = ticket(server, u)
    answers = at_once([lambda c=c: mfa(server, t, recovery_code=c)
                       for c in u["recovery"][:5]])
    assert [r.status for r in answers].count(200) == 1, answers


def test_ticket_rejects_after_five_tries(server):
    u = protected(server)
    t = ticket(server, u)
    for _ in range(5):
        refused(mfa(server, t, otp=u["codes"].wrong()), 401, "invalid_otp")
    code = u["codes"].next()
    refused(mfa(server, t, otp=code), 401, "invalid_token")
    assert mfa(server, ticket(server, u), otp=code).status == 200


def test_ticket_rejects_tries_at_once(server):
    """Counted before anything is compared: no more than five get through."""
    u = protected(server)
    t = ticket(server, u)
    answers = at_once([lambda: mfa(server, t, otp=u["codes"].wrong())
                       for _ in range(9)])
    codes = [r.json()["error"] for r in answers]
    assert codes.count("invalid_otp") <= 5, codes
    assert set(codes) <= {"invalid_otp", "invalid_token", "rate_limited"}


def test_ticket_rejects_expired(server):
    u = protected(server)
    t = ticket(server, u)
    server.sql("UPDATE mfa_tickets SET expires_at = "
               f"{int(time.time() * 1e6) - 1} WHERE user_id = "
               f"'{u['userId']}' RETURNING hash")
    refused(mfa(server, t, otp=u["codes"].next()), 401, "invalid_token")


def test_ticket_rejects_what_is_none(server):
    u = server.user()
    for t in (secrets.token_urlsafe(32), "x", "A" * 43, "A" * 4096,
              u["refresh_token"], u["token"], "' OR 1=1 --",
              "\u00e4" * 30):
        refused(mfa(server, t, otp="123456"), 401, "invalid_token")
    refused(mfa(server, "A" * 43), 400, "invalid_request")
    refused(mfa(server, "", otp="123456"), 400, "invalid_request")
    refused(mfa(server, "A" * 43, otp="123456", recovery_code="x"), 400,
            "invalid_request")
    refused(server.post("/auth/mfa", {"otp": "123456"}), 400,
            "invalid_request")


def test_ticket_is_no_token(server):
    u = protected(server)
    t = ticket(server, u)
    refused(server.get("/auth/me", token=t), 401, "invalid_token")
    refused(server.post("/auth/refresh", {"refresh_token": t}), 401,
            "invalid_token")


def change_password(s, u):
    new = u["password"] + " anew"
    r = s.post("/auth/password-change",
               {"oldPassword": u["password"], "newPassword": new},
               token=u["token"])
    assert r.status == 200, r
    u["password"] = new


def disable(s, u):
    r = s.post("/auth/2fa/disable", {
        "password": u["password"], "otp": u["codes"].next()},
        token=u["token"])
    assert r.status == 204, r


@pytest.mark.parametrize("act", [change_password, disable])
def test_ticket_rejects_account_that_changed(server, act):
    u = protected(server)
    t = ticket(server, u)
    act(server, u)
    refused(mfa(server, t, recovery_code=u["recovery"][0]), 401,
            "invalid_token")


def test_ticket_rejects_account_that_was_disabled(server):
    u = protected(server)
    t = ticket(server, u)
    server.sql(f"UPDATE users SET status = 'disabled' WHERE id = "
               f"'{u['userId']}' RETURNING id")
    refused(mfa(server, t, otp=u["codes"].next()), 401, "invalid_token")
    refused(login(server, u), 401, "invalid_credentials")


# ---- step-up ----

def test_step_up_accepts_factor(server):
    u = protected(server)
    before = claims(u["token"])
    assert before["acr"] == "aal1"
    r = server.post("/auth/step-up", {"otp": u["codes"].next()},
                    token=u["token"])
    assert r.status == 200, r
    j = r.json()
    assert set(j) == {"message", "token", "access_token", "refresh_token",
                      "token_type", "expires_in", "refresh_expires_in"}
    c = claims(j["token"])
    assert c["sid"] == before["sid"] and c["acr"] == "aal2"
    assert c["amr"] == ["pwd", "otp", "mfa"]
    assert c["auth_time"] >= before["auth_time"]
    assert abs(c["auth_time"] - time.time()) < 5
    assert c["scope"] == before["scope"]
    # rotation as at a refresh
    n = server.post("/auth/refresh", {"refresh_token": j["refresh_token"]})
    assert n.status == 200
    assert claims(n.json()["token"])["auth_time"] == c["auth_time"]
    assert claims(n.json()["token"])["acr"] == "aal2"
    assert server.get("/auth/me", token=u["token"]).status == 200
    refused(server.post("/auth/refresh",
                        {"refresh_token": u["refresh_token"]}), 401,
            "invalid_token")


def test_step_up_accepts_recovery_code(server):
    u = protected(server)
    r = server.post("/auth/step-up", {"recovery_code": u["recovery"][0]},
                    token=u["token"])
    assert claims(r.json()["token"])["amr"] == ["pwd", "mfa"]
    refused(server.post("/auth/step-up", {"recovery_code": u["recovery"][0]},
                        token=u["token"]), 401, "invalid_otp")


def test_step_up_accepts_password_without_factor(server):
    u = server.user()
    r = server.post("/auth/step-up", {"password": u["password"]},
                    token=u["token"])
    c = claims(r.json()["token"])
    assert c["acr"] == "aal1" and c["amr"] == ["pwd"]
    assert c["sid"] == claims(u["token"])["sid"]


def test_step_up_rejects(server):
    u = server.user()
    path = "/auth/step-up"
    refused(server.post(path, {"password": "wrong"}, token=u["token"]), 401,
            "invalid_credentials")
    refused(server.post(path, {}, token=u["token"]), 400, "invalid_request")
    refused(server.post(path, {"otp": "123456"}, token=u["token"]), 400,
            "invalid_request")
    refused(server.post(path, {"password": u["password"]}), 401,
            "unauthorized")
    enrol(server, u)
    refused(server.post(path, {"password": u["password"]}, token=u["token"]),
            401, "mfa_required")
    refused(server.post(path, {"otp": u["codes"].wrong()}, token=u["token"]),
            401, "invalid_otp")
    server.post("/auth/logout", token=u["token"])
    refused(server.post(path, {"otp": u["codes"].next()}, token=u["token"]),
            401, "invalid_token")


# ---- turning it off, new codes ----

def test_disable_accepts_and_ends_others(server):
    u = protected(server)
    other = login(server, u, recovery_code=u["recovery"][0]).json()
    r = server.post("/auth/2fa/disable", {
        "password": u["password"], "recovery_code": u["recovery"][1]},
        token=u["token"])
    assert r.status == 204 and r.body == b""
    refused(server.get("/auth/me", token=other["token"]), 401,
            "invalid_token")
    assert server.get("/auth/me", token=u["token"]).json()["mfa"] is False
    assert login(server, u).status == 200
    # a new factor starts from nothing
    enrol(server, u)
    refused(login(server, u, recovery_code=u["recovery"][0][::-1]), 401,
            "invalid_otp")
    assert login(server, u, otp=u["codes"].next()).status == 200


def test_disable_rejects(server):
    u = server.user()
    path = "/auth/2fa/disable"
    pw = {"password": u["password"]}
    refused(server.post(path, {**pw, "otp": "123456"}, token=u["token"]),
            409, "mfa_not_active")
    refused(server.post(path, {"password": "wrong", "otp": "123456"},
                        token=u["token"]), 401, "invalid_credentials")
    enrol(server, u)
    refused(server.post(path, pw, token=u["token"]), 400, "invalid_request")
    refused(server.post(path, {"otp": u["codes"].next()}, token=u["token"]),
            400, "invalid_request")
    refused(server.post(path, {**pw, "otp": u["codes"].wrong()},
                        token=u["token"]), 401, "invalid_otp")
    refused(server.post(path, {"password": "wrong", "otp":
                               u["codes"].next()}, token=u["token"]), 401,
            "invalid_credentials")
    assert server.get("/auth/me", token=u["token"]).json()["mfa"] is True
    # that code was not used up: the password came first
    assert server.post(path, {**pw, "otp": u["codes"].at(u["codes"].last)},
                       token=u["token"]).status == 204


def test_recovery_codes_accept_renewal(server):
    u = protected(server)
    r = server.post("/auth/2fa/recovery-codes", {
        "password": u["password"], "otp": u["codes"].next()},
        token=u["token"])
    assert r.status == 200 and set(r.json()) == {"recovery_codes"}
    new = r.json()["recovery_codes"]
    assert len(set(new)) == 10 and not set(new) & set(u["recovery"])
    refused(login(server, u, recovery_code=u["recovery"][0]), 401,
            "invalid_otp")
    assert login(server, u, recovery_code=new[9]).status == 200


def test_recovery_codes_reject(server):
    u = server.user()
    path = "/auth/2fa/recovery-codes"
    pw = {"password": u["password"]}
    refused(server.post(path, {**pw, "otp": "123456"}, token=u["token"]),
            409, "mfa_not_active")
    enrol(server, u)
    refused(server.post(path, pw, token=u["token"]), 400, "invalid_request")
    # a recovery code makes no recovery codes
    refused(server.post(path, {**pw, "recovery_code": u["recovery"][0]},
                        token=u["token"]), 400, "invalid_request")
    refused(server.post(path, {**pw, "otp": u["codes"].wrong()},
                        token=u["token"]), 401, "invalid_otp")
    refused(server.post(path, {"password": "wrong", "otp":
                               u["codes"].next()}, token=u["token"]), 401,
            "invalid_credentials")
    assert login(server, u, recovery_code=u["recovery"][0]).status == 200


# ---- a tenant that wants it ----

def test_mandatory_factor(fresh_server, database):
    s = fresh_server(database=database)
    before = s.user()
    s.sql("UPDATE tenants SET require_mfa = 1 WHERE id = 'default' "
          "RETURNING id")
    u = s.register()
    u.update(s.login(u))
    for method, path, body in (
            ("GET", "/auth/me", None), ("PATCH", "/auth/me", {"name": "x"}),
            ("GET", "/auth/me/sessions", None),
            ("DELETE", "/auth/me/sessions", None),
            ("POST", "/auth/password-change",
             {"oldPassword": u["password"], "newPassword": "x" * 20}),
            ("POST", "/auth/step-up", {"password": u["password"]}),
            ("POST", "/auth/2fa/disable",
             {"password": u["password"], "otp": "123456"}),
            ("POST", "/auth/2fa/recovery-codes",
             {"password": u["password"], "otp": "123456"})):
        refused(s.call(method, path, body, token=u["token"]), 403,
                "mfa_setup_required")
    refused(s.post("/auth/step-up", {}, token=u["token"]), 400,
            "invalid_request")
    r = s.post("/auth/refresh", {"refresh_token": u["refresh_token"]}).json()
    refused(s.get("/auth/me", token=r["token"]), 403, "mfa_setup_required")
    refused(s.post("/auth/2fa/setup", {}, token=u["token"]), 400,
            "invalid_request")
    enrol(s, u)
    refused(s.get("/auth/me", token=u["token"]), 403, "mfa_setup_required")
    assert s.post("/auth/logout", token=u["token"]).status == 204
    refused(s.post("/auth/2fa/setup", {"password": u["password"]},
                   token=u["token"]), 401, "invalid_token")
    t = login(s, u, otp=u["codes"].next()).json()["token"]
    assert s.get("/auth/me", token=t).json()["mfa"] is True
    refused(s.post("/auth/2fa/disable", {
        "password": u["password"], "recovery_code": u["recovery"][0]},
        token=t), 403, "mfa_mandatory")
    assert login(s, u, recovery_code=u["recovery"][0]).status == 200
    assert s.get("/auth/me", token=before["token"]).status == 200


# ---- what is kept, what is counted ----

def test_factor_rejects_secret_of_another_row(fresh_server, database):
    """Who writes the database cannot give an account a factor of theirs."""
    s = fresh_server(database=database)
    u, v = protected(s), protected(s)
    s.sql("UPDATE users SET totp_secret = (SELECT o.totp_secret FROM users "
          f"AS o WHERE o.id = '{v['userId']}'), totp_step = 0 WHERE id = "
          f"'{u['userId']}' RETURNING id")
    r = login(s, u, otp=v["codes"].next())
    assert r.status in (401, 500, 503), r
    assert login(s, v, otp=v["codes"].next()).status == 200


def test_factor_is_on_record(server):
    u = protected(server)
    assert mfa(server, ticket(server, u), otp=u["codes"].next()).status == 200
    refused(login(server, u, otp=u["codes"].wrong()), 401, "invalid_otp")
    rows = server.sql("SELECT action, result FROM audit WHERE subject = "
                      f"'{u['userId']}' ORDER BY created_at, id")
    assert rows == [
        ("user.register", "success"), ("login.success", "success"),
        ("mfa.enable", "success"), ("login.mfa", "success"),
        ("login.success", "success"), ("login.mfa", "failure")]


def test_metrics_count_tickets(fresh_server):
    s = fresh_server()

    def of(result):
        m = re.search(r'moatd_logins_total\{result="%s"\} (\d+)' % result,
                      s.get("/metrics").body.decode())
        return int(m.group(1))

    u = protected(s)
    was = {k: of(k) for k in ("mfa", "success", "failure")}
    t = ticket(s, u)
    assert of("mfa") == was["mfa"] + 1
    refused(mfa(s, t, otp=u["codes"].wrong()), 401, "invalid_otp")
    assert of("failure") == was["failure"] + 1
    assert mfa(s, t, otp=u["codes"].next()).status == 200
    assert of("success") == was["success"] + 1


# ---- brute force ----

THROTTLES = "throttle { otp-hour 10 }\n"      # the defaults, all of them

def test_account_rejects_brute_force_across_tickets(fresh_server, database):
    """CASES 19: ten wrong codes an hour, however many tickets there are; the
    right code does not get through either, and nobody else suffers."""
    server = fresh_server(THROTTLES, database=database)
    u = protected(server)
    other = protected(server)
    answers = [mfa(server, ticket(server, u), otp=u["codes"].wrong())
               for _ in range(12)]
    assert [r.status for r in answers] == [401] * 10 + [429] * 2, answers
    late = mfa(server, ticket(server, u), otp=u["codes"].next())
    assert refused(late, 429, "rate_limited")
    assert int(late.headers["retry-after"]) <= 3600
    # by no other door
    refused(login(server, u, otp=u["codes"].next()), 429, "rate_limited")
    refused(login(server, u, recovery_code=u["recovery"][0]), 429,
            "rate_limited")
    refused(server.post("/auth/step-up", {"recovery_code": u["recovery"][1]},
                        token=u["token"]), 429, "rate_limited")
    refused(server.post("/auth/2fa/disable", {
        "password": u["password"], "recovery_code": u["recovery"][1]},
        token=u["token"]), 429, "rate_limited")
    assert login(server, other, otp=other["codes"].next()).status == 200


def test_account_rejects_brute_force_at_once(fresh_server, database):
    server = fresh_server(THROTTLES, database=database)
    u = protected(server)
    tickets = [ticket(server, u) for _ in range(4)]
    answers = at_once([lambda t=t: mfa(server, t, otp=u["codes"].wrong())
                       for t in tickets * 5])
    codes = [r.json()["error"] for r in answers]
    assert codes.count("invalid_otp") <= 10, codes


def test_disable_is_no_password_oracle(fresh_server, database):
    """CASES 22: passwords tried there count like those at login."""
    server = fresh_server(THROTTLES, database=database)
    u = protected(server)
    answers = [server.post("/auth/2fa/disable", {
        "password": f"wrong {i}", "otp": "123456"}, token=u["token"])
        for i in range(8)]
    codes = [r.json()["error"] for r in answers]
    assert codes == ["invalid_credentials"] * 5 + ["rate_limited"] * 3, codes
    refused(login(server, u, recovery_code=u["recovery"][0]), 429,
            "rate_limited")
