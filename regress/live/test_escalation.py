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

"""Attempts to get more than one has (API.md sections 4 to 6): to grant it to
oneself, to reach a peer or a superior, to hop into another tenant, to name
what only the server sets.  Each must fail and change nothing. CASES 46, 48."""

import json
import re
import secrets

import pytest

import forge
import moat
from test_tenants import Tenant

NOBODY = "00000000-0000-7000-8000-000000000000"
ACTS = ("disable", "enable", "unlock", "reset-mfa", "send-reset",
        "revoke-sessions")


def name():
    return "e" + secrets.token_hex(6)


def error(r):
    return r.status, r.json()["error"]


@pytest.fixture(scope="module")
def root(server):
    """A token of the super admin."""
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def root_id(server, root):
    return server.get("/auth/me", token=root).json()["id"]


def role(where, root, *permissions, **over):
    body = {"name": name(), "permissions": list(permissions), **over}
    r = where.post("/admin/roles", body, root)
    assert r.status == 201, r
    return body["name"]


def holder(where, root, *permissions):
    """A logged-in user with a role of these permissions."""
    server = getattr(where, "server", where)
    tenant = getattr(where, "id", "default")
    u = where.register()
    u["role"] = role(where, root, *permissions)
    server.sql("INSERT INTO user_roles (user_id, tenant, role) VALUES "
               f"('{u['userId']}', '{tenant}', '{u['role']}')")
    return {**u, **where.login(u)}


def admin(where):
    server = getattr(where, "server", where)
    u = where.register()
    server.sql("UPDATE users SET role = 'admin' WHERE id = "
               f"'{u['userId']}'")
    return {**u, **where.login(u)}


def row(server, user):
    """All that there is of an account but what a visit changes."""
    held = server.sql("SELECT role FROM user_roles WHERE user_id = "
                      f"'{user}' ORDER BY role")
    return held, server.sql(
        "SELECT username, email, email_verified, name, role, status, tenant, "
        "totp_secret, pw_record, version, epoch FROM users WHERE id = "
        f"'{user}'")


# What the server alone sets, or what is not for the one who says it.
WISHES = {
    "id": NOBODY, "userId": NOBODY, "role": "superadmin",
    "roles": ["admin", "superadmin"], "permissions": ["users:write"],
    "status": "active", "tenant": "acme", "epoch": 0, "version": 1,
    "mfa": False, "locked": False, "email_verified": True,
    "emailVerified": True, "totp_secret": None, "password_hash": "$2b$04$x",
    "admin": True, "is_admin": True, "isAdmin": True, "superadmin": True,
    "operator": 1, "scope": "account admin", "acr": "aal2",
    "createdAt": "2000-01-01T00:00:00.000Z", "updatedAt": None,
    "lastLoginAt": None, "last_op": "x", "admin_op": "x",
    "__proto__": {"role": "admin"}, "constructor": {"role": "admin"}}


# ---- members that are nobody's to send ----

def test_register_takes_no_wishes(server):
    u = server.register(**{**WISHES, "password": f"correct horse {name()}"})
    assert u["userId"] != NOBODY
    assert server.sql(
        "SELECT role, status, tenant, email_verified, epoch FROM users "
        f"WHERE id = '{u['userId']}'") == [
            ("user", "active", "default", "0", "1")]
    assert row(server, u["userId"])[0] == []


def test_own_account_takes_no_wishes(server):
    u = server.user()
    held, ((*before, version, epoch),) = row(server, u["userId"])
    wishes = {k: v for k, v in WISHES.items() if k != "name"}
    r = server.patch("/auth/me", {**wishes, "name": before[3]}, u["token"])
    assert r.status == 200, r
    r = server.patch("/auth/me", wishes, u["token"])
    assert error(r) == (400, "invalid_request")
    now, ((*after, _, still),) = row(server, u["userId"])
    assert (now, after, still) == (held, before, epoch)


def test_a_new_account_takes_no_wishes(server, root):
    u = holder(server, root, "users:write")
    wishes = {k: v for k, v in WISHES.items()
              if k not in ("roles", "password_hash", "email_verified")}
    n = name()
    r = server.post("/admin/users", {
        **wishes, "username": n, "email": n + "@example.org",
        "password_hash": "$2b$04$" + "." * 22 + "0" * 31}, u["token"])
    assert r.status == 201, r
    got = r.json()
    assert got["id"] != NOBODY and got["tenant"] == "default"
    assert (got["role"], got["roles"]) == ("user", ["user"])
    assert got["email_verified"] is False and got["lastLoginAt"] is None
    assert not got["createdAt"].startswith("2000")


