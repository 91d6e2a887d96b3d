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

"""Token exchange (RFC 8693): API.md section 8. What comes of it is never more
than what went in."""

import concurrent.futures
import secrets

import pytest

import forge
from forge import claims
from oidc import RP, Browser, issued

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
API, OTHER = "https://api.example/", "https://other.example/"
SCOPE = "openid profile email offline_access read write account"


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def back(server, root):
    """A service that is sent tokens and calls another."""
    return RP.register(server, root, grant_types=[
        EXCHANGE, "client_credentials"], redirect_uris=[],
        scope="openid profile email offline_access read account admin",
        audience=[API, OTHER])


@pytest.fixture(scope="module")
def front(server, root, back):
    """An application whose tokens are for it."""
    return RP.register(server, root, scope=SCOPE, audience=[back.client_id],
                       access_token_lifetime=300)


@pytest.fixture(scope="module")
def user(server):
    return server.user()


def sign_in(server, front, user, **over):
    b = Browser()
    a, code = front.code(b, user, **{"scope": SCOPE, **over})
    r = front.redeem(a, code)
    assert r.status == 200, r
    return b, r.json()


@pytest.fixture(scope="module")
def token(server, front, user):
    return sign_in(server, front, user)[1]["access_token"]


def exchange(rp, token, **over):
    return rp.post("token", {
        "grant_type": EXCHANGE, "subject_token": token,
        "subject_token_type": ACCESS, **over})


def done(rp, token, **over):
    r = exchange(rp, token, **over)
    assert r.status == 200, r
    return r.json()


def refused(r, error, status=400):
    assert r.status == status and r.json()["error"] == error, r
    assert set(r.json()) == {"error", "error_description"}, r


def lives(server, token):
    return server.get("/auth/check?role=user", token=token).status == 200


# ---- what comes of it ----

def test_exchange(server, front, back, user, token):
    before = issued(server, "token_exchange")
    t = done(back, token)
    assert issued(server, "token_exchange") == before + 1
    assert set(t) == {"access_token", "issued_token_type", "token_type",
                      "expires_in", "scope"}
    assert t["issued_token_type"] == ACCESS and t["token_type"] == "Bearer"
    assert t["scope"] == "openid profile email read"
    assert 0 < t["expires_in"] <= 300
    old, new = claims(token), claims(t["access_token"])
    assert new["sub"] == user["userId"] == old["sub"]
    assert new["client_id"] == back.client_id
    assert new["act"] == {"sub": back.client_id}
    assert new["exp"] <= old["exp"]
    for same in ("iss", "acr", "amr", "auth_time", "roles", "tenant"):
        assert new[same] == old[same], same
    assert new["sid"] != old["sid"] and new["jti"] != old["jti"]
    assert set(new["aud"]) == {server.url, API, OTHER}
    assert lives(server, t["access_token"])


def test_exchange_of_its_own_token(server, root, user):
    rp = RP.register(server, root, grant_types=["authorization_code",
                                                EXCHANGE],
                     scope="openid read write")
    _, t = sign_in(server, rp, user, scope="openid read write")
    t = done(rp, t["access_token"], scope="read")
    assert t["scope"] == "read"


def test_exchange_names_what_it_is_for(server, back, token):
    for over, aud in (({"audience": API}, [API]),
                      ({"resource": OTHER}, [OTHER]),
                      ({"audience": API, "resource": OTHER}, [API, OTHER]),
                      ({"audience": API, "resource": API}, [API])):
        new = claims(done(back, token, **over)["access_token"])
        assert sorted(new["aud"]) == sorted([server.url, *aud]), over


@pytest.mark.parametrize("bad", ["https://api.example", "https://evil/", "*",
                                 API + " " + OTHER, "back", "x" * 1000])
def test_exchange_refuses_targets(back, token, bad):
    refused(exchange(back, token, audience=bad), "invalid_target")
    refused(exchange(back, token, resource=bad), "invalid_target")
    refused(exchange(back, token, audience=API, resource=bad),
            "invalid_target")


def test_exchange_never_widens_scope(server, front, back, user, token):
    assert done(back, token, scope="read write")["scope"] == "read"
    assert done(back, token, scope="email")["scope"] == "email"
    for wide in ("write", "account", "admin", "offline_access", "nothing",
                 "mfa_setup", "write account"):
        refused(exchange(back, token, scope=wide), "invalid_scope")
    # not what the client has, either
    _, t = sign_in(server, front, user, scope="openid")
    assert done(back, t["access_token"])["scope"] == "openid"
    refused(exchange(back, t["access_token"], scope="read"), "invalid_scope")


