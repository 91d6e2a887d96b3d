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

"""Accounts under administration (API.md section 6): /admin/users and moatctl
user, their rights and their limits. CASES 7, 60, 65."""

import json
import os
import secrets
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import bcrypt
import pytest

from test_factor import enrol
from test_tenants import Tenant
from test_throttle import node

DONE, REFUSED, USAGE = 0, 1, 2
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def root(server):
    """A token of the super admin."""
    return server.admin_login()["token"]


def name():
    return "u" + secrets.token_hex(6)


def pages(server, token, query=""):
    """All items of a list, page by page."""
    items, cursor = [], ""
    while True:
        r = server.get("/admin/users?" + query + cursor, token=token)
        assert r.status == 200, r
        got = r.json()
        items += got["items"]
        if got["next"] is None:
            return items
        cursor = "&cursor=" + got["next"]


def imported(server, *users):
    """Accounts without a password, by moatctl."""
    r = server.ctl("user", "import", "-", input="".join(
        json.dumps({"email": u["username"].lower() + "@example.org", **u})
        + "\n" for u in users))
    assert r.returncode == DONE, r.stdout + r.stderr


# ---- lists ----

def test_list_goes_through_all_accounts_once(server, root):
    mark = name()
    imported(server, *({"username": f"{mark}.{i}"} for i in range(7)))
    got = pages(server, root, "limit=3")
    ids = [u["id"] for u in got]
    assert len(set(ids)) == len(ids)
    assert [u["id"] for u in pages(server, root, "limit=200")] == ids
    mine = [u for u in got if u["username"].startswith(mark)]
    assert len(mine) == 7
    one = server.get("/admin/users/" + mine[0]["id"], token=root).json()
    assert one == mine[0]


def test_search_finds_the_begin_of_names_and_addresses(server, root):
    mark = name()
    imported(server,
             {"username": mark + "b", "email": "x@" + mark + ".example"},
             {"username": mark.upper() + "A",
              "email": mark + "zz@example.org"},
             {"username": "z" + mark, "email": mark + ".mail@example.org"},
             {"username": "y" + mark, "email": mark.upper() + "@example.org"},
             {"username": "x" + mark})

    def search(q, more=""):
        return [u["username"] for u in
                pages(server, root, f"q={q}{more}")]

    want = [mark.upper() + "A", mark + "b", "z" + mark, "y" + mark]
    assert search(mark) == want
    for limit in 1, 2, 3, 4:
        assert search(mark, f"&limit={limit}") == want
    assert search(mark.upper()) == want
    assert search(mark + "%40example") == ["y" + mark]
    assert search(mark + "A") == [mark.upper() + "A"]
    assert search(mark, "&status=active") == want
    assert search(mark, "&status=disabled") == []
    assert search(mark, "&role=admin") == []
    # nothing of a pattern means anything
    for q in "%25", "_", mark[:3] + "%25", "*", "%27%20OR%20%271", "%C3%A9%":
        assert search(q.rstrip("%")) == []
    assert search("%F4%8F%BF%BF") == []


def test_search_ignores_case_beyond_ascii(server, root):
    mark = secrets.token_hex(6)
    imported(server, {"username": "\u00c4rger" + mark,
                      "email": mark + "@example.org"})
    for q in "\u00e4rger" + mark, "\u00c4RGER" + mark, "\u00c4rger" + mark[:11]:
        r = server.get("/admin/users?q=" + quote(q), token=root)
        assert [u["username"] for u in r.json()["items"]] == [
            "\u00c4rger" + mark], q


def test_list_by_status_and_role(server, root):
    mark = name()
    imported(server, {"username": mark + "1", "roles": ["admin"]},
             {"username": mark + "2"})
    admins = pages(server, root, "role=admin&limit=2")
    assert mark + "1" in [u["username"] for u in admins]
    assert {u["role"] for u in admins} == {"admin"}
    assert [u["role"] for u in pages(server, root, "role=superadmin")] == [
        "superadmin"]
    users = pages(server, root, "role=user&q=" + mark)
    assert [u["username"] for u in users] == [mark + "2"]
    assert pages(server, root, "role=no-such") == []
    server.sql("UPDATE users SET status = 'disabled' WHERE username = "
               f"'{mark}2'")
    got = pages(server, root, "status=disabled&limit=1")
    assert mark + "2" in [u["username"] for u in got]
    assert {u["status"] for u in got} == {"disabled"}
    assert mark + "2" not in [u["username"] for u in
                              pages(server, root, "status=active")]


@pytest.mark.parametrize("query,path", [
    ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"),
    ("status=gone", "status"), ("status=" + "a" * 17, "status"),
    ("status=Active", "status"), ("role=" + "a" * 65, "role"),
    ("q=" + "a" * 1017, "q"), ("q=%ff", "q"),
    ("cursor=x", "cursor"), ("cursor=i", "cursor"), ("cursor=n%00", "cursor"),
    ("cursor=i" + NOBODY + "x", "cursor"), ("cursor=nQUJD", "cursor"),
    ("cursor=e" + NOBODY, "cursor"), ("cursor=" + "i" * 1025, "cursor"),
    ("q=a&cursor=i" + NOBODY, "cursor"), ("q=a&cursor=n!", "cursor"),
    ("q=a&cursor=n_w", "cursor"), ("q=a&cursor=ex", "cursor")])
