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


"""Tenants as the super admin and moatctl make, change and erase them (API.md
sections 6 and 10). CASES 64, 65."""

import concurrent.futures
import json
import secrets
import subprocess
import sys

import pytest

import moat
from tenant import Tenant, new_id, no_tenant, root, two  # noqa: F401

sys.path.insert(0, str(moat.TOP / "regress" / "bench"))
import tenants as bench  # noqa: E402


CLIENT = {"client_id": "billing", "client_name": "Billing",
          "grant_types": ["client_credentials"], "permissions": ["read"]}


# ---- administration ----

def test_the_super_admin_makes_changes_and_erases_a_tenant(server, root):
    id = new_id()
    r = server.post("/admin/tenants", {"id": id, "name": "Acme"}, root)
    assert r.status == 201, r
    assert r.headers["location"] == "/admin/tenants/" + id
    made = r.json()
    assert made["createdAt"].endswith("Z")
    assert {k: made[k] for k in made if k != "createdAt"} == {
        "id": id, "name": "Acme", "status": "active", "registration": "open",
        "require_mfa": False, "password_min": 15}
    assert server.get("/admin/tenants/" + id, root).json() == made
    r = server.patch("/admin/tenants/" + id, {
        "name": "Acme & Söhne", "registration": "closed",
        "password_min": 20}, root)
    assert r.status == 200, r
    assert r.json() == {**made, "name": "Acme & Söhne", "password_min": 20,
                        "registration": "closed"}
    r = server.delete("/admin/tenants/" + id, token=root)
    assert r.status == 409 and r.json()["error"] == "tenant_active", r
    assert server.patch("/admin/tenants/" + id, {"status": "suspended"},
                        root).json()["status"] == "suspended"
    r = server.delete("/admin/tenants/" + id, token=root)
    assert r.status == 204, r
    for method in ("GET", "DELETE"):
        r = server.call(method, "/admin/tenants/" + id, token=root)
        assert r.status == 404, r
    assert server.patch("/admin/tenants/" + id, {"name": "x"},
                        root).status == 404


def test_tenants_are_listed_by_cursor_once_each(server, root):
    made = sorted(new_id() for _ in range(5))
    for id in made:
        assert server.post("/admin/tenants", {"id": id, "name": "x"},
                           root).status == 201
    seen, cursor = [], ""
    while cursor is not None:
        r = server.get("/admin/tenants?limit=2" + cursor, root)
        assert r.status == 200, r
        page = r.json()
        assert len(page["items"]) <= 2
        seen += [t["id"] for t in page["items"]]
        cursor = page["next"] and "&cursor=" + page["next"]
    assert len(seen) == len(set(seen))
    assert set(made) | {"default"} <= set(seen)
    for bad in ("cursor=A", "cursor=%2e", "limit=0", "limit=201", "limit=x",
                "cursor=" + "a" * 64):
        assert server.get("/admin/tenants?" + bad, root).status == 400


@pytest.mark.parametrize("body,paths", [
    ({}, {"id"}), ({"id": ""}, {"id"}), ({"id": "A"}, {"id"}),
    ({"id": "-a"}, {"id"}), ({"id": "a_b"}, {"id"}), ({"id": 1}, {"id"}),
    ({"id": "a" * 64}, {"id"}), ({"id": "a/b"}, {"id"}),
    ({"id": "ok", "name": ""}, {"name"}),
    ({"id": "ok", "name": "x" * 129}, {"name"}),
    ({"id": "ok", "name": "a\u202eb"}, {"name"}),
    ({"id": "ok", "status": "gone"}, {"status"}),
    ({"id": "ok", "status": None}, {"status"}),
    ({"id": "ok", "registration": "maybe"}, {"registration"}),
    ({"id": "ok", "require_mfa": 1}, {"require_mfa"}),
    ({"id": "ok", "password_min": 7}, {"password_min"}),
    ({"id": "ok", "password_min": 65}, {"password_min"}),
    ({"id": "ok", "password_min": "15"}, {"password_min"}),
    ({"id": "ok", "password_min": 15.0}, {"password_min"}),
    ({"id": "ok", "password_min": 14}, {"password_min"}),
    ({"id": "ok", "password_min": 8, "require_mfa": False},
     {"password_min"})])
