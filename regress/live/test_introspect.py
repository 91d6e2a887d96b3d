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


"""Introspection (RFC 7662) and revocation (RFC 7009): what of a token still
holds, and who is told.  Numbers are those of CASES."""

import json

import pytest

import forge as forging
import hostile
import oidc
from forge import claims
from tenant import Tenant
from test_accounts import oauth_error
from test_token import ALL, Code, digest, make

INACTIVE = b'{"active":false}'


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def user(server):
    return server.user(name="Ana")


@pytest.fixture(scope="module")
def rp(server, root):
    return make(server, root)


@pytest.fixture(scope="module")
def asker(server, root):
    """A resource server that may ask about all tokens."""
    name = "i" + oidc.secrets.token_hex(6)
    r = server.post("/admin/roles", {
        "name": name, "permissions": ["tokens:introspect"]}, root)
    assert r.status == 201, r
    return make(server, root, grant_types=["client_credentials"],
                roles=[name])


@pytest.fixture(scope="module")
def forge(server):
    return forging.Forge(server)


def told(r):
    assert r.status == 200, r
    assert r.headers["content-type"] == "application/json"
    assert r.headers["cache-control"] == "no-store"
    return r.json()


def nothing(r):
    """Whatever is wrong with it is not said."""
    assert told(r) == {"active": False}
    assert r.body == INACTIVE


def ended(server, token):
    return server.sql("SELECT ended_why FROM sessions WHERE id = "
                      f"'{claims(token)['sid']}'") == [("revoked",)]


# ---- introspection: who is told ----

def test_introspect_tells_the_claims(server, rp, user):
    at = Code(server, rp, user).tokens()["access_token"]
    j = told(rp.introspect(at))
    assert j == {**claims(at), "active": True, "token_type": "Bearer",
                 "username": user["username"]}
    for hint in ("access_token", "refresh_token", "nonsense", ""):
        assert told(rp.introspect(at, token_type_hint=hint)) == j


def test_introspect_tells_holders_of_the_permission(server, asker, rp, user):
    at = Code(server, rp, user).tokens()["access_token"]
    assert told(asker.introspect(at))["sub"] == user["userId"]
    j = told(asker.introspect(user["token"]))       # of a login
    assert j["active"] is True and j["client_id"] == "moatd"
    assert j["username"] == user["username"]
    j = told(asker.introspect(user["refresh_token"]))
    assert j["active"] is True and j["client_id"] == "moatd"


def test_introspect_tells_the_audience(server, root, user):
    api = make(server, root, grant_types=["client_credentials"])
    other = make(server, root, audience=[api.client_id])
    at = Code(server, other, user).tokens()["access_token"]
    assert claims(at)["aud"] == [server.url, api.client_id]
    assert told(api.introspect(at))["active"] is True
    # but not what is only the client's own
    nothing(api.introspect(Code(server, other, user).tokens()[
        "refresh_token"]))


def test_introspect_tells_others_nothing(server, root, rp, user):
    t = Code(server, rp, user).tokens()
    other = make(server, root)
    for token in (t["access_token"], t["refresh_token"], user["token"],
                  user["refresh_token"]):
        nothing(other.introspect(token))


def test_introspect_tells_of_refresh_tokens(server, rp, user):
    t = Code(server, rp, user).tokens()
    j = told(rp.introspect(t["refresh_token"]))
    sid = claims(t["access_token"])["sid"]
    assert {k: j[k] for k in ("active", "sub", "client_id", "sid", "scope",
                              "iss", "username")} == {
        "active": True, "sub": user["userId"], "client_id": rp.client_id,
        "sid": sid, "scope": ALL, "iss": server.url,
        "username": user["username"]}
    assert j["exp"] > j["iat"]
    r = rp.refresh(t["refresh_token"])
    assert r.status == 200, r
    nothing(rp.introspect(t["refresh_token"]))      # CASES 26
    assert rp.active(r.json()["refresh_token"])


def test_introspect_tells_of_clients(server, rp):
    r = rp.client_credentials()
    at = r.json()["access_token"]
    j = told(rp.introspect(at))
    assert j == {**claims(at), "active": True, "token_type": "Bearer",
                 "username": rp.client_id}
    assert j["sub"] == j["client_id"] == rp.client_id and "sid" not in j


# ---- what ends a token ends it here ----

def test_introspect_sees_the_end_of_everything(server, root, asker):
    def end_session(u, rp, at):
        assert server.call("DELETE", "/auth/me/sessions/" + claims(at)["sid"],
                           token=u["token"]).status == 204

    def end_parent(u, rp, at):
        assert server.post("/auth/logout", token=u["token"]).status == 204

    def disable_user(u, rp, at):
        assert server.post(f"/admin/users/{u['userId']}/disable",
                           token=root).status == 204

    def change_roles(u, rp, at):
        assert server.call("PUT", "/admin/users/" + u["userId"],
                           {"role": "admin"}, root).status == 200

    def disable_client(u, rp, at):
        assert server.patch("/admin/clients/" + rp.client_id,
                            {"disabled": True}, root).status == 200

    def delete_client(u, rp, at):
        assert server.delete("/admin/clients/" + rp.client_id,
                             token=root).status == 204

    def delete_user(u, rp, at):
        assert server.delete("/auth/me", {"password": u["password"]},
                             u["token"]).status == 204

    for end in (end_session, end_parent, disable_user, change_roles,
                disable_client, delete_client, delete_user):
        u, rp = server.user(), make(server, root)
        at = Code(server, rp, u, scope="openid").tokens()["access_token"]
        assert asker.active(at), end
        end(u, rp, at)
        nothing(asker.introspect(at))


