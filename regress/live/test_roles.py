"""Roles and permissions over /admin (API.md sections 4 and 6)."""

import secrets
import threading

import pytest

BUILTIN = {"user": [], "admin": ["audit:read", "clients:write", "keys:read",
                                 "roles:write", "tokens:introspect",
                                 "users:write"]}


def name():
    return "r" + secrets.token_hex(6)


@pytest.fixture(scope="module")
def root(server):
    """A token of the super admin."""
    return server.admin_login()["token"]


def role(server, root, *permissions, **over):
    """A new role: its name."""
    body = {"name": name(), "permissions": list(permissions), **over}
    r = server.post("/admin/roles", body, token=root)
    assert r.status == 201, r
    return body["name"]


def give(server, user, *roles):
    """Lets a user hold roles, behind the server's back: tokens stay good."""
    for r in roles:
        server.sql("INSERT INTO user_roles (user_id, tenant, role) VALUES "
                   f"('{user['userId']}', 'default', '{r}')")
    return user


def holder(server, root, *permissions):
    """A logged-in user with a role of these permissions, and that role."""
    r = role(server, root, *permissions)
    return give(server, server.user(), r), r


def error(r):
    return r.status, r.json()["error"]


def paths(r):
    assert error(r) == (400, "invalid_request"), r
    return [e["path"] for e in r.json()["errors"]]


# ---- what is there ----

def test_builtin_roles_are_listed(server, root):
    roles = {}
    cursor = ""
    while cursor is not None:
        r = server.get("/admin/roles?limit=200" + (
            f"&cursor={cursor}" if cursor else ""), token=root)
        assert r.status == 200, r
        roles.update((i["name"], i) for i in r.json()["items"])
        cursor = r.json()["next"]
    for builtin, permissions in BUILTIN.items():
        got = roles[builtin]
        assert sorted(got["permissions"]) == permissions
        assert got["builtin"] is True and got["createdAt"] is None
    assert "tenants:write" in roles["superadmin"]["permissions"]


def test_permissions_are_listed_in_pages(server, root):
    names, cursor, pages = [], "", 0
    while cursor is not None:
        r = server.get("/admin/permissions?limit=5" + (
            f"&cursor={cursor}" if cursor else ""), token=root)
        assert r.status == 200, r
        assert len(r.json()["items"]) <= 5
        names += [i["name"] for i in r.json()["items"]]
        cursor, pages = r.json()["next"], pages + 1
    assert pages >= 3 and len(set(names)) == len(names)
    assert {"users:read", "users:write", "roles:read", "roles:write",
            "clients:read", "clients:write", "tenants:read", "tenants:write",
            "keys:read", "keys:rotate", "audit:read",
            "tokens:introspect"} <= set(names)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x",
                                   "cursor=", "cursor=%27%3B--",
                                   "cursor=UPPER", "cursor=a&cursor=b"])
@pytest.mark.parametrize("path", ["/admin/roles", "/admin/permissions"])
def test_bad_pages_are_refused(server, root, path, query):
    r = server.get(f"{path}?{query}", token=root)
    assert error(r) == (400, "invalid_request")


def test_role_lives(server, root):
    n = name()
    r = server.post("/admin/roles", {
        "name": n, "description": "Über <uns>",
        "permissions": ["users:write", "audit:read"]}, token=root)
    assert r.status == 201, r
    assert r.headers["location"] == f"/admin/roles/{n}"
    made = r.json()
    assert made.pop("createdAt").endswith("Z")
    assert made == {"name": n, "description": "Über <uns>", "builtin": False,
                    "permissions": ["audit:read", "users:write"]}
    assert server.get(f"/admin/roles/{n}", token=root).json()["name"] == n

    r = server.patch(f"/admin/roles/{n}", {"description": ""}, token=root)
    assert r.status == 200 and r.json()["description"] == ""
    assert r.json()["permissions"] == ["audit:read", "users:write"]
    r = server.patch(f"/admin/roles/{n}", {"permissions": []}, token=root)
    assert r.status == 200 and r.json()["permissions"] == []
    r = server.patch(f"/admin/roles/{n}", {
        "permissions": ["users:read", "users:write", "users:read"]},
        token=root)
    assert r.json()["permissions"] == ["users:read", "users:write"]

    assert server.delete(f"/admin/roles/{n}", token=root).status == 204
    assert error(server.get(f"/admin/roles/{n}", token=root)) == (
        404, "not_found")
    assert server.delete(f"/admin/roles/{n}", token=root).status == 404