def test_an_account_takes_no_wishes_of_a_helper(server, root):
    u, victim = holder(server, root, "users:write"), server.user()
    path = "/admin/users/" + victim["userId"]
    wishes = {k: v for k, v in WISHES.items()
              if k not in ("roles", "email_verified")}
    before = row(server, victim["userId"])
    r = server.patch(path, wishes, u["token"])
    assert error(r) == (400, "invalid_request")
    assert row(server, victim["userId"]) == before
    r = server.patch(path, {**wishes, "name": "N"}, u["token"])
    assert r.status == 200, r
    got = r.json()
    assert (got["name"], got["role"], got["id"], got["status"]) == (
        "N", "user", victim["userId"], "active")


def test_a_role_takes_no_wishes(server, root):
    u = holder(server, root, "roles:write")
    n = name()
    wishes = {k: v for k, v in WISHES.items() if k != "permissions"}
    r = server.post("/admin/roles", {
        **wishes, "name": n, "permissions": [], "builtin": True}, u["token"])
    assert r.status == 201, r
    assert r.json()["builtin"] is False
    assert r.json()["permissions"] == []
    r = server.patch(f"/admin/roles/{n}", {
        **wishes, "name": "admin", "builtin": True}, u["token"])
    assert error(r) == (400, "invalid_request")
    assert server.get(f"/admin/roles/{n}", u["token"]).status == 200
    assert server.sql(f"SELECT tenant FROM roles WHERE name = '{n}'") == [
        ("default",)]


@pytest.mark.parametrize("taken", ["user", "admin", "superadmin"])
def test_nobody_makes_a_second_role_of_a_built_in_name(server, root, taken):
    for token in root, holder(server, root, "roles:write")["token"]:
        r = server.post("/admin/roles", {
            "name": taken, "permissions": []}, token)
        assert error(r) == (409, "role_taken")


# ---- to oneself, to a puppet, to a peer ----

def grants(server, root):
    """Grants that a holder of users:write and roles:write must not make."""
    above = role(server, root, "keys:rotate")
    mixed = role(server, root, "users:read", "audit:read")
    yield from (["admin"], ["user", "admin"], [above], [mixed],
                [above, "user"])


def test_nobody_grants_themselves_what_they_lack(server, root):
    u = holder(server, root, "users:write", "roles:write")
    me = "/admin/users/" + u["userId"]
    before = row(server, u["userId"])
    for roles in grants(server, root):
        r = server.patch(me, {"roles": [u["role"], *roles]}, u["token"])
        assert error(r) == (403, "forbidden"), roles
    r = server.call("PUT", me, {"role": "admin"}, u["token"])
    assert error(r) == (403, "forbidden")
    for body in {"role": "superadmin"}, {"role": "superadmin", "x": 1}:
        r = server.call("PUT", me, body, u["token"])
        assert error(r) == (403, "superadmin_protected")
    r = server.patch(me, {"roles": ["superadmin"]}, u["token"])
    assert error(r) == (403, "superadmin_protected")
    assert row(server, u["userId"]) == before


def test_nobody_makes_a_puppet_of_more_than_themselves(server, root):
    u = holder(server, root, "users:write", "roles:write")
    other = server.user()
    for roles in grants(server, root):
        n = name()
        r = server.post("/admin/users", {
            "username": n, "email": n + "@example.org", "roles": roles,
            "password_hash": "$2b$04$" + "." * 22 + "0" * 31}, u["token"])
        assert error(r) == (403, "forbidden"), roles
        assert server.sql(f"SELECT id FROM users WHERE username = '{n}'"
                          ) == []
        r = server.patch("/admin/users/" + other["userId"],
                         {"roles": roles}, u["token"])
        assert error(r) == (403, "forbidden"), roles
    r = server.call("PUT", "/admin/users/" + other["userId"],
                    {"role": "admin"}, u["token"])
    assert error(r) == (403, "forbidden")
    assert row(server, other["userId"])[0] == []