def test_bad_questions_are_400(server, root, query, path):
    r = server.get("/admin/users?" + query, token=root)
    assert r.status == 400, r
    assert r.json()["errors"][0]["path"] in (path, ""), r.json()


def test_forged_cursors_show_nothing_else(server, root):
    all_ids = {u["id"] for u in pages(server, root, "limit=200")}
    for cursor in ("i" + NOBODY, "i" + "f" * 8 + "-ffff-7fff-bfff-" + "f" * 12):
        r = server.get("/admin/users?cursor=" + cursor, token=root)
        assert r.status == 200
        assert {u["id"] for u in r.json()["items"]} <= all_ids


def test_lists_are_not_for_everyone(server):
    user = server.user()
    assert server.get("/admin/users").status == 401
    r = server.get("/admin/users", token=user["token"])
    assert r.status == 403 and r.json()["error"] == "forbidden"
    r = server.get("/admin/users?limit=0", token=user["token"])
    assert r.status == 400
    server.post("/auth/logout", token=user["token"])
    assert server.get("/admin/users?limit=0",
                      token=user["token"]).status == 401


# ---- moatctl ----

def test_moatctl_lists_and_shows(server, root):
    mark = name()
    imported(server, {"username": mark, "name": "Some Body"})
    r = server.ctl("user", "list", "--q", mark)
    assert r.returncode == DONE, r.stderr
    head, line = r.stdout.splitlines()
    assert head.split() == ["ID", "USERNAME", "ROLE", "STATUS", "EMAIL"]
    assert line.split()[1:] == [mark, "user", "active",
                                mark + "@example.org"]
    r = server.ctl("--json", "user", "list", "--q", mark)
    item, = [json.loads(l) for l in r.stdout.splitlines()]
    got = server.get("/admin/users/" + item["id"], token=root).json()
    assert item == got
    for who in mark, mark.upper(), item["id"]:
        r = server.ctl("--json", "user", "show", who)
        assert r.returncode == DONE and json.loads(r.stdout) == got
    r = server.ctl("user", "show", mark)
    assert "Some Body" in r.stdout and item["id"] in r.stdout
    assert len(server.ctl("--json", "user", "list").stdout.splitlines()) == \
        len(pages(server, root, "limit=200"))


def test_moatctl_refuses(server):
    r = server.ctl("user", "show", "nobody")
    assert (r.returncode, r.stderr) == (REFUSED, "moatctl: no such user\n")
    r = server.ctl("--json", "user", "show", NOBODY)
    assert r.returncode == REFUSED
    assert json.loads(r.stdout)["ok"] is False
    assert server.ctl("user", "list", "--status", "x").returncode == REFUSED
    for args in (["list", "x"], ["list", "--q"], ["show"], ["show", "a", "b"],
                 ["show", "-x"], ["list", "--nope", "x"], ["nope"], []):
        assert server.ctl("user", *args).returncode == USAGE, args
    r = server.ctl("--tenant", "none", "user", "list")
    assert (r.returncode, r.stderr) == (REFUSED, "moatctl: no such tenant\n")


# ---- custom roles in tokens ----

def claims(token):
    part = token.split(".")[1]
    return json.loads(b64decode(part + "=" * (-len(part) % 4), "-_"))


def give(server, user, *roles, permissions=()):
    """Custom roles straight in the database."""
    for role in roles:
        server.sql("INSERT INTO roles (tenant, name, created_at, updated_at, "
                   f"last_op) VALUES ('default', '{role}', 1, 1, '') "
                   "ON CONFLICT DO NOTHING")
        for p in permissions:
            server.sql("INSERT INTO role_permissions (tenant, role, "
                       f"permission, builtin) VALUES ('default', '{role}', "
                       f"'{p}', 0) ON CONFLICT DO NOTHING")
        server.sql("INSERT INTO user_roles (user_id, tenant, role) VALUES "
                   f"('{user}', 'default', '{role}')")


def test_custom_roles_are_in_tokens_and_me(server):
    user = server.user()
    assert claims(user["token"])["roles"] == ["user"]
    roles = sorted(f"r{secrets.token_hex(31)}" for _ in range(32))
    give(server, user["userId"], *roles, permissions=["shop:sell"])
    want = ["user", *roles]
    new = server.login(user)
    assert claims(new["token"])["roles"] == want
    r = server.post("/auth/refresh", {"refresh_token": new["refresh_token"]})
    assert r.status == 200 and claims(r.json()["token"])["roles"] == want
    r = server.post("/auth/step-up", {"password": user["password"]},
                    token=new["token"])
    assert r.status == 200 and claims(r.json()["token"])["roles"] == want
    me = server.get("/auth/me", token=r.json()["token"]).json()
    assert me["roles"] == want and me["permissions"] == ["shop:sell"]
    me = server.patch("/auth/me", {"name": "N"}, token=new["token"]).json()
    assert me["roles"] == want and me["permissions"] == ["shop:sell"]


# ---- create ----

def put_role(server, root, user, role):
    r = server.call("PUT", f"/admin/users/{user['userId']}", {"role": role},
                    token=root)
    assert r.status == 200, r
    return r


@pytest.fixture(scope="module")
def admin(server, root):
    """An administrator, logged in."""
    user = server.register()
    put_role(server, root, user, "admin")
    return {**user, **server.login(user)}


def role(server, root, *permissions):
    r = server.post("/admin/roles", {"name": name(),
                                     "permissions": list(permissions)},
                    token=root)
    assert r.status == 201, r
    return r.json()["name"]