def test_a_tenant_that_is_none_is_not_made(server, root, body, paths):
    r = server.post("/admin/tenants", body, root)
    assert r.status == 400, r
    assert {e["path"] for e in r.json()["errors"]} == paths
    assert server.get("/admin/tenants/ok", root).status == 404


def test_an_id_is_taken_once(server, root):
    id = new_id()
    for status in (201, 409, 409):
        r = server.post("/admin/tenants", {"id": id, "name": "x"}, root)
        assert r.status == status, r
    assert r.json()["error"] == "tenant_taken"
    r = server.post("/admin/tenants", {"id": "default", "name": "x"}, root)
    assert r.status == 409, r


def test_the_built_in_tenant_stays(server, root):
    r = server.patch("/admin/tenants/default", {"status": "suspended"}, root)
    assert r.status == 403 and r.json()["error"] == "builtin_tenant", r
    r = server.delete("/admin/tenants/default", token=root)
    assert r.status == 403 and r.json()["error"] == "builtin_tenant", r
    assert server.get("/auth/me", root).status == 200


def test_a_patch_says_something_and_makes_sense(server, root):
    id = new_id()
    server.post("/admin/tenants", {"id": id, "name": "x"}, root)
    for body in ({}, {"id": "other"}, {"password_min": 8},
                 {"password_min": 14, "require_mfa": False}):
        r = server.patch("/admin/tenants/" + id, body, root)
        assert r.status == 400, (body, r)
    assert server.patch("/admin/tenants/" + id, {
        "password_min": 8, "require_mfa": True}, root).status == 200
    # it would be 8 without a second factor
    r = server.patch("/admin/tenants/" + id, {"require_mfa": False}, root)
    assert r.status == 400, r
    assert server.patch("/admin/tenants/" + id, {
        "password_min": 15, "require_mfa": False}, root).status == 200
    assert server.patch("/admin/tenants/" + new_id(), {"name": "x"},
                        root).status == 404


ROUTES = [("GET", "/admin/tenants", None),
          ("POST", "/admin/tenants", {"id": "never", "name": "x"}),
          ("GET", "/admin/tenants/default", None),
          ("PATCH", "/admin/tenants/default", {"name": "x"}),
          ("DELETE", "/admin/tenants/default", None)]


@pytest.mark.parametrize("method,path,body", ROUTES)
def test_tenants_are_for_the_super_admin_at_the_root(server, two, root,
                                                     method, path, body):
    a, _ = two
    user = server.user()
    r = server.call(method, path, body)
    assert r.status == 401, r
    r = server.call(method, path, body, user["token"])
    assert r.status == 403 and r.json()["error"] == "forbidden", r
    server.sql("UPDATE users SET role = 'admin' "
               f"WHERE id = '{user['userId']}'")
    r = server.call(method, path, body, user["token"])
    assert r.status == 403 and r.json()["error"] == "forbidden", r
    r = server.call(method, path, body, a.alice["token"])
    assert r.status == 401, r
    for token in (root, a.alice["token"], None):
        no_tenant(a.call(method, path, body, token))
    assert server.get("/admin/tenants/never", root).status == 404


def test_an_erased_tenant_leaves_its_audit_chain_only(server, root, tmp_path):
    id = new_id()
    server.post("/admin/tenants", {"id": id, "name": "x"}, root)
    t = Tenant(server, id)
    users = [t.user() for _ in range(3)]
    assert t.post("/admin/clients", CLIENT, root).status == 201
    assert t.post("/admin/roles", {"name": "reader", "permissions": [
        "billing:read"]}, root).status == 201
    server.patch("/admin/tenants/" + id, {"status": "suspended"}, root)
    no_tenant(t.get("/auth/me", users[0]["token"]))
    assert server.delete("/admin/tenants/" + id, token=root).status == 204
    moat.until(lambda: server.sql(
        f"SELECT id FROM tenants WHERE id = '{id}'") == [])
    for table in ("users", "sessions", "throttles", "outbox", "clients",
                  "client_roles", "roles", "role_permissions", "permissions"):
        assert server.sql(f"SELECT count(*) FROM {table} "
                          f"WHERE tenant = '{id}'") == [("0",)], table
    r = server.ctl("--tenant", id, "audit", "export")
    assert r.returncode == 0 and users[0]["userId"] in r.stdout, r
    f = tmp_path / "export"
    f.write_text(r.stdout)
    jwks = tmp_path / "jwks"
    jwks.write_bytes(server.get("/.well-known/jwks.json").body)
    assert server.ctl("audit", "verify", str(f), "--key",
                      str(jwks)).returncode == 0
    # the id is free, and its new users are others
    assert server.post("/admin/tenants", {"id": id, "name": "x"},
                       root).status == 201
    assert t.get("/auth/me", users[0]["token"]).status == 401
    assert t.post("/auth/login", {
        "username": users[0]["username"],
        "password": users[0]["password"]}).status == 401
    again = t.user(username=users[0]["username"])
    assert again["userId"] != users[0]["userId"]


