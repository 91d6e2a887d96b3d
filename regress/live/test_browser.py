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


"""Sessions of browsers from outside: cookies of the pages' login, what they
are good for, and how they end (CASES 18, 39, 40)."""

import re
import secrets

import pytest

from test_factor import at_once, protected

NAME = "moatd_session"


class Jar:
    """A visitor: the cookies of one browser, and its forms."""

    def __init__(self, server, base=""):
        self.server, self.base, self.cookies = server, base, {}

    def keep(self, r):
        for m in re.finditer(r"(moatd_\w+)=([A-Za-z0-9_-]*);",
                             r.headers.get("set-cookie", "")):
            self.cookies[m[1]] = m[2]
            if not m[2]:
                del self.cookies[m[1]]
        return r

    def header(self):
        return {"Cookie": "; ".join(f"{k}={v}"
                                    for k, v in self.cookies.items())}

    def get(self, path):
        return self.keep(self.server.get(self.base + path,
                                         headers=self.header()))

    def send(self, path, **fields):
        """Fills in the form of a page."""
        page = self.get(path).body.decode()
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf, page
        return self.keep(self.server.form(
            self.base + path, {"csrf": csrf[1], **fields},
            headers=self.header()))

    def login(self, user, password=None):
        return self.send("/login", username=user["username"],
                         password=password or user["password"])

    @property
    def session(self):
        return self.cookies.get(self.session_name)

    @property
    def session_name(self):
        tenant = self.base[3:]
        return f"{NAME}_{tenant}" if tenant else NAME

    def verify(self, query="", **headers):
        return self.server.get(f"{self.base}/auth/verify{query}",
                               headers={**self.header(), **headers})


def entered(server, user=None):
    jar = Jar(server)
    user = user or server.user()
    assert jar.login(user).status == 303
    assert len(jar.session) == 43
    return jar, user


# ---- what works ----

def test_verify_accepts_session_cookie(server):
    jar, user = entered(server)
    r = jar.verify()
    assert r.status == 200 and r.body == b""
    assert r.headers["x-auth-user"] == user["username"]
    assert r.headers["x-auth-subject"] == user["userId"]
    assert r.headers["x-auth-tenant"] == "default"
    assert jar.verify("?role=user").status == 200
    assert jar.verify("?role=admin").status == 403
    assert jar.verify("?permission=users:read").status == 403


def test_login_accepts_again_with_a_new_value(server):
    """CASES 39: what was planted before is worth nothing afterwards."""
    jar, user = entered(server)
    old = jar.session
    r = server.form("/login", {}, headers=jar.header())
    assert r.status == 403
    csrf = moat_csrf(old)
    r = jar.keep(server.form("/login", {
        "csrf": csrf, "username": user["username"],
        "password": user["password"]}, headers=jar.header()))
    assert r.status == 303 and jar.session != old
    assert jar.verify().status == 200
    assert server.get("/auth/verify", headers={
        "Cookie": f"{NAME}={old}"}).status == 401


def moat_csrf(cookie):
    import base64
    import hashlib
    return base64.urlsafe_b64encode(hashlib.sha256(
        b"csrf" + cookie.encode()).digest()).decode().rstrip("=")


def test_sessions_accept_browser_in_the_list(server):
    jar, user = entered(server)
    items = server.get("/auth/me/sessions",
                       token=user["access_token"]).json()["items"]
    other = [i for i in items if not i["current"]]
    assert len(items) == 2 and len(other) == 1
    assert other[0]["client_id"] == "moatd"
    r = server.delete(f"/auth/me/sessions/{other[0]['id']}",
                      token=user["access_token"])
    assert r.status == 204
    assert jar.verify().status == 401


def test_login_accepts_factor_behind_a_ticket(server):
    user = protected(server)
    jar = Jar(server)
    r = jar.login(user)
    assert r.status == 303 and r.headers["location"].startswith("/mfa")
    assert jar.session is None
    r = jar.send("/mfa", otp=user["codes"].next())
    assert r.status == 303 and jar.verify().status == 200


# ---- what does not ----

def test_mfa_rejects_code_that_counted(server):
    """CASES 18: once, whichever way it came."""
    user = protected(server)
    code = user["codes"].next()
    r = server.post("/auth/login", {"username": user["username"],
                                    "password": user["password"],
                                    "otp": code})
    assert r.status == 200
    jar = Jar(server)
    assert jar.login(user).status == 303
    assert jar.send("/mfa", otp=code).status == 401
    assert jar.session is None
    assert jar.send("/mfa", otp=user["codes"].next()).status == 303


def test_mfa_rejects_recovery_code_twice_at_once(server):
    """CASES 20: two browsers, one code, one session."""
    user = protected(server)
    jars = [Jar(server) for _ in range(4)]
    for jar in jars:
        assert jar.login(user).status == 303
    code = user["recovery"][0]
    got = at_once([lambda j=j: j.send("/mfa", recovery_code=code).status
                   for j in jars])
    assert sorted(got) == [303, 401, 401, 401]
    assert [j.session is None for j in jars].count(False) == 1


def test_mfa_rejects_ticket_twice_at_once(server):
    user = protected(server)
    jar = Jar(server)
    assert jar.login(user).status == 303
    jars = [Jar(server) for _ in range(4)]
    for j in jars:
        j.cookies = dict(jar.cookies)
    got = at_once([lambda j=j, i=i: j.send(
        "/mfa", recovery_code=user["recovery"][i]).status
        for i, j in enumerate(jars)])
    assert got.count(303) == 1