def test_role_acts_are_in_the_audit(server, root):
    n = role(server, root, "users:write")
    server.patch(f"/admin/roles/{n}", {"permissions": ["audit:read"]},
                 token=root)
    server.delete(f"/admin/roles/{n}", token=root)
    rows = server.sql("SELECT action, detail FROM audit WHERE subject = "
                      f"'{n}' AND result = 'success' ORDER BY id")
    assert [r[0] for r in rows] == ["role.create", "role.update",
                                    "role.delete"]
    assert rows[0][1] == '{"permissions":["users:write"]}'
    assert rows[1][1] == ('{"members":["permissions"],'
                          '"permissions":["audit:read"]}')


def test_hundred_permissions_of_one_name_make_one(server, root):
    n = role(server, root, *(["users:read"] * 100))
    assert server.get(f"/admin/roles/{n}", token=root).json()[
        "permissions"] == ["users:read"]


# ---- what is refused ----

@pytest.mark.parametrize("bad", [
    "", "a", "A1", "Admin", "1a", "-a", ".a", "_a", "a" * 65, "a b", "a/b",
    "a\u0000b", "a\nb", "ä1", "a'--", "a;b", "a,b", "a:b", "ａｂ", "a ",
    " a", "../a", "a%2fb", 7, None, ["a1"], {"a": 1}, True])
def test_bad_names_are_refused(server, root, bad):
    r = server.post("/admin/roles", {"name": bad, "permissions": []},
                    token=root)
    assert r.status == 400, r
    assert r.json()["error"] == "invalid_request"


@pytest.mark.parametrize("bad", [
    "tenants:read", "tenants:write", "tenants:*", "*", "*:*", "users:*",
    "users:delete", "users", ":", "", "users:", ":read", "users:write ",
    "USERS:WRITE", "keys:write", "nobody:reads", "moatd:all", "users:read:x",
    "a:b", "ab c:d", "users:read\u0000", "x" * 4096, "superadmin", "admin"])
def test_permission_that_is_none_is_refused(server, root, bad):
    r = server.post("/admin/roles", {
        "name": name(), "permissions": ["users:read", bad]}, token=root)
    if r.status == 400 and "\u0000" in bad:
        return
    assert paths(r) == ["permissions.1"]


def test_every_bad_element_is_named(server, root):
    r = server.post("/admin/roles", {"name": "Xx", "permissions": [
        "tenants:write", "users:read", "?"]}, token=root)
    assert paths(r) == ["name", "permissions.0", "permissions.2"]


@pytest.mark.parametrize("body", [
    {}, {"name": "abc"}, {"permissions": []}, [], "x", None,
    {"name": "abc", "permissions": "users:read"},
    {"name": "abc", "permissions": [1]},
    {"name": "abc", "permissions": [["users:read"]]},
    {"name": "abc", "permissions": {"0": "users:read"}},
    {"name": "abc", "permissions": ["users:read"] * 101},
    {"name": "abc", "permissions": [], "description": "x" * 257},
    {"name": "abc", "permissions": [], "description": None}])
def test_bad_bodies_are_refused(server, root, body):
    r = server.call("POST", "/admin/roles", body, token=root, headers={
        "Content-Type": "application/json"})
    assert error(r) == (400, "invalid_request")