def holder(server, root, *permissions):
    """A logged-in user of a new role with these permissions."""
    user = server.register()
    r = server.patch(f"/admin/users/{user['userId']}",
                     {"roles": [role(server, root, *permissions)]},
                     token=root)
    assert r.status == 200, r
    return {**user, **server.login(user)}


def create(server, token, **over):
    n = name()
    r = server.post("/admin/users", {"username": n,
                                     "email": n + "@example.org", **over},
                    token=token)
    assert r.status == 201, r
    return r.json()


def error(r):
    return r.status, r.json()["error"]


def paths(r):
    assert error(r) == (400, "invalid_request"), r
    return [e["path"] for e in r.json()["errors"]]


def audited(server, user):
    """(action, actor, detail) of what was done to an account, in order."""
    return [(a, who, json.loads(d) if d else None) for a, who, d in
            server.sql("SELECT action, COALESCE(actor, ''), "
                       "COALESCE(detail, '') FROM audit WHERE subject = "
                       f"'{user}' ORDER BY created_at, id")]


def me_id(server, token):
    return server.get("/auth/me", token=token).json()["id"]


def test_create(server, root):
    n, r1 = name(), role(server, root)
    r = server.post("/admin/users", {
        "username": n, "email": n + "@Example.org", "name": "N N",
        "roles": ["admin", r1, "user", r1], "email_verified": True},
        token=root)
    assert r.status == 201, r
    u = r.json()
    assert r.headers["location"] == "/admin/users/" + u["id"]
    assert u["username"] == n and u["email"] == n + "@Example.org"
    assert u["name"] == "N N" and u["email_verified"] is True
    assert u["role"] == "admin" and u["roles"] == ["admin", "user", r1]
    assert u["status"] == "active" and u["mfa"] is u["locked"] is False
    assert u["lastLoginAt"] is None and u["tenant"] == "default"
    got = server.get(r.headers["location"], token=root)
    assert got.json() == u and got.headers["etag"] == r.headers["etag"]
    assert audited(server, u["id"]) == [
        ("user.create", me_id(server, root),
         {"role": "admin", "roles": [r1]})]
    plain = create(server, root)
    assert plain["name"] == "" and plain["email_verified"] is False
    assert plain["roles"] == ["user"]
    # nobody knows a password
    r = server.post("/auth/login", {"username": plain["username"],
                                    "password": "x" * 20})
    assert error(r) == (401, "invalid_credentials")


def test_create_with_a_hash(server, root):
    password = "a password from elsewhere"
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    u = create(server, root, password_hash=hashed)
    for _ in range(2):          # by the hash as it came, then by our own
        got = server.login({"username": u["username"], "password": password})
        assert claims(got["token"])["sub"] == u["id"]
    r = server.post("/admin/users", {
        "username": name(), "email": "a@example.org",
        "password_hash": "$1$abcdefgh$0123456789012345678901"}, token=root)
    assert paths(r) == ["password_hash"] and "0123" not in str(r.body)


def test_create_ignores_what_is_not_a_field(server, root):
    u = create(server, root, id=NOBODY, role="superadmin", tenant="other",
               status="disabled", epoch=9, permissions=["users:write"],
               password="a new password of mine", createdAt="2001-01-01",
               mfa=True, locked=True, pending_email="x@example.org")
    assert u["id"] != NOBODY and u["role"] == "user"
    assert u["tenant"] == "default" and u["status"] == "active"
    assert u["mfa"] is False and not u["createdAt"].startswith("2001")


@pytest.mark.parametrize("over,path", [
    ({"username": "ab"}, "username"), ({"username": "a b c"}, "username"),
    ({"username": 7}, "username"), ({"username": None}, "username"),
    ({"email": "x"}, "email"), ({"email": ""}, "email"),
    ({"name": "a\u0007b"}, "name"), ({"name": "n" * 129}, "name"),
    ({"name": None}, "name"),
    ({"roles": ["user", "no-such-role"]}, "roles.1"),
    ({"roles": ["A"]}, "roles.0"), ({"roles": ["user", "a b"]}, "roles.1"),
    ({"roles": [""]}, "roles.0"), ({"roles": ["r" * 65]}, "roles.0"),
    ({"roles": ["user", "admin", "%"]}, "roles.2"),
    ({"roles": [7]}, "roles.0"), ({"roles": "admin"}, "roles"),
    ({"roles": ["user"] * 33}, "roles"),
    ({"email_verified": 1}, "email_verified"),
    ({"password_hash": ""}, "password_hash"),
    ({"password_hash": "x"}, "password_hash"),
    ({"password_hash": "x" * 513}, "password_hash")])
def test_create_refuses(server, root, over, path):
    n = name()
    r = server.post("/admin/users", {"username": n,
                                     "email": n + "@example.org", **over},
                    token=root)
    assert path in paths(r), r.json()
    if over.get("username", n) == n:
        assert server.get("/admin/users?q=" + n,
                          token=root).json()["items"] == []


def test_create_what_is_taken(server, root):
    a = create(server, root, email_verified=True)
    b = create(server, root)
    r = server.post("/admin/users", {"username": a["username"].upper(),
                                     "email": "x@example.org"}, token=root)
    assert error(r) == (409, "username_taken")
    r = server.post("/admin/users", {"username": name(),
                                     "email": a["email"].upper()}, token=root)
    assert error(r) == (409, "email_taken")
    # an address that nobody verified is nobody's
    c = create(server, root, email=b["email"], email_verified=True)
    assert c["email"] == b["email"]


