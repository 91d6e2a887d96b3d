"""POST /oauth2/token (API.md section 8): codes, refresh tokens, clients that
act for themselves, and how a client shows who it is.

Codes are put into the database here, so that each can be what it must be; the
way that a browser gets one is in test_authorize.py.  Numbers are those of
CASES.
"""

import base64
import concurrent.futures
import hashlib
import json
import secrets
import time
import urllib.parse

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import forge
import oidc
from forge import b64, claims, header
from tenant import Tenant

URI = "https://app.example.org/cb"
ALL = "openid profile email roles offline_access"
GRANTS = ["authorization_code", "refresh_token", "client_credentials"]
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def user(server):
    return server.user(name="Ana Piña")


def make(server, root, **over):
    over.setdefault("grant_types", GRANTS)
    over.setdefault("scope", ALL)
    if over.get("token_endpoint_auth_method") == "none":
        over["grant_types"] = [g for g in over["grant_types"]
                               if g != "client_credentials"]
    return oidc.RP.register(server, root, redirect_uri=URI, **over)


@pytest.fixture(scope="module")
def rp(server, root):
    return make(server, root)


@pytest.fixture(scope="module")
def public(server, root):
    return make(server, root, token_endpoint_auth_method="none")


def digest(text):
    """As a token or a code of 256 bits is known to the database."""
    return b64(hashlib.sha256(forge.unb64(text)).digest())


class Code:
    """An authorization code that waits to be redeemed."""

    def __init__(self, server, rp, user, scope=ALL, **over):
        self.rp, self.server = rp, server
        self.code = secrets.token_urlsafe(32)
        self.verifier = secrets.token_urlsafe(48)
        self.uri = over.pop("uri", URI)
        # the browser's session
        token = over.pop("token", None) or user["token"]
        self.parent = claims(token)["sid"]
        now = int(time.time() * 1e6)
        row = {"hash": digest(self.code), "tenant": "default",
               "client_id": rp.client_id, "user_id": user["userId"],
               "session_id": self.parent, "redirect_uri": self.uri,
               "scope": scope, "nonce": "n-" + self.code[:6],
               "challenge": oidc.s256(self.verifier),
               "auth_at": now - 3_000_000, "acr": "aal1", "amr": "pwd",
               "created_at": now, "expires_at": now + 60_000_000, **over}
        self.row = row
        server.sql(f"INSERT INTO codes ({', '.join(row)}) VALUES (" +
                   ", ".join(f"'{v}'" if isinstance(v, str) else str(v)
                             for v in row.values()) + ")")

    def redeem(self, rp=None, **over):
        return (rp or self.rp).post("token", {
            "grant_type": "authorization_code", "code": self.code,
            "redirect_uri": self.uri, "code_verifier": self.verifier,
            **over})

    def tokens(self, **over):
        r = self.redeem(**over)
        assert r.status == 200, r
        return r.json()


def refused(r, status, code):
    assert r.status == status, r
    j = r.json()
    assert set(j) == {"error", "error_description"}, j
    assert j["error"] == code, j
    assert r.headers["cache-control"] == "no-store"
    return True


def no_client(r):
    refused(r, 401, "invalid_client")
    assert r.headers["www-authenticate"] == 'Basic realm="moatd"'


def lives(server, token):
    return server.get("/auth/check?role=user", token).status == 200


def entries(server, action, client_id):
    return server.sql("SELECT result, detail FROM audit WHERE action = "
                      f"'{action}' AND client_id = '{client_id}'")


# ---- codes ----

def test_code_is_redeemed(server, rp, user):
    c = Code(server, rp, user)
    r = c.redeem()
    assert r.status == 200, r
    assert r.headers["cache-control"] == "no-store"
    assert r.headers["pragma"] == "no-cache"
    j = r.json()
    assert j["token_type"] == "Bearer" and j["scope"] == ALL
    assert j["expires_in"] == 600
    assert set(j) == {"access_token", "token_type", "expires_in", "scope",
                      "id_token", "refresh_token"}
    at = claims(j["access_token"])
    assert header(j["access_token"])["typ"] == "at+jwt"
    assert at["sub"] == user["userId"] and at["client_id"] == rp.client_id
    assert at["aud"] == at["iss"] == server.url
    assert at["scope"] == ALL and at["roles"] == ["user"]
    assert at["tenant"] == "default" and at["acr"] == "aal1"
    assert at["auth_time"] == c.row["auth_at"] // 1000000
    assert at["sid"] not in (c.parent, "")
    id = rp.verify(j["id_token"], c.row["nonce"], j["access_token"])
    assert id["sub"] == user["userId"] and id["sid"] == at["sid"]
    assert id["exp"] - id["iat"] == 600
    assert id["auth_time"] == at["auth_time"]
    assert id["acr"] == "aal1" and id["amr"] == ["pwd"]
    assert id["name"] == "Ana Piña"
    assert id["preferred_username"] == user["username"]
    assert id["email"] == user["email"] and id["email_verified"] is False
    assert id["roles"] == ["user"] and isinstance(id["updated_at"], int)
    assert lives(server, j["access_token"])


def test_scope_decides_what_is_told(server, rp, user):
    c = Code(server, rp, user, scope="openid")
    j = c.tokens()
    assert set(j) == {"access_token", "token_type", "expires_in", "scope",
                      "id_token"}
    id = rp.verify(j["id_token"], c.row["nonce"], j["access_token"])
    assert not {"name", "preferred_username", "updated_at", "email",
                "email_verified", "roles"} & set(id)
    j = Code(server, rp, user, scope="email offline_access").tokens()
    assert "id_token" not in j and "refresh_token" in j
    # without a nonce there is none
    c = Code(server, rp, user, scope="openid email", nonce="")
    id = rp.verify(c.tokens()["id_token"])
    assert id["email"] == user["email"] and "name" not in id


