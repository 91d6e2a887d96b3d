"""Clients over /admin, and what they ask (API.md sections 4 and 6)."""

import base64
import secrets
import threading

import pytest

from forge import claims

URI = "https://app.example.org/callback"
DEFAULTS = {
    "post_logout_redirect_uris": [], "jwks": None, "audience": [],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "client_secret_basic",
    "scope": "openid profile email offline_access", "roles": [],
    "permissions": [], "access_token_lifetime": 600,
    "refresh_token_lifetime": 2592000,
    "id_token_signed_response_alg": "ES256",
    "access_token_signed_response_alg": "ES256", "skip_consent": False,
    "disabled": False, "backchannel_logout_uri": None,
    "require_pushed_authorization_requests": False,
    "dpop_bound_access_tokens": False}


def name():
    return "c" + secrets.token_hex(6)


def error(r):
    return r.status, r.json()["error"]


def paths(r):
    assert error(r) == (400, "invalid_request"), r
    return [e["path"] for e in r.json()["errors"]]


@pytest.fixture(scope="module")
def root(server):
    """A token of the super admin."""
    return server.admin_login()["token"]


def new(server, token, **over):
    return server.post("/admin/clients", {
        "client_id": name(), "client_name": "An app",
        "redirect_uris": [URI], **over}, token=token)


def client(server, root, **over):
    r = new(server, root, **over)
    assert r.status == 201, r
    return r.json()


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


def holder(server, root, *permissions):
    return give(server, server.user(), role(server, root, *permissions))


def basic(id, secret):
    both = f"{id}:{secret}".encode()
    return {"Authorization": "Basic " + base64.b64encode(both).decode()}


def ask(server, c, subject, *permissions, secret=None):
    return server.post("/auth/check", {
        "subject": subject, "permissions": list(permissions)},
        headers=basic(c["client_id"], secret or c["client_secret"]))


def billing(server, root, *names):
    """A client that declares permissions."""
    return client(server, root, permissions=list(names or ("read", "pay")))


# ---- what is kept ----

def test_client_lives(server, root):
    id = name()
    r = new(server, root, client_id=id, client_name="Über App")
    assert r.status == 201, r
    assert r.headers["location"] == f"/admin/clients/{id}"
    made = r.json()
    secret = made.pop("client_secret")
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    got = server.get(f"/admin/clients/{id}", token=root).json()
    assert got == made
    assert got.pop("createdAt").endswith("Z")
    assert got == {"client_id": id, "client_name": "Über App",
                   "redirect_uris": [URI], **DEFAULTS}
    # at rest there is its SHA-256 alone
    import hashlib
    digest = base64.urlsafe_b64encode(hashlib.sha256(
        secret.encode()).digest()).rstrip(b"=").decode()
    assert server.sql("SELECT secret_hash FROM clients WHERE client_id = "
                      f"'{id}'") == [(digest,)]
    assert server.delete(f"/admin/clients/{id}", token=root).status == 204
    assert server.get(f"/admin/clients/{id}", token=root).status == 404
    assert server.delete(f"/admin/clients/{id}", token=root).status == 404


def test_client_id_is_made_up(server, root):
    ids = set()
    for _ in range(3):
        r = server.post("/admin/clients", {"client_name": "x",
                                           "redirect_uris": [URI]},
                        token=root)
        assert r.status == 201, r
        ids.add(r.json()["client_id"])
    assert len(ids) == 3
    assert all(i.isalnum() and i == i.lower() for i in ids)


def test_every_member_changes(server, root):
    c = client(server, root)
    own = role(server, root, "users:read")
    wish = {"client_name": "B", "redirect_uris": ["com.example.app:/cb",
                                                  "http://127.0.0.1:8080/"],
            "post_logout_redirect_uris": ["https://x.example/bye"],
            "grant_types": ["client_credentials"],
            "token_endpoint_auth_method": "client_secret_post",
            "scope": "openid custom:scope", "audience": ["https://api.example",
                                                         "urn:x:y"],
            "roles": [own, "user"], "permissions": ["a", "b.c-d_e"],
            "access_token_lifetime": 60, "refresh_token_lifetime": 31536000,
            "id_token_signed_response_alg": "RS256",
            "access_token_signed_response_alg": "EdDSA", "skip_consent": True,
            "disabled": True, "backchannel_logout_uri": "https://x.example/b",
            "require_pushed_authorization_requests": True,
            "dpop_bound_access_tokens": True}
    url = f"/admin/clients/{c['client_id']}"
    for member, value in wish.items():
        r = server.patch(url, {member: value}, token=root)
        assert r.status == 200, (member, r)
        assert "client_secret" not in r.json()
    got = server.get(url, token=root).json()
    for member, value in wish.items():
        want = sorted(value) if member in ("roles",) else value
        assert got[member] == want, member


