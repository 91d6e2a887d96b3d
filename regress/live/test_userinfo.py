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


"""GET and POST /oauth2/userinfo (OpenID Connect Core 1.0 section 5.3)."""

import pytest

import forge as forging
import hostile
from tenant import Tenant
from test_accounts import oauth_error
from test_token import Code, make

CHALLENGE = 'Bearer realm="moatd"'


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def user(server):
    return server.user(name="Ana \u00d1")


@pytest.fixture(scope="module")
def rp(server, root):
    return make(server, root)


@pytest.fixture(scope="module")
def forge(server):
    return forging.Forge(server)


def token(server, rp, user, scope):
    return Code(server, rp, user, scope=scope).tokens()["access_token"]


def info(r):
    assert r.status == 200, r
    assert r.headers["content-type"] == "application/json"
    assert r.headers["cache-control"] == "no-store"
    return r.json()


def test_userinfo_tells_what_the_scopes_say(server, rp, user):
    sub = {"sub": user["userId"]}
    j = info(rp.userinfo(token(server, rp, user, "openid profile")))
    assert isinstance(j.pop("updated_at"), int)
    profile = {"name": user["name"], "preferred_username": user["username"]}
    email = {"email": user["email"], "email_verified": False}
    assert j == {**sub, **profile}
    for scope, more in (("openid", {}), ("openid email", email),
                        ("openid roles", {"roles": ["user"]}),
                        ("openid email roles offline_access",
                         {**email, "roles": ["user"]})):
        for method in ("GET", "POST"):
            assert info(rp.userinfo(token(server, rp, user, scope),
                                    method)) == {**sub, **more}


def test_userinfo_tells_what_is_true_now(server, root, rp):
    u = server.user()
    at = token(server, rp, u, "openid profile email")
    assert "name" not in info(rp.userinfo(at))
    r = server.patch("/auth/me", {"name": "New \u540d"}, u["token"])
    assert r.status == 200, r
    assert info(rp.userinfo(at))["name"] == "New \u540d"
    role = "r" + u["username"]
    assert server.post("/admin/roles", {"name": role, "permissions": []},
                       root).status == 201
    assert server.patch("/admin/users/" + u["userId"], {
        "roles": [role], "email_verified": True}, root).status == 200
    oauth_error(rp.userinfo(at), 401, "invalid_token")
    j = info(rp.userinfo(token(server, rp, u, "openid email roles")))
    assert j["roles"] == ["user", role] and j["email_verified"] is True


def test_userinfo_accepts_a_login(server, user):
    """The scopes of /auth/login have openid."""
    for method in ("GET", "POST"):
        r = server.call(method, "/oauth2/userinfo", token=user["token"])
        assert info(r)["sub"] == user["userId"]


def test_userinfo_accepts_any_body(server, user):
    """There are no request fields: what else is sent is dropped."""
    for ctype, body in (("application/json", b"{"), ("text/plain", b"x"),
                        ("application/x-www-form-urlencoded",
                         b"access_token=x&access_token=y")):
        r = server.req("POST", "/oauth2/userinfo", body, {
            "Content-Type": ctype,
            "Authorization": "Bearer " + user["token"]})
        assert info(r)["sub"] == user["userId"]


def test_userinfo_rejects_scopes(server, rp, user):
    for at in (token(server, rp, user, "profile email"),
               rp.client_credentials().json()["access_token"]):
        for method in ("GET", "POST"):
            r = rp.userinfo(at, method)
            oauth_error(r, 403, "insufficient_scope")
            assert r.headers["www-authenticate"] == (
                CHALLENGE + ', error="insufficient_scope"')


def test_userinfo_rejects_no_token(server, user):
    for headers in ({}, {"Authorization": "Basic YTpi"},
                    {"Cookie": "moatd_session=" + user["token"]}):
        r = server.req("GET", "/oauth2/userinfo", None, headers)
        oauth_error(r, 401, "unauthorized")
        assert r.headers["www-authenticate"] == CHALLENGE
    # neither in the query nor in a form (RFC 6750 section 2.3)
    oauth_error(server.get("/oauth2/userinfo?access_token=" + user["token"]),
                401, "unauthorized")
    oauth_error(server.form("/oauth2/userinfo", {
        "access_token": user["token"]}), 401, "unauthorized")


@pytest.mark.parametrize("kind", [hostile.headers, hostile.signatures,
                                  hostile.forms, hostile.bodies])
def test_userinfo_rejects_what_is_no_token(server, forge, user, kind):
    """CASES 1 to 11."""
    for name, bad in kind(forge, user["token"]):
        if bad != bad.strip() or not bad.isascii():
            continue            # no field has such
        r = server.call("GET", "/oauth2/userinfo", token=bad)
        assert r.status == 401, (name, r)
        assert r.json()["error"] == "invalid_token", (name, r)
        assert r.headers["www-authenticate"] == (
            CHALLENGE + ', error="invalid_token"')
    oauth_error(server.get("/oauth2/userinfo", hostile.expired(
        forge, user["token"])), 401, "invalid_token")


def test_userinfo_rejects_other_kinds_of_tokens(server, rp, user):
    """CASES 9."""
    t = Code(server, rp, user).tokens()
    for bad in (t["id_token"], t["refresh_token"], user["refresh_token"],
                "K:" + t["refresh_token"]):
        oauth_error(rp.userinfo(bad), 401, "invalid_token")


def test_userinfo_rejects_what_has_ended(server, root, user):
    rp = make(server, root)
    at = token(server, rp, user, "openid")
    assert rp.userinfo(at).status == 200
    assert server.patch("/admin/clients/" + rp.client_id, {"disabled": True},
                        root).status == 200
    oauth_error(rp.userinfo(at), 401, "invalid_token")


def test_userinfo_rejects_other_tenants(server, user):
    t = Tenant(server)
    u = t.user()
    assert info(t.get("/oauth2/userinfo", u["token"]))["sub"] == u["userId"]
    oauth_error(t.get("/oauth2/userinfo", user["token"]), 401,
                "invalid_token")
    oauth_error(server.get("/oauth2/userinfo", u["token"]), 401,
                "invalid_token")
    oauth_error(server.get("/t/nobody/oauth2/userinfo", u["token"]), 404,
                "not_found")


def test_userinfo_rejects_tokens_for_setting_up(server, forge, user):
    r = server.get("/oauth2/userinfo", forge.altered(
        user["token"], scope="mfa_setup openid"))
    oauth_error(r, 403, "mfa_setup_required")