def test_code_needs_its_redirect_uri_and_verifier(server, rp, user):
    """CASES 33, and codes of an injection."""
    for over in ({"redirect_uri": URI + "/"}, {"redirect_uri": URI + "?a=b"},
                 {"redirect_uri": URI.upper()},
                 {"code_verifier": secrets.token_urlsafe(48)},
                 {"code_verifier": "short"},
                 {"code_verifier": "x" * 129},
                 {"code_verifier": "é" * 43},
                 {"code_verifier": "%00" + "a" * 50}):
        c = Code(server, rp, user)
        refused(c.redeem(**over), 400, "invalid_grant")
        # who guessed once does not guess again
        refused(c.redeem(), 400, "invalid_grant")
    # the challenge itself is no verifier (plain)
    c = Code(server, rp, user)
    refused(c.redeem(code_verifier=c.row["challenge"]), 400, "invalid_grant")
    found = entries(server, "token.refuse", rp.client_id)
    assert {json.loads(d)["why"] for _, d in found} == {"redirect_uri",
                                                        "code_verifier"}
    assert {r for r, _ in found} == {"failure"}


def test_code_needs_all_parameters(server, rp, user):
    c = Code(server, rp, user)
    refused(c.redeem(code=None), 400, "invalid_request")
    refused(c.redeem(code=""), 400, "invalid_request")
    assert c.redeem().status == 200     # none was spent by that


@pytest.mark.parametrize("gone", [None, ""])
@pytest.mark.parametrize("name", ["redirect_uri", "code_verifier"])
def test_code_stripped_of_what_binds_it_is_spent(server, rp, user, name,
                                                 gone):
    """CASES 33: no second guess, and an entry of the audit chain."""
    before = len(entries(server, "token.refuse", rp.client_id))
    c = Code(server, rp, user)
    refused(c.redeem(**{name: gone}), 400, "invalid_request")
    refused(c.redeem(), 400, "invalid_grant")
    found = entries(server, "token.refuse", rp.client_id)
    assert len(found) == before + 1
    assert name in {json.loads(d)["why"] for _, d in found}


def test_code_that_is_none(server, rp, user):
    for code in ("x", secrets.token_urlsafe(32), secrets.token_urlsafe(31),
                 "é", "A" * 43 + "=", "'; DROP TABLE codes; --"):
        c = Code(server, rp, user)
        refused(c.redeem(code=code), 400, "invalid_grant")
        assert c.redeem().status == 200
    refused(Code(server, rp, user).redeem(code="A" * 200), 400,
            "invalid_request")


def test_code_expires(server, rp, user):
    past = int(time.time() * 1e6) - 1
    c = Code(server, rp, user, expires_at=past)
    refused(c.redeem(), 400, "invalid_grant")


def test_code_reuse_ends_what_came_of_it(server, rp, user):
    """CASES 29."""
    c = Code(server, rp, user)
    j = c.tokens()
    other = Code(server, rp, user).tokens()
    assert lives(server, j["access_token"])
    refused(c.redeem(), 400, "invalid_grant")
    assert not lives(server, j["access_token"])
    refused(rp.refresh(j["refresh_token"]), 400, "invalid_grant")
    assert lives(server, other["access_token"])     # a sibling (CASES 27)
    assert lives(server, user["token"])             # the browser's own
    assert rp.refresh(other["refresh_token"]).status == 200
    before = len(entries(server, "token.reuse", rp.client_id))
    assert before >= 1
    refused(c.redeem(), 400, "invalid_grant")       # once is said once
    assert len(entries(server, "token.reuse", rp.client_id)) == before


def test_code_reuse_ends_rotated_tokens_too(server, rp, user):
    c = Code(server, rp, user)
    j = rp.refresh(c.tokens()["refresh_token"]).json()
    refused(c.redeem(code_verifier="x" * 43), 400, "invalid_grant")
    assert not lives(server, j["access_token"])
    refused(rp.refresh(j["refresh_token"]), 400, "invalid_grant")


def test_code_of_another_client(server, root, rp, public, user):
    """CASES 30."""
    for thief in (make(server, root), public):
        c = Code(server, rp, user)
        refused(c.redeem(thief), 400, "invalid_grant")
        (result, detail), = entries(server, "token.refuse", thief.client_id)
        assert result == "failure" and json.loads(detail)["why"] == "client"
        assert c.redeem().status == 200
        # and a spent one says nothing to others, nor ends anything
        c = Code(server, rp, user)
        j = c.tokens()
        refused(c.redeem(thief), 400, "invalid_grant")
        assert lives(server, j["access_token"])


def test_code_twice_at_once(server, rp, user):
    for _ in range(4):
        c = Code(server, rp, user)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            got = [f.result() for f in
                   [pool.submit(c.redeem) for _ in range(8)]]
        assert sorted(r.status for r in got) == [200] + [400] * 7
        assert {r.json().get("error") for r in got} == {None, "invalid_grant"}
        j = next(r.json() for r in got if r.status == 200)
        assert not lives(server, j["access_token"])     # it was used again


def test_code_of_a_session_that_ended(server, rp):
    user = server.user()
    c = Code(server, rp, user)
    assert server.post("/auth/logout", token=user["token"]).status == 204
    refused(c.redeem(), 400, "invalid_grant")


def test_code_of_a_disabled_user(server, root, rp):
    """CASES 28."""
    user = server.user()
    c = Code(server, rp, user)
    assert server.post(f"/admin/users/{user['userId']}/disable",
                       token=root).status == 204
    refused(c.redeem(), 400, "invalid_grant")