@pytest.mark.parametrize("bad", [
    "Admin", "ADMIN", "admin ", " admin", "admin\u0000", "ad\u00admin",
    "\uff41dmin", "admin,user", "admin user", "user\nadmin", "*", "",
    "default/admin", "'; --", "administrator", "Superadmin", "super-admin",
    "root", "owner"])
def test_names_that_nearly_are_a_role_are_none(server, root, bad):
    u, other = admin(server), server.user()
    path = "/admin/users/" + other["userId"]
    before = row(server, other["userId"])
    for method, body in (("PUT", {"role": bad}), ("PATCH", {"roles": [bad]}),
                         ("PUT", {"role": [bad]}), ("PATCH", {"roles": bad})):
        r = server.call(method, path, body, u["token"])
        assert error(r) == (400, "invalid_request"), body
    assert row(server, other["userId"]) == before


def test_a_role_made_of_what_one_holds_does_not_grow(server, root):
    """Made empty, given to oneself, then widened: by nobody but who holds
    what it is to hold."""
    u = holder(server, root, "users:write", "roles:write")
    n = name()
    assert server.post("/admin/roles", {"name": n, "permissions": []},
                       u["token"]).status == 201
    r = server.patch("/admin/users/" + u["userId"],
                     {"roles": [u["role"], n]}, u["token"])
    assert r.status == 200, r
    u.update(server.login(u))
    for more in "audit:read", "keys:rotate", "clients:write":
        r = server.patch(f"/admin/roles/{n}", {"permissions": [more]},
                         u["token"])
        assert error(r) == (403, "forbidden"), more
        r = server.patch(f"/admin/roles/{u['role']}", {"permissions": [
            "users:write", "roles:write", more]}, u["token"])
        assert error(r) == (403, "forbidden"), more
    r = server.patch(f"/admin/roles/{n}", {
        "permissions": ["roles:read"]}, u["token"])
    assert r.status == 200, r
    assert server.get("/admin/audit", u["token"]).status == 403


def test_a_superior_is_out_of_reach(server, root):
    """Whoever holds more: not their address (a reset link would go there),
    not their factor, not their sessions, not their account."""
    u, boss = holder(server, root, "users:write"), admin(server)
    path = "/admin/users/" + boss["userId"]
    before = row(server, boss["userId"])
    for body in ({"email": "mine@example.org"}, {"username": name()},
                 {"name": "mine"}, {"roles": []}, {"roles": ["user"]},
                 {"email_verified": True}):
        r = server.patch(path, body, u["token"])
        assert error(r) == (403, "forbidden"), body
    r = server.call("PUT", path, {"role": "user"}, u["token"])
    assert error(r) == (403, "forbidden")
    assert error(server.delete(path, None, u["token"])) == (
        403, "forbidden")
    for act in ACTS:
        r = server.post(f"{path}/{act}", None, u["token"])
        assert error(r) == (403, "forbidden"), act
    assert row(server, boss["userId"]) == before
    assert server.get("/auth/me", boss["token"]).status == 200


def test_the_super_admin_is_out_of_everyones_reach(server, root, root_id):
    path = "/admin/users/" + root_id
    before = row(server, root_id)
    for token in root, admin(server)["token"], holder(
            server, root, "users:write")["token"]:
        for body in ({"email": "mine@example.org"}, {"username": name()},
                     {"name": "mine"}, {"roles": []}, {"roles": ["user"]},
                     {"email_verified": True}):
            r = server.patch(path, body, token)
            assert error(r) == (403, "superadmin_protected"), body
        for role in "user", "admin", "superadmin":
            r = server.call("PUT", path, {"role": role}, token)
            assert error(r) == (403, "superadmin_protected"), role
        assert error(server.delete(path, None, token)) == (
            403, "superadmin_protected")
        for act in ACTS:
            r = server.post(f"{path}/{act}", None, token)
            assert error(r) == (403, "superadmin_protected"), act
    assert row(server, root_id) == before
    assert server.get("/auth/me", root).status == 200
    assert server.sql("SELECT count(*) FROM users WHERE role = 'superadmin'"
                      ) == [("1",)]