def test_create_in_a_tenant(server, root):
    t = Tenant(server)
    n = name()
    r = t.post("/admin/users", {"username": n, "email": n + "@example.org",
                                "roles": ["admin"]}, token=root)
    assert r.status == 201, r
    u = r.json()
    assert u["tenant"] == t.id
    assert r.headers["location"] == f"/t/{t.id}/admin/users/{u['id']}"
    assert server.get(r.headers["location"], token=root).json() == u
    # nowhere else
    assert server.get("/admin/users/" + u["id"], token=root).status == 404
    assert pages(server, root, "q=" + n) == []
    # a role of another tenant is none
    r = t.post("/admin/users", {
        "username": name(), "email": "x@example.org",
        "roles": ["user", role(server, root)]}, token=root)
    assert paths(r) == ["roles.1"]
    # moatctl goes where it is sent
    m = name()
    r = server.ctl("--tenant", t.id, "user", "add", m, m + "@example.org")
    assert r.returncode == DONE, r.stderr
    assert f"/t/{t.id}/reset-password?token=" in r.stdout
    assert server.ctl("user", "show", m).returncode == REFUSED
    assert server.ctl("user", "disable", u["id"]).returncode == REFUSED
    r = server.ctl("--tenant", t.id, "--json", "user", "list")
    assert {json.loads(l)["username"] for l in r.stdout.splitlines()} == {
        n, m}


# ---- change ----

def test_patch_each_member(server, root):
    u = create(server, root)
    at = "/admin/users/" + u["id"]
    etags = {server.get(at, token=root).headers["etag"]}

    def patch(**members):
        r = server.patch(at, members, token=root)
        assert r.status == 200, r
        assert r.headers["etag"] not in etags
        etags.add(r.headers["etag"])
        assert server.get(at, token=root).json() == r.json()
        assert server.get(at, token=root).headers["etag"] == \
            r.headers["etag"]
        return r.json()

    n = name()
    assert patch(username=n)["username"] == n
    assert patch(username=n.upper())["username"] == n.upper()
    assert patch(name="A")["name"] == "A"
    assert patch(name="")["name"] == ""
    assert patch(email_verified=True)["email_verified"] is True
    got = patch(email=u["email"].upper())
    assert got["email"] == u["email"].upper() and got["email_verified"]
    got = patch(email=n + "@example.com")
    assert got["email"] == n + "@example.com"
    assert got["email_verified"] is False
    assert patch(email=n + "@example.net",
                 email_verified=True)["email_verified"] is True
    r1, r2 = role(server, root), role(server, root)
    assert patch(roles=[r1])["roles"] == ["user", r1]
    assert patch(roles=[r2, "admin"])["roles"] == ["admin", "user", r2]
    assert patch(roles=[])["roles"] == ["user"]
    who = me_id(server, root)
    assert audited(server, u["id"])[1:] == [
        ("user.update", who, {"members": ["username"]})] * 2 + [
        ("user.update", who, {"members": ["name"]})] * 2 + [
        ("user.update", who, {"members": ["email_verified"]}),
        ("user.update", who, {"members": ["email"]}),
        ("user.update", who, {"members": ["email"]}),
        ("user.update", who, {"members": ["email", "email_verified"]}),
        ("user.roles", who, {"role": "user", "roles": [r1]}),
        ("user.roles", who, {"role": "admin", "roles": [r2]}),
        ("user.roles", who, {"role": "user", "roles": []})]
    got = patch(name="B", roles=[r1])
    assert got["name"] == "B" and got["roles"] == ["user", r1]
    assert {a for a, _, _ in audited(server, u["id"])[-2:]} == {
        "user.update", "user.roles"}


def test_patch_ignores_what_is_not_a_field(server, admin):
    u = create(server, admin["token"])
    at = "/admin/users/" + u["id"]
    for body in ({}, {"role": "superadmin"}, {"id": NOBODY},
                 {"tenant": "other"}, {"status": "disabled"}, {"epoch": 7},
                 {"permissions": ["tenants:write"]}, {"mfa": False},
                 {"password": "x" * 20}, {"password_hash": "$2b$..."}):
        assert paths(server.patch(at, body, token=admin["token"])) == [""]
    r = server.patch(at, {"name": "N", "role": "superadmin", "id": NOBODY,
                          "status": "disabled", "tenant": "other"},
                     token=admin["token"])
    assert r.status == 200
    assert {**r.json(), "updatedAt": 0} == {**u, "name": "N", "updatedAt": 0}


@pytest.mark.parametrize("body,path", [
    ({"username": "a"}, "username"), ({"username": "a/b"}, "username"),
    ({"email": "a@b"}, "email"), ({"name": "\u0000"}, ""),
    ({"roles": ["nope"]}, "roles.0"), ({"roles": None}, "roles"),
    ({"email_verified": "yes"}, "email_verified")])
def test_patch_refuses(server, root, admin, body, path):
    r = server.patch("/admin/users/" + admin["userId"], body, token=root)
    assert path in paths(r), r.json()


def test_patch_what_is_taken(server, root):
    a = create(server, root, email_verified=True)
    b = create(server, root)
    at = "/admin/users/" + b["id"]
    r = server.patch(at, {"username": a["username"]}, token=root)
    assert error(r) == (409, "username_taken")
    r = server.patch(at, {"email": a["email"]}, token=root)
    assert error(r) == (409, "email_taken")
    c = create(server, root, email=b["email"])
    assert server.patch(at, {"email_verified": True},
                        token=root).status == 200
    r = server.patch("/admin/users/" + c["id"], {"email_verified": True},
                     token=root)
    assert error(r) == (409, "email_taken")
    assert server.patch("/admin/users/" + c["id"], {"name": "C"},
                        token=root).status == 200