def test_mfa_for_all_ends_the_sessions_of_who_has_none(server, root):
    id = new_id()
    server.post("/admin/tenants", {"id": id, "name": "x"}, root)
    t = Tenant(server, id)
    u = t.user()
    assert server.patch("/admin/tenants/" + id, {"name": "y"},
                        root).status == 200
    assert t.get("/auth/me", u["token"]).status == 200
    assert server.patch("/admin/tenants/" + id, {"require_mfa": True},
                        root).status == 200
    assert t.get("/auth/me", u["token"]).status == 401
    assert t.post("/auth/refresh",
                  {"refresh_token": u["refresh_token"]}).status == 401
    fresh = t.login(u)
    r = t.get("/auth/me", fresh["token"])
    assert r.status == 403 and r.json()["error"] == "mfa_setup_required"
    # a further change does not throw out who is about to set one up
    assert server.patch("/admin/tenants/" + id, {
        "name": "z", "require_mfa": True}, root).status == 200
    assert t.post("/auth/2fa/setup", {"password": u["password"]},
                  fresh["token"]).status == 200


def test_acts_on_tenants_are_in_the_servers_own_chain(server, root):
    id = new_id()
    server.post("/admin/tenants", {"id": id, "name": "x"}, root)
    server.patch("/admin/tenants/" + id, {"status": "suspended"}, root)
    server.delete("/admin/tenants/" + id, token=root)
    r = server.ctl("audit", "export")
    acts = [json.loads(line) for line in r.stdout.splitlines()]
    acts = [e for e in acts if e.get("subject") == id]
    assert [e["action"] for e in acts] == ["tenant.create", "tenant.update",
                                           "tenant.delete"]
    assert all(e["result"] == "success" and e["actor"] for e in acts)
    assert acts[1]["detail"] == {"members": ["status"]}


# ---- moatctl tenant ----

def ctl(server, *args):
    r = server.ctl("--json", *args)
    return r, [json.loads(line) for line in r.stdout.splitlines()]


def test_moatctl_makes_changes_and_erases_a_tenant(server):
    id = new_id()
    r, (made,) = ctl(server, "tenant", "add", id, "--name", "Acmé \u2713",
                     "--require-mfa", "yes", "--password-min", "8")
    assert r.returncode == 0, r
    assert made["name"] == "Acmé \u2713" and made["require_mfa"] is True
    assert made["password_min"] == 8 and made["status"] == "active"
    assert server.get(f"/t/{id}/.well-known/jwks.json").status == 200
    r, shown = ctl(server, "tenant", "show", id)
    assert shown == [made]
    r, listed = ctl(server, "tenant", "list")
    assert made in listed
    r, (changed,) = ctl(server, "tenant", "set", id, "--status", "suspended")
    assert changed == {**made, "status": "suspended"}
    assert server.get(f"/t/{id}/.well-known/jwks.json").status == 404
    r = server.ctl("tenant", "delete", id)
    assert r.returncode == 1 and "--yes" in r.stderr
    assert server.ctl("--yes", "tenant", "delete", id).returncode == 0
    r = server.ctl("tenant", "show", id)
    assert r.returncode == 1 and "not found" in r.stderr
    lines = server.ctl("audit", "export").stdout.splitlines()
    acts = [e for e in map(json.loads, lines) if e.get("subject") == id]
    assert [e["action"] for e in acts] == ["tenant.create", "tenant.update",
                                           "tenant.delete"]
    assert all(e["actor"] is None and e["ip"] is None and
               e["detail"]["by"] == "operator" for e in acts)