def test_who_was_put_out_does_not_come_back(server, root):
    """A disabled admin enables nobody, itself least; a name that was deleted
    brings no rights of its former owner along."""
    u = admin(server)
    path = "/admin/users/" + u["userId"]
    assert server.post(path + "/disable", None, root).status == 204
    for r in (server.post(path + "/enable", None, u["token"]),
              server.get("/admin/users", u["token"]),
              server.post("/auth/refresh",
                          {"refresh_token": u["refresh_token"]})):
        assert error(r) == (401, "invalid_token")
    v = holder(server, root, "users:write")
    assert server.delete("/admin/users/" + v["userId"], None,
                         root).status == 200
    again = server.user(username=v["username"])
    assert again["userId"] != v["userId"]
    assert server.get("/admin/users", again["token"]).status == 403
    assert server.get("/admin/users", v["token"]).status == 401


# ---- into another tenant ----

@pytest.fixture(scope="module")
def two(server, root):
    """Two tenants, each with an admin, a user, a role and a client."""
    made = []
    for _ in "ab":
        t = Tenant(server)
        t.admin, t.victim, t.role = admin(t), t.user(), role(t, root)
        t.client = name()
        r = t.post("/admin/clients", {
            "client_id": t.client, "client_name": "c", "permissions": ["x"],
            "redirect_uris": ["https://app.example/cb"]}, root)
        assert r.status == 201, r
        made.append(t)
    return made


def acts_on(kind, id):
    """Every request about one thing by its id."""
    path = f"/admin/{kind}s/{id}"
    yield "GET", path, None
    yield "DELETE", path, None
    yield "PATCH", path, {"user": {"name": "mine"}, "client": {
        "client_name": "mine"}, "role": {"description": "mine"}}[kind]
    if kind == "user":
        yield "PATCH", path, {"roles": []}
        yield "PUT", path, {"role": "user"}
        for act in ACTS:
            yield "POST", f"{path}/{act}", None
    if kind == "client":
        yield "POST", path + "/secret", None


@pytest.mark.parametrize("kind", ["user", "role", "client"])
def test_an_id_of_another_tenant_is_not_found(server, root, two, kind):
    a, b = two
    boss = admin(server)
    theirs = {"user": b.victim["userId"], "role": b.role,
              "client": b.client}[kind]
    before = b.get(f"/admin/{kind}s/{theirs}", root).json()
    for method, path, body in acts_on(kind, theirs):
        for where, token in ((a, a.admin["token"]), (a, root),
                             (server, boss["token"]), (server, root)):
            r = where.call(method, path, body, token)
            assert error(r) == (404, "not_found"), (method, path)
    assert b.get(f"/admin/{kind}s/{theirs}", root).json() == before


def test_an_id_of_the_root_is_not_found_in_a_tenant(server, root, root_id,
                                                    two):
    a, _ = two
    u = server.user()
    for id in u["userId"], root_id:
        before = row(server, id)
        for method, path, body in acts_on("user", id):
            for token in a.admin["token"], root:
                r = a.call(method, path, body, token)
                assert error(r) == (404, "not_found"), (method, path)
        assert row(server, id) == before


def test_names_of_another_tenant_are_none(server, root, two):
    """Its roles are not granted, its permissions not held, its clients not
    logged into, its users not looked for."""
    a, b = two
    mine = a.user()
    path = "/admin/users/" + mine["userId"]
    for token in a.admin["token"], root:
        r = a.call("PATCH", path, {"roles": [b.role]}, token)
        assert error(r) == (400, "invalid_request")
        r = a.post("/admin/roles", {"name": name(), "permissions": [
            f"{b.client}:x"]}, token)
        assert error(r) == (400, "invalid_request")
        r = a.post("/admin/roles", {"name": name(), "permissions": [
            f"{a.client}:x"]}, token)
        assert r.status == 201, r
        for key in "actor", "subject":
            r = a.get(f"/admin/audit?{key}={b.victim['userId']}", token)
            assert r.status == 200 and r.json()["items"] == []
        r = a.get("/admin/users?q=" + b.victim["username"], token)
        assert r.status == 200 and r.json()["items"] == []


def test_no_list_shows_another_tenant(server, root, two):
    a, b = two
    for path in ("users", "roles", "clients", "permissions", "audit",
                 "audit/export"):
        mine = a.get(f"/admin/{path}", a.admin["token"])
        theirs = b.get(f"/admin/{path}", b.admin["token"])
        assert mine.status == theirs.status == 200, path
        for id in (b.victim["userId"], b.victim["username"], b.role,
                   b.client, b.id):
            assert id.encode() not in mine.body, (path, id)
        for id in a.victim["userId"], a.role, a.client, a.id:
            assert id.encode() not in theirs.body, (path, id)


