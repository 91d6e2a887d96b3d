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


"""Clients that act for themselves, by tokens of client_credentials: what they
may, and what they can never become.  The routes are in test_matrix.py."""

import concurrent.futures
import secrets

import pytest

import oidc
from forge import claims
from tenant import Tenant
from test_accounts import error

ADMIN = {"grant_types": ["client_credentials"], "scope": "admin"}


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


def role(server, root, *permissions, base=""):
    name = "r" + secrets.token_hex(6)
    r = server.post(base + "/admin/roles", {
        "name": name, "permissions": list(permissions)}, root)
    assert r.status == 201, r
    return name


def machine(server, root, *permissions, base="", **over):
    """A client that holds these, with `token`."""
    rp = oidc.RP.register(server, root, base=base, **{
        **ADMIN, "roles": [role(server, root, *permissions, base=base)],
        **over})
    rp.role = rp.client["roles"][0]
    rp.token = token(rp)
    return rp


def token(rp):
    r = rp.client_credentials()
    assert r.status == 200, r
    return r.json()["access_token"]


def test_machine_has_a_token_of_its_own(server, root):
    m = machine(server, root, "users:read")
    c = claims(m.token)
    assert c["sub"] == c["client_id"] == m.client_id
    assert c["scope"] == "admin" and c["roles"] == [m.role]
    assert "sid" not in c and "auth_time" not in c
    r = server.get("/auth/verify?permission=users:read&role=" + m.role,
                   m.token)
    assert r.status == 200
    assert r.headers["x-auth-user"] == r.headers["x-auth-subject"] == (
        m.client_id)
    assert r.headers["x-auth-roles"] == m.role
    assert r.headers["x-auth-tenant"] == "default"
    r = server.get("/auth/check?permission=users:write", m.token)
    assert r.json() == {"allowed": False, "subject": m.client_id}
    # it is no person, so it has not what everybody has
    error(server.get("/auth/verify?role=user", m.token), 403, "forbidden")


def test_machine_is_named_in_the_audit(server, root):
    m = machine(server, root, "users:write", "audit:read")
    u = server.register()
    assert server.post(f"/admin/users/{u['userId']}/disable",
                       token=m.token).status == 204
    r = server.get("/admin/audit?actor=" + m.client_id, m.token)
    (entry,) = r.json()["items"]
    assert entry["action"] == "user.disable"
    assert entry["subject"] == u["userId"]
    assert entry["client_id"] == m.client_id


def test_machine_loses_what_it_held(server, root):
    """Each by itself, and at once: also what was allowed a moment ago."""
    other = role(server, root, "users:read")

    def patch(m, **over):
        r = server.patch("/admin/clients/" + m.client_id, over, root)
        assert r.status == 200, r

    def narrow(m):
        r = server.patch("/admin/roles/" + m.role, {
            "permissions": ["roles:read"]}, root)
        assert r.status == 200, r

    for end, status in (
            (lambda m: patch(m, disabled=True), 401),
            (lambda m: patch(m, roles=[other]), 401),
            (lambda m: patch(m, roles=[]), 401),
            (lambda m: m.revoke(m.token), 401),
            (lambda m: server.delete("/admin/clients/" + m.client_id,
                                     token=root), 401),
            (lambda m: server.delete("/admin/roles/" + m.role, token=root),
             401),
            (narrow, 403)):
        m = machine(server, root, "users:read")
        verify = "/auth/verify?permission=users:read"
        assert server.get("/admin/users", m.token).status == 200
        assert server.get(verify, m.token).status == 200
        end(m)
        r = server.get("/admin/users", m.token)
        assert r.status == status, r
        assert server.get(verify, m.token).status == status


def test_machine_has_no_account(server, root):
    m = machine(server, root, "users:write")
    for method, path, body in (
            ("GET", "/auth/me", None), ("PATCH", "/auth/me", {"name": "x"}),
            ("GET", "/auth/me/sessions", None),
            ("GET", "/auth/me/grants", None), ("POST", "/auth/logout", None),
            ("POST", "/auth/step-up", {"password": "x"}),
            ("POST", "/auth/2fa/setup", {"password": "x"}),
            ("GET", "/oauth2/userinfo", None)):
        r = server.call(method, path, body, m.token)
        assert r.status == 403, (path, r)
        assert r.json()["error"] == "insufficient_scope"


# ---- what it can never become ----