def test_session_ends_with_its_browser(server, rp):
    """But for what was given offline access."""
    user = server.user()
    online = Code(server, rp, user, scope="openid").tokens()
    offline = Code(server, rp, user).tokens()
    assert lives(server, online["access_token"])
    assert server.post("/auth/logout", token=user["token"]).status == 204
    assert not lives(server, online["access_token"])
    assert lives(server, offline["access_token"])
    assert rp.refresh(offline["refresh_token"]).status == 200


def test_refresh_token_needs_grant_and_scope(server, root, user):
    rp = make(server, root, grant_types=["authorization_code"])
    j = Code(server, rp, user).tokens()
    assert "refresh_token" not in j and j["scope"] == ALL


def test_lifetimes_and_algorithms_are_the_clients(server, root, user):
    server.all_keys()
    for alg in ("ES256", "EdDSA", "RS256"):
        rp = make(server, root, access_token_lifetime=120,
                  access_token_signed_response_alg=alg,
                  id_token_signed_response_alg=alg,
                  audience=["https://api.example.org", "billing"])
        c = Code(server, rp, user)
        j = c.tokens()
        assert j["expires_in"] == 120
        at = claims(j["access_token"])
        assert at["exp"] - at["iat"] == 120
        assert at["aud"] == [server.url, "https://api.example.org", "billing"]
        assert header(j["access_token"])["alg"] == alg
        assert header(j["id_token"])["alg"] == alg
        rp.verify(j["id_token"], c.row["nonce"], j["access_token"])
        assert lives(server, j["access_token"])


def test_id_token_is_no_access_token(server, rp, user):
    """CASES 9."""
    j = Code(server, rp, user).tokens()
    for path in ("/auth/me", "/auth/check?role=user", "/auth/verify"):
        assert server.get(path, j["id_token"]).status == 401
    # nor is a client's access token one of an account
    assert server.get("/auth/me", j["access_token"]).status == 403
    assert server.get("/admin/users", j["access_token"]).status == 403


def test_step_up_is_not_for_clients(server, root):
    """It makes tokens of /auth, which a client's session has none of."""
    rp, user = make(server, root, scope="openid account"), server.user()
    j = Code(server, rp, user, scope="openid account").tokens()
    assert server.get("/auth/me", j["access_token"]).status == 200
    r = server.post("/auth/step-up", {"password": user["password"]},
                    token=j["access_token"])
    assert (r.status, r.json()["error"]) == (403, "forbidden"), r
    sid = claims(j["access_token"])["sid"]
    assert server.sql("SELECT count(*) FROM refresh_tokens WHERE session_id "
                      f"= '{sid}'") == [("0",)]
    assert server.post("/auth/step-up", {"password": user["password"]},
                       token=user["token"]).status == 200


# ---- refresh ----

def first(server, rp, user=None, **over):
    c = Code(server, rp, user or server.user(), **over)
    return c.tokens()


def test_refresh(server, rp, user):
    c = Code(server, rp, user)
    one = c.tokens()
    r = rp.refresh(one["refresh_token"])
    assert r.status == 200, r
    assert r.headers["pragma"] == "no-cache"
    two = r.json()
    assert two["refresh_token"] != one["refresh_token"]
    assert two["scope"] == ALL and two["token_type"] == "Bearer"
    a, b = claims(one["access_token"]), claims(two["access_token"])
    assert a["jti"] != b["jti"]
    for name in ("iss", "sub", "aud", "sid", "auth_time", "client_id"):
        assert a[name] == b[name]
    a, b = claims(one["id_token"]), claims(two["id_token"])
    for name in ("iss", "sub", "aud", "sid", "auth_time"):
        assert a[name] == b[name]
    rp.verify(two["id_token"], None, two["access_token"])
    assert lives(server, two["access_token"])


def test_refresh_may_narrow_and_never_widens(server, rp, user):
    one = first(server, rp, user, scope="openid email offline_access")
    r = rp.refresh(one["refresh_token"], scope="email")
    assert r.json()["scope"] == "email" and "id_token" not in r.json()
    token = r.json()["refresh_token"]
    r = rp.refresh(token, scope="openid profile email admin account roles")
    assert set(r.json()["scope"].split()) == {"openid", "email"}
    assert "name" not in claims(r.json()["id_token"])
    # what was narrowed once was narrowed for that access token
    token = r.json()["refresh_token"]
    r = rp.refresh(token)
    assert r.json()["scope"] == "openid email offline_access"
    token = r.json()["refresh_token"]
    for scope in ("admin", "account profile", 'op"enid', "  "):
        refused(rp.refresh(token, scope=scope), 400, "invalid_scope")


def test_refused_scope_spends_no_refresh_token(server, root, user):
    """What is refused is not used: long after, the token is good still."""
    rp = make(server, root)
    one = first(server, rp, user)["refresh_token"]
    url = f"/admin/clients/{rp.client_id}"
    for scope in ("admin", "nothing of it", 'op"enid', "  "):
        refused(rp.refresh(one, scope=scope), 400, "invalid_scope")
    assert server.patch(url, {"scope": "email offline_access"},
                        root).status == 200
    refused(rp.refresh(one, scope="openid"), 400, "invalid_scope")
    hashed = digest(one)
    assert server.sql("SELECT count(*) FROM refresh_tokens WHERE hash = "
                      f"'{hashed}' AND used_at IS NULL") == [("1",)]
    two = rp.refresh(one, scope="openid email").json()
    assert two["scope"] == "email"
    # a reuse is one, whatever it asks for
    server.sql("UPDATE refresh_tokens SET used_at = used_at - 20000000 WHERE "
               f"hash = '{hashed}'")
    refused(rp.refresh(one, scope="admin"), 400, "invalid_grant")
    refused(rp.refresh(two["refresh_token"]), 400, "invalid_grant")