def test_a_new_address_ends_links_to_the_old(server, root):
    u = server.register()
    r = server.ctl("user", "set-password-link", u["username"])
    link = r.stdout.strip().split("token=")[1]
    server.patch("/admin/users/" + u["userId"],
                 {"email": name() + "@example.org"}, token=root)
    r = server.post("/auth/reset-password", {
        "token": link, "newPassword": "quite a new password"})
    assert error(r) == (400, "invalid_token")


def test_put_role(server, root, admin):
    u = server.user()
    r1 = role(server, root)
    at = "/admin/users/" + u["userId"]
    assert server.patch(at, {"roles": [r1]}, token=root).status == 200
    r = put_role(server, admin["token"], u, "admin")
    assert r.json() == {"message": "User role updated successfully"}
    got = server.get(at, token=root).json()
    assert got["role"] == "admin" and got["roles"] == ["admin", "user", r1]
    put_role(server, admin["token"], u, "user")
    got = server.get(at, token=root).json()
    assert got["roles"] == ["user", r1]
    for bad in ("root", r1, "", "user admin", "Admin"):
        r = server.call("PUT", at, {"role": bad}, token=root)
        assert paths(r) == ["role"], bad
    assert [d for a, _, d in audited(server, u["userId"])
            if a == "user.roles"] == [{"role": "user", "roles": [r1]},
                                      {"role": "admin"}, {"role": "user"}]


def test_a_change_of_roles_ends_access_tokens_at_once(server, root):
    u = server.user()
    at = "/admin/users/" + u["userId"]
    put_role(server, root, u, "admin")
    r = server.get("/auth/me", token=u["token"])
    assert error(r) == (401, "invalid_token")
    r = server.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
    assert r.status == 200
    u.update(r.json())
    assert claims(u["token"])["roles"] == ["admin", "user"]
    assert server.get("/admin/users?limit=1", token=u["token"]).status == 200
    # what is no change ends nothing
    put_role(server, root, u, "admin")
    server.patch(at, {"roles": ["admin"], "name": "A"}, token=root)
    assert server.get("/auth/me", token=u["token"]).status == 200
    server.patch(at, {"roles": []}, token=root)
    assert server.get("/admin/users?limit=1", token=u["token"]).status == 401
    r = server.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
    assert claims(r.json()["token"])["roles"] == ["user"]
    r = server.get("/admin/users?limit=1", token=r.json()["token"])
    assert error(r) == (403, "forbidden")


# ---- If-Match ----

def test_if_match(server, root):
    u = create(server, root)
    at = "/admin/users/" + u["id"]

    def tag():
        return server.get(at, token=root).headers["etag"]

    def patch(match, n="N"):
        return server.patch(at, {"name": n}, token=root,
                            headers={"If-Match": match})

    old = tag()
    assert patch(old).status == 200
    for stale in (old, "W/" + tag(), '"x"', "x", "", " ", '"', "W/*", "**",
                  tag().strip('"'), "'%s'" % tag(), '"' + "1" * 600 + '"',
                  '"%"', old + ", W/" + tag(), tag()[:-2] + '9"'):
        r = patch(stale)
        assert error(r) == (412, "precondition_failed"), stale
    for good in "*", '"a", %s', '"a","b" , %s ,"c"', 'W/"x", %s':
        assert patch(good.replace("%s", tag())).status == 200, good
    for method, body in (("PUT", {"role": "admin"}), ("DELETE", None)):
        r = server.call(method, at, body, token=root,
                        headers={"If-Match": old})
        assert error(r) == (412, "precondition_failed"), method
    assert server.get(at, token=root).json()["role"] == "user"
    # what is not there is not there, whatever is asked of it
    r = server.patch("/admin/users/" + NOBODY, {"name": "N"}, token=root,
                     headers={"If-Match": old})
    assert r.status == 404
    now = tag()
    assert server.call("PUT", at, {"role": "admin"}, token=root,
                       headers={"If-Match": now}).status == 200
    assert server.call("DELETE", at, token=root,
                       headers={"If-Match": now}).status == 412
    assert server.call("DELETE", at, token=root,
                       headers={"If-Match": tag()}).status == 200


def test_of_parallel_changes_one_wins(server, root):
    u = create(server, root)
    at = "/admin/users/" + u["id"]
    for _ in range(3):
        tag = server.get(at, token=root).headers["etag"]
        with ThreadPoolExecutor(8) as pool:
            got = list(pool.map(lambda i: server.patch(
                at, {"name": f"N{i}"}, token=root,
                headers={"If-Match": tag}).status, range(8)))
        assert sorted(got) == [200] + [412] * 7


def test_parallel_creations_of_one_name(server, root):
    n = name()
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda i: server.post("/admin/users", {
            "username": n, "email": f"{n}{i}@example.org"},
            token=root).status, range(6)))
    assert sorted(got) == [201] + [409] * 5


# ---- delete ----