def test_keys_are_kept_and_go_with_their_method(server, root):
    jwks = server.get("/.well-known/jwks.json").json()
    r = new(server, root, token_endpoint_auth_method="private_key_jwt",
            jwks=jwks)
    assert r.status == 201, r
    assert r.json()["jwks"] == jwks and "client_secret" not in r.json()
    url = f"/admin/clients/{r.json()['client_id']}"
    assert error(server.post(url + "/secret", token=root)) == (
        409, "public_client")
    r = server.patch(url, {"token_endpoint_auth_method": "none"}, token=root)
    assert r.status == 200 and r.json()["jwks"] is None


def test_list_goes_in_pages(server, root):
    mine = {client(server, root, permissions=["x"])["client_id"]
            for _ in range(4)}
    seen, cursor = [], ""
    while cursor is not None:
        r = server.get("/admin/clients?limit=3" + (
            f"&cursor={cursor}" if cursor else ""), token=root)
        assert r.status == 200 and len(r.json()["items"]) <= 3
        seen += r.json()["items"]
        cursor = r.json()["next"]
    ids = [c["client_id"] for c in seen]
    assert len(set(ids)) == len(ids) and mine <= set(ids)
    assert all(c["permissions"] == ["x"] for c in seen
               if c["client_id"] in mine)
    assert not any("client_secret" in c for c in seen)


def test_new_secret_ends_the_old_one(server, root):
    c = billing(server, root)
    p = f"{c['client_id']}:read"
    assert ask(server, c, "nobody", p).status == 200
    r = server.post(f"/admin/clients/{c['client_id']}/secret", token=root)
    assert r.status == 200, r
    assert set(r.json()) == {"client_id", "client_secret"}
    assert r.json()["client_secret"] != c["client_secret"]
    assert error(ask(server, c, "nobody", p)) == (401, "invalid_client")
    assert ask(server, c, "nobody", p,
               secret=r.json()["client_secret"]).status == 200


def test_public_client_has_no_secret(server, root):
    c = client(server, root, token_endpoint_auth_method="none")
    assert "client_secret" not in c
    r = server.post(f"/admin/clients/{c['client_id']}/secret", token=root)
    assert error(r) == (409, "public_client")


def test_declared_permissions_are_there_for_roles(server, root):
    c = billing(server, root)
    p = f"{c['client_id']}:pay"
    own = role(server, root, p, "users:read")
    r = server.patch(f"/admin/clients/{c['client_id']}", {
        "permissions": ["read"]}, token=root)
    assert r.status == 200, r
    got = server.get(f"/admin/roles/{own}", token=root).json()
    assert got["permissions"] == ["users:read"]
    # nor do they come back with the name
    server.patch(f"/admin/clients/{c['client_id']}", {
        "permissions": ["read", "pay"]}, token=root)
    got = server.get(f"/admin/roles/{own}", token=root).json()
    assert got["permissions"] == ["users:read"]


def test_deleted_client_takes_its_permissions_along(server, root):
    c = billing(server, root)
    p = f"{c['client_id']}:pay"
    own = role(server, root, p)
    user = give(server, server.user(), own)
    r = server.get(f"/auth/check?permission={p}", token=user["token"])
    assert r.json()["allowed"] is True
    assert server.delete(f"/admin/clients/{c['client_id']}",
                         token=root).status == 204
    r = server.get(f"/auth/check?permission={p}", token=user["token"])
    assert r.json()["allowed"] is False
    r = server.post("/admin/roles", {"name": name(), "permissions": [p]},
                    token=root)
    assert paths(r) == ["permissions.0"]
    client(server, root, client_id=c["client_id"], permissions=["pay"])
    r = server.get(f"/auth/check?permission={p}", token=user["token"])
    assert r.json()["allowed"] is False


