"""The second factor of administrators (API.md section 6, CASES 18)."""

import secrets

import pytest

import forge
from test_factor import enrol, login


def name():
    return "r" + secrets.token_hex(6)


def error(r):
    return r.status, r.json()["error"]


def role(server, root, *permissions):
    n = name()
    r = server.post("/admin/roles", {"name": n, "permissions":
                                     list(permissions)}, token=root)
    assert r.status == 201, r
    return n


def give(server, user, *roles):
    """Lets a user hold roles, behind the server's back."""
    for r in roles:
        server.sql("INSERT INTO user_roles (user_id, tenant, role) VALUES "
                   f"('{user['userId']}', 'default', '{r}')")
    return user


def admin(server):
    """A user whom the database calls an administrator."""
    user = server.register()
    server.sql("UPDATE users SET role = 'admin' WHERE id = "
               f"'{user['userId']}'")
    return user


def enrolled(server, user):
    """Turns a factor on; what makes a new proof at each call. (A code of the
    app would have to wait for the next half minute.)"""
    u = enrol(server, {**user, **server.login(user)})
    return lambda: {"recovery_code": u["recovery"].pop()}


def write(server, token):
    return server.post("/admin/roles", {"name": name(), "permissions": []},
                       token=token)


def old(server, token):
    """As if the factor had been shown 301 seconds ago."""
    sid = forge.claims(token)["sid"]
    server.sql("UPDATE sessions SET auth_at = auth_at - 301000000 WHERE "
               f"id = '{sid}'")


# ---- shown within 300 s ----

def test_factor_must_have_been_shown_lately(server):
    user = admin(server)
    factor = enrolled(server, user)
    token = login(server, user, **factor()).json()["token"]
    assert write(server, token).status == 201
    old(server, token)
    assert error(write(server, token)) == (403, "step_up_required")
    # reads go on, and the order is 401, 400, 403
    assert server.get("/admin/roles", token=token).status == 200
    assert server.post("/admin/roles", {"name": "X"},
                       token=token).status == 400
    # another session of theirs does not make this one fresh
    login(server, user, **factor())
    assert error(write(server, token)) == (403, "step_up_required")
    r = server.post("/auth/step-up", factor(), token=token)
    assert r.status == 200, r
    assert write(server, r.json()["token"]).status == 201
    # the token of before is of the same session, which is what counts
    assert write(server, token).status == 201


def test_every_write_asks_for_it(server):
    user = admin(server)
    factor = enrolled(server, user)
    token = login(server, user, **factor()).json()["token"]
    n, c = name(), name()
    assert server.post("/admin/roles", {"name": n, "permissions": []},
                       token=token).status == 201
    assert server.post("/admin/clients", {
        "client_id": c, "client_name": "x", "redirect_uris": [
            "https://a.example/"]}, token=token).status == 201
    old(server, token)
    for method, path, body in (
            ("PATCH", f"/admin/roles/{n}", {"description": "x"}),
            ("DELETE", f"/admin/roles/{n}", None),
            ("POST", "/admin/clients", {"client_name": "x", "redirect_uris":
                                        ["https://a.example/"]}),
            ("PATCH", f"/admin/clients/{c}", {"client_name": "y"}),
            ("POST", f"/admin/clients/{c}/secret", None),
            ("DELETE", f"/admin/clients/{c}", None)):
        r = server.call(method, path, body, token=token)
        assert error(r) == (403, "step_up_required"), (method, path)
    assert server.get(f"/admin/roles/{n}", token=token).json()[
        "description"] == ""
    assert server.get(f"/admin/clients/{c}", token=token).json()[
        "client_name"] == "x"


def test_who_may_not_is_not_asked_for_a_factor(server):
    """403 forbidden comes first: nothing is told of what a step-up gives."""
    user = server.user()
    factor = enrolled(server, user)
    token = login(server, user, **factor()).json()["token"]
    old(server, token)
    assert error(write(server, token)) == (403, "forbidden")


def test_session_of_before_the_factor_must_show_it(server):
    """Enrolling does not make the session that did it a proven one."""
    user = admin(server)
    token = server.login(user)["token"]
    assert write(server, token).status == 201
    enrol(server, {**user, "token": token})
    r = write(server, token)
    assert r.status in (401, 403), r
    if r.status == 403:
        assert error(r) == (403, "step_up_required")


# ---- admin-second-factor required ----

@pytest.fixture(scope="module")
def strict(request):
    import moat
    from conftest import AS_USER, DATABASES
    servers = {}
    for database in DATABASES:
        servers[database] = moat.Server(
            database, "admin-second-factor required\n", as_user=AS_USER)
    yield servers
    for s in servers.values():
        s.stop()
        s.discard()


def setup_only(server, tokens):
    assert forge.claims(tokens["token"])["scope"] == "mfa_setup"
    for method, path in (("GET", "/auth/me"), ("GET", "/admin/roles"),
                         ("GET", "/auth/check?role=admin"),
                         ("GET", "/auth/verify")):
        r = server.call(method, path, token=tokens["token"])
        assert error(r) == (403, "mfa_setup_required"), path


def test_administrators_must_have_a_factor(strict, database):
    server = strict[database]
    setup_only(server, server.admin_login())
    boss = admin(server)
    setup_only(server, server.login(boss))
    # with a factor all is as it was
    factor = enrolled(server, boss)
    token = login(server, boss, **factor()).json()["token"]
    assert write(server, token).status == 201
    assert server.post("/auth/2fa/disable", {
        "password": boss["password"], **factor()},
        token=token).json()["error"] == "mfa_mandatory"


def test_any_builtin_permission_makes_an_administrator(strict, database):
    server = strict[database]
    boss = admin(server)
    factor = enrolled(server, boss)
    root = login(server, boss, **factor()).json()["token"]
    user = give(server, server.register(),
                role(server, root, "audit:read"))
    setup_only(server, server.login(user))
    # everybody else is not asked
    plain = give(server, server.user(), role(server, root))
    assert server.get("/auth/me", token=plain["token"]).status == 200


def test_sessions_of_before_administer_no_more(strict, database):
    server = strict[database]
    user = server.user()
    server.sql("UPDATE users SET role = 'admin' WHERE id = "
               f"'{user['userId']}'")
    for method, path, body in (("GET", "/admin/roles", None),
                               ("POST", "/admin/roles",
                                {"name": name(), "permissions": []})):
        r = server.call(method, path, body, token=user["token"])
        assert error(r) == (403, "mfa_setup_required"), (method, path)
    assert server.get("/auth/me", token=user["token"]).status == 200