@pytest.mark.parametrize("cookie", [
    "", f"{NAME}=", f"{NAME}=x", f"{NAME}={'A' * 43}", f"{NAME}={'A' * 42}B",
    f"{NAME}={'A' * 5000}", f"{NAME}=K:{'A' * 43}", f"{NAME}",
    f"{NAME.upper()}=%s", f"{NAME}x=%s", f" x{NAME}=%s", f"{NAME}=%s; "
    f"{NAME}={'A' * 43}", f"{NAME}={'A' * 43}; {NAME}=%s", f'{NAME}="%s"',
    f"{NAME}=%s=", f"{NAME}=%%41%s", f"{NAME}_acme=%s",
    f"__Host-{NAME}=%s", f"{NAME}=%s.x"])
def test_verify_rejects_what_is_no_session(server, visitor, cookie):
    r = server.get("/auth/verify", headers={
        "Cookie": cookie % visitor.session if "%s" in cookie else cookie})
    assert r.status == 401, cookie
    assert r.json()["error"] == "unauthorized"
    assert r.headers["www-authenticate"] == 'Bearer realm="moatd"'


@pytest.fixture(scope="module")
def visitor(server):
    return entered(server)[0]


def test_verify_rejects_bad_token_beside_good_cookie(server, visitor):
    """A sent token decides alone."""
    assert visitor.verify().status == 200
    for token in "x", "a.b.c", "K:" + visitor.session, visitor.session:
        r = visitor.verify(Authorization=f"Bearer {token}")
        assert r.status == 401 and r.json()["error"] == "invalid_token"


def test_json_rejects_cookie(server, visitor):
    for path in "/auth/me", "/auth/me/sessions", "/auth/check?role=user":
        assert server.get(path, headers=visitor.header()).status == 401
    for path in "/auth/logout", "/auth/2fa/setup", "/auth/step-up":
        r = server.call("POST", path, {}, headers=visitor.header())
        assert r.status == 401
    for bearer in "K:" + visitor.session, "k:x", "K:", visitor.session:
        for path in "/auth/me", "/auth/verify", "/admin/users":
            r = server.get(path, token=bearer)
            assert r.status == 401 and r.json()["error"] == "invalid_token"
    assert visitor.verify().status == 200


def test_browser_rejects_after_logout(server):
    jar, _ = entered(server)
    old = jar.session
    r = jar.send("/logout")
    assert r.status in (200, 303)
    assert jar.session is None
    assert server.get("/auth/verify", headers={
        "Cookie": f"{NAME}={old}"}).status == 401


@pytest.mark.parametrize("act", ["disable", "revoke-sessions"])
def test_browser_rejects_after_administration(server, act):
    jar, user = entered(server)
    assert jar.verify().status == 200
    r = server.post(f"/admin/users/{user['userId']}/{act}",
                    token=server.admin_login()["access_token"])
    assert r.status == 204
    assert jar.verify().status == 401


def test_browser_rejects_after_password_change(server):
    jar, user = entered(server)
    assert jar.verify().status == 200
    r = server.post("/auth/password-change", {
        "oldPassword": user["password"],
        "newPassword": "another horse " + secrets.token_hex(6)},
        token=user["access_token"])
    assert r.status == 200
    assert jar.verify().status == 401


def test_browser_rejects_idle_and_old(server):
    jar, user = entered(server)
    where = f"WHERE user_id = '{user['userId']}' AND cookie_hash IS NOT NULL"
    server.sql(f"UPDATE sessions SET idle_at = created_at {where}")
    assert jar.verify().status == 401
    jar, _ = entered(server, user)
    server.sql(f"UPDATE sessions SET expires_at = created_at {where}")
    assert jar.verify().status == 401


def test_browser_rejects_wrong_password_and_keeps_session(server):
    jar, user = entered(server)
    old = jar.session
    r = server.form("/login", {
        "csrf": moat_csrf(old), "username": user["username"],
        "password": "not the password at all"}, headers=jar.header())
    assert r.status == 401
    assert "set-cookie" not in r.headers or NAME not in r.headers["set-cookie"]
    assert jar.verify().status == 200


def test_database_rejects_cookie_in_clear(server, visitor):
    import base64
    import hashlib
    raw = base64.urlsafe_b64decode(visitor.session + "=")
    digest = base64.urlsafe_b64encode(
        hashlib.sha256(raw).digest()).decode().rstrip("=")
    count = "SELECT count(*) FROM sessions WHERE cookie_hash = '%s'"
    assert int(server.sql(count % digest)[0][0]) == 1
    assert int(server.sql(count % visitor.session)[0][0]) == 0


# ---- known browsers; their throttle: test_engine_browser ----

def test_known_browser_accepts_its_cookie(server):
    jar, user = entered(server)
    device = jar.cookies["moatd_device"]
    assert len(device) == 43
    again = Jar(server)
    again.cookies["moatd_device"] = device
    assert again.login(user).status == 303
    assert again.cookies["moatd_device"] == device
    assert again.session != jar.session


def test_known_browser_rejects_another_account(server):
    jar, _ = entered(server)
    other = Jar(server)
    other.cookies["moatd_device"] = jar.cookies["moatd_device"]
    assert other.login(server.user()).status == 303
    assert other.cookies["moatd_device"] != jar.cookies["moatd_device"]