def test_refresh_follows_the_clients_scope(server, root, user):
    """What was taken from the client is not in its next token."""
    rp = make(server, root)
    one = first(server, rp, user)
    url = f"/admin/clients/{rp.client_id}"
    for scope in ("email offline_access", "openid email offline_access"):
        assert server.patch(url, {"scope": scope}, root).status == 200
        two = rp.refresh(one["refresh_token"]).json()
        assert two["scope"].split() == scope.split(), two
        assert ("id_token" in two) == ("openid" in scope)
    assert server.patch(url, {"scope": "other"}, root).status == 200
    refused(rp.refresh(two["refresh_token"]), 400, "invalid_scope")


def test_issued_tokens_are_counted(server, rp, user):
    before = {g: oidc.issued(server, g) for g in GRANTS}
    one = first(server, rp, user)
    for _ in range(2):
        one = rp.refresh(one["refresh_token"]).json()
    assert rp.client_credentials().status == 200
    refused(rp.refresh("x"), 400, "invalid_grant")
    assert {g: oidc.issued(server, g) - before[g] for g in GRANTS} == {
        "authorization_code": 1, "refresh_token": 2, "client_credentials": 1}


def test_refresh_retry_and_reuse(server, rp):
    """CASES 25, 27: a retry gets the same successor; another use kills."""
    user = server.user()
    one = first(server, rp, user)
    sibling = first(server, rp, user)
    two = rp.refresh(one["refresh_token"]).json()
    again = rp.refresh(one["refresh_token"]).json()     # in the same second
    assert again["refresh_token"] == two["refresh_token"]
    three = rp.refresh(two["refresh_token"]).json()
    refused(rp.refresh(one["refresh_token"]), 400, "invalid_grant")
    for t in (one, two, three):
        assert not lives(server, t["access_token"])
        refused(rp.refresh(t["refresh_token"]), 400, "invalid_grant")
    assert lives(server, sibling["access_token"])
    assert rp.refresh(sibling["refresh_token"]).status == 200
    assert server.sql("SELECT count(*) FROM audit WHERE action = "
                      "'token.reuse' AND subject = "
                      f"'{user['userId']}'") == [("1",)]


def test_parallel_refreshes_have_one_successor(server, rp):
    """CASES 23."""
    one = first(server, rp)
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        got = [f.result() for f in [
            pool.submit(rp.refresh, one["refresh_token"])
            for _ in range(50)]]
    assert {r.status for r in got} == {200}, {r.status for r in got}
    assert len({r.json()["refresh_token"] for r in got}) == 1
    sid = claims(one["access_token"])["sid"]
    assert server.sql("SELECT count(*) FROM refresh_tokens WHERE session_id "
                      f"= '{sid}'") == [("2",)]


def test_refresh_racing_an_end_leaves_no_survivor(server, rp):
    """CASES 24."""
    for _ in range(5):
        user = server.user()
        one = first(server, rp, user)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            refreshes = [pool.submit(rp.refresh, one["refresh_token"])
                         for _ in range(4)]
            end = pool.submit(server.delete, "/auth/me/sessions/" +
                              claims(one["access_token"])["sid"],
                              None, user["token"])
            got = [f.result() for f in refreshes]
            assert end.result().status == 204
        for r in got:
            if r.status == 200:
                assert not lives(server, r.json()["access_token"])
                refused(rp.refresh(r.json()["refresh_token"]), 400,
                        "invalid_grant")


def test_refresh_is_bound_to_its_client(server, root, rp, public, user):
    one = first(server, rp, user)
    for thief in (make(server, root), public):
        refused(thief.refresh(one["refresh_token"]), 400, "invalid_grant")
    assert rp.refresh(one["refresh_token"]).status == 200


def test_refresh_tokens_of_accounts_and_of_clients(server, rp, public, user):
    """API.md section 3: neither is good where the other is."""
    mine = server.login(user)
    for who in (rp, public):
        refused(who.refresh(mine["refresh_token"]), 400, "invalid_grant")
    refused(server.form("/oauth2/token", {
        "grant_type": "refresh_token", "client_id": "moatd",
        "refresh_token": mine["refresh_token"]}), 401, "invalid_client")
    assert server.post("/auth/refresh", {
        "refresh_token": mine["refresh_token"]}).status == 200
    one = first(server, rp, user)
    r = server.post("/auth/refresh", {"refresh_token": one["refresh_token"]})
    assert r.status == 401 and r.json()["error"] == "invalid_token"
    assert rp.refresh(one["refresh_token"]).status == 200


def test_refresh_of_who_is_disabled(server, root, user):
    """CASES 28, of users and of clients."""
    rp, who = make(server, root), server.user()
    one, two = first(server, rp, who), first(server, rp, user)
    server.post(f"/admin/users/{who['userId']}/disable", token=root)
    refused(rp.refresh(one["refresh_token"]), 400, "invalid_grant")
    assert server.patch(f"/admin/clients/{rp.client_id}", {"disabled": True},
                        root).status == 200
    no_client(rp.refresh(two["refresh_token"]))


def test_refresh_tokens_expire(server, root, user):
    rp = make(server, root, refresh_token_lifetime=300)
    one = first(server, rp, user)
    sid = claims(one["access_token"])["sid"]
    server.sql(f"UPDATE refresh_tokens SET expires_at = 1 WHERE session_id = "
               f"'{sid}'")
    refused(rp.refresh(one["refresh_token"]), 400, "invalid_grant")