def test_delete(server, root, admin):
    u = server.user()
    at = "/admin/users/" + u["userId"]
    r = server.delete(at, token=admin["token"])
    assert r.status == 200
    assert r.json() == {"message": "User deleted successfully"}
    assert server.get(at, token=root).status == 404
    assert server.delete(at, token=root).status == 404
    assert server.get("/auth/me", token=u["token"]).status == 401
    assert server.post("/auth/refresh", {
        "refresh_token": u["refresh_token"]}).status == 401
    assert audited(server, u["userId"])[-1][:2] == ("user.delete",
                                                    admin["userId"])
    # its name is free, and nothing of it comes back
    again = server.register(username=u["username"])
    got = server.get("/admin/users/" + again["userId"], token=root).json()
    assert got["username"] == u["username"] and got["lastLoginAt"] is None
    assert server.get("/auth/me", token=u["token"]).status == 401


# ---- acts ----

def act(server, token, user, what):
    return server.post(f"/admin/users/{user['userId']}/{what}", token=token)


def test_disable_and_enable(server, root, admin):
    u = server.user()
    for _ in range(2):
        assert act(server, admin["token"], u, "disable").status == 204
        assert server.get("/auth/me", token=u["token"]).status == 401
        assert server.post("/auth/refresh", {
            "refresh_token": u["refresh_token"]}).status == 401
    r = server.post("/auth/login", {"username": u["username"],
                                    "password": u["password"]})
    assert error(r) == (401, "invalid_credentials")
    got = server.get("/admin/users/" + u["userId"], token=root).json()
    assert got["status"] == "disabled"
    for _ in range(2):
        assert act(server, admin["token"], u, "enable").status == 204
    assert server.get("/auth/me", token=u["token"]).status == 401
    assert server.login(u)["token"]
    who = admin["userId"]
    assert [x for x in audited(server, u["userId"]) if x[1] == who] == [
        ("user.disable", who, None), ("user.enable", who, None)]


def test_revoke_sessions(server, root, admin):
    u = server.user()
    other = server.login(u)
    for _ in range(2):
        assert act(server, admin["token"], u,
                   "revoke-sessions").status == 204
    for t in u, other:
        assert server.get("/auth/me", token=t["token"]).status == 401
        assert server.post("/auth/refresh", {
            "refresh_token": t["refresh_token"]}).status == 401
    assert server.login(u)["token"]
    who = admin["userId"]
    assert [x for x in audited(server, u["userId"]) if x[1] == who] == [
        ("session.end", who, {"session": "all"})]


def test_reset_mfa(server, root, admin):
    u = server.user()
    enrol(server, u)
    assert server.get("/auth/me", token=u["token"]).json()["mfa"] is True
    for _ in range(2):
        assert act(server, admin["token"], u, "reset-mfa").status == 204
    assert server.get("/auth/me", token=u["token"]).status == 401
    got = server.get("/admin/users/" + u["userId"], token=root).json()
    assert got["mfa"] is False
    assert server.login(u)["token"]
    assert server.sql("SELECT 1 FROM recovery_codes WHERE user_id = "
                      f"'{u['userId']}'") == []
    who = admin["userId"]
    assert [x for x in audited(server, u["userId"]) if x[1] == who] == [
        ("mfa.reset", who, None)]


def test_unlock(server, root, admin):
    u = server.user()
    key = u["username"].lower()
    server.sql("INSERT INTO throttles (kind, tenant, subject, charges, "
               "streak, penalty, until, expires_at, last_op) VALUES "
               f"('login', 'default', '{key}', 2000000, 2000000, 1, "
               "9000000000000000, 9000000000000000, '')")
    at = "/admin/users/" + u["userId"]
    assert server.get(at, token=root).json()["locked"] is True
    item, = pages(server, root, "q=" + u["username"])
    assert item["locked"] is True
    assert act(server, admin["token"], u, "unlock").status == 204
    assert server.get(at, token=root).json()["locked"] is False
    assert server.login(u)["token"]
    assert act(server, admin["token"], u, "unlock").status == 204


def test_no_mail_server_no_reset_mail(server, root):
    u = create(server, root)
    r = server.post(f"/admin/users/{u['id']}/send-reset", token=root)
    assert error(r) == (503, "mail_unavailable")
    assert "retry-after" in r.headers


def test_what_is_not_there(server, root):
    for i in NOBODY, "x", "superadmin":
        at = "/admin/users/" + i
        assert server.patch(at, {"name": "N"}, token=root).status == 404
        assert server.call("PUT", at, {"role": "admin"},
                           token=root).status == 404
        assert server.delete(at, token=root).status == 404
        for what in ACTS:
            assert server.post(f"{at}/{what}", token=root).status == 404
    u = create(server, root)
    assert server.post(f"/admin/users/{u['id']}/promote",
                       token=root).status == 404


# ---- who may not ----

ACTS = ("disable", "enable", "unlock", "reset-mfa", "revoke-sessions")


def writes(server, token, user):
    """Each way to change an account."""
    at = "/admin/users/" + user
    yield server.patch(at, {"name": "Mine"}, token=token)
    yield server.patch(at, {"username": name()}, token=token)
    yield server.patch(at, {"roles": []}, token=token)
    yield server.patch(at, {"email": "mine@example.org",
                            "email_verified": True}, token=token)
    for r in "user", "admin":
        yield server.call("PUT", at, {"role": r}, token=token)
    yield server.delete(at, token=token)
    for what in ACTS:
        yield server.post(f"{at}/{what}", token=token)


