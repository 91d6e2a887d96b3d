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


"""Tenants (API.md section 5): paths, issuers, tokens and policies, and every
way out of one's own that can be thought of. CASES 9, 46, 48."""

import base64
import json
import secrets

import pytest

import forge
import moat
from tenant import Tenant, no_tenant, root, two  # noqa: F401


# ---- a tenant works like the root ----

def test_a_user_of_a_tenant_lives_there(server, two):
    a, _ = two
    me = a.get("/auth/me", a.alice["token"])
    assert me.status == 200, me
    assert me.json()["tenant"] == a.id
    assert me.json()["id"] == a.alice["userId"]
    c = forge.claims(a.alice["token"])
    assert c["iss"] == a.issuer and c["aud"] == a.issuer
    assert c["tenant"] == a.id


def test_refresh_and_logout_of_a_tenant(two):
    a, _ = two
    u = a.user()
    r = a.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
    assert r.status == 200, r
    assert forge.claims(r.json()["token"])["iss"] == a.issuer
    assert a.post("/auth/logout", None, r.json()["token"]).status == 204
    assert a.get("/auth/me", r.json()["token"]).status == 401


def test_the_same_name_in_three_tenants_is_three_accounts(server, two):
    a, b = two
    name = "same" + secrets.token_hex(4)
    ids = {a.register(username=name)["userId"],
           b.register(username=name, password="another horse battery")
           ["userId"],
           server.register(username=name, password="a third horse battery")
           ["userId"]}
    assert len(ids) == 3
    assert a.post("/auth/register", {
        "username": name.upper(), "password": "another horse battery",
        "email": "x@example.org"}).status == 409
    for where, password in ((b.post, f"correct horse {name}"),
                            (server.post, f"correct horse {name}"),
                            (a.post, "another horse battery")):
        r = where("/auth/login", {"username": name, "password": password})
        assert r.status == 401, r
        assert r.json()["error"] == "invalid_credentials"


def test_every_issuer_publishes_the_same_keys(server, two):
    root = server.get("/.well-known/jwks.json")
    for t in two:
        r = t.get("/.well-known/jwks.json")
        assert r.status == 200
        assert r.json() == root.json()
        assert r.headers["etag"] == root.headers["etag"]
        assert t.get("/.well-known/jwks.json", headers={
            "If-None-Match": r.headers["etag"]}).status == 304


# ---- paths ----

ROOT_ONLY = ["/health", "/health/live", "/health/ready", "/metrics",
             "/openapi.json"]


@pytest.mark.parametrize("path", ROOT_ONLY)
def test_what_is_the_servers_is_at_the_root_only(server, two, path):
    assert server.get(path).status in (200, 503)
    no_tenant(two[0].get(path))
    assert two[0].call("OPTIONS", path).status == 404