def test_refresh_without_token(server, rp):
    refused(rp.refresh(None), 400, "invalid_request")
    for token in ("x", "é", secrets.token_urlsafe(32), "A" * 44):
        refused(rp.refresh(token), 400, "invalid_grant")


def test_refresh_follows_the_roles(server, root, rp):
    user = server.user()
    one = first(server, rp, user)
    assert server.call("PUT", f"/admin/users/{user['userId']}",
                       {"role": "admin"}, root).status == 200
    assert not lives(server, one["access_token"])
    two = rp.refresh(one["refresh_token"]).json()
    assert claims(two["access_token"])["roles"] == ["admin", "user"]
    assert claims(two["id_token"])["roles"] == ["admin", "user"]
    assert lives(server, two["access_token"])


# ---- clients for themselves ----

def test_client_credentials(server, root):
    rp = make(server, root, roles=["admin"],
              scope="openid profile email roles offline_access jobs.run read")
    r = rp.client_credentials()
    assert r.status == 200, r
    j = r.json()
    assert set(j) == {"access_token", "token_type", "expires_in", "scope"}
    assert j["scope"] == "jobs.run read"
    at = claims(j["access_token"])
    assert at["sub"] == at["client_id"] == rp.client_id
    assert at["roles"] == ["admin"] and at["tenant"] == "default"
    assert not {"sid", "auth_time", "acr", "amr"} & set(at)
    r = rp.client_credentials("read write openid")
    assert r.json()["scope"] == "read"
    for scope in ("write", "openid", "offline_access", "account"):
        refused(rp.client_credentials(scope), 400, "invalid_scope")


def test_client_credentials_without_scope(server, root):
    rp = make(server, root)
    assert rp.client_credentials().json()["scope"] == ""


def test_client_credentials_never_reach_an_account(server, root):
    rp = make(server, root, scope="account admin openid x")
    j = rp.client_credentials().json()
    assert j["scope"] == "admin x"
    refused(rp.client_credentials("account"), 400, "invalid_scope")
    assert server.get("/auth/me", j["access_token"]).status in (401, 403)


# ---- the request ----

def test_grants_that_are_not_the_clients(server, root, user):
    rp = make(server, root, grant_types=["client_credentials"])
    c = Code(server, rp, user)
    refused(c.redeem(), 400, "unauthorized_client")
    rp = make(server, root, grant_types=["authorization_code"])
    refused(rp.client_credentials(), 400, "unauthorized_client")
    refused(rp.refresh(secrets.token_urlsafe(32)), 400, "unauthorized_client")


@pytest.mark.parametrize("grant", ["password", "implicit", "Authorization_code",
                                   "authorization_code ", "x" * 100, "é"])
def test_grants_that_there_are_not(rp, grant):
    refused(rp.post("token", {"grant_type": grant}), 400,
            "unsupported_grant_type")


def test_form_is_checked(server, rp):
    """CASES 35."""
    refused(rp.post("token", {}), 400, "invalid_request")
    refused(rp.post("token", {"grant_type": ""}), 400, "invalid_request")
    refused(rp.post("token", {"grant_type": "x" * 129}), 400,
            "invalid_request")
    for name in ("grant_type", "client_id", "scope", "unknown"):
        refused(rp.post("token", [("grant_type", "client_credentials"),
                                  (name, rp.client_id),
                                  (name, rp.client_id)]),
                400, "invalid_request")
    heads = {"Authorization": oidc.basic(rp.client_id, rp.secret)}
    for body in ("grant_type=%zz", "grant_type=%ff", "grant_type=a%00b"):
        r = server.req("POST", "/oauth2/token", body, {
            **heads, "Content-Type": "application/x-www-form-urlencoded"})
        refused(r, 400, "invalid_request")
    r = server.req("POST", "/oauth2/token", json.dumps(
        {"grant_type": "client_credentials"}),
        {**heads, "Content-Type": "application/json"})
    assert r.status == 400, r
    r = server.req("POST", "/oauth2/token?grant_type=client_credentials", "",
                   {**heads,
                    "Content-Type": "application/x-www-form-urlencoded"})
    refused(r, 400, "invalid_request")      # a query is no form
    # 401 comes first
    no_client(rp.post("token", {}, auth=False, headers={
        "Authorization": oidc.basic(rp.client_id, "wrong")}))


# ---- who a client is ----

CC = {"grant_type": "client_credentials"}


def basic(rp, secret=None, id=None):
    return {"Authorization": oidc.basic(id or rp.client_id,
                                        secret or rp.secret)}


def test_only_the_registered_method(server, root, user):
    rps = {m: make(server, root, token_endpoint_auth_method=m)
           for m in ("client_secret_basic", "client_secret_post", "none")}
    secret = rps["client_secret_basic"].secret
    for method, rp in rps.items():
        s = rp.secret or secret
        tries = {
            "client_secret_basic": lambda: rp.post(
                "token", CC, False, basic(rp, s)),
            "client_secret_post": lambda: rp.post(
                "token", {**CC, "client_id": rp.client_id,
                          "client_secret": s}, False),
            "none": lambda: rp.post(
                "token", {**CC, "client_id": rp.client_id}, False)}
        for name, attempt in tries.items():
            r = attempt()
            if name != method:
                no_client(r)
            elif name == "none":
                refused(r, 400, "unauthorized_client")
            else:
                assert r.status == 200, (method, name, r)


def test_two_methods_at_once(rp):
    two = [({"client_secret": rp.secret}, basic(rp)),
           ({"client_secret": rp.secret, "client_id": rp.client_id},
            basic(rp)),
           ({"client_assertion": "x", "client_assertion_type": JWT_BEARER},
            basic(rp)),
           ({"client_assertion": "x", "client_assertion_type": JWT_BEARER,
             "client_id": rp.client_id, "client_secret": rp.secret}, {}),
           ({"client_id": "another"}, basic(rp))]
    for fields, heads in two:
        refused(rp.post("token", {**CC, **fields}, False, heads), 400,
                "invalid_request")
    # to say one's name twice is no second method
    r = rp.post("token", {**CC, "client_id": rp.client_id}, False, basic(rp))
    assert r.status == 200, r