def test_exchange_never_lives_longer(server, root, front, user, token):
    long = RP.register(server, root, grant_types=[EXCHANGE],
                       redirect_uris=[], access_token_lifetime=86400)
    server.patch(f"/admin/clients/{front.client_id}",
                 {"audience": [long.client_id]}, token=root)
    try:
        _, t = sign_in(server, front, user)
    finally:
        server.patch(f"/admin/clients/{front.client_id}",
                     {"audience": front.client["audience"]}, token=root)
    t = done(long, t["access_token"])
    assert t["expires_in"] <= 300
    rows = server.sql("SELECT expires_at - created_at FROM sessions WHERE "
                      f"id = '{claims(t['access_token'])['sid']}'")
    assert int(rows[0][0]) <= 300_000_000


def test_exchange_is_never_good_for_the_account(server, back, token):
    t = done(back, token)["access_token"]
    for method, path in (("GET", "/auth/me"), ("GET", "/auth/me/sessions"),
                         ("POST", "/auth/logout"), ("GET", "/admin/users")):
        assert server.call(method, path, token=t).status == 403, path
    assert lives(server, t)


# ---- actors ----

def test_exchange_names_an_actor(server, back, token):
    me = back.post("token", {"grant_type": "client_credentials"}).json()
    t = done(back, token, actor_token=me["access_token"],
             actor_token_type=ACCESS)
    assert claims(t["access_token"])["act"] == {"sub": back.client_id}


def test_exchange_refuses_actors(server, root, front, back, user, token):
    me = back.post("token", {"grant_type": "client_credentials"}
                   ).json()["access_token"]
    for actor in ("x", token, user["token"], me[:-8] + "AAAAAAAA",
                  done(back, token)["access_token"]):
        refused(exchange(back, token, actor_token=actor,
                         actor_token_type=ACCESS), "invalid_request")
    for over in ({"actor_token": me},
                 {"actor_token": me, "actor_token_type": "x"},
                 {"actor_token_type": ACCESS}):
        refused(exchange(back, token, **over), "invalid_request")
    # one that was revoked
    assert back.post("revoke", {"token": me}).status == 200
    refused(exchange(back, token, actor_token=me, actor_token_type=ACCESS),
            "invalid_request")


# ---- whose tokens ----

def test_exchange_refuses_tokens(server, root, front, back, user, token):
    _, all = sign_in(server, front, user)
    other = RP.register(server, root, scope=SCOPE)
    _, others = sign_in(server, other, user)
    bad = {"nothing": "x", "of nobody": token[:-8] + "AAAAAAAA",
           "of login": user["token"], "not sent to it":
           others["access_token"], "ID": all["id_token"],
           "refresh": all["refresh_token"],
           "of an exchange": done(back, token)["access_token"],
           "alg none": forge.b64(b'{"alg":"none","typ":"at+jwt"}') + "." +
           token.split(".")[1] + "."}
    for why, t in bad.items():
        r = exchange(back, t)
        assert r.status == 400, (why, r)
        refused(r, "invalid_request")