PATHS = ["/t/default/auth/me", "/t/DEFAULT/auth/me", "/t//auth/me",
         "/t/auth/me", "/t/-a/auth/me", "/t/A/auth/me", "/t/a_b/auth/me",
         "/t/a.b/auth/me", "/t/./auth/me", "/t/../auth/me",
         "/t/%41/auth/me", "/t/{a}%2fauth/me", "/t/{a}%2e/auth/me",
         "/t/{a}//auth/me", "/t/{a}/./auth/me", "/t/{a}/../{b}/auth/me",
         "/t/{a}/t/{b}/auth/me", "/t/{a}/auth/me/", "/t/{a}", "/t/{a}//",
         "/t/{a}/%2e%2e/{b}/auth/me", "/t/{a}\\auth/me", "/T/{a}/auth/me",
         "//t/{a}/auth/me", "/t/{a};x/auth/me", "/t/{a}%00/auth/me",
         "/t/" + "a" * 64 + "/auth/me", "/t/{a}/auth/t/{b}/me"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_means_what_it_says_byte_for_byte(two, path):
    a, b = two
    path = path.format(a=a.id, b=b.id)
    for token in (a.alice["token"], None):
        r = a.server.get(path, token)
        assert r.status == 404, (path, r)


@pytest.mark.parametrize("method,path,body", [
    ("GET", "/auth/me", None),
    ("POST", "/auth/login", {"username": "x", "password": "y"}),
    ("POST", "/auth/login", {}),
    ("POST", "/auth/register", {"username": 1}),
    ("POST", "/auth/refresh", {"refresh_token": "x"}),
    ("POST", "/auth/refresh", {"refresh_token": "x" * 3000}),
    ("POST", "/auth/mfa", {"mfa_token": "x" * 3000, "otp": "123456"}),
    ("POST", "/auth/verify-email", {"token": "x" * 3000}),
    ("POST", "/auth/password-request", {"email": "a@example.org"}),
    ("POST", "/auth/reset-password", {"token": "x", "newPassword": "y"}),
    ("GET", "/.well-known/jwks.json", None),
    ("GET", "/.well-known/jwks.json?a=1&a=2", None),
    ("POST", "/auth/logout", None)])
def test_an_unknown_tenant_is_404_whatever_is_asked(server, two, method, path,
                                                    body):
    gone = Tenant(server, status="suspended")
    for name in ("no-such-tenant", gone.id):
        for token in (None, "rubbish", two[0].alice["token"],
                      server_token(server)):
            no_tenant(server.call(method, f"/t/{name}{path}", body, token))


_tokens = {}


def server_token(server):
    if server not in _tokens:
        _tokens[server] = server.user()["token"]
    return _tokens[server]


def test_errors_of_a_known_tenant_are_those_of_the_root(two):
    a, _ = two
    r = a.get("/auth/me")
    assert r.status == 401 and r.json()["error"] == "unauthorized"
    r = a.get("/auth/me", "rubbish")
    assert r.status == 401 and r.json()["error"] == "invalid_token"
    assert 'error="invalid_token"' in r.headers["www-authenticate"]
    r = a.post("/auth/login", {"username": 1})
    assert r.status == 400
    assert {e["path"] for e in r.json()["errors"]} == {"username", "password"}
    assert a.get("/.well-known/jwks.json?a=1&a=2").status == 400
    assert a.call("PUT", "/auth/me").status == 405
    r = a.call("OPTIONS", "/auth/me")
    assert r.status == 204 and "PATCH" in r.headers["allow"]


# ---- hopping ----

def test_a_token_of_another_issuer_is_none(server, two):
    a, b = two
    root = server_token(server)
    for r in (b.get("/auth/me", a.alice["token"]),
              server.get("/auth/me", a.alice["token"]),
              a.get("/auth/me", root),
              a.call("PATCH", "/auth/me", {"name": 1}, root),
              b.call("PATCH", "/auth/me", {"name": 1}, a.alice["token"])):
        assert r.status == 401, r
        assert r.json()["error"] == "invalid_token"
    # and nothing of it was remembered
    assert a.get("/auth/me", a.alice["token"]).status == 200
    assert b.get("/auth/me", a.alice["token"]).status == 401


def test_a_token_says_one_tenant_only(server, two):
    a, b = two
    f = forge.Forge(server)
    good = a.alice["token"]
    for where, over in (
            (b, {"tenant": b.id}), (a, {"tenant": b.id}),
            (a, {"tenant": "default"}), (b, {"iss": b.issuer}),
            (b, {"iss": b.issuer, "aud": b.issuer}),
            (b, {"iss": b.issuer, "aud": b.issuer, "tenant": b.id}),
            (a, {"aud": b.issuer}), (a, {"tenant": ""}), (a, {"tenant": None}),
            (a, {"iss": a.issuer + "/"})):
        r = where.get("/auth/me", f.altered(good, **over))
        assert r.status == 401, (over, r)
    r = server.get("/auth/me", f.altered(good, iss=server.url, aud=server.url,
                                         tenant="default"))
    assert r.status == 401


def test_a_refresh_token_is_good_in_its_tenant_only(server, two):
    a, b = two
    u = a.user()
    body = {"refresh_token": u["refresh_token"]}
    for where in (b, server):
        r = where.post("/auth/refresh", body)
        assert r.status == 401 and r.json()["error"] == "invalid_token"
    # it was neither used nor taken for a reuse
    assert a.post("/auth/refresh", body).status == 200


def test_a_session_of_another_tenant_is_not_found(two):
    a, b = two
    mine = b.get("/auth/me/sessions", b.alice["token"]).json()["items"]
    for s in mine:
        r = a.call("DELETE", "/auth/me/sessions/" + s["id"], None,
                   a.alice["token"])
        assert r.status == 404, r
    assert b.get("/auth/me", b.alice["token"]).status == 200


def test_a_cursor_of_another_tenant_shows_nothing_of_it(two):
    a, b = two
    u, v = a.user(), b.user()
    for t, who in ((a, u), (b, v)):
        for _ in range(3):
            t.login(who)
    page = b.get("/auth/me/sessions?limit=1", v["token"]).json()
    r = a.get("/auth/me/sessions?cursor=" + page["next"], u["token"])
    assert r.status in (200, 400), r
    if r.status == 200:
        ids = {s["id"] for s in r.json()["items"]}
        theirs = b.get("/auth/me/sessions", v["token"]).json()["items"]
        assert not ids & {s["id"] for s in theirs}


def test_the_alias_with_an_id_of_another_tenant_is_forbidden(two):
    a, b = two
    r = a.post("/auth/2fa/setup/" + b.alice["userId"],
               {"password": a.alice["password"]}, a.alice["token"])
    assert r.status == 403, r


def test_host_and_forwarded_name_no_tenant(server, two):
    a, b = two
    for heads in ({"Host": f"{b.id}.example.org"},
                  {"X-Forwarded-Host": f"{b.id}.example.org"},
                  {"X-Forwarded-Prefix": b.base}, {"X-Tenant": b.id},
                  {"X-Original-URL": b.base + "/auth/me"},
                  {"X-Rewrite-URL": b.base + "/auth/me"}):
        r = a.get("/auth/me", a.alice["token"], heads)
        assert r.status == 200 and r.json()["tenant"] == a.id, (heads, r)
        assert b.get("/auth/me", a.alice["token"], heads).status == 401


def test_an_absolute_target_changes_no_tenant(server, two):
    a, b = two
    got = server.raw((
        f"GET http://{b.id}.example.org{a.base}/auth/me HTTP/1.1\r\n"
        f"Host: x\r\nAuthorization: Bearer {a.alice['token']}\r\n"
        "Connection: close\r\n\r\n").encode())
    assert got.startswith(b"HTTP/1.1 200")
    assert json.loads(got.partition(b"\r\n\r\n")[2])["tenant"] == a.id


def test_a_member_in_the_body_names_no_tenant(server, two):
    a, b = two
    for extra in ({"tenant": b.id}, {"tenant_id": b.id}, {"realm": b.id},
                  {"iss": b.issuer}):
        u = a.register(**extra)
        r = a.post("/auth/login", {"username": u["username"],
                                   "password": u["password"], **extra})
        assert r.status == 200, r
        token = r.json()["token"]
        assert forge.claims(token)["tenant"] == a.id
        r = a.call("PATCH", "/auth/me", {"name": "N", **extra}, token)
        assert r.status == 200 and r.json()["tenant"] == a.id
        assert b.post("/auth/login", {
            "username": u["username"], "password": u["password"],
            **extra}).status == 401


def test_a_query_names_no_tenant(two):
    a, b = two
    r = a.get(f"/auth/me?tenant={b.id}", a.alice["token"])
    assert r.status == 200 and r.json()["tenant"] == a.id


# ---- suspended ----

def test_a_suspended_tenant_is_dead_and_comes_back(server):
    t = Tenant(server)
    u = t.user()
    server.sql(f"UPDATE tenants SET status = 'suspended' WHERE id = '{t.id}'")
    moat.until(lambda: t.get("/auth/me", u["token"]).status == 404)
    no_tenant(t.post("/auth/refresh", {"refresh_token": u["refresh_token"]}))
    no_tenant(t.post("/auth/login", {"username": u["username"],
                                     "password": u["password"]}))
    no_tenant(t.get("/.well-known/jwks.json"))
    assert server.get("/auth/me", u["token"]).status == 401
    server.sql(f"UPDATE tenants SET status = 'active' WHERE id = '{t.id}'")
    assert t.get("/auth/me", u["token"]).status == 200
    assert t.post("/auth/refresh",
                  {"refresh_token": u["refresh_token"]}).status == 200


# ---- policies ----

def test_registration_of_a_tenant_is_its_own(server):
    closed = Tenant(server, registration="closed")
    r = closed.post("/auth/register", {
        "username": "somebody", "password": "correct horse battery",
        "email": "a@example.org"})
    assert r.status == 403, r
    assert r.json()["error"] == "registration_closed"
    verify = Tenant(server, registration="verify")
    r = verify.post("/auth/register", {
        "username": "somebody", "password": "correct horse battery",
        "email": "a@example.org"})
    assert r.status == 503 and r.json()["error"] == "mail_unavailable"


@pytest.mark.parametrize("least,mfa,length,status", [
    (30, 0, 29, 400), (30, 0, 30, 201), (8, 1, 8, 201), (8, 1, 7, 400),
    (8, 0, 14, 400), (None, 1, 14, 400), (None, 0, 15, 201)])
def test_the_shortest_password_is_the_tenants(server, least, mfa, length,
                                              status):
    t = Tenant(server, password_min=least, require_mfa=mfa)
    r = t.post("/auth/register", {
        "username": "somebody", "email": "a@example.org",
        "password": "qz7#kv2!mw9%px4&rt6(nb3)ld8=fh5+"[:length]})
    assert r.status == status, r
    if status == 400:
        assert r.json()["reason"] == "too_short"


def test_a_password_change_keeps_to_the_tenants_minimum(server):
    t = Tenant(server, password_min=30)
    u = t.register(username="somebody",
                   password="correct horse battery staple and more")
    token = t.login(u)["token"]
    r = t.post("/auth/password-change", {
        "oldPassword": u["password"],
        "newPassword": "correct horse battery stapl"}, token)
    assert r.status == 400 and r.json()["reason"] == "too_short", r


def test_a_tenant_that_wants_mfa_gets_it(server):
    t = Tenant(server, require_mfa=1)
    u = t.user()
    r = t.get("/auth/me", u["token"])
    assert r.status == 403 and r.json()["error"] == "mfa_setup_required", r
    r = t.post("/auth/2fa/setup", {"password": u["password"]}, u["token"])
    assert r.status == 200, r
    assert f"issuer=127.0.0.1%2F{t.id}" in r.json()["otpauth_url"]


# ---- operators and audit ----

def test_moatctl_acts_in_the_tenant_that_is_named(server, two):
    a, b = two
    u = a.user()
    r = server.ctl("--tenant", a.id, "user", "set-password-link",
                   u["username"])
    assert r.returncode == 0, r
    assert r.stdout.startswith(f"{a.issuer}/reset-password?token=")
    token = r.stdout.strip().partition("token=")[2]
    new = {"token": token, "newPassword": "another horse battery"}
    for where in (b, server):
        r = where.post("/auth/reset-password", new)
        assert r.status == 400 and r.json()["error"] == "invalid_token", r
    assert a.post("/auth/reset-password", new).status == 200
    for args in (("--tenant", b.id), ()):
        assert server.ctl(*args, "user", "set-password-link",
                          u["username"]).returncode == 1
        assert server.ctl(*args, "user", "set-password-link",
                          u["userId"]).returncode == 1
        assert server.ctl(*args, "user", "unlock",
                          u["userId"]).returncode == 1
    assert server.ctl("--tenant", a.id, "user", "unlock",
                      u["username"]).returncode == 0


@pytest.mark.parametrize("name", ["no-such-tenant", "A", "", "a" * 70, "a/b"])
def test_moatctl_refuses_a_tenant_that_is_none(server, name):
    r = server.ctl("--tenant", name, "user", "unlock", "admin")
    assert r.returncode == 1, r
    assert "tenant" in r.stderr


def test_import_goes_into_the_tenant_that_is_named(server, two, tmp_path):
    a, b = two
    name = "i" + secrets.token_hex(6)
    f = tmp_path / "users"
    f.write_text(json.dumps({"username": name,
                             "email": f"{name}@example.org"}) + "\n")
    r = server.ctl("--tenant", a.id, "user", "import", str(f))
    assert r.returncode == 0, r
    assert server.sql(f"SELECT tenant FROM users WHERE username = '{name}'"
                      ) == [(a.id,)]
    r = server.ctl("--tenant", "no-such-tenant", "user", "import", str(f))
    assert r.returncode == 1, r


def test_each_tenant_has_an_audit_chain_of_its_own(server, two, tmp_path):
    a, b = two
    for t in two:
        t.user()
        t.post("/auth/login", {"username": "nobody-here", "password": "x"})
    jwks = tmp_path / "jwks"
    jwks.write_bytes(server.get("/.well-known/jwks.json").body)
    for t, other in ((a, b), (b, a)):
        r = server.ctl("--tenant", t.id, "audit", "export")
        assert r.returncode == 0, r
        f = tmp_path / t.id
        f.write_text(r.stdout)
        entries = [json.loads(line) for line in r.stdout.splitlines()]
        seqs = [e["seq"] for e in entries if "seq" in e]
        assert seqs == list(range(1, len(seqs) + 1))
        assert any(e.get("action") == "login.failure" for e in entries)
        assert other.alice["userId"] not in r.stdout
        r = server.ctl("--json", "audit", "verify", str(f), "--key",
                       str(jwks))
        assert r.returncode == 0, r
        assert json.loads(r.stdout)["tenant"] == t.id


CLIENT = {"client_id": "billing", "client_name": "Billing",
          "grant_types": ["client_credentials"], "permissions": ["read"]}


def test_a_client_is_known_in_its_tenant_only(server, root):
    a, b = Tenant(server), Tenant(server)
    basics = {}
    for t in (a, b, a):
        r = t.post("/admin/clients", CLIENT, root)
        assert r.status == (409 if t in basics else 201), r
        if r.status == 201:
            basics[t] = "Basic " + base64.b64encode(
                f"billing:{r.json()['client_secret']}".encode()).decode()
    users = {t: t.register() for t in (a, b)}
    for t, other in ((a, b), (b, a)):
        ask = {"subject": users[other]["userId"],
               "permissions": ["billing:read"]}
        r = t.post("/auth/check", ask, headers={"Authorization": basics[t]})
        assert r.status == 200, r       # of nobody that it could know
        assert r.json()["allowed"] == {"billing:read": False}
        for where in (other, server):
            r = where.post("/auth/check", ask,
                           headers={"Authorization": basics[t]})
            assert r.status == 401, r
            assert r.json()["error"] == "invalid_client"
        assert a.get("/admin/clients/billing", root).status == 200


ACTS = [("PATCH", "", {"name": "N"}), ("PUT", "", {"role": "user"}),
        ("DELETE", "", None), *(("POST", "/" + x, None) for x in (
            "disable", "enable", "unlock", "reset-mfa", "send-reset",
            "revoke-sessions"))]


@pytest.mark.parametrize("method,path,body", ACTS)
def test_no_act_reaches_a_user_of_another_tenant(server, root, two, method,
                                                 path, body):
    a, b = two
    admin = a.register()
    server.sql("UPDATE users SET role = 'admin' "
               f"WHERE id = '{admin['userId']}'")
    token = a.login(admin)["token"]
    victims = [b.user(), server.user()]
    what = "SELECT * FROM users WHERE id IN ('{}', '{}') ORDER BY id".format(
        *(v["userId"] for v in victims))
    before = server.sql(what)
    for v in victims:
        for who in (token, root):
            r = a.call(method, f"/admin/users/{v['userId']}{path}", body, who)
            assert r.status == 404, r
        r = server.call(method, f"/admin/users/{victims[0]['userId']}{path}",
                        body, root)
        assert r.status == 404, r
    assert server.sql(what) == before
    assert b.get("/auth/me", victims[0]["token"]).status == 200
    assert server.get("/auth/me", victims[1]["token"]).status == 200


def test_users_are_made_where_the_path_says(server, root, two):
    a, b = two
    name = "n" + secrets.token_hex(5)
    r = a.post("/admin/users", {
        "username": name, "email": f"{name}@example.org", "tenant": b.id,
        "password_hash": "$2b$04$" + "abcdefghijklmnopqrstuv" +
        "0123456789012345678901234567890"}, root)
    assert r.status == 201 and r.json()["tenant"] == a.id, r
    assert a.get("/admin/users/" + r.json()["id"], root).status == 200
    assert b.get("/admin/users/" + r.json()["id"], root).status == 404
    # who moves a user by a member moves nobody
    r = a.call("PATCH", "/admin/users/" + r.json()["id"], {
        "tenant": b.id, "name": "N"}, root)
    assert r.status == 200 and r.json()["tenant"] == a.id, r


def test_a_role_of_a_tenant_says_nothing_in_another(server, root):
    a, b = Tenant(server), Tenant(server)
    for t in (a, b):
        assert t.post("/admin/clients", CLIENT, root).status == 201
    r = a.post("/admin/roles", {"name": "reader",
                                "permissions": ["billing:read"]}, root)
    assert r.status == 201, r
    assert b.get("/admin/roles/reader", root).status == 404
    alice, bob = a.register(), b.register()
    r = a.call("PATCH", "/admin/users/" + alice["userId"],
               {"roles": ["reader"]}, root)
    assert r.status == 200, r
    r = b.call("PATCH", "/admin/users/" + bob["userId"],
               {"roles": ["reader"]}, root)
    assert r.status == 400, r
    # a row that nobody writes: the role of another tenant
    server.sql("INSERT INTO user_roles (user_id, tenant, role) "
               f"VALUES ('{bob['userId']}', '{b.id}', 'reader')")
    ask = "/auth/check?permission=billing:read"
    r = a.get(ask, a.login(alice)["token"])
    assert r.status == 200 and r.json()["allowed"] is True, r
    r = b.get(ask, b.login(bob)["token"])
    assert r.status == 200 and r.json()["allowed"] is False, r


# ---- administrators of tenants ----

def test_an_administrator_of_a_tenant_acts_inside_only(server, two, root):
    a, b = two
    admin = a.register()
    server.sql(f"UPDATE users SET role = 'admin' "
               f"WHERE id = '{admin['userId']}'")
    token = a.login(admin)["token"]
    r = a.get("/admin/users/" + a.alice["userId"], token)
    assert r.status == 200 and r.json()["tenant"] == a.id, r
    root_user = server.register()
    for id in (b.alice["userId"], root_user["userId"]):
        assert a.get("/admin/users/" + id, token).status == 404
    for where in (b, server):
        r = where.get("/admin/users/" + b.alice["userId"], token)
        assert r.status == 401, r
    # the super admin goes everywhere, others of the root do not
    for t in two:
        r = t.get("/admin/users/" + t.alice["userId"], root)
        assert r.status == 200, r
        assert t.get("/auth/me", root).status == 401
    assert a.get("/admin/users/" + b.alice["userId"], root).status == 404
    assert server.get("/admin/users/" + a.alice["userId"], root).status == 404
    server.sql(f"UPDATE users SET role = 'admin' "
               f"WHERE id = '{root_user['userId']}'")
    r = a.get("/admin/users/" + a.alice["userId"],
              server.login(root_user)["token"])
    assert r.status == 401, r
    no_tenant(server.get(f"/t/no-such-tenant/admin/users/x", root))


def test_openapi_says_what_is_under_tenants(server, two):
    a, _ = two
    doc = server.get("/openapi.json").json()
    for path, methods in doc["paths"].items():
        for method, op in methods.items():
            urls = [s["url"] for s in op.get("servers", doc["servers"])]
            assert urls[0] == server.url
            under = server.url + "/t/{tenant}" in urls
            # a path's own arguments need not lead anywhere
            at = a.base + path.replace("{", "x").replace("}", "x")
            r = server.req("OPTIONS", at)
            allowed = r.headers.get("allow", "") if r.status == 204 else ""
            assert (method.upper() in allowed) == under, (method, path)


def lists(server):
    """Paths under tenants that answer with a list, by the server's own word."""
    paths = server.get("/openapi.json").json()["paths"]
    return [p for p, ops in paths.items() if "get" in ops and "{" not in p and
            any(s["url"].endswith("/t/{tenant}")
                for s in ops["get"].get("servers", [])) and
            any(q["name"] == "cursor" for q in ops["get"]["parameters"])]


def test_no_list_and_no_cursor_shows_another_tenant(server, two):
    a, b = two
    tokens = {}
    for t in two:
        admin = t.register()
        server.sql("UPDATE users SET role = 'admin' "
                   f"WHERE id = '{admin['userId']}'")
        tokens[t] = t.login(admin)["token"]
        for _ in range(3):
            t.user()
        for n in range(3):
            r = t.post("/admin/roles", {"name": f"only-{t.id}-{n}",
                                        "permissions": []}, tokens[t])
            assert r.status == 201, r
    secrets_of = {t: {t.id, *(row[0] for row in server.sql(
        f"SELECT id FROM users WHERE tenant = '{t.id}'"))} for t in two}
    found = lists(server)
    assert {"/admin/users", "/admin/roles"} <= set(found)
    for path in found:
        cursors = [""]
        for _ in range(4):                  # pages of b
            r = b.get(f"{path}?limit=1{cursors[-1]}", tokens[b])
            assert r.status == 200, (path, r)
            for word in secrets_of[a]:
                assert word not in r.body.decode(), path
            if r.json()["next"] is None:
                break
            cursors.append("&cursor=" + r.json()["next"])
        for cursor in cursors:              # where would they lead in a?
            r = a.get(f"{path}?limit=200{cursor}", tokens[a])
            assert r.status in (200, 400), (path, r)
            for word in secrets_of[b]:
                assert word not in r.body.decode(), path


def test_metrics_name_routes_and_no_tenants(server, two):
    two[0].get("/auth/me", two[0].alice["token"])
    text = server.get("/metrics").body.decode()
    assert 'route="/auth/me"' in text
    # the one path that has a tenant at its end names none
    text = text.replace("/.well-known/oauth-authorization-server/t/{tenant}",
                        "")
    assert "/t/" not in text and two[0].id not in text


# ---- every route there is ----

def routes(server):
    """(method, path) of all that is under tenants, with ids in their place."""
    doc = server.get("/openapi.json").json()
    return [(method.upper(), path.replace("{", "x").replace("}", "x"))
            for path, ops in doc["paths"].items()
            for method, op in ops.items()
            if any(s["url"].endswith("/t/{tenant}")
                   for s in op.get("servers", []))]


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def is_form(server, method, path):
    return path.startswith("/oauth2/") and method == "POST" and \
        path != "/oauth2/register"


def ask(server, method, path, base="", token=None, auth=None):
    """With a body of the route's kind that says nothing."""
    headers = {}
    if token or auth:
        headers["Authorization"] = auth or "Bearer " + token
    if is_form(server, method, path):
        return server.req(method, base + path, b"", {**headers, **FORM})
    body = {} if method in ("POST", "PUT", "PATCH", "DELETE") else None
    return server.call(method, base + path, body, None, headers)


def test_no_route_answers_where_there_is_no_tenant(server, two, root):
    gone = Tenant(server, status="suspended")
    found = routes(server)
    assert len(found) > 40
    basic = "Basic Y2xpZW50OnNlY3JldA=="
    for method, path in found:
        for base in ("/t/no-such-tenant", gone.base):
            for token in (None, "rubbish", root, two[0].alice["token"]):
                r = ask(server, method, path, base, token)
                assert r.status == 404, (method, path, token, r)
            r = ask(server, method, path, base, None, basic)
            assert r.status == 404, (method, path, r)


def test_no_route_takes_a_token_of_another_tenant(server, two):
    a, b = two
    public = {"/auth/register", "/auth/login", "/auth/mfa", "/auth/refresh",
              "/auth/verify-email", "/auth/verify-email/resend",
              "/auth/password-request", "/auth/reset-password",
              "/.well-known/jwks.json",
              "/.well-known/openid-configuration"}
    doc = server.get("/openapi.json").json()["paths"]
    for method, path in routes(server):
        plain = [p for p in doc if path == p.replace("{", "x").replace(
            "}", "x")][0]
        schemes = doc[plain][method.lower()].get("security")
        if not schemes:
            assert path in public, path
            continue
        r = ask(server, method, path, b.base, a.alice["token"])
        if "registration" in schemes[0]:
            assert r.status == 404, r       # nobody may, by default
            continue
        assert r.status == 401, (method, path, r)
        want = "invalid_client" if "basic" in schemes[0] else "invalid_token"
        assert r.json()["error"] == want, (method, path, r)
