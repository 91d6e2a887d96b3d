"""Decisions for applications and proxies (API.md sections 4 and 7)."""

import secrets
import threading
import urllib.parse

import pytest

import forge
import moat


def name():
    return "r" + secrets.token_hex(6)


def error(r):
    return r.status, r.json()["error"]


@pytest.fixture(scope="module")
def root(server):
    """A token of the super admin."""
    return server.admin_login()["token"]


def role(server, root, *permissions):
    n = name()
    r = server.post("/admin/roles", {"name": n, "permissions":
                                     list(permissions)}, token=root)
    assert r.status == 201, r
    return n


def give(server, user, *roles):
    """Lets a user hold roles, behind the server's back: tokens stay good."""
    for r in roles:
        server.sql("INSERT INTO user_roles (user_id, tenant, role) VALUES "
                   f"('{user['userId']}', 'default', '{r}')")
    return user


def ask(server, token, **query):
    return server.get("/auth/check?" + urllib.parse.urlencode(query),
                      token=token)


def allowed(server, token, **query):
    r = ask(server, token, **query)
    assert r.status == 200, r
    assert set(r.json()) == {"allowed", "subject"}
    return r.json()["allowed"]


# ---- GET /auth/check ----

def test_check_of_a_permission(server, root):
    user = give(server, server.user(), role(server, root, "users:write"))
    t = user["token"]
    assert ask(server, t, permission="users:write").json() == {
        "allowed": True, "subject": user["userId"]}
    assert allowed(server, t, permission="users:read")      # is included
    assert not allowed(server, t, permission="roles:write")
    assert not allowed(server, t, permission="roles:read")


def test_check_of_a_role_counts_the_lower_ones(server, root):
    own = role(server, root)
    user = give(server, server.user(), own)
    assert allowed(server, user["token"], role="user")
    assert allowed(server, user["token"], role=own)
    assert not allowed(server, user["token"], role="admin")
    assert not allowed(server, user["token"], role="superadmin")
    for r in ("user", "admin", "superadmin"):
        assert allowed(server, root, role=r)
    assert not allowed(server, root, role=own)


def test_check_of_both_wants_both(server, root):
    own = role(server, root, "audit:read")
    t = give(server, server.user(), own)["token"]
    for permission, r, want in (("audit:read", own, True),
                                ("audit:read", "admin", False),
                                ("users:read", own, False),
                                ("users:read", "admin", False)):
        assert allowed(server, t, permission=permission, role=r) is want


def test_super_admin_holds_every_existing_permission(server, root):
    for p in ("tenants:write", "keys:rotate", "audit:read"):
        assert allowed(server, root, permission=p)
    for p in ("nobody:reads", "users:delete", "users:*", "*"):
        assert not allowed(server, root, permission=p)


@pytest.mark.parametrize("bad", [
    "nosuch", "users", ":", "*", "users:write'--", "users:write ",
    " users:write", "USERS:WRITE", "users:write,roles:write", "ü", "-",
    "users:write\r\nX: y", "%", "a" * 129, "a" * 130, "a" * 4096,
    "' OR '1'='1"])
def test_what_is_no_permission_and_no_role_is_not_held(server, root, bad):
    assert not allowed(server, root, permission=bad)
    assert not allowed(server, root, role=bad)
    assert not allowed(server, root, permission="users:read", role=bad)


@pytest.mark.parametrize("query", [
    "", "x=y", "permission=", "role=", "permission=a&permission=b",
    "role=user&role=admin", "permission=%ff", "permission=%00",
    "permission=" + "a" * 4097, "role=&permission=users:read",
    "Permission=users:read", "permission=users:read&role="])
def test_check_without_a_question_is_refused(server, root, query):
    r = server.get("/auth/check?" + query, token=root)
    assert error(r) == (400, "invalid_request"), r


def test_check_without_a_token_is_401_before_400(server):
    r = server.get("/auth/check")
    assert error(r) == (401, "unauthorized")
    assert r.headers["www-authenticate"] == 'Bearer realm="moatd"'
    r = server.get("/auth/check?role=user", token="x.y.z")
    assert error(r) == (401, "invalid_token")


def test_check_of_an_ended_session_is_401(server):
    user = server.user()
    server.post("/auth/logout", token=user["token"])
    assert ask(server, user["token"], role="user").status == 401
    assert server.get("/auth/check", token=user["token"]).status == 401


def test_roles_in_a_token_decide_nothing(server, root):
    """What a token says of its roles is as old as the token."""
    own = role(server, root, "users:read")
    user = give(server, server.user(), own)
    t = server.login(user)["token"]
    assert allowed(server, t, role=own)
    server.sql(f"DELETE FROM user_roles WHERE role = '{own}'")
    # nobody told the workers: they may remember it for a second
    moat.until(lambda: not allowed(server, t, role=own))
    assert not allowed(server, t, permission="users:read")