@pytest.mark.parametrize("body", [{}, {"name": "other"}, {"builtin": False},
                                  {"permissions": ["tenants:write"]},
                                  {"description": 1}])
def test_bad_changes_are_refused(server, root, body):
    n = role(server, root)
    r = server.patch(f"/admin/roles/{n}", body, token=root)
    assert error(r) == (400, "invalid_request")


def test_what_is_not_a_member_changes_nothing(server, root):
    """CASES 21: mass assignment."""
    n = name()
    r = server.post("/admin/roles", {
        "name": n, "permissions": [], "builtin": True, "tenant": "other",
        "createdAt": "2000-01-01T00:00:00.000Z", "implied": 1}, token=root)
    assert r.status == 201 and r.json()["builtin"] is False
    assert not r.json()["createdAt"].startswith("2000")
    r = server.patch(f"/admin/roles/{n}", {"description": "d", "name": "new",
                                           "builtin": True}, token=root)
    assert r.json()["name"] == n and r.json()["builtin"] is False


@pytest.mark.parametrize("builtin", ["user", "admin", "superadmin"])
def test_builtin_roles_are_as_they_are(server, root, builtin):
    assert server.get(f"/admin/roles/{builtin}", token=root).status == 200
    r = server.patch(f"/admin/roles/{builtin}", {"description": "x"},
                     token=root)
    assert error(r) == (403, "builtin_role")
    r = server.patch(f"/admin/roles/{builtin}", {"permissions": []},
                     token=root)
    assert error(r) == (403, "builtin_role")
    r = server.delete(f"/admin/roles/{builtin}", token=root)
    assert error(r) == (403, "builtin_role")
    r = server.post("/admin/roles", {"name": builtin, "permissions": []},
                    token=root)
    assert error(r) == (409, "role_taken")


def test_taken_name_is_refused_and_changes_nothing(server, root):
    n = role(server, root, "users:read", description="first")
    r = server.post("/admin/roles", {"name": n, "description": "second",
                                     "permissions": []}, token=root)
    assert error(r) == (409, "role_taken")
    got = server.get(f"/admin/roles/{n}", token=root).json()
    assert got["description"] == "first"
    assert got["permissions"] == ["users:read"]


@pytest.mark.parametrize("bad", ["no-such-role", "x", "X", "a%27--",
                                 "%2e%2e", "a%00", "a" * 200])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_roles_are_not_found(server, root, method, bad):
    body = {"description": "x"} if method == "PATCH" else None
    assert server.call(method, f"/admin/roles/{bad}", body,
                       token=root).status == 404


# ---- who may ----

ACTS = [("GET", "/admin/permissions", None, "read"),
        ("GET", "/admin/roles", None, "read"),
        ("GET", "/admin/roles/admin", None, "read"),
        ("POST", "/admin/roles", {"name": "abc", "permissions": []}, "write"),
        ("PATCH", "/admin/roles/abc", {"description": "x"}, "write"),
        ("DELETE", "/admin/roles/abc", None, "write")]


@pytest.mark.parametrize("method,path,body,need", ACTS)
def test_who_lacks_the_permission_is_forbidden(server, root, method, path,
                                               body, need):
    others = ["users:write", "clients:write", "audit:read", "keys:rotate",
              "tokens:introspect"] + (["roles:read"] if need == "write"
                                      else [])
    for user in (server.user(), holder(server, root, *others)[0]):
        r = server.call(method, path, body, token=user["token"])
        assert error(r) == (403, "forbidden")
    assert server.call(method, path, body).status == 401


def test_write_includes_read(server, root):
    user, _ = holder(server, root, "roles:write")
    for method, path, body, need in ACTS:
        if need == "read":
            assert server.call(method, path, body,
                               token=user["token"]).status == 200


def test_bad_body_of_who_may_not_is_400_before_403(server):
    user = server.user()
    r = server.post("/admin/roles", {"name": "X"}, token=user["token"])
    assert r.status == 400, r
    r = server.patch("/admin/roles/unknown-role", {"description": "x"},
                     token=user["token"])
    assert r.status == 403, r