def test_moatctl_lists_more_tenants_than_a_page(server):
    prefix = "p" + secrets.token_hex(4)
    values = ", ".join(f"('{prefix}-{i}', 'x', 1)" for i in range(450))
    server.sql("INSERT INTO tenants (id, name, created_at) VALUES " + values)
    r, listed = ctl(server, "tenant", "list")
    assert r.returncode == 0, r
    ids = [t["id"] for t in listed]
    assert len(ids) == len(set(ids))
    assert sum(i.startswith(prefix) for i in ids) == 450
    server.sql(f"DELETE FROM tenants WHERE id LIKE '{prefix}%'")


@pytest.mark.parametrize("args,code", [
    (("tenant",), 2), (("tenant", "nonsense"), 2), (("tenant", "show"), 2),
    (("tenant", "add"), 2), (("tenant", "add", "x", "--name"), 2),
    (("tenant", "add", "x", "--wish", "y"), 2),
    (("tenant", "add", "x", "--require-mfa", "perhaps"), 2),
    (("tenant", "add", "x", "--password-min", "many"), 2),
    (("tenant", "set", "default"), 2), (("tenant", "list", "x"), 2),
    (("tenant", "add", "A"), 1), (("tenant", "show", ""), 1),
    (("tenant", "add", "default"), 1),
    (("tenant", "add", "x", "--password-min", "14"), 1),
    (("tenant", "add", "x", "--password-min", "999"), 1),
    (("tenant", "add", "x", "--registration", "maybe"), 1),
    (("tenant", "add", "x", "--name", ""), 1),
    (("tenant", "set", "default", "--status", "suspended"), 1),
    (("tenant", "set", "no-such-tenant", "--name", "x"), 1),
    (("--yes", "tenant", "delete", "default"), 1),
    (("--yes", "tenant", "delete", "no-such-tenant"), 1)])
def test_moatctl_refuses_what_is_no_tenant(server, args, code):
    r = server.ctl(*args)
    assert r.returncode == code, r
    assert r.stderr and "Traceback" not in r.stderr
    assert server.ctl("tenant", "show", "x").returncode == 1


# ---- ten thousand of them ----

@pytest.mark.slow
def test_ten_thousand_tenants_cost_rows_and_no_memory(fresh_server, database):
    """What one process keeps of a tenant would be seen in MiB."""
    s = fresh_server(database=database)
    rows, _, _ = bench.growth(s, 10000, 40, requests=1)
    assert {role for role, *_ in rows} == {"parent", *moat.ROLES,
                                            moat.MAILER}
    for role, _, before, after in rows:
        assert after - before < 6 * 1024, (role, before, after)


def test_the_chains_of_many_tenants_are_all_sealed(server):
    prefix = "c" + secrets.token_hex(4)
    server.sql("INSERT INTO audit (id, tenant, created_at, action, result) "
               "VALUES " + ", ".join(
                   f"('{prefix}-{i}', '{prefix}-{i}', 1, 'user.create', "
                   "'success')" for i in range(300)))
    moat.until(lambda: server.sql(
        f"SELECT count(*) FROM audit_chains WHERE tenant LIKE '{prefix}%' "
        "AND seq = 1") == [("300",)], 60)
    r = server.ctl("--tenant", prefix + "-299", "audit", "export")
    assert r.returncode == 0 and '"head"' in r.stdout, r


# ---- races ----

def together(n, call):
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        return list(pool.map(call, range(n)))


def test_of_many_who_make_a_tenant_one_does(server, root):
    id = new_id()
    got = together(12, lambda i: server.post(
        "/admin/tenants", {"id": id, "name": f"T {i}"}, root).status)
    assert sorted(got) == [201] + [409] * 11, got
    lines = server.ctl("audit", "export").stdout.splitlines()
    acts = [e for e in map(json.loads, lines) if e.get("subject") == id]
    assert len(acts) == 1


def test_of_many_who_erase_a_tenant_one_does(server, root):
    id = new_id()
    server.post("/admin/tenants", {"id": id, "name": "x",
                                   "status": "suspended"}, root)
    got = together(8, lambda i: server.delete("/admin/tenants/" + id,
                                              token=root).status)
    assert sorted(got) == [204] + [404] * 7, got