def test_who_is_no_client(server, root, rp):
    off = make(server, root, disabled=True)
    answers = []
    for heads, fields in (
            (basic(rp, "wrong"), {}), (basic(rp, id="nobody"), {}),
            (basic(off), {}), (basic(rp, rp.secret + "x"), {}),
            (basic(rp, rp.secret[:-1]), {}),
            ({"Authorization": "Basic !"}, {}),
            ({"Authorization": "Basic"}, {}),
            ({"Authorization": "Bearer " + rp.secret}, {}),
            ({"Authorization": "Basic " + base64.b64encode(
                b"no colon").decode()}, {}),
            ({}, {}), ({}, {"client_id": ""}),
            ({}, {"client_secret": rp.secret}),
            ({}, {"client_id": rp.client_id}),
            ({}, {"client_id": "x" * 65}), ({}, {"client_id": "moatd"}),
            ({}, {"client_id": rp.client_id, "client_secret": "x" * 300})):
        r = rp.post("token", {**CC, **fields}, False, heads)
        no_client(r)
        answers.append(r.body)
    assert len(set(answers)) == 1       # all the same


def test_basic_values_are_form_decoded(server, root):
    rp = make(server, root)
    quoted = "".join(f"%{b:02x}" for b in rp.secret.encode())
    both = f"{urllib.parse.quote(rp.client_id)}:{quoted}".encode()
    r = rp.post("token", CC, False, {
        "Authorization": "bAsIc " + base64.b64encode(both).decode()})
    assert r.status == 200, r


def test_clients_of_other_tenants(server, root, rp, user):
    t = Tenant(server)
    r = server.req("POST", f"/t/{t.id}/oauth2/token",
                   "grant_type=client_credentials",
                   {**basic(rp), "Content-Type":
                    "application/x-www-form-urlencoded"})
    no_client(r)
    mine = make(server, root, base=f"/t/{t.id}")
    j = mine.client_credentials().json()
    at = claims(j["access_token"])
    assert at["iss"] == at["aud"] == mine.issuer
    assert at["tenant"] == t.id
    # a code of one is none of the other
    c = Code(server, rp, user)
    refused(c.redeem(mine), 400, "invalid_grant")
    assert c.redeem().status == 200


def test_throttle_of_a_client(fresh_server, database):
    server = fresh_server(database=database)
    root = server.admin_login()["token"]
    rp, other = make(server, root), make(server, root)
    public = make(server, root, token_endpoint_auth_method="none")
    for _ in range(10):
        no_client(rp.post("token", CC, False, basic(rp, "wrong")))
        no_client(public.post("token", CC, False, basic(rp, "x",
                                                        public.client_id)))
    r = rp.post("token", CC, False, basic(rp, "wrong"))
    refused(r, 429, "temporarily_unavailable")
    assert 1 <= int(r.headers["retry-after"]) <= 60
    refused(rp.client_credentials(), 429, "temporarily_unavailable")
    r = server.post("/auth/check", {"subject": "x", "permissions": []},
                    headers=basic(rp))
    assert r.status == 429, r           # one counter for all
    assert other.client_credentials().status == 200
    # whoever has no secret cannot be guessed at, nor locked out
    refused(public.post("token", {**CC, "client_id": public.client_id},
                        False), 400, "unauthorized_client")


# ---- secrets that overlap ----

def test_old_secret_overlaps(server, root):
    rp = make(server, root)
    url, first = f"/admin/clients/{rp.client_id}/secret", rp.secret

    def good(secret):
        server.sql("DELETE FROM throttles WHERE kind = 'client' AND "
                   f"subject = '{rp.client_id}'")
        s = rp.post("token", CC, False, basic(rp, secret)).status
        c = server.post("/auth/check", {"subject": "x", "permissions": [
            rp.client_id + ":x"]}, headers=basic(rp, secret)).status
        assert (s, c) in ((200, 200), (401, 401)), (s, c)
        return s == 200

    second = server.post(url, {"overlap": 3600}, root).json()["client_secret"]
    assert good(first) and good(second)
    # the one before the last is dead, even so
    third = server.post(url, {"overlap": 3600}, root).json()["client_secret"]
    assert not good(first) and good(second) and good(third)
    assert server.sql("SELECT count(*) FROM clients WHERE secret_hash LIKE "
                      f"'%{second[:20]}%'") == [("0",)]
    server.sql("UPDATE clients SET secret_old_until = "
               f"{int(time.time() * 1e6) - 1} WHERE client_id = "
               f"'{rp.client_id}'")
    assert not good(second) and good(third)
    # without a word of it the old one dies at once
    for body in (None, {}, {"overlap": 0}):
        before = server.post(url, {"overlap": 60}, root).json()
        r = server.post(url, body, root)
        assert r.status == 200, r
        assert not good(before["client_secret"])
        assert good(r.json()["client_secret"])


def test_overlap_is_bounded(server, root):
    rp = make(server, root)
    url = f"/admin/clients/{rp.client_id}/secret"
    for bad in (-1, 2592001, "60", 1.5, True, None, [60]):
        r = server.post(url, {"overlap": bad}, root)
        assert r.status == 400, (bad, r)
        assert [e["path"] for e in r.json()["errors"]] == ["overlap"]
    assert rp.client_credentials().status == 200
    assert server.post(url, {"overlap": 2592000}, root).status == 200
    assert rp.client_credentials().status == 200