def test_deleted_client_ends_its_sessions(server, root):
    c = client(server, root)
    user = server.user()
    server.sql(f"UPDATE sessions SET client_id = '{c['client_id']}' "
               f"WHERE user_id = '{user['userId']}'")
    assert server.get("/auth/me", token=user["token"]).status == 200
    server.delete(f"/admin/clients/{c['client_id']}", token=root)
    assert server.get("/auth/me", token=user["token"]).status == 401
    r = server.post("/auth/refresh", {"refresh_token":
                                      user["refresh_token"]})
    assert r.status == 401


def test_client_acts_are_in_the_audit(server, root):
    c = client(server, root)
    url = f"/admin/clients/{c['client_id']}"
    server.patch(url, {"disabled": True}, token=root)
    server.post(url + "/secret", token=root)
    server.delete(url, token=root)
    rows = server.sql("SELECT action, detail FROM audit WHERE subject = "
                      f"'{c['client_id']}' ORDER BY id")
    assert [r[0] for r in rows] == ["client.create", "client.update",
                                    "client.update", "client.delete"]
    assert rows[1][1] == '{"members":["disabled"]}'
    assert not any(c["client_secret"] in r[1] for r in rows)


# ---- what is refused ----

@pytest.mark.parametrize("bad", [
    "", "ab", "a" * 65, "Abc", "-abc", ".abc", "_abc", "a b", "a:b", "a/b",
    "moatd", "moatd-console", "moatdx", "users", "roles", "clients",
    "tenants", "keys", "audit", "tokens", "äbc", "abc\n", "a\u0000b", 7,
    None])
def test_bad_ids_are_refused(server, root, bad):
    r = new(server, root, client_id=bad)
    assert error(r) == (400, "invalid_request"), r


@pytest.mark.parametrize("bad", [
    "http://app.example.org/", "https://", "https:///x", "https://a@b/",
    "https://a:b@c/", "https://a/#f", "https://a/#", "https://*.a/",
    "https://a/*", "javascript:alert(1)", "data:text/html,x", "file:///x",
    "ftp://a/", "//a/", "/a", "a", "", "https://a b/", "https://a\\b/",
    "https://a:0/", "https://a:65536/", "https://a:x/", "https://a:/",
    "http://localhost.evil.example/", "http://127.0.0.1.evil.example/",
    "http://127.0.0.2/", "http://[::2]/", "http://127.0.0.1@evil/",
    "http://localhost:80:80/", "myapp:/cb", "myapp://cb", "https://a/%zz",
    "https://a/%", "https://ä/", "https://a\u0000/", "https://a/\n",
    "HTTPS://a/", "com.example.app:", ".a:/x", "https://a..b/",
    "https://-a/", "https://[::1", "https://a/[x]", "com.x@y:/z",
    "https://a/" + "x" * 1020, 1, None])
def test_bad_redirect_uris_are_refused(server, root, bad):
    """CASES: nothing that could send a code elsewhere."""
    r = new(server, root, redirect_uris=[URI, bad])
    assert error(r) == (400, "invalid_request"), r
    assert "redirect_uris.1" in paths(r) or "\u0000" in str(bad)


@pytest.mark.parametrize("good", [
    "https://a/", "https://a", "https://a.b.c:8443/x?y=z&w=%20",
    "http://localhost/cb", "http://127.0.0.1:1234/cb", "http://[::1]:1/",
    "https://[2001:db8::1]/", "com.example.app:/cb",
    "com.example.app://host/cb"])
def test_good_redirect_uris_are_kept_as_they_are(server, root, good):
    assert client(server, root, redirect_uris=[good])["redirect_uris"] == [
        good]