def test_a_permission_of_a_tenant_is_none_elsewhere(server, root, two):
    """Not even the super admin holds at the root what is declared there."""
    a, b = two
    query = f"/auth/check?permission={b.client}:x"
    assert server.get(query, root).json()["allowed"] is False
    assert a.get(query, a.admin["token"]).json()["allowed"] is False
    r = server.get(query.replace("check", "verify"), root)
    assert error(r) == (403, "forbidden")
    u = holder(b, root, f"{b.client}:x")
    assert b.get(query, u["token"]).json()["allowed"] is True


def test_a_connection_remembers_nobody(server, root, two):
    """Requests in one connection, each as somebody else."""
    a, _ = two
    u = server.user()

    def ask(path, token):
        return (f"GET {path} HTTP/1.1\r\nHost: x\r\n" + (
            f"Authorization: Bearer {token}\r\n" if token else "") +
            "\r\n").encode()

    got = server.raw(
        ask("/admin/tenants", root) + ask("/admin/tenants", None) +
        ask("/admin/tenants", u["token"]) +
        ask("/admin/tenants", a.admin["token"]) +
        ask(a.base + "/admin/users?limit=1", root) +
        ask(a.base + "/admin/users", u["token"]) +
        ask("/admin/tenants", "x.y.z").replace(
            b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert re.findall(rb"HTTP/1\.1 (\d{3}) ", got) == [
        b"200", b"401", b"403", b"401", b"200", b"401", b"401"], got


def test_headers_and_members_name_no_tenant(server, root, two):
    a, b = two
    token = a.admin["token"]
    for heads in ({"Host": f"{b.id}.example.org"},
                  {"X-Forwarded-Host": f"{b.id}.example.org"},
                  {"Forwarded": f"host={b.id}.example.org"},
                  {"X-Forwarded-Prefix": b.base}, {"X-Tenant": b.id},
                  {"X-Tenant-Id": b.id}, {"X-Auth-Tenant": b.id},
                  {"X-Auth-Roles": "superadmin"}, {"X-Auth-User": "admin"},
                  {"X-Original-URL": b.base + "/admin/users"},
                  {"X-Rewrite-URL": "/admin/users"}, {"X-Script-Name": b.base},
                  {"X-HTTP-Method-Override": "DELETE"},
                  {"Cookie": f"tenant={b.id}; moatd_session={token}"}):
        r = a.get("/admin/users/" + b.victim["userId"], token, heads)
        assert error(r) == (404, "not_found"), heads
        assert error(b.get("/admin/users", token, heads)) == (
            401, "invalid_token"), heads
        assert error(server.get("/admin/tenants", token, heads)) == (
            401, "invalid_token"), heads
    for query in f"tenant={b.id}", f"realm={b.id}", f"t={b.id}":
        r = a.get("/admin/users?" + query, token)
        assert r.status == 200
        assert b.victim["userId"].encode() not in r.body


TRICKS = ["/t/{a}/../admin/users", "/t/{a}/../{b}/admin/users",
          "/t/{a}/../../admin/users", "/t/{a}%2f..%2f{b}/admin/users",
          "/t/{a}/%2e%2e/{b}/admin/users", "/t/{a}/./admin/users",
          "//t/{a}/admin/users", "/t//{a}/admin/users",
          "/t/{a}//admin/users", "/t/{a}/admin//users",
          "/T/{a}/admin/users", "/t/{A}/admin/users",
          "/t/{a}/admin/users/", "/t/{a}/admin/users%2f",
          "/t/{a}/Admin/users", "/t/{a}/admin/users;x=/t/{b}",
          "/t/{a};/admin/users", "/t/{a}%00/admin/users",
          "/t/{a}/t/{b}/admin/users", "/t/{a}/t/{a}/admin/users",
          "/t/default/admin/users", "/t//admin/users", "/t/admin/users",
          "/t/{a}\\..\\..\\admin\\users", "/t/{a}/..;/admin/users",
          "/t/{a} /admin/users", "/%74/{a}/admin/users",
          "/t/{a}/%61dmin/users", "/t/{a}/admin/users/../../tenants",
          "/t/{a}/admin/tenants", "/t/{a}/admin/keys",
          "/admin/users/../tenants", "/admin/tenants/../../t/{b}/admin/users",
          "/auth/../admin/users", "/t/{a}/auth/..%2fadmin/users"]


@pytest.mark.parametrize("trick", TRICKS)
def test_a_path_is_what_it_says_or_nothing(server, root, two, trick):
    a, b = two
    path = trick.format(a=a.id, A=a.id.upper(), b=b.id)
    for token in root, a.admin["token"]:
        got = server.raw((
            f"GET {path} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {token}\r\n"
            "Connection: close\r\n\r\n").encode())
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.split()[1] in (b"404", b"400"), got
        assert b"items" not in body


def test_an_absolute_target_is_its_path(server, root, two):
    a, b = two
    for authority in (f"{b.id}.example.org", "127.0.0.1:1", "x@y",
                      f"{b.id}.example.org%2ft"):
        for base, status in ((a.base, (b"200", b"400")),
                             (b.base, (b"401", b"400")),
                             ("", (b"401", b"400"))):
            got = server.raw((
                f"GET http://{authority}{base}/admin/users HTTP/1.1\r\n"
                f"Host: {b.id}.example.org\r\nAuthorization: Bearer "
                f"{a.admin['token']}\r\nConnection: close\r\n\r\n").encode())
            head, _, body = got.partition(b"\r\n\r\n")
            assert head.split()[1] in status, (authority, base, got)
            assert b.victim["userId"].encode() not in body


def test_a_token_that_names_two_tenants_is_none(server, root, two):
    """Signed with our own key, as no client could: what it says must agree
    with itself and with the account."""
    a, b = two
    f, t = forge.Forge(server), a.admin["token"]
    for over in ({"tenant": b.id}, {"tenant": "default"},
                 {"iss": b.issuer, "aud": b.issuer},
                 {"iss": b.issuer, "aud": b.issuer, "tenant": b.id},
                 {"iss": server.url, "aud": server.url,
                  "tenant": "default"},
                 {"sub": b.admin["userId"]},
                 {"sub": b.admin["userId"], "tenant": b.id,
                  "iss": b.issuer, "aud": b.issuer}):
        token = f.altered(t, **over)
        for where in a, b, server:
            r = where.get("/admin/users", token)
            assert error(r) == (401, "invalid_token"), (over, where)


def test_the_super_admins_refresh_token_stays_at_home(server, two):
    a, _ = two
    tokens = server.admin_login()
    body = {"refresh_token": tokens["refresh_token"]}
    assert error(a.post("/auth/refresh", body)) == (401, "invalid_token")
    assert error(a.get("/auth/me", tokens["token"])) == (
        401, "invalid_token")
    r = server.post("/auth/refresh", body)
    assert r.status == 200, r
    assert forge.claims(r.json()["token"])["tenant"] == "default"


def test_the_super_admins_name_opens_no_tenant(server, two):
    """Nor does an account of that name, made there, have its rights."""
    a, _ = two
    user, password, email = server.admin
    r = a.post("/auth/login", {"username": user, "password": password})
    assert error(r) == (401, "invalid_credentials")
    u = a.user(username=user, email=email)
    assert a.get("/admin/users", u["token"]).status == 403
    assert server.get("/admin/users", u["token"]).status == 401
    r = a.call("PUT", "/admin/users/" + u["userId"],
               {"role": "superadmin"}, a.admin["token"])
    assert error(r) == (403, "superadmin_protected")


def test_audit_of_the_attempts_names_who_made_them(server, root):
    """A refused grant is no entry of success; what is done is one."""
    u, other = holder(server, root, "users:write"), server.user()
    path = "/admin/users/" + other["userId"]
    server.call("PUT", path, {"role": "admin"}, u["token"])
    server.patch(path, {"roles": ["admin"]}, u["token"])
    assert server.sql(
        "SELECT action FROM audit WHERE result = 'success' AND subject = "
        f"'{other['userId']}' AND actor = '{u['userId']}'") == []
    assert server.patch(path, {"name": "N"}, u["token"]).status == 200
    assert server.sql(
        "SELECT action, actor FROM audit WHERE result = 'success' AND "
        f"subject = '{other['userId']}' AND action LIKE 'user.%' AND action "
        "<> 'user.register'") == [("user.update", u["userId"])]
    moat.until(lambda: json.loads(server.get(
        "/admin/audit?subject=" + other["userId"],
        root).body)["items"], what="the entry")