def test_moatctl_overlaps_too(server, root):
    rp = make(server, root)
    for bad in ("x", "31d", "-1", "1w", "1hh", "", "99999999999999999999"):
        r = server.ctl("--yes", "client", "secret", rp.client_id,
                       "--overlap", bad)
        assert r.returncode in (1, 2), (bad, r)
    for good in ("90", "90s", "30m", "24h", "30d"):
        r = server.ctl("--yes", "--json", "client", "secret", rp.client_id,
                       "--overlap", good)
        assert r.returncode == 0, r
        new = json.loads(r.stdout)["client_secret"]
        assert rp.client_credentials().status == 200
        rp.secret = new
    r = server.ctl("--yes", "--json", "client", "secret", rp.client_id)
    assert r.returncode == 0, r
    no_client(rp.client_credentials())


@pytest.mark.parametrize("type,method,grants", [
    ("web", "client_secret_basic", ["authorization_code", "refresh_token"]),
    ("spa", "none", ["authorization_code", "refresh_token"]),
    ("native", "none", ["authorization_code", "refresh_token"]),
    ("machine", "client_secret_basic", ["client_credentials"])])
def test_types_of_clients(server, type, method, grants):
    id = "t" + secrets.token_hex(6)
    uris = () if type == "machine" else ("--redirect-uris", URI)
    r = server.ctl("--json", "client", "add", id, "--type", type, *uris)
    assert r.returncode == 0, r
    c = json.loads(r.stdout)
    assert c["token_endpoint_auth_method"] == method
    assert c["grant_types"] == grants
    assert ("client_secret" in c) == (method != "none")


def test_types_give_way_to_members(server):
    id = "t" + secrets.token_hex(6)
    r = server.ctl("--json", "client", "add", "--type", "machine", id,
                   "--token-endpoint-auth-method", "client_secret_post")
    c = json.loads(r.stdout)
    assert c["token_endpoint_auth_method"] == "client_secret_post"
    assert c["grant_types"] == ["client_credentials"]
    assert server.ctl("client", "add", id + "x", "--type", "tv").returncode == 1
    assert server.ctl("client", "add", id + "x", "--type").returncode == 2
    assert server.ctl("client", "set", id, "--type", "spa").returncode == 2


# ---- private_key_jwt (RFC 7523) ----

def jwk_of(key, **over):
    """Its public half (RFC 7518 section 6: coordinates of 32 bytes)."""
    pub = key.public_key()
    n = pub.public_numbers() if hasattr(pub, "public_numbers") else None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        jwk = {"kty": "EC", "crv": "P-256", "x": b64(n.x.to_bytes(32, "big")),
               "y": b64(n.y.to_bytes(32, "big"))}
    elif isinstance(key, rsa.RSAPrivateKey):
        jwk = {"kty": "RSA", "e": "AQAB",
               "n": b64(n.n.to_bytes((n.n.bit_length() + 7) // 8, "big"))}
    else:
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(pub.public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw))}
    return {**jwk, **over}


KEYS = {"ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
        "RS256": lambda: rsa.generate_private_key(65537, 2048)}


class Signer:
    """A client that signs its assertions."""

    def __init__(self, server, root, alg="ES256", **jwk):
        self.alg, self.key = alg, KEYS[alg]()
        self.rp = make(server, root,
                       token_endpoint_auth_method="private_key_jwt",
                       jwks={"keys": [jwk_of(self.key, **jwk)]})
        self.server = server

    def claims(self, **over):
        now = int(time.time())
        c = {"iss": self.rp.client_id, "sub": self.rp.client_id,
             "aud": self.server.url + "/oauth2/token", "exp": now + 60,
             "iat": now, "jti": secrets.token_urlsafe(12), **over}
        return {k: v for k, v in c.items() if v is not None}

    def assertion(self, key=None, alg=None, headers=None, **over):
        return jwt.encode(self.claims(**over), key or self.key,
                          alg or self.alg, headers)

    def ask(self, assertion=None, **over):
        fields = {**CC, "client_assertion_type": JWT_BEARER,
                  "client_assertion": assertion or self.assertion(), **over}
        return self.rp.post("token", fields, False)


@pytest.fixture(scope="module")
def signer(server, root):
    return Signer(server, root, kid="my-first-key")


@pytest.mark.parametrize("alg", KEYS)
def test_assertion(server, root, alg):
    s = Signer(server, root, alg)
    assert s.ask().status == 200
    assert s.ask(client_id=s.rp.client_id).status == 200
    for over in ({"aud": server.url}, {"aud": [server.url]},
                 {"aud": ["https://x.example", server.url + "/oauth2/token"]},
                 {"iat": None}, {"nbf": int(time.time()) - 5},
                 {"exp": int(time.time()) + 300},
                 {"exp": time.time() + 60.5}):
        r = s.ask(s.assertion(**over))
        assert r.status == 200, (over, r)
    for head in ({"kid": "whatever"}, {"typ": None}, {"typ": "JWT"},
                 {"typ": "client-authentication+jwt"}):
        assert s.ask(s.assertion(headers=head)).status == 200, head


def test_assertion_of_wrong_claims(server, root, signer):
    now = int(time.time())
    other = Signer(server, root)
    for over in ({"iss": other.rp.client_id}, {"sub": other.rp.client_id},
                 {"iss": None}, {"sub": None}, {"aud": None}, {"aud": []},
                 {"aud": "https://x.example"}, {"aud": server.url + "/"},
                 {"aud": server.url + "/oauth2/token/"},
                 {"aud": server.url + "/t/x"}, {"aud": server.url[:-1]},
                 {"aud": {"a": server.url}}, {"aud": [server.url, 1]},
                 {"exp": None}, {"exp": now - 1}, {"exp": now + 400},
                 {"exp": str(now + 60)}, {"exp": True}, {"exp": -1},
                 {"nbf": now + 120}, {"iat": now + 120}, {"iat": "x"},
                 {"jti": None}, {"jti": ""}, {"jti": 7},
                 {"jti": "x" * 600}):
        s = Signer(server, root)
        c = {**s.claims(), **over}
        c = {k: v for k, v in c.items() if v is not None}
        signed = (b64(forge.text({"alg": "ES256"})) + "." +
                  b64(forge.text(c))).encode()
        token = signed.decode() + "." + b64(forge.raw_signature(s.key, signed))
        no_client(s.ask(token))
        no_client(s.ask(token, client_id=s.rp.client_id))


def raw(signer, head, payload=None, sig=b"x" * 64):
    return ".".join(b64(forge.text(v)) if not isinstance(v, bytes) else b64(v)
                    for v in (head, payload or signer.claims(), sig))


def test_assertion_that_nobody_signed(server, root):
    """CASES 1 to 7, of assertions."""
    s, other = Signer(server, root), Signer(server, root)
    rsa_signer = Signer(server, root, "RS256")
    pub = s.key.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo)

    def hs256(secret):
        signed = (b64(forge.text({"alg": "HS256"})) + "." +
                  b64(forge.text(s.claims()))).encode()
        mac = hmac.HMAC(secret, hashes.SHA256())
        mac.update(signed)
        return signed.decode() + "." + b64(mac.finalize())

    good = s.assertion()
    embedded = s.assertion(key=other.key, headers={"jwk": jwk_of(other.key)})
    for token in (
            raw(s, {"alg": "none"}, sig=b""), raw(s, {"alg": "none"}),
            raw(s, {"alg": "NONE"}), raw(s, {"alg": "ES256"}), raw(s, {}),
            raw(s, {"alg": "ES256"}, sig=b"\0" * 64), hs256(pub),
            hs256(b"secret"), s.assertion(key=other.key), embedded,
            s.assertion(headers={"jku": "https://x.example/jwks"}),
            s.assertion(headers={"crit": ["exp"]}),
            s.assertion(headers={"typ": "at+jwt"}),
            s.assertion(headers={"typ": "dpop+jwt"}),
            rsa_signer.assertion(iss=s.rp.client_id, sub=s.rp.client_id),
            good[:-8], good + "A", good.replace(".", "..", 1), "x", "..",
            good.rpartition(".")[0]):
        s.server.sql("DELETE FROM throttles WHERE kind = 'client'")
        no_client(s.ask(token))
        no_client(s.ask(token, client_id=s.rp.client_id))
    assert s.ask(good).status == 200    # none of that spent it