def test_introspect_sees_the_end_of_a_client(server, root, asker):
    role = "r" + oidc.secrets.token_hex(6)
    assert server.post("/admin/roles", {"name": role, "permissions": []},
                       root).status == 201

    def patch(**over):
        return lambda rp: server.patch("/admin/clients/" + rp.client_id,
                                       over, root).status == 200
    for end in (patch(disabled=True), patch(roles=[role]),
                lambda rp: server.delete("/admin/clients/" + rp.client_id,
                                         token=root).status == 204):
        rp = make(server, root)
        at = rp.client_credentials().json()["access_token"]
        assert asker.active(at)
        assert end(rp)
        nothing(asker.introspect(at))


def test_introspect_rejects_tokens_for_setting_up(server, asker, forge, user):
    """They are good for three routes here, and nowhere else."""
    nothing(asker.introspect(forge.altered(user["token"],
                                           scope="mfa_setup")))


@pytest.mark.parametrize("kind", [hostile.headers, hostile.signatures,
                                  hostile.forms, hostile.bodies])
def test_introspect_rejects_what_is_no_token(server, asker, forge, user,
                                             kind):
    """CASES 1 to 11."""
    for name, token in kind(forge, user["token"]):
        r = asker.introspect(token)
        assert r.status == 200 and r.body == INACTIVE, (name, r)
    nothing(asker.introspect(hostile.expired(forge, user["token"])))
    assert asker.active(user["token"])


def test_introspect_rejects_id_tokens(server, asker, rp, user):
    """CASES 9."""
    t = Code(server, rp, user).tokens()
    for who in (asker, rp):
        nothing(who.introspect(t["id_token"]))


def test_introspect_rejects_other_tenants(server, root, asker, user):
    t = Tenant(server)
    there = make(server, root, base=t.base, scope="openid")
    nothing(there.introspect(user["token"]))
    u = t.user()
    nothing(asker.introspect(u["token"]))
    nothing(asker.introspect(u["refresh_token"]))


# ---- introspection: the client ----

def test_introspect_rejects_clients(server, root, rp, user):
    at = user["token"]
    public = make(server, root, token_endpoint_auth_method="none")
    for r in (rp.introspect(at, client_id=rp.client_id)
              if rp.method != "client_secret_basic" else
              rp.post("introspect", {"token": at}, auth=False),
              public.introspect(at),
              server.form("/oauth2/introspect", {"token": at},
                          auth=(rp.client_id, "wrong")),
              server.form("/oauth2/introspect", {"token": at},
                          auth=(public.client_id, "")),
              server.form("/oauth2/introspect", {"token": at},
                          token=user["token"])):
        oauth_error(r, 401, "invalid_client")
        assert r.headers["www-authenticate"] == 'Basic realm="moatd"'


def test_introspect_rejects_requests(server, rp, user):
    """CASES 35."""
    oauth_error(rp.post("introspect", {}), 400, "invalid_request")
    oauth_error(rp.post("introspect", {"token": ""}), 400, "invalid_request")
    oauth_error(rp.post("introspect", [("token", "a"), ("token", "b")]), 400,
                "invalid_request")
    oauth_error(rp.post("introspect", {"token": "a" * 5000}), 400,
                "invalid_request")
    oauth_error(server.post("/oauth2/introspect", {"token": user["token"]}),
                400, "invalid_request")
    oauth_error(server.req("POST", "/oauth2/introspect", b"x" * 70000, {
        "Content-Type": "application/x-www-form-urlencoded"}), 413,
        "payload_too_large")


# ---- revocation ----

def gone(r):
    assert r.status == 200 and r.body == b"", r
    assert r.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoke_ends_the_grant(server, rp, user, which):
    t = Code(server, rp, user).tokens()
    other = Code(server, rp, user).tokens()
    gone(rp.revoke(t[which], token_type_hint="access_token"))
    nothing(rp.introspect(t["access_token"]))
    nothing(rp.introspect(t["refresh_token"]))
    assert rp.refresh(t["refresh_token"]).status == 400
    assert rp.userinfo(t["access_token"]).status == 401
    assert server.get("/auth/verify", t["access_token"]).status == 401
    assert ended(server, t["access_token"])
    gone(rp.revoke(t[which]))                       # again
    # the browser's session and the next grant go on (CASES 27)
    assert server.get("/auth/me", user["token"]).status == 200
    assert rp.active(other["access_token"])
    found = server.sql("SELECT actor, subject, detail FROM audit WHERE action "
                       "= 'session.end' AND client_id = "
                       f"'{rp.client_id}'")
    assert (rp.client_id, user["userId"]) in {f[:2] for f in found}