def test_nobody_joins_a_tenant_that_is_being_erased(server, root):
    id = new_id()
    server.post("/admin/tenants", {"id": id, "name": "x"}, root)
    t = Tenant(server, id)

    def act(i):
        if i == 6:
            server.patch("/admin/tenants/" + id, {"status": "suspended"},
                         root)
            return server.delete("/admin/tenants/" + id, token=root).status
        name = f"u{i}" + secrets.token_hex(4)
        return t.post("/auth/register", {
            "username": name, "password": f"correct horse {name}",
            "email": f"{name}@example.org"}).status

    got = together(13, act)
    assert got.pop(6) == 204
    assert set(got) <= {201, 404, 409, 500, 503} and 500 not in got, got
    moat.until(lambda: server.sql(
        f"SELECT id FROM tenants WHERE id = '{id}'") == [], 30)
    assert server.sql("SELECT count(*) FROM users "
                      f"WHERE tenant = '{id}'") == [("0",)]


def test_the_stricter_of_row_and_configuration_counts_at_the_root(
        fresh_server):
    s = fresh_server("registration closed\n")
    root = s.admin_login()["token"]
    someone = {"username": "somebody", "password": "correct horse battery",
               "email": "a@example.org"}

    def register(where=""):
        return s.post(where + "/auth/register", someone).status

    assert register() == 403                # closed here, open in the row
    id = new_id()
    assert s.post("/admin/tenants", {"id": id, "name": "x"}, root
                  ).status == 201
    assert register("/t/" + id) == 201      # which is the default's alone
    s.conf.write_text(s.conf.read_text().replace("registration closed", ""))
    s.reload()
    moat.until(lambda: register() in (201, 409), 20)
    someone["username"] = "another"
    assert s.patch("/admin/tenants/default", {"registration": "closed"},
                   root).status == 200
    assert register() == 403
    r = s.patch("/admin/tenants/default", {
        "registration": "open", "password_min": 22}, root)
    assert r.status == 200 and r.json()["password_min"] == 22
    assert register() == 400
    someone["password"] += " staple"
    assert register() == 201


# ---- what is left to do with many users ----

def crowd(server, id, n):
    """n users of a tenant with a session and a refresh token each."""
    server.sql("INSERT INTO users (id, tenant, username, username_key, email, "
               "email_key, created_at, updated_at, last_op) VALUES " +
               ", ".join(f"('{id}-{i}', '{id}', 'u{i}', 'u{i}', 'e', 'e', 1, "
                         "1, '')" for i in range(n)))
    server.sql("INSERT INTO sessions (id, tenant, user_id, client_id, scope, "
               "acr, amr, auth_at, ip, user_agent, created_at, last_used_at, "
               "idle_at, expires_at, last_op) SELECT id || '-s', tenant, id, "
               "'moatd', 'account', 'aal1', 'pwd', 1, '', '', 1, 1, "
               f"9e15, 9e15, '' FROM users WHERE tenant = '{id}'")
    server.sql("INSERT INTO refresh_tokens (hash, session_id, client_id, "
               "generation, created_at, expires_at) SELECT id, id, 'moatd', "
               f"1, 1, 1 FROM sessions WHERE tenant = '{id}'")


def count(server, id, more=""):
    return int(server.sql("SELECT count(*) FROM sessions WHERE "
                          f"tenant = '{id}' {more}")[0][0])


def test_a_change_reaches_every_user_however_many(server, root):
    id = new_id()
    server.post("/admin/tenants", {"id": id, "name": "x"}, root)
    crowd(server, id, 450)
    server.sql("UPDATE users SET totp_secret = 'x' "
               f"WHERE id = '{id}-7' OR id = '{id}-440'")
    assert server.patch("/admin/tenants/" + id, {"require_mfa": True},
                        root).status == 200
    moat.until(lambda: count(server, id, "AND ended_at IS NULL") <= 2)
    assert count(server, id, "AND ended_at IS NULL") == 2
    moat.until(lambda: server.sql(
        f"SELECT sweep FROM tenants WHERE id = '{id}'") == [("0",)])
    server.patch("/admin/tenants/" + id, {"status": "suspended"}, root)
    assert server.delete("/admin/tenants/" + id, token=root).status == 204
    r = server.post("/admin/tenants", {"id": id, "name": "y"}, root)
    assert r.status in (201, 409), r        # free once all is erased
    moat.until(lambda: count(server, id) == 0)
    assert server.sql("SELECT count(*) FROM users WHERE "
                      f"tenant = '{id}'") == [("0",)]
    assert server.sql("SELECT count(*) FROM refresh_tokens WHERE "
                      f"session_id LIKE '{id}%'") == [("0",)]