def test_nobody_grants_what_they_lack(server, root):
    user, own = holder(server, root, "roles:write", "users:read")
    n = name()
    for lacked in ("users:write", "keys:read", "keys:rotate", "audit:read",
                   "clients:read", "clients:write", "tokens:introspect"):
        r = server.post("/admin/roles", {"name": n, "permissions": [
            "users:read", lacked]}, token=user["token"])
        assert error(r) == (403, "forbidden"), lacked
        r = server.patch(f"/admin/roles/{own}", {"permissions": [
            "roles:write", lacked]}, token=user["token"])
        assert error(r) == (403, "forbidden"), lacked
    assert server.get(f"/admin/roles/{n}", token=root).status == 404
    r = server.post("/admin/roles", {"name": n, "permissions": [
        "users:read", "roles:read", "roles:write"]}, token=user["token"])
    assert r.status == 201, r


def test_admin_cannot_make_a_role_of_more_than_admin(server, root):
    user = server.user()
    server.sql("UPDATE users SET role = 'admin' WHERE id = "
               f"'{user['userId']}'")
    r = server.post("/admin/roles", {"name": name(),
                                     "permissions": ["keys:rotate"]},
                    token=user["token"])
    assert error(r) == (403, "forbidden")
    r = server.post("/admin/roles", {"name": name(), "permissions": [
        "users:write", "keys:read"]}, token=user["token"])
    assert r.status == 201, r


def test_role_above_the_caller_stays_as_it_is(server, root):
    """A role of a peer who holds more: no edit, no end, not even of text."""
    user, _ = holder(server, root, "roles:write")
    above = role(server, root, "users:write", description="above")
    for body in ({"description": "mine"}, {"permissions": []},
                 {"permissions": ["roles:read"]},
                 {"permissions": ["users:write"]}):
        r = server.patch(f"/admin/roles/{above}", body, token=user["token"])
        assert error(r) == (403, "forbidden"), body
    r = server.delete(f"/admin/roles/{above}", token=user["token"])
    assert error(r) == (403, "forbidden")
    got = server.get(f"/admin/roles/{above}", token=root).json()
    assert got["description"] == "above"
    assert got["permissions"] == ["users:write"]


def test_role_that_was_widened_is_out_of_reach(server, root):
    """One that they made themselves, and gave away, grows over them."""
    user, _ = holder(server, root, "roles:write", "users:read")
    n = name()
    r = server.post("/admin/roles", {"name": n, "permissions": [
        "users:read"]}, token=user["token"])
    assert r.status == 201, r
    r = server.patch(f"/admin/roles/{n}", {"permissions": ["users:write"]},
                     token=root)
    assert r.status == 200, r
    for r in (server.patch(f"/admin/roles/{n}", {"permissions": []},
                           token=user["token"]),
              server.delete(f"/admin/roles/{n}", token=user["token"])):
        assert error(r) == (403, "forbidden")


def test_narrowing_the_own_role_applies_at_once(server, root):
    user, own = holder(server, root, "roles:write")
    r = server.patch(f"/admin/roles/{own}", {"permissions": ["roles:read"]},
                     token=user["token"])
    assert r.status == 200, r
    r = server.patch(f"/admin/roles/{own}", {"permissions": ["roles:write"]},
                     token=user["token"])
    assert error(r) == (403, "forbidden")
    assert server.get("/admin/roles", token=user["token"]).status == 200


def test_changed_permissions_apply_from_the_next_request(server, root):
    """The same token before and after: it is not killed, it may other."""
    user, own = holder(server, root, "users:read")
    me = f"/admin/users/{user['userId']}"
    assert server.get(me, token=user["token"]).status == 200
    assert server.get("/admin/roles", token=user["token"]).status == 403
    server.patch(f"/admin/roles/{own}", {"permissions": ["roles:read"]},
                 token=root)
    assert server.get(me, token=user["token"]).status == 403
    assert server.get("/admin/roles", token=user["token"]).status == 200