def test_no_one_touches_the_super_admin(server, root, admin):
    boss = me_id(server, root)
    before = server.get("/admin/users/" + boss, token=root).json()
    for token in root, admin["token"]:
        for r in writes(server, token, boss):
            assert error(r) == (403, "superadmin_protected"), r
    assert server.get("/admin/users/" + boss, token=root).json() == before


def test_no_one_makes_a_super_admin(server, root, admin):
    u = create(server, root)
    at = "/admin/users/" + u["id"]
    for token in root, admin["token"]:
        for r in (server.call("PUT", at, {"role": "superadmin"}, token=token),
                  server.patch(at, {"roles": ["superadmin"]}, token=token),
                  server.patch(at, {"roles": ["user", "superadmin"],
                                    "name": "S"}, token=token),
                  server.post("/admin/users", {
                      "username": name(), "email": "s@example.org",
                      "roles": ["superadmin"]}, token=token)):
            assert error(r) == (403, "superadmin_protected"), r
    got = server.get(at, token=root).json()
    assert got["role"] == "user" and got["name"] == ""
    assert len(pages(server, root, "role=superadmin")) == 1


def test_everyone_else_may_nothing(server, root, admin):
    u = server.user()
    victim = create(server, root)
    reader = holder(server, root, "users:read")
    for who in u, reader:
        for target in victim["id"], who["userId"], admin["userId"], NOBODY:
            for r in writes(server, who["token"], target):
                assert error(r) == (403, "forbidden"), r
        r = server.post("/admin/users", {"username": name(),
                                         "email": "x@example.org"},
                        token=who["token"])
        assert error(r) == (403, "forbidden")
        # self-grant
        r = server.patch("/admin/users/" + who["userId"],
                         {"roles": ["admin"]}, token=who["token"])
        assert error(r) == (403, "forbidden")
    assert server.get("/admin/users/" + victim["id"],
                      token=reader["token"]).json() == victim
    for r in writes(server, None, victim["id"]):
        assert error(r) == (401, "unauthorized")
    server.post("/auth/logout", token=u["token"])
    for r in writes(server, u["token"], victim["id"]):
        assert error(r) == (401, "invalid_token")


def test_no_one_grants_or_touches_what_they_lack(server, root, admin):
    """CASES 60: users:write alone is not the right to make administrators."""
    clerk = holder(server, root, "users:write")
    keys = role(server, root, "keys:rotate")
    readers = role(server, root, "users:read")
    audit = role(server, root, "audit:read")
    u = create(server, clerk["token"], roles=[readers])
    at = "/admin/users/" + u["id"]
    for body in ({"roles": ["admin"]}, {"roles": [audit]},
                 {"roles": [readers, keys]}):
        assert error(server.patch(at, body, token=clerk["token"])) == (
            403, "forbidden"), body
        assert error(server.patch("/admin/users/" + clerk["userId"], body,
                                  token=clerk["token"])) == (403, "forbidden")
        assert error(server.post("/admin/users", {
            "username": name(), "email": "x@example.org", **body},
            token=clerk["token"])) == (403, "forbidden")
    assert error(server.call("PUT", at, {"role": "admin"},
                             token=clerk["token"])) == (403, "forbidden")
    # an administrator lacks keys:rotate
    assert error(server.patch(at, {"roles": [keys]},
                              token=admin["token"])) == (403, "forbidden")
    assert server.get(at, token=root).json()["roles"] == ["user", readers]
    # who holds more is out of reach
    for r in writes(server, clerk["token"], admin["userId"]):
        assert error(r) == (403, "forbidden"), r
    rotator = holder(server, root, "keys:rotate")
    for r in writes(server, admin["token"], rotator["userId"]):
        assert error(r) == (403, "forbidden"), r
    # a peer is not
    peer = server.register()
    put_role(server, root, peer, "admin")
    assert server.patch("/admin/users/" + peer["userId"], {"name": "P"},
                        token=admin["token"]).status == 200
    assert server.patch(at, {"roles": [readers, audit]},
                        token=admin["token"]).status == 200
    assert error(server.delete(at, token=clerk["token"])) == (
        403, "forbidden")


def test_a_right_that_is_taken_away_ends_what_is_under_way(server, root):
    """CASES 65: each change came before the demotion, or is refused."""
    victims = [create(server, root)["id"] for _ in range(12)]
    a = server.register()
    put_role(server, root, a, "admin")
    a.update(server.login(a))

    def change(i):
        if i == 5:
            put_role(server, root, a, "user")
            return 0
        return server.patch("/admin/users/" + victims[i], {"name": "X"},
                            token=a["token"]).status

    with ThreadPoolExecutor(12) as pool:
        got = list(pool.map(change, range(12)))
    assert set(got) <= {0, 200, 401}
    demoted = server.sql("SELECT MAX(created_at) FROM audit WHERE subject = "
                         f"'{a['userId']}' AND action = 'user.roles'")
    assert demoted
    for i, status in enumerate(got):
        user = server.get("/admin/users/" + victims[i], token=root).json()
        assert (user["name"] == "X") == (status == 200)
    assert server.patch("/admin/users/" + victims[0], {"name": "Y"},
                        token=a["token"]).status == 401


def test_two_administrators_disable_each_other(server, root):
    a, b = (server.register() for _ in range(2))
    for u in a, b:
        put_role(server, root, u, "admin")
        u.update(server.login(u))
    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(lambda p: act(
            server, p[0]["token"], p[1], "disable").status,
            [(a, b), (b, a)]))
    assert sorted(got) == [204, 401]