def test_machine_gives_nobody_what_it_lacks(server, root):
    m = machine(server, root, "users:write", "roles:write", "clients:write")
    u = server.register()
    strong = role(server, root, "keys:rotate")
    holder = server.register()
    assert server.patch("/admin/users/" + holder["userId"],
                        {"roles": [strong]}, root).status == 200
    for method, path, body in (
            # to users, by a role of others and by one of its own making
            ("PATCH", "/admin/users/" + u["userId"], {"roles": [strong]}),
            ("PUT", "/admin/users/" + u["userId"], {"role": "admin"}),
            ("POST", "/admin/roles", {"name": "x" + u["username"],
                                      "permissions": ["audit:read"]}),
            ("PATCH", "/admin/roles/" + m.role,
             {"permissions": ["users:write", "keys:read"]}),
            ("PATCH", "/admin/roles/" + strong, {"permissions": []}),
            ("DELETE", "/admin/roles/" + strong, None),
            # to clients, and so to itself
            ("POST", "/admin/clients", {
                "client_id": "x" + u["username"], "client_name": "x",
                "grant_types": ["client_credentials"], "roles": [strong]}),
            ("PATCH", "/admin/clients/" + m.client_id, {
                "roles": [m.role, strong]}),
            # who holds more is not touched
            ("PATCH", "/admin/users/" + holder["userId"], {"name": "x"}),
            ("POST", f"/admin/users/{holder['userId']}/disable", None)):
        r = server.call(method, path, body, m.token)
        error(r, 403, "forbidden")
    # scopes that reach accounts are the super admin's to give; it has one of
    # them itself, so it cannot even touch itself
    for body in ({"scope": "admin"}, {"scope": "openid account"}):
        error(server.post("/admin/clients", {
            "client_id": "y" + u["username"], "client_name": "y",
            "grant_types": ["client_credentials"], **body}, m.token), 403,
            "forbidden")
    error(server.post(f"/admin/clients/{m.client_id}/secret",
                      token=m.token), 403, "forbidden")


def test_machine_leaves_the_super_admin_alone(server, root):
    m = machine(server, root, "users:write", "roles:write", "keys:rotate",
                "clients:write", "audit:read", "tokens:introspect")
    sid = claims(root)["sub"]
    for method, path, body in (
            ("PATCH", "/admin/users/" + sid, {"name": "x"}),
            ("PUT", "/admin/users/" + sid, {"role": "user"}),
            ("DELETE", "/admin/users/" + sid, None),
            ("POST", f"/admin/users/{sid}/reset-mfa", None)):
        error(server.call(method, path, body, m.token), 403,
              "superadmin_protected")
    error(server.call("PUT", "/admin/users/" + server.register()["userId"],
                      {"role": "superadmin"}, m.token), 403,
          "superadmin_protected")
    for method, path, body in (
            ("GET", "/admin/tenants", None),
            ("POST", "/admin/tenants", {"id": "x" + secrets.token_hex(4),
                                        "name": "x"})):
        error(server.call(method, path, body, m.token), 403, "forbidden")


def test_machine_takes_no_name_of_a_user(server, root):
    """RFC 9068 section 5: sub says who, and it must not say somebody else."""
    u = server.register()
    for name in (u["userId"], claims(root)["sub"],
                 "01900000-0000-7000-8000-000000000000"):
        error(server.post("/admin/clients", {
            "client_id": name, "client_name": "x", **ADMIN}, root), 400,
            "invalid_request", "client_id")
    # other ids with four dashes are no user's
    r = server.post("/admin/clients", {
        "client_id": "5f0e8c1e-32a1-4c6e-9a7e-" + secrets.token_hex(6),
        "client_name": "x", **ADMIN}, root)
    assert r.status == 201, r


def test_machine_is_of_one_tenant(server, root):
    """Of one name in two tenants, each is what it is there."""
    a, b = Tenant(server), Tenant(server)
    name = "m" + secrets.token_hex(6)
    strong = machine(server, root, "users:write", base=a.base,
                     client_id=name)
    weak = machine(server, root, "roles:read", base=b.base, client_id=name)
    assert a.get("/admin/users", strong.token).status == 200
    error(b.get("/admin/users", weak.token), 403, "forbidden")
    for base in (b.base, ""):
        error(server.get(base + "/admin/users", strong.token), 401,
              "invalid_token")
    # nor is the root's anybody in a tenant, as the super admin is
    home = machine(server, root, "users:write")
    error(a.get("/admin/users", home.token), 401, "invalid_token")


def test_machine_racing_its_end(server, root):
    """An act comes before its actor's end, or not at all."""
    m = machine(server, root, "users:write")
    users = [server.register()["userId"] for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(9) as pool:
        acts = [pool.submit(server.post, f"/admin/users/{u}/disable",
                            token=m.token) for u in users]
        end = pool.submit(server.patch, "/admin/clients/" + m.client_id,
                          {"roles": []}, root)
        done = [f.result().status for f in acts]
        assert end.result().status == 200
    assert set(done) <= {204, 401}, done
    assert server.get("/admin/users", m.token).status == 401
    ((at,),) = server.sql(
        "SELECT min(created_at) FROM audit WHERE action = 'client.update' "
        f"AND subject = '{m.client_id}'")
    found = server.sql("SELECT subject FROM audit WHERE action = "
                       f"'user.disable' AND actor = '{m.client_id}'")
    assert len(found) == done.count(204) and at