def test_deleted_role_is_lost_and_its_tokens_die(server, root):
    user, own = holder(server, root, "roles:write")
    assert server.delete(f"/admin/roles/{own}", token=root).status == 204
    r = server.get("/admin/roles", token=user["token"])
    assert error(r) == (401, "invalid_token")
    new = server.login(user)["token"]
    assert server.get("/admin/roles", token=new).status == 403
    # nor does a new role of that name give it back
    r = server.post("/admin/roles", {"name": own, "permissions": [
        "roles:write"]}, token=root)
    assert r.status == 201, r
    assert server.get("/admin/roles", token=new).status == 403


def test_leftovers_of_a_name_give_nothing(server, root):
    """Rows that no role owns: whoever holds the name gets nothing of it."""
    n, user = name(), server.user()
    give(server, user, n)
    server.sql("INSERT INTO role_permissions (tenant, role, permission, "
               f"builtin) VALUES ('default', '{n}', 'keys:rotate', 1)")
    r = server.post("/admin/roles", {"name": n, "permissions": [
        "roles:write"]}, token=root)
    assert r.status == 201 and r.json()["permissions"] == ["roles:write"]
    assert server.get("/admin/roles", token=user["token"]).status == 403


def test_deleting_the_own_role_ends_it_whole(server, root):
    user, own = holder(server, root, "roles:write")
    assert server.delete(f"/admin/roles/{own}",
                         token=user["token"]).status == 204
    assert server.get("/admin/roles", token=user["token"]).status == 401
    assert server.sql(f"SELECT role FROM user_roles WHERE role = '{own}'"
                      ) == []
    assert server.sql("SELECT role FROM role_permissions WHERE role = "
                      f"'{own}'") == []


# ---- races ----

def at_once(*acts):
    """Runs all at the same time; their results, in order."""
    out = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(i, act):
        gate.wait()
        out[i] = act()

    threads = [threading.Thread(target=run, args=a) for a in enumerate(acts)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return out


def test_one_of_many_creates_wins(server, root):
    n = name()
    got = at_once(*[lambda p=p: server.post("/admin/roles", {
        "name": n, "permissions": [p]}, token=root) for p in
        ("users:read", "users:write", "audit:read", "keys:read")])
    assert sorted(r.status for r in got) == [201, 409, 409, 409]
    won = next(r for r in got if r.status == 201).json()
    assert server.get(f"/admin/roles/{n}", token=root).json() == won


def test_admin_act_and_loss_of_the_role_have_an_order(server, root):
    """An act is answered 201 only if it came before the role went away."""
    for _ in range(5):
        user, own = holder(server, root, "roles:write")
        n = name()
        act, loss = at_once(
            lambda: server.post("/admin/roles", {"name": n, "permissions": [
                "roles:write"]}, token=user["token"]),
            lambda: server.patch(f"/admin/roles/{own}", {"permissions": []},
                                 token=root))
        assert loss.status == 200, loss
        assert act.status in (201, 403), act
        there = server.get(f"/admin/roles/{n}", token=root).status == 200
        assert there == (act.status == 201)
        r = server.post("/admin/roles", {"name": name(), "permissions": []},
                        token=user["token"])
        assert r.status == 403, r


def test_two_who_end_each_others_role(server, root):
    """Each is the other's superior for a moment; nothing hangs or breaks."""
    a, mine = holder(server, root, "roles:write")
    b, theirs = holder(server, root, "roles:write")
    got = at_once(
        lambda: server.delete(f"/admin/roles/{theirs}", token=a["token"]),
        lambda: server.delete(f"/admin/roles/{mine}", token=b["token"]))
    assert sorted(r.status for r in got) in ([204, 204], [204, 401],
                                             [204, 403]), got
    assert 204 in [r.status for r in got]