def test_revoke_ends_the_grant_by_a_used_token(server, rp, user):
    t = Code(server, rp, user).tokens()
    new = rp.refresh(t["refresh_token"]).json()
    gone(rp.revoke(t["refresh_token"]))
    nothing(rp.introspect(new["access_token"]))
    assert rp.refresh(new["refresh_token"]).status == 400


def test_revoke_ends_a_clients_own(server, root, rp):
    a, b = (rp.client_credentials().json()["access_token"] for _ in "ab")
    gone(rp.revoke(a))
    nothing(rp.introspect(a))
    assert server.get("/auth/verify", a).status == 401
    assert rp.active(b) and server.get("/auth/verify", b).status == 200


def test_revoke_accepts_what_is_unknown(server, rp, forge, user):
    """RFC 7009 section 2.2."""
    for _, token in hostile.tokens(forge, Code(server, rp, user).tokens()[
            "access_token"]):
        if token.strip() and len(token) <= 4096:
            gone(rp.revoke(token))
    assert server.get("/auth/me", user["token"]).status == 200


def test_revoke_rejects_tokens_of_others(server, root, rp, user):
    t = Code(server, rp, user).tokens()
    other = make(server, root)
    public = make(server, root, token_endpoint_auth_method="none")
    own = other.client_credentials().json()["access_token"]
    for who in (other, public):
        for token in (t["access_token"], t["refresh_token"], user["token"],
                      user["refresh_token"]):
            oauth_error(who.revoke(token), 400, "invalid_grant")
    oauth_error(rp.revoke(own), 400, "invalid_grant")
    assert rp.active(t["access_token"]) and other.active(own)
    assert server.get("/auth/me", user["token"]).status == 200
    assert server.post("/auth/refresh", {
        "refresh_token": user["refresh_token"]}).status == 200


def test_revoke_accepts_public_clients(server, root, user):
    public = make(server, root, token_endpoint_auth_method="none")
    t = Code(server, public, user).tokens()
    gone(public.revoke(t["refresh_token"]))
    assert ended(server, t["access_token"])


def test_revoke_rejects_other_tenants(server, root, rp, user):
    t = Tenant(server)
    there = make(server, root, base=t.base, scope="openid")
    at = Code(server, rp, user).tokens()["access_token"]
    gone(there.revoke(at))                          # unknown there
    assert rp.active(at)


def test_revoke_rejects_clients_and_requests(server, rp, user):
    at = Code(server, rp, user).tokens()["access_token"]
    oauth_error(server.form("/oauth2/revoke", {"token": at}, auth=(
        rp.client_id, "wrong")), 401, "invalid_client")
    oauth_error(server.form("/oauth2/revoke", {"token": at}), 401,
                "invalid_client")
    oauth_error(rp.post("revoke", {}), 400, "invalid_request")
    oauth_error(rp.post("revoke", [("token", at), ("token", at)]), 400,
                "invalid_request")
    oauth_error(rp.post("revoke", {"token": at, "client_id": rp.client_id,
                                   "client_secret": "x"}), 400,
                "invalid_request")
    assert rp.active(at)


def test_openapi_documents_forms(server):
    doc = server.get("/openapi.json").json()
    FORM = "application/x-www-form-urlencoded"
    auth = {"client_id", "client_secret", "client_assertion_type",
            "client_assertion"}
    hinted = {"token", "token_type_hint"}
    for path, want in (
            ("introspect", hinted), ("revoke", hinted),
            ("device_authorization", {"scope"}),
            ("par", {"response_type", "redirect_uri", "scope", "state",
                     "nonce", "code_challenge", "code_challenge_method",
                     "prompt", "max_age", "login_hint", "acr_values",
                     "ui_locales", "response_mode", "id_token_hint",
                     "dpop_jkt"}),
            ("token", {"grant_type", "code", "redirect_uri", "code_verifier",
                       "refresh_token", "scope", "device_code",
                       "subject_token", "subject_token_type", "actor_token",
                       "actor_token_type", "requested_token_type",
                       "audience", "resource"})):
        op = doc["paths"]["/oauth2/" + path]["post"]
        assert list(op["requestBody"]["content"]) == [FORM]
        name = op["requestBody"]["content"][FORM]["schema"]["$ref"]
        fields = doc["components"]["schemas"][name.rpartition("/")[2]]
        assert set(fields["properties"]) == auth | want
        assert op["responses"]["401"]["$ref"].endswith("/O401")
        assert {"400", "413", "429", "503"} <= set(op["responses"])
    put = doc["components"]["schemas"]["RegistrationUpdate"]["properties"]
    assert set(put) == {"client_id", *doc["components"]["schemas"][
        "Registration"]["properties"]}
    assert not any(p in doc["paths"] for p in ("/oauth2/authorize",
                                               "/oauth2/logout", "/login"))
    assert json.dumps(doc)