# ---- moatctl changes ----

def test_moatctl_adds_and_deletes(server, root):
    n = name()
    r = server.ctl("user", "add", n, n + "@example.org", "--role", "admin")
    assert r.returncode == DONE, r.stderr
    link = r.stdout.strip()
    assert link.startswith(server.url + "/reset-password?token=")
    user, = pages(server, root, "q=" + n)
    assert user["role"] == "admin"
    password = "set by the link of moatctl"
    r = server.post("/auth/reset-password", {
        "token": link.split("token=")[1], "newPassword": password})
    assert r.status == 200
    assert server.login({"username": n, "password": password})
    assert audited(server, user["id"])[0] == (
        "user.create", "", {"by": "operator", "role": "admin", "roles": []})
    r = server.ctl("user", "add", n, "x@example.org")
    assert (r.returncode, r.stderr) == (
        REFUSED, "moatctl: the username is taken\n")
    for role_name, why in (("superadmin", "protected"), ("nope", "no role")):
        r = server.ctl("user", "add", name(), "x@example.org", "--role",
                       role_name)
        assert r.returncode == REFUSED and why in r.stderr, r.stderr
    r = server.ctl("user", "add", "a b", "x@example.org")
    assert r.returncode == REFUSED and "username" in r.stderr
    r = server.ctl("--json", "user", "add", name(), "x@example.org")
    got = json.loads(r.stdout)
    assert got["user"]["role"] == "user" and got["link"].startswith("http")
    # what cannot be undone asks
    r = server.ctl("user", "delete", n, input="yes\n")
    assert r.returncode == REFUSED and "--yes" in r.stderr
    assert server.get("/admin/users/" + user["id"], token=root).status == 200
    r = server.ctl("user", "delete", n, "--yes")
    assert r.returncode == DONE, r.stderr
    assert server.get("/admin/users/" + user["id"], token=root).status == 404
    assert audited(server, user["id"])[-1] == (
        "user.delete", "", {"by": "operator"})
    assert server.ctl("user", "delete", n, "--yes").returncode == REFUSED


def test_moatctl_asks_on_a_terminal(server, root):
    import pty
    import subprocess
    import moat
    for typed, code in (b"no\n", REFUSED), (b"\n", REFUSED), (b"yes\n", DONE):
        u = create(server, root)
        mine, theirs = pty.openpty()
        p = subprocess.Popen(
            [str(moat.BUILD / "moatctl"), "--socket",
             str(server.state / "moatd.sock"), "user", "delete", u["id"]],
            stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.close(theirs)
        os.write(mine, typed)
        _, err = p.communicate(timeout=30)
        os.close(mine)
        assert p.returncode == code, err
        assert b"cannot be undone" in err
        left = server.get("/admin/users/" + u["id"], token=root).status
        assert left == (404 if code == DONE else 200)


def test_moatctl_acts(server, root):
    u = server.user()
    for what in "disable", "disable", "enable", "enable", "unlock":
        r = server.ctl("user", what, u["username"].upper())
        assert r.returncode == DONE, r.stderr
    assert server.get("/auth/me", token=u["token"]).status == 401
    u.update(server.login(u))
    enrol(server, u)
    r = server.ctl("--json", "--yes", "user", "reset-mfa", u["userId"])
    assert r.returncode == DONE and json.loads(r.stdout)["ok"] is True
    assert server.login(u)["token"]
    assert [(a, d) for a, w, d in audited(server, u["userId"])
            if d and d.get("by") == "operator"] == [
        (a, {"by": "operator"}) for a in ("user.disable", "user.enable",
                                          "user.unlock", "mfa.reset")]
    for what in "disable", "enable", "unlock", "reset-mfa":
        assert server.ctl("--yes", "user", what,
                          "no.such.user").returncode == REFUSED
        assert server.ctl("user", what).returncode == USAGE


def test_the_operator_reaches_the_super_admin(fresh_server):
    s = fresh_server()
    token = s.admin_login()["token"]
    for what in "unlock", "reset-mfa", "disable":
        assert s.ctl("--yes", "user", what,
                     s.admin[0]).returncode == DONE
    assert s.get("/auth/me", token=token).status == 401
    r = s.post("/auth/login", {"username": s.admin[0],
                               "password": s.admin[1]})
    assert error(r) == (401, "invalid_credentials")
    assert s.ctl("user", "enable", s.admin[0]).returncode == DONE
    assert s.admin_login()["token"]
    r = s.ctl("user", "delete", s.admin[0], "--yes")
    assert (r.returncode, r.stderr) == (
        REFUSED, "moatctl: the super admin is protected\n")
    assert s.admin_login()["token"]


def test_one_name_for_many_at_once_on_two_nodes(fresh_server, database):
    """Who loses the race to a name is told that it is taken; the database's
    own refusal never shows."""
    if database != "postgres":
        pytest.skip("SQLite has one node")
    one = fresh_server(database="postgres")
    two = node(fresh_server, one, "")
    roots = [s.admin_login()["token"] for s in (one, two)]
    ids = [one.register()["userId"] for _ in range(12)]
    for turn in range(4):
        with ThreadPoolExecutor(12) as pool:
            got = list(pool.map(lambda i: (one, two)[i % 2].patch(
                f"/admin/users/{ids[i]}", {"username": f"wanted{turn}"},
                token=roots[i % 2]).status, range(12)))
        assert sorted(set(got)) == [200, 409] and got.count(200) == 1, got