@pytest.mark.parametrize("over", [
    {"subject_token": None}, {"subject_token_type": None},
    {"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"},
    {"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
    {"requested_token_type": "urn:ietf:params:oauth:token-type:id_token"},
    {"requested_token_type":
     "urn:ietf:params:oauth:token-type:refresh_token"},
    {"requested_token_type": "x"}])
def test_exchange_refuses_types(back, token, over):
    refused(exchange(back, token, **over), "invalid_request")


def test_exchange_says_the_type(back, token):
    assert done(back, token, requested_token_type=ACCESS)


def test_exchange_wants_the_grant_type_and_the_client(server, root, front,
                                                      back, token):
    refused(exchange(front, token), "unauthorized_client")
    wrong = RP(server, {**back.client, "client_secret": "x" * 43})
    refused(exchange(wrong, token), "invalid_client", 401)
    r = server.post("/admin/clients", {
        "client_id": "x" + secrets.token_hex(4), "client_name": "x",
        "grant_types": [EXCHANGE], "token_endpoint_auth_method": "none"},
        token=root)
    assert r.status == 400


def test_exchange_of_another_tenant(server, root, token):
    t = "ex" + secrets.token_hex(3)
    server.post("/admin/tenants", {"id": t, "name": "T"}, token=root)
    there = RP.register(server, root, base=f"/t/{t}", redirect_uris=[],
                        grant_types=[EXCHANGE])
    refused(exchange(there, token), "invalid_request")


# ---- its end ----

def ended_by(server, front, back, user, end):
    b, all = sign_in(server, front, user)
    t = done(back, all["access_token"])["access_token"]
    assert lives(server, t)
    end(b, all)
    assert not lives(server, t)
    refused(exchange(back, all["access_token"]), "invalid_request")


def test_exchange_ends_with_the_subjects_session(server, front, back, user):
    def revoke(b, all):
        assert front.post("revoke", {"token": all["access_token"]}
                          ).status == 200

    def everywhere(b, all):
        login = server.login(user)
        assert server.delete("/auth/me/sessions",
                             token=login["token"]).status == 204
    ended_by(server, front, back, user, revoke)
    ended_by(server, front, back, user, everywhere)


def test_exchange_ends_with_its_client(server, root, front, user):
    one = RP.register(server, root, redirect_uris=[], grant_types=[EXCHANGE])
    server.patch(f"/admin/clients/{front.client_id}",
                 {"audience": [one.client_id]}, token=root)
    try:
        _, all = sign_in(server, front, user)
    finally:
        server.patch(f"/admin/clients/{front.client_id}",
                     {"audience": front.client["audience"]}, token=root)
    t = done(one, all["access_token"])["access_token"]
    assert server.delete(f"/admin/clients/{one.client_id}",
                         token=root).status == 204
    assert not lives(server, t)


def test_exchange_of_a_disabled_user(server, root, front, back):
    u = server.user()
    _, all = sign_in(server, front, u)
    t = done(back, all["access_token"])["access_token"]
    server.post(f"/admin/users/{u['userId']}/disable", token=root)
    assert not lives(server, t)
    refused(exchange(back, all["access_token"]), "invalid_request")


def test_exchange_of_old_roles(server, root, front, back):
    """A change of roles ends the subject's token, and what came of it."""
    u = server.user()
    _, all = sign_in(server, front, u)
    t = done(back, all["access_token"])["access_token"]
    assert server.call("PUT", f"/admin/users/{u['userId']}",
                       {"role": "admin"}, token=root).status == 200
    assert not lives(server, t)
    refused(exchange(back, all["access_token"]), "invalid_request")


def test_exchange_races_the_end(server, front, back, user):
    """CASES 24: what comes after the session ended is dead, or never came."""
    b, all = sign_in(server, front, user)

    def act(n):
        if n == 3:
            return front.post("revoke", {"token": all["access_token"]})
        return exchange(back, all["access_token"])
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = list(pool.map(act, range(8)))
    for n, r in enumerate(got):
        if n != 3 and r.status == 200:
            assert not lives(server, r.json()["access_token"])


def test_exchange_ends_when_the_subjects_session_does(server, front, back,
                                                      user):
    """A session that ends of itself, before its token does."""
    _, all = sign_in(server, front, user)
    sid = claims(all["access_token"])["sid"]
    server.sql("UPDATE sessions SET expires_at = created_at + 60000000 "
               f"WHERE id = '{sid}'")
    t = done(back, all["access_token"])["access_token"]
    rows = server.sql("SELECT a.expires_at, b.expires_at, a.parent FROM "
                      "sessions AS a, sessions AS b WHERE b.id = a.parent "
                      f"AND a.id = '{claims(t)['sid']}'")
    assert rows[0][0] == rows[0][1] and rows[0][2] == sid, rows


# ---- a client's own ----

def test_exchange_of_a_machine(server, root, back):
    rp = RP.register(server, root, redirect_uris=[], scope="read write",
                     grant_types=[EXCHANGE, "client_credentials"],
                     audience=[API])
    me = rp.post("token", {"grant_type": "client_credentials"}
                 ).json()["access_token"]
    t = done(rp, me, scope="read")
    new = claims(t["access_token"])
    assert new["sub"] == new["client_id"] == rp.client_id
    assert t["scope"] == "read" and "sid" not in new
    assert lives(server, t["access_token"])
    # nobody else's
    refused(exchange(back, me), "invalid_request")
    rp.post("revoke", {"token": me})
    refused(exchange(rp, me), "invalid_request")