def test_assertion_of_another_client(server, root):
    a, b = Signer(server, root), Signer(server, root)
    no_client(a.ask(b.assertion(), client_id=a.rp.client_id))
    no_client(a.ask(a.assertion(), client_id=b.rp.client_id))
    no_client(a.ask(a.assertion(key=b.key)))
    # of who has no key: a secret is none
    c = make(server, root)
    no_client(a.ask(a.assertion(iss=c.client_id, sub=c.client_id)))
    no_client(a.ask(a.assertion(iss="nobody", sub="nobody")))
    assert a.ask().status == 200


def test_assertion_counts_once(server, root, signer):
    token = signer.assertion()
    assert signer.ask(token).status == 200
    no_client(signer.ask(token))
    # signed anew, with the same jti
    jti = claims(token)["jti"]
    no_client(signer.ask(signer.assertion(jti=jti)))
    # another client may call its own alike
    other = Signer(server, root)
    assert other.ask(other.assertion(jti=jti)).status == 200
    token = signer.assertion()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = [f.result().status for f in
               [pool.submit(signer.ask, token) for _ in range(8)]]
    assert got.count(200) == 1, got


def test_assertion_needs_its_type(signer):
    for over, want in (({"client_assertion_type": None}, 400),
                       ({"client_assertion": ""}, 400),
                       ({"client_assertion_type": "urn:ietf:params:oauth:"
                         "client-assertion-type:saml2-bearer"}, 401)):
        r = signer.ask(**over)
        assert r.status == want, (over, r)


def test_assertion_of_a_tenant(server, root):
    t = Tenant(server)
    key = KEYS["ES256"]()
    rp = make(server, root, base=f"/t/{t.id}",
              token_endpoint_auth_method="private_key_jwt",
              jwks={"keys": [jwk_of(key)]})

    def ask(aud):
        now = int(time.time())
        token = jwt.encode({"iss": rp.client_id, "sub": rp.client_id,
                            "aud": aud, "exp": now + 60,
                            "jti": secrets.token_hex(8)}, key, "ES256")
        return rp.post("token", {**CC, "client_assertion_type": JWT_BEARER,
                                 "client_assertion": token}, False)

    assert ask(rp.issuer).status == 200
    assert ask(rp.issuer + "/oauth2/token").status == 200
    no_client(ask(server.url))
    no_client(ask(server.url + "/oauth2/token"))


@pytest.mark.parametrize("alg", ["RS256", "EdDSA"])
def test_tokens_of_every_alg_from_the_first_moment(fresh_server, alg):
    """A first start makes those keys when it is ready: a token waits for
    them, and what was granted for it is not lost."""
    server = fresh_server()
    client = oidc.RP.register(
        server, grant_types=["client_credentials"], redirect_uris=[],
        scope="jobs", access_token_signed_response_alg=alg)
    r = client.client_credentials()
    assert r.status == 200, r
    head = r.json()["access_token"].split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == alg