def test_no_follows_yes_at_once(server, root):
    """A role's permission goes: the next answer is no, with the same token."""
    own = role(server, root, "audit:read")
    t = give(server, server.user(), own)["token"]
    for wanted in (["users:read"], ["audit:read"], []):
        assert server.patch(f"/admin/roles/{own}", {"permissions": wanted},
                            token=root).status == 200
        assert allowed(server, t, permission="audit:read") is (
            "audit:read" in wanted)


def test_deleted_role_answers_401_at_once(server, root):
    own = role(server, root, "audit:read")
    t = give(server, server.user(), own)["token"]
    assert allowed(server, t, permission="audit:read")
    assert server.delete(f"/admin/roles/{own}", token=root).status == 204
    assert ask(server, t, permission="audit:read").status == 401


def test_no_yes_after_the_role_was_narrowed(server, root):
    """Askers on all workers: no yes begins after the act was answered."""
    own = role(server, root, "audit:read")
    t = give(server, server.user(), own)["token"]
    done, late = threading.Event(), []

    def run():
        while True:
            after = done.is_set()
            yes = allowed(server, t, permission="audit:read")
            if after:
                late.append(yes)
                return

    threads = [threading.Thread(target=run) for _ in range(4)]
    for th in threads:
        th.start()
    r = server.patch(f"/admin/roles/{own}", {"permissions": []}, token=root)
    done.set()
    for th in threads:
        th.join()
    assert r.status == 200 and late == [False] * 4


# ---- GET /auth/verify ----

def test_verify_names_the_user(server, root):
    own = role(server, root, "audit:read")
    user = give(server, server.user(), own)
    r = server.get("/auth/verify", token=user["token"])
    assert (r.status, r.body) == (200, b""), r
    assert "content-type" not in r.headers
    assert r.headers["x-auth-user"] == user["username"]
    assert r.headers["x-auth-subject"] == user["userId"]
    assert r.headers["x-auth-roles"] == f"user,{own}"
    assert r.headers["x-auth-tenant"] == "default"
    assert r.headers["cache-control"] == "no-store"
    r = server.get("/auth/verify", token=root)
    assert r.headers["x-auth-roles"] == "superadmin,admin,user"


def test_verify_percent_encodes_the_name(server):
    user = server.user(username="Ёлка_" + str(secrets.randbelow(10**9)),
                       email=f"{secrets.token_hex(6)}@example.org")
    r = server.get("/auth/verify", token=user["token"])
    assert r.status == 200, r
    got = r.headers["x-auth-user"]
    assert got.isascii() and urllib.parse.unquote(got) == user["username"]


@pytest.mark.parametrize("query,status", [
    ("role=user", 200), ("permission=audit:read", 200),
    ("role=user&permission=audit:read", 200), ("role=admin", 403),
    ("permission=users:read", 403), ("role=admin&permission=audit:read", 403),
    ("role=user&permission=users:read", 403), ("permission=nosuch", 403),
    ("role=" + "a" * 200, 403), ("role=", 400), ("permission=", 400),
    ("role=user&role=user", 400)])
def test_verify_wants_all(server, root, query, status):
    t = give(server, server.user(), role(server, root, "audit:read"))["token"]
    r = server.get("/auth/verify?" + query, token=t)
    assert r.status == status, r
    if status != 200:
        assert not [h for h in r.headers if h.startswith("x-auth-")]


def test_verify_ignores_what_comes_in(server):
    """CASES: a client that says who it is to the proxy's question."""
    user = server.user()
    r = server.get("/auth/verify", token=user["token"], headers={
        "X-Auth-User": "admin", "X-Auth-Roles": "superadmin",
        "X-Auth-Subject": "1", "X-Auth-Tenant": "other"})
    assert r.headers["x-auth-user"] == user["username"]
    assert r.headers["x-auth-roles"] == "user"
    r = server.get("/auth/verify", headers={"X-Auth-User": "admin"})
    assert r.status == 401 and "x-auth-user" not in r.headers


@pytest.mark.parametrize("value", [
    "Bearer", "Bearer ", "Basic YWRtaW46YQ==", "Bearer x", "bearer a.b.c",
    "Token x"])
def test_verify_without_a_good_token_is_401(server, value):
    r = server.get("/auth/verify", headers={"Authorization": value})
    assert r.status == 401, r
    assert not [h for h in r.headers if h.startswith("x-auth-")]


def test_verify_of_an_ended_session_is_401(server):
    user = server.user()
    assert server.get("/auth/verify", token=user["token"]).status == 200
    server.post("/auth/logout", token=user["token"])
    assert server.get("/auth/verify", token=user["token"]).status == 401


@pytest.mark.parametrize("path", ["/auth/check?role=user", "/auth/verify"])
def test_forged_tokens_decide_nothing(server, path):
    user = server.user()
    head, body, sig = user["token"].split(".")
    for t in (f"{head}.{body}.", f"{head}.{body}.{sig[:-2]}AA",
              f"{head}.{forge.b64(b'{}')}.{sig}"):
        r = server.get(path, token=t)
        assert error(r) == (401, "invalid_token"), t