def test_what_an_engine_left_undone_the_next_one_does(fresh_server):
    s = fresh_server()
    id = new_id()
    assert s.ctl("tenant", "add", id).returncode == 0
    crowd(s, id, 450)
    assert s.stop() == 0
    s.sql("UPDATE tenants SET status = 'suspended', deleted_at = 1, "
          f"sweep = 1 WHERE id = '{id}'")
    s.start()
    moat.until(lambda: s.sql(f"SELECT id FROM tenants WHERE id = '{id}'")
               == [], 20)
    assert count(s, id) == 0


def test_an_operator_sees_into_a_suspended_tenant(server):
    t = Tenant(server)
    u = t.register()
    assert server.ctl("tenant", "set", t.id, "--status",
                      "suspended").returncode == 0
    r = server.ctl("--tenant", t.id, "--json", "user", "list")
    assert r.returncode == 0 and u["userId"] in r.stdout, r
    assert server.ctl("--tenant", t.id, "user", "show",
                      u["username"]).returncode == 0
    assert server.ctl("--tenant", t.id, "user", "unlock",
                      u["username"]).returncode == 0
    # and nobody else does for that
    no_tenant(t.get("/auth/me"))
    no_tenant(t.post("/auth/login", {"username": u["username"],
                                     "password": u["password"]}))


# ---- all of it, from nothing ----

def test_a_tenant_from_nothing_by_moatctl_and_curl(fresh_server, database):
    """An operator makes a tenant, its administrator, an application and a role
    with its permission, and who holds it; the application is told yes, and no
    when the role was taken away."""
    s = fresh_server(database=database)

    def ctl(*args):
        r = s.ctl("--tenant", "acme", "--json", *args)
        assert r.returncode == 0, (args, r)
        return [json.loads(line) for line in r.stdout.splitlines()]

    def curl(method, path, *args):
        r = subprocess.run(["curl", "-s", "-X", method, *args,
                            f"{s.url}/t/acme{path}"], capture_output=True,
                           text=True, check=True, timeout=30)
        return json.loads(r.stdout)

    def body(**members):
        return ("-H", "Content-Type: application/json", "-d",
                json.dumps(members))

    def join(name, *args):
        """A new user, who follows the link, and a token."""
        (made,) = ctl("user", "add", name, f"{name}@acme.example", *args)
        link = made["link"]
        assert link.startswith(f"{s.url}/t/acme/reset-password?token="), made
        password = f"correct horse {name} battery"
        curl("POST", "/auth/reset-password", *body(
            token=link.partition("=")[2], newPassword=password))
        return curl("POST", "/auth/login", *body(
            username=name, password=password))["access_token"]

    assert s.ctl("tenant", "add", "acme", "--name", "Acme").returncode == 0
    boss = ("-H", "Authorization: Bearer " + join("boss", "--role", "admin"))
    (app,) = ctl("client", "add", "billing", "--client-name", "Billing",
                 "--grant-types", "client_credentials",
                 "--permissions", "invoice.read")
    made = curl("POST", "/admin/roles", *boss, *body(
        name="accountant", permissions=["billing:invoice.read"]))
    assert made["permissions"] == ["billing:invoice.read"], made
    join("alice")
    (alice,) = curl("GET", "/admin/users?q=alice", *boss)["items"]

    def allowed():
        r = curl("POST", "/auth/check", "-u",
                 f"billing:{app['client_secret']}", *body(
                     subject=alice["id"],
                     permissions=["billing:invoice.read"]))
        return r["allowed"]["billing:invoice.read"]

    assert allowed() is False
    r = curl("PATCH", "/admin/users/" + alice["id"], *boss,
             *body(roles=["accountant"]))
    assert "accountant" in r["roles"], r
    assert allowed() is True
    curl("PATCH", "/admin/users/" + alice["id"], *boss, *body(roles=[]))
    assert allowed() is False