@pytest.mark.parametrize("over,path", [
    ({"redirect_uris": []}, "redirect_uris"),
    ({"redirect_uris": [URI] * 21}, "redirect_uris"),
    ({"client_name": ""}, "client_name"),
    ({"client_name": "x" * 129}, "client_name"),
    ({"client_name": "a\u202eb"}, "client_name"),
    ({"grant_types": ["implicit"]}, "grant_types.0"),
    ({"grant_types": ["password"]}, "grant_types.0"),
    ({"grant_types": ["client_credentials"],
      "token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
    ({"token_endpoint_auth_method": "client_secret_jwt"},
     "token_endpoint_auth_method"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
    ({"jwks": {"keys": []}}, "jwks"),
    ({"token_endpoint_auth_method": "private_key_jwt",
      "jwks": {"keys": []}}, "jwks"),
    ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {}}, "jwks"),
    ({"token_endpoint_auth_method": "private_key_jwt",
      "jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "jwks"),
    ({"jwks": []}, "jwks"), ({"jwks": "x"}, "jwks"),
    ({"scope": "a  b"}, "scope"), ({"scope": " a"}, "scope"),
    ({"scope": "a\\b"}, "scope"), ({"scope": "ä"}, "scope"),
    ({"scope": ["openid"]}, "scope"),
    ({"audience": ["a b"]}, "audience.0"), ({"audience": [""]}, "audience.0"),
    ({"audience": ["x"] * 11}, "audience"),
    ({"roles": ["X"]}, "roles.0"), ({"roles": ["nosuch-role"]}, "roles.0"),
    ({"roles": ["user", "nosuch-role"]}, "roles.1"),
    ({"roles": ["user"] * 33}, "roles"),
    ({"permissions": ["a:b"]}, "permissions.0"),
    ({"permissions": ["A"]}, "permissions.0"),
    ({"permissions": ["a"] * 101}, "permissions"),
    ({"access_token_lifetime": 59}, "access_token_lifetime"),
    ({"access_token_lifetime": 86401}, "access_token_lifetime"),
    ({"access_token_lifetime": "600"}, "access_token_lifetime"),
    ({"access_token_lifetime": 600.5}, "access_token_lifetime"),
    ({"refresh_token_lifetime": 299}, "refresh_token_lifetime"),
    ({"refresh_token_lifetime": 31536001}, "refresh_token_lifetime"),
    ({"id_token_signed_response_alg": "none"},
     "id_token_signed_response_alg"),
    ({"access_token_signed_response_alg": "HS256"},
     "access_token_signed_response_alg"),
    ({"skip_consent": 1}, "skip_consent"), ({"disabled": "no"}, "disabled"),
    ({"backchannel_logout_uri": "http://a.example/"},
     "backchannel_logout_uri"),
    ({"backchannel_logout_uri": "com.example.app:/x"},
     "backchannel_logout_uri")])
def test_bad_members_are_refused(server, root, over, path):
    assert path in paths(new(server, root, **over))
    c = client(server, root)
    if set(over) & {"roles", "redirect_uris", "scope", "jwks"}:
        r = server.patch(f"/admin/clients/{c['client_id']}", over,
                         token=root)
        assert path in paths(r)


def test_audience_that_no_token_holds_is_refused(server, root):
    """Refused when it is said, and not when a token is asked for: one that
    was taken is issued, with all of it, for as long a scope as may be."""
    def many(n, size):
        return [f"https://{i}.example/".ljust(size, "x") for i in range(n)]
    for n, size in ((10, 1024), (10, 160), (2, 1000)):
        assert paths(new(server, root, audience=many(n, size))) == [
            "audience"]
    machine = {"grant_types": ["client_credentials"], "redirect_uris": []}
    server.all_keys()
    for over in ({"audience": many(10, 145), "scope": "a"},
                 {"audience": many(1, 500), "scope": "a" * 1024}):
        c = client(server, root, **machine, **over,
                   access_token_signed_response_alg="RS256")
        r = server.form("/oauth2/token", {
            "grant_type": "client_credentials"},
            auth=(c["client_id"], c["client_secret"]))
        assert r.status == 200, r
        assert claims(r.json()["access_token"])["aud"] == [
            server.url, *over["audience"]]
    url = f"/admin/clients/{c['client_id']}"
    assert paths(server.patch(url, {"audience": many(2, 500)},
                              token=root)) == ["audience"]


def test_what_is_together_wrong_is_refused_piece_by_piece(server, root):
    c = client(server, root)
    url = f"/admin/clients/{c['client_id']}"
    assert server.patch(url, {"grant_types": ["client_credentials"]},
                        token=root).status == 200
    assert paths(server.patch(url, {"token_endpoint_auth_method": "none"},
                              token=root)) == ["token_endpoint_auth_method"]
    assert server.patch(url, {"redirect_uris": []}, token=root).status == 200
    assert paths(server.patch(url, {"grant_types": ["authorization_code"]},
                              token=root)) == ["redirect_uris"]


def test_taken_id_is_refused_and_changes_nothing(server, root):
    c = client(server, root)
    r = new(server, root, client_id=c["client_id"], client_name="Other",
            permissions=["steal"])
    assert error(r) == (409, "client_taken")
    got = server.get(f"/admin/clients/{c['client_id']}", token=root).json()
    assert got["client_name"] == "An app" and got["permissions"] == []


def test_what_is_not_a_member_changes_nothing(server, root):
    c = client(server, root, client_secret="mine", createdAt=None,
               secret_hash="x", sensitive=0, tenant="other")
    assert c["client_secret"] != "mine" and c["createdAt"]
    r = server.patch(f"/admin/clients/{c['client_id']}", {
        "client_id": "other-id", "client_secret": "mine", "disabled": True},
        token=root)
    assert r.status == 200 and r.json()["client_id"] == c["client_id"]
    r = server.patch(f"/admin/clients/{c['client_id']}", {
        "client_secret": "mine"}, token=root)
    assert error(r) == (400, "invalid_request")


@pytest.mark.parametrize("method,suffix,body", [
    ("GET", "", None), ("PATCH", "", {"disabled": True}),
    ("DELETE", "", None), ("POST", "/secret", None)])
@pytest.mark.parametrize("id", ["nosuch-client", "x", "moatd", "users",
                                "A%27--", "%2e%2e"])
def test_unknown_clients_are_not_found(server, root, method, suffix, body,
                                       id):
    assert server.call(method, f"/admin/clients/{id}{suffix}", body,
                       token=root).status == 404


# ---- who may ----

def acts(c):
    url = f"/admin/clients/{c['client_id']}"
    return [("POST", "/admin/clients", {"client_name": "x",
                                        "redirect_uris": [URI]}),
            ("PATCH", url, {"client_name": "y"}),
            ("POST", url + "/secret", None), ("DELETE", url, None)]


def test_who_lacks_the_permission_is_forbidden(server, root):
    c = client(server, root)
    url = f"/admin/clients/{c['client_id']}"
    nobody = server.user()["token"]
    reader = holder(server, root, "clients:read", "users:write",
                    "roles:write")["token"]
    for method, path, body in acts(c):
        for t in (nobody, reader):
            r = server.call(method, path, body, token=t)
            assert error(r) == (403, "forbidden"), (method, path)
        assert server.call(method, path, body).status == 401
    for path in ("/admin/clients", url):
        assert server.get(path, token=nobody).status == 403
        assert server.get(path, token=reader).status == 200


def test_scopes_of_accounts_are_the_super_admins(server, root):
    t = holder(server, root, "clients:write", "users:write", "roles:write",
               "audit:read", "keys:rotate", "tokens:introspect")["token"]
    mine = client(server, t)
    for scope in ("account", "admin", "openid account", "openid admin x"):
        assert error(new(server, t, scope=scope)) == (403, "forbidden")
        r = server.patch(f"/admin/clients/{mine['client_id']}",
                         {"scope": scope}, token=t)
        assert error(r) == (403, "forbidden")
        above = client(server, root, scope=scope)
        for method, path, body in acts(above)[1:]:
            r = server.call(method, path, body, token=t)
            assert error(r) == (403, "forbidden"), (method, path)
        # nor is it theirs to make it harmless first
        r = server.patch(f"/admin/clients/{above['client_id']}",
                         {"scope": "openid"}, token=t)
        assert error(r) == (403, "forbidden")
    assert new(server, t, scope="accounts administer").status == 201


def test_nobody_gives_a_client_what_they_lack(server, root):
    t = holder(server, root, "clients:write")["token"]
    wide = role(server, root, "users:write")
    same = role(server, root, "clients:read")
    mine = client(server, t, roles=[same])
    for r in ("admin", wide):
        assert error(new(server, t, roles=[r])) == (403, "forbidden")
        got = server.patch(f"/admin/clients/{mine['client_id']}",
                           {"roles": [same, r]}, token=t)
        assert error(got) == (403, "forbidden")
    for token in (t, root):
        assert error(new(server, token, roles=["superadmin"])) == (
            403, "superadmin_protected")


def test_client_above_the_caller_stays_as_it_is(server, root):
    t = holder(server, root, "clients:write")["token"]
    above = client(server, root, roles=[role(server, root, "users:write")])
    for method, path, body in acts(above)[1:]:
        r = server.call(method, path, body, token=t)
        assert error(r) == (403, "forbidden"), (method, path)
    r = server.patch(f"/admin/clients/{above['client_id']}", {"roles": []},
                     token=t)
    assert error(r) == (403, "forbidden")


def test_role_that_was_widened_takes_the_client_out_of_reach(server, root):
    t = holder(server, root, "clients:write")["token"]
    own = role(server, root, "clients:read")
    mine = client(server, t, roles=[own])
    server.patch(f"/admin/roles/{own}", {"permissions": ["users:write"]},
                 token=root)
    r = server.post(f"/admin/clients/{mine['client_id']}/secret", token=t)
    assert error(r) == (403, "forbidden")


# ---- POST /auth/check ----

def test_application_asks_yes_then_no(server, root):
    """The way of the guide: yes, and no once the role was taken away."""
    c = billing(server, root)
    read, pay = (f"{c['client_id']}:{p}" for p in ("read", "pay"))
    own = role(server, root, read)
    user = give(server, server.user(), own)
    r = ask(server, c, user["userId"], read, pay)
    assert r.status == 200, r
    assert r.json() == {"subject": user["userId"],
                        "allowed": {read: True, pay: False}}
    assert server.delete(f"/admin/roles/{own}", token=root).status == 204
    assert ask(server, c, user["userId"], read).json()["allowed"] == {
        read: False}


def test_super_admin_holds_what_is_declared(server, root):
    c = billing(server, root)
    me = server.get("/auth/me", token=root).json()["id"]
    p = f"{c['client_id']}:read"
    assert ask(server, c, me, p, f"{c['client_id']}:nosuch").json()[
        "allowed"] == {p: True, f"{c['client_id']}:nosuch": False}


def test_subject_may_be_a_client(server, root):
    c = billing(server, root)
    p = f"{c['client_id']}:read"
    other = client(server, root, roles=[role(server, root, p)])
    assert ask(server, c, other["client_id"], p).json()["allowed"][p]
    server.patch(f"/admin/clients/{other['client_id']}", {"disabled": True},
                 token=root)
    assert not ask(server, c, other["client_id"], p).json()["allowed"][p]


@pytest.mark.parametrize("subject", [
    "nobody", "x" * 64, "x" * 65, "x" * 4096, "' OR '1'='1", "%", "-", "ü",
    "00000000-0000-7000-8000-000000000000", " "])
def test_unknown_subjects_hold_nothing(server, root, subject):
    c = billing(server, root)
    p = f"{c['client_id']}:read"
    r = ask(server, c, subject, p)
    assert r.status == 200 and r.json() == {"subject": subject,
                                            "allowed": {p: False}}


def test_disabled_subject_holds_nothing(server, root):
    c = billing(server, root)
    p = f"{c['client_id']}:read"
    user = give(server, server.user(), role(server, root, p))
    assert ask(server, c, user["userId"], p).json()["allowed"][p]
    server.sql("UPDATE users SET status = 'disabled' WHERE id = "
               f"'{user['userId']}'")
    assert not ask(server, c, user["userId"], p).json()["allowed"][p]


def test_fifty_are_answered_at_once(server, root):
    names = [f"p{i}" for i in range(60)]
    c = billing(server, root, *names)
    full = [f"{c['client_id']}:{n}" for n in names]
    user = give(server, server.user(), role(server, root, *full[::2]))
    r = ask(server, c, user["userId"], *full[:50])
    assert r.json()["allowed"] == {p: i % 2 == 0
                                   for i, p in enumerate(full[:50])}
    assert paths(ask(server, c, user["userId"], *full[:51])) == [
        "permissions"]
    assert ask(server, c, user["userId"]).json()["allowed"] == {}
    # one that is asked for twice is one member of the answer
    r = ask(server, c, user["userId"], full[0], full[1], full[0])
    assert r.body.count(full[0].encode() + b'"') == 1


def test_foreign_permissions_are_forbidden(server, root):
    c, other = billing(server, root), billing(server, root)
    own = f"{c['client_id']}:read"
    for p in (f"{other['client_id']}:read", "users:read", "tenants:write",
              f"{c['client_id']}x:read"):
        for asked in ((p,), (own, p)):
            assert error(ask(server, c, "x", *asked)) == (403, "forbidden")


@pytest.mark.parametrize("body", [
    {}, {"subject": "x"}, {"permissions": []}, {"subject": "", "permissions":
                                                []},
    {"subject": 1, "permissions": []}, {"subject": "x", "permissions": "a"},
    {"subject": "x", "permissions": [1]}, {"subject": "x", "permissions":
                                           ["no colon"]},
    {"subject": "x", "permissions": [""]}, []])
def test_bad_questions_are_400_after_401(server, root, body):
    c = billing(server, root)
    good = basic(c["client_id"], c["client_secret"])
    wrong = basic(c["client_id"], "wrong")
    r = server.post("/auth/check", body, headers=good)
    assert error(r) == (400, "invalid_request"), r
    r = server.post("/auth/check", body, headers=wrong)
    assert error(r) == (401, "invalid_client"), r


@pytest.mark.parametrize("headers", [
    {}, {"Authorization": "Basic"}, {"Authorization": "Basic "},
    {"Authorization": "Basic !!!"}, {"Authorization": "Basic YWJj"},
    {"Authorization": "Basic Og=="}, {"Authorization": "Bearer YTpi"},
    basic("nosuch-client", "x"), basic("", ""), basic("a" * 65, "x"),
    basic("abc", "x" * 300), basic("abc", "\x00"), basic("abc", "%zz"),
    basic("abc", "ü"), basic("moatd", "")])
def test_who_is_no_client_is_told_to_be_one(server, headers):
    r = server.post("/auth/check", {"subject": "x", "permissions": []},
                    headers=headers)
    assert error(r) == (401, "invalid_client")
    assert r.headers["www-authenticate"] == 'Basic realm="moatd"'


def test_token_of_a_user_is_no_client(server, root):
    r = server.post("/auth/check", {"subject": "x", "permissions": []},
                    token=root)
    assert error(r) == (401, "invalid_client")


def test_only_the_registered_method_will_do(server, root):
    for over in ({"token_endpoint_auth_method": "client_secret_post"},
                 {"disabled": True}):
        c = client(server, root, **over)
        assert error(ask(server, c, "x")) == (401, "invalid_client")
    c = client(server, root, token_endpoint_auth_method="none")
    for secret in ("", "x", "null"):
        r = server.post("/auth/check", {"subject": "x", "permissions": []},
                        headers=basic(c["client_id"], secret))
        assert error(r) == (401, "invalid_client")


def test_secret_is_form_decoded(server, root):
    c = billing(server, root)
    coded = "".join(f"%{ord(ch):02X}" for ch in c["client_secret"])
    assert ask(server, c, "x", secret=coded).status == 200


def test_eleventh_failure_of_a_minute_waits(server, root):
    c, other = billing(server, root), billing(server, root)
    for _ in range(10):
        assert ask(server, c, "x", secret="wrong").status == 401
    for secret in ("wrong", None):
        r = ask(server, c, "x", secret=secret)
        assert error(r) == (429, "rate_limited")
        assert 1 <= int(r.headers["retry-after"]) <= 60
    assert ask(server, other, "x").status == 200
    # a minute later
    server.sql("UPDATE throttles SET until = 1 WHERE kind = 'client' AND "
               f"subject = '{c['client_id']}'")
    assert ask(server, c, "x").status == 200


def test_parallel_guesses_get_no_more_than_ten(server, root):
    c = billing(server, root)
    got = []

    def run():
        for _ in range(5):
            got.append(ask(server, c, "x", secret="wrong").status)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(got) == [401] * 10 + [429] * 10


# ---- tenants, and people who hold roles ----

def test_a_client_asks_about_its_own_tenant_only(server, root):
    t = name()
    r = server.post("/admin/tenants", {"id": t, "name": "T"}, token=root)
    assert r.status == 201, r
    at = f"/t/{t}"
    r = server.post(at + "/admin/clients", {
        "client_id": "billing-" + t, "client_name": "x",
        "redirect_uris": [URI], "permissions": ["read"]}, token=root)
    assert r.status == 201, r
    assert r.headers["location"].startswith(f"{at}/admin/")
    c = r.json()
    p = f"{c['client_id']}:read"
    here = basic(c["client_id"], c["client_secret"])
    me = server.get("/auth/me", token=root).json()["id"]
    # a role of that name and a user of the root are no concern of it
    own = role(server, root)
    user = give(server, server.user(), own)
    for subject in (me, user["userId"]):
        r = server.post(at + "/auth/check", {
            "subject": subject, "permissions": [p]}, headers=here)
        assert r.status == 200 and r.json()["allowed"] == {p: False}
    # nor is the secret good at the root, or the permission there
    assert error(server.post("/auth/check", {
        "subject": me, "permissions": [p]}, headers=here)) == (
            401, "invalid_client")
    r = server.post("/admin/roles", {"name": name(), "permissions": [p]},
                    token=root)
    assert paths(r) == ["permissions.0"]
    for method, suffix in (("GET", ""), ("DELETE", ""), ("POST", "/secret")):
        assert server.call(method, f"/admin/clients/{c['client_id']}{suffix}",
                           token=root).status == 404


def test_role_taken_from_a_user_is_no_at_once(server, root):
    """By the API: the user's tokens die, and the application hears no."""
    c = billing(server, root)
    p = f"{c['client_id']}:read"
    own, user = role(server, root, p), server.register()
    url = f"/admin/users/{user['userId']}"
    r = server.patch(url, {"roles": ["user", own]}, token=root)
    assert r.status == 200, r
    t = server.login(user)["token"]
    check = f"/auth/check?permission={p}"
    assert server.get(check, token=t).json()["allowed"] is True
    assert ask(server, c, user["userId"], p).json()["allowed"][p] is True
    assert server.patch(url, {"roles": ["user"]}, token=root).status == 200
    assert server.get(check, token=t).status == 401
    assert ask(server, c, user["userId"], p).json()["allowed"][p] is False
    t = server.login(user)["token"]
    assert server.get(check, token=t).json()["allowed"] is False


def test_admin_act_and_loss_of_the_assignment_have_an_order(server, root):
    """What is answered 201 came before the role was taken away."""
    own = role(server, root, "clients:write")
    for _ in range(5):
        user, id = server.register(), name()
        url = f"/admin/users/{user['userId']}"
        server.patch(url, {"roles": ["user", own]}, token=root)
        t = server.login(user)["token"]
        gate, got = threading.Barrier(2), {}

        def act():
            gate.wait()
            got["act"] = new(server, t, client_id=id)

        def loss():
            gate.wait()
            got["loss"] = server.patch(url, {"roles": ["user"]}, token=root)

        threads = [threading.Thread(target=f) for f in (act, loss)]
        for th in threads:
            th.start()
        for th in threads:
            th.join()
        assert got["loss"].status == 200
        assert got["act"].status in (201, 401), got
        there = server.get(f"/admin/clients/{id}", token=root).status
        assert (there == 200) == (got["act"].status == 201)
        assert new(server, t).status == 401


# ---- races ----

def test_one_of_many_creates_wins(server, root):
    id, got = name(), []
    gate = threading.Barrier(4)

    def run():
        gate.wait()
        got.append(new(server, root, client_id=id))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(r.status for r in got) == [201, 409, 409, 409]
    won = next(r for r in got if r.status == 201).json()
    assert ask(server, won, "x").status == 200


def test_parallel_changes_of_different_members_all_count(server, root):
    c = client(server, root)
    wish = [{"client_name": "N"}, {"disabled": True},
            {"skip_consent": True}, {"audience": ["https://x.example"]}]
    gate, got = threading.Barrier(len(wish)), []

    def run(w):
        gate.wait()
        got.append(server.patch(f"/admin/clients/{c['client_id']}", w,
                                token=root).status)

    threads = [threading.Thread(target=run, args=(w,)) for w in wish]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert got == [200] * 4
    now = server.get(f"/admin/clients/{c['client_id']}", token=root).json()
    for w in wish:
        for member, value in w.items():
            assert now[member] == value
