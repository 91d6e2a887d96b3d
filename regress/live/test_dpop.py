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

"""Proofs of possession (RFC 9449): API.md section 8."""

import concurrent.futures
import hashlib
import json
import secrets
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import moat
from forge import b64, claims, unb64
from oidc import RP, Browser, basic
from test_throttle import node

ALL = "openid profile offline_access account"
MACHINE = {"grant_types": ["client_credentials"], "redirect_uris": [],
           "scope": "read"}


class Key:
    """A client's key, and what it proves."""

    def __init__(self, alg="ES256", key=None):
        self.alg = alg
        self.key = key or {
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
        }[alg]()
        algo = jwt.algorithms.get_default_algorithms()[alg]
        jwk = algo.to_jwk(self.key.public_key())
        jwk = json.loads(jwk) if isinstance(jwk, str) else dict(jwk)
        self.jwk = {k: v for k, v in jwk.items() if k in (
            "kty", "crv", "x", "y", "n", "e")}
        for x in ("x", "y"):    # of full length (RFC 7518 6.2.1.2)
            if x in self.jwk:
                self.jwk[x] = b64(unb64(self.jwk[x]).rjust(32, b"\0"))
        self.jkt = b64(hashlib.sha256(json.dumps(
            self.jwk, sort_keys=True, separators=(",", ":")
        ).encode()).digest())

    def proof(self, method, url, access=None, header=None, **over):
        c = {"jti": secrets.token_urlsafe(12), "htm": method, "htu": url,
             "iat": int(time.time()), **over}
        if access is not None and "ath" not in over:
            c["ath"] = b64(hashlib.sha256(access.encode()).digest())
        c = {k: v for k, v in c.items() if v is not None}
        return jwt.encode(c, self.key, self.alg, headers={
            "typ": "dpop+jwt", "jwk": self.jwk, **(header or {})})


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def machine(server, root):
    return RP.register(server, root, **MACHINE)


@pytest.fixture(scope="module")
def public(server, root):
    return RP.register(server, root, token_endpoint_auth_method="none",
                       scope=ALL)


@pytest.fixture(scope="module")
def user(server):
    return server.user()


@pytest.fixture(scope="module")
def key():
    return Key()


def token_url(rp):
    return rp.issuer + "/oauth2/token"


def post(rp, fields, proof=None):
    return rp.post("token", fields,
                   headers={"DPoP": proof} if proof is not None else None)


def machine_token(rp, proof=None):
    return post(rp, {"grant_type": "client_credentials"}, proof)


def good(rp, key, **over):
    return key.proof("POST", token_url(rp), **over)


def refused(r, error, status=400):
    assert r.status == status and r.json()["error"] == error, r
    assert set(r.json()) == {"error", "error_description"}, r


def code_of(public, user, **over):
    a, page = public.authorize(Browser(), user, scope=ALL, **over)
    return a, a.code(page)


def redeem(rp, a, code, proof=None):
    return post(rp, {
        "grant_type": "authorization_code", "code": code, "redirect_uri":
        a.params["redirect_uri"], "code_verifier": a.verifier}, proof)


def sign_in(public, user, key):
    a, code = code_of(public, user)
    r = redeem(public, a, code, good(public, key))
    assert r.status == 200, r
    return r.json()


def userinfo(server, token, proof=None, scheme="DPoP", method="GET"):
    heads = {"Authorization": f"{scheme} {token}"}
    if proof is not None:
        heads["DPoP"] = proof
    return server.req(method, "/oauth2/userinfo", headers=heads)


# ---- the token endpoint ----

@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "RS256"])
def test_dpop_binds_a_token(server, machine, alg):
    key = Key(alg)
    r = machine_token(machine, good(machine, key))
    assert r.status == 200, r
    assert r.json()["token_type"] == "DPoP"
    assert claims(r.json()["access_token"])["cnf"] == {"jkt": key.jkt}


def test_without_a_proof_nothing_is_bound(machine):
    r = machine_token(machine)
    assert r.json()["token_type"] == "Bearer"
    assert "cnf" not in claims(r.json()["access_token"])


@pytest.mark.parametrize("over", [
    {"htm": "GET"}, {"htm": "post"}, {"htm": None}, {"htu": None},
    {"htu": "https://evil.example/oauth2/token"}, {"htu": "/oauth2/token"},
    {"jti": None}, {"jti": ""}, {"jti": 1}, {"jti": "x" * 300},
    {"iat": None}, {"iat": "now"}, {"iat": -1}, {"iat": 1.5},
    {"nonce": 1}, {"nonce": ""}])
def test_dpop_refuses_claims(machine, key, over):
    refused(machine_token(machine, good(machine, key, **over)),
            "invalid_dpop_proof")


@pytest.mark.parametrize("end", ["/", "x", "/oauth2/token", "/../token"])
def test_dpop_refuses_urls(machine, key, end):
    refused(machine_token(machine, good(machine, key, htu=token_url(machine)
                                        + end)), "invalid_dpop_proof")
    # without query and fragment they are the same
    assert machine_token(machine, good(
        machine, key, htu=token_url(machine) + "?a=b#c")).status == 200


def test_dpop_refuses_headers(machine, key):
    """CASES 1, 2, 3, 5."""
    private = {**key.jwk, "d": "AAAA"}
    for header in ({"typ": "JWT"}, {"typ": "at+jwt"}, {"jwk": {}},
                   {"jwk": Key().jwk}, {"jwk": private}, {"jwk": None},
                   {"jwk": {"kty": "oct", "k": "AAAA"}},
                   {"jwk": Key("EdDSA").jwk}, {"kid": "x"},
                   {"crit": ["x"], "x": 1}, {"jku": "https://evil/"},
                   {"x5c": []}):
        refused(machine_token(machine, good(machine, key, header=header)),
                "invalid_dpop_proof")


def test_dpop_refuses_algorithms(machine, key):
    """CASES 1, 2."""
    url = token_url(machine)
    c = {"jti": "x", "htm": "POST", "htu": url, "iat": int(time.time())}
    head = {"typ": "dpop+jwt", "jwk": key.jwk}
    none = jwt.encode(c, None, "none", headers=head)
    hmac = jwt.encode(c, "x" * 32, "HS256", headers=head)
    p = good(machine, key).split(".")
    for bad in (none, hmac, "x", "", ".", "..", p[0] + "." + p[1],
                ".".join(p) + ".", p[0] + "." + p[1] + ".",
                ".".join([p[0], p[1], p[2][:-4] + "AAAA"]),
                good(machine, key) + "=", "A" * 5000):
        r = machine_token(machine, bad)
        if bad == "":
            assert r.json()["token_type"] == "Bearer"
        else:
            refused(r, "invalid_dpop_proof")


def test_dpop_wants_one_proof(server, machine, key):
    """Two headers are none."""
    body = "grant_type=client_credentials"
    heads = "".join(f"DPoP: {good(machine, key)}\r\n" for _ in range(2))
    raw = server.raw((
        f"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: {basic(machine.client_id, machine.secret)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n{heads}\r\n{body}").encode())
    assert b"invalid_dpop_proof" in str(raw).encode(), raw


def test_dpop_counts_once(machine, key):
    """The same proof, again and at once."""
    p = good(machine, key)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda _: machine_token(machine, p), range(6)))
    assert sorted(r.status for r in got) == [200] + [400] * 5
    refused(machine_token(machine, p), "invalid_dpop_proof")
    jti = secrets.token_urlsafe(8)
    assert machine_token(machine, good(machine, key, jti=jti)).status == 200
    refused(machine_token(machine, good(machine, key, jti=jti)),
            "invalid_dpop_proof")
    # of another key it is another
    assert machine_token(machine, good(machine, Key(), jti=jti)).status == 200


def test_dpop_counts_once_across_restarts(fresh_server, database):
    s = fresh_server(database=database)
    rp, key = RP.register(s, **MACHINE), Key()
    p = good(rp, key)
    assert machine_token(rp, p).status == 200
    s.kill("engine")
    s.wait_healthy()
    moat.until(lambda: machine_token(rp).status == 200)
    refused(machine_token(rp, p), "invalid_dpop_proof")
    # nor is a nonce forgotten
    r = machine_token(rp, good(rp, key, iat=1))
    nonce = r.headers["dpop-nonce"]
    s.kill("vault")
    s.kill("engine")
    s.wait_healthy()
    moat.until(lambda: machine_token(rp).status == 200)
    assert machine_token(rp, good(rp, key, iat=1, nonce=nonce)).status == 200


@pytest.mark.parametrize("off", [-61, -3600, -86400 * 365, 120, 86400])
def test_dpop_with_a_wrong_clock_needs_a_nonce(machine, key, off):
    then = int(time.time()) + off
    r = machine_token(machine, good(machine, key, iat=then))
    refused(r, "use_dpop_nonce")
    nonce = r.headers["dpop-nonce"]
    assert len(nonce) == 43
    p = good(machine, key, iat=then, nonce=nonce)
    assert machine_token(machine, p).status == 200
    refused(machine_token(machine, p), "invalid_dpop_proof")


@pytest.mark.parametrize("nonce", ["x", "A" * 43, "A" * 500, "?"])
def test_dpop_refuses_nonces(machine, key, nonce):
    """One that is not ours, whatever the time."""
    r = machine_token(machine, good(machine, key, nonce=nonce))
    refused(r, "use_dpop_nonce")
    assert r.headers["dpop-nonce"] != nonce


def test_dpop_where_the_client_must(server, root, key):
    rp = RP.register(server, root, **MACHINE, dpop_bound_access_tokens=True)
    refused(machine_token(rp), "invalid_dpop_proof")
    assert machine_token(rp, good(rp, key)).json()["token_type"] == "DPoP"


def test_dpop_of_a_tenant(server, root, key):
    t = "dp" + secrets.token_hex(3)
    server.post("/admin/tenants", {"id": t, "name": "T"}, token=root)
    rp = RP.register(server, root, base=f"/t/{t}", **MACHINE)
    assert machine_token(rp, good(rp, key)).status == 200
    refused(machine_token(rp, key.proof("POST", server.url +
                                        "/oauth2/token")),
            "invalid_dpop_proof")


# ---- codes and refresh tokens ----

def test_code_is_bound_by_its_request(server, public, user, key):
    a, code = code_of(public, user, dpop_jkt=key.jkt)
    refused(redeem(public, a, code), "invalid_grant")
    a, code = code_of(public, user, dpop_jkt=key.jkt)
    refused(redeem(public, a, code, good(public, Key())), "invalid_grant")
    a, code = code_of(public, user, dpop_jkt=key.jkt)
    r = redeem(public, a, code, good(public, key))
    assert r.status == 200
    assert claims(r.json()["access_token"])["cnf"] == {"jkt": key.jkt}
    assert "cnf" not in claims(r.json()["id_token"])


def test_a_bad_proof_spends_no_code(public, user, key):
    a, code = code_of(public, user)
    refused(redeem(public, a, code, good(public, key, htm="GET")),
            "invalid_dpop_proof")
    refused(redeem(public, a, code, good(public, key, iat=1)),
            "use_dpop_nonce")
    assert redeem(public, a, code, good(public, key)).status == 200


def test_a_proof_that_is_missing_spends_nothing(server, root, user, key):
    """Where the client must prove a key: neither a code nor a token."""
    rp = RP.register(server, root, scope=ALL, dpop_bound_access_tokens=True)
    a, code = rp.code(Browser(), user)
    refused(redeem(rp, a, code), "invalid_dpop_proof")
    r = redeem(rp, a, code, good(rp, key))
    assert r.status == 200, r
    one = r.json()["refresh_token"]
    ask = {"grant_type": "refresh_token", "refresh_token": one}
    refused(post(rp, ask), "invalid_dpop_proof")
    assert server.sql("SELECT count(*) FROM refresh_tokens AS t, sessions AS s "
                      "WHERE s.id = t.session_id AND s.client_id = "
                      f"'{rp.client_id}'") == [("1",)]
    assert post(rp, ask, good(rp, key)).status == 200


def test_request_may_name_no_key_that_is_none(public, user):
    for bad in ("x", "A" * 42, "A" * 44, "=" * 43):
        a, page = public.authorize(Browser(), user, dpop_jkt=bad)
        assert a.error(page) == "invalid_request"


def test_refresh_token_is_bound(server, public, user, key):
    """Of a public client: by its key alone."""
    def refresh(token, proof=None):
        return post(public, {"grant_type": "refresh_token",
                             "refresh_token": token}, proof)
    t = sign_in(public, user, key)
    refused(refresh(t["refresh_token"]), "invalid_grant")
    refused(refresh(t["refresh_token"], good(public, Key())),
            "invalid_grant")
    r = refresh(t["refresh_token"], good(public, key))
    assert r.status == 200 and r.json()["token_type"] == "DPoP", r
    assert claims(r.json()["access_token"])["cnf"] == {"jkt": key.jkt}


def test_refresh_token_of_a_confidential_client_is_the_clients(
        server, root, user, key):
    rp = RP.register(server, root, scope=ALL)
    t = sign_in(rp, user, key)
    other = Key()
    r = post(rp, {"grant_type": "refresh_token", "refresh_token":
                  t["refresh_token"]}, good(rp, other))
    assert claims(r.json()["access_token"])["cnf"] == {"jkt": other.jkt}


def test_pushed_request_binds_its_code(server, root, user, key):
    rp = RP.register(server, root, scope=ALL)
    a = rp.authorization(scope=ALL)
    proof = key.proof("POST", rp.issuer + "/oauth2/par")
    r = rp.post("par", a.params, headers={"DPoP": proof})
    assert r.status == 201, r
    url = (f"{rp.issuer}/oauth2/authorize?client_id={rp.client_id}"
           f"&request_uri={r.json()['request_uri']}")
    code = a.code(Browser().go(url, user))
    refused(redeem(rp, a, code, good(rp, Key())), "invalid_grant")
    refused(rp.post("par", {**a.params, "dpop_jkt": Key().jkt}, headers={
        "DPoP": key.proof("POST", rp.issuer + "/oauth2/par")}),
        "invalid_dpop_proof")
    refused(rp.post("par", a.params, headers={"DPoP": good(rp, key)}),
            "invalid_dpop_proof")


# ---- resources ----

def test_userinfo_takes_a_bound_token(server, public, user, key):
    t = sign_in(public, user, key)["access_token"]
    url = server.url + "/oauth2/userinfo"
    for method in ("GET", "POST"):
        r = userinfo(server, t, key.proof(method, url, t), method=method)
        assert r.status == 200 and r.json()["sub"] == user["userId"], r
    r = userinfo(server, t, key.proof("GET", url, t), scheme="dpop")
    assert r.status == 200


def test_userinfo_refuses_proofs(server, public, user, key):
    t = sign_in(public, user, key)["access_token"]
    url = server.url + "/oauth2/userinfo"
    other = sign_in(public, user, key)["access_token"]
    stolen = Key()
    once = key.proof("GET", url, t)
    assert userinfo(server, t, once).status == 200
    for why, proof in {
            "none": None, "used": once, "empty": "", "nothing": "x",
            "no hash": key.proof("GET", url),
            "another's hash": key.proof("GET", url, other),
            "no text": key.proof("GET", url, ath=1),
            "method": key.proof("POST", url, t),
            "place": key.proof("GET", server.url + "/oauth2/token", t),
    }.items():
        r = userinfo(server, t, proof)
        assert r.status == 401, (why, r)
        assert r.json()["error"] == "invalid_dpop_proof", (why, r)
        w = r.headers["www-authenticate"]
        assert w.startswith('DPoP error="invalid_dpop_proof"'), w
        assert 'algs="ES256 EdDSA RS256"' in w
    r = userinfo(server, t, stolen.proof("GET", url, t))
    assert r.status == 401 and r.json()["error"] == "invalid_token"


def test_userinfo_tells_the_nonce(server, public, user, key):
    t = sign_in(public, user, key)["access_token"]
    url = server.url + "/oauth2/userinfo"
    r = userinfo(server, t, key.proof("GET", url, t, iat=1))
    assert r.status == 401 and r.json()["error"] == "use_dpop_nonce"
    assert r.headers["www-authenticate"].startswith(
        'DPoP error="use_dpop_nonce"')
    nonce = r.headers["dpop-nonce"]
    assert userinfo(server, t, key.proof("GET", url, t, iat=1, nonce=nonce)
                    ).status == 200


def test_bound_token_is_no_bearer(server, public, user, key):
    """Who only has the token has nothing (RFC 9449 section 7.2)."""
    t = sign_in(public, user, key)["access_token"]
    assert "account" in claims(t)["scope"].split()
    url = server.url + "/oauth2/userinfo"
    assert userinfo(server, t, scheme="Bearer").status == 401
    assert userinfo(server, t, key.proof("GET", url, t), scheme="Bearer"
                    ).status == 401
    for method, path in (("GET", "/auth/me"), ("GET", "/auth/me/sessions"),
                         ("POST", "/auth/logout"),
                         ("GET", "/auth/check?role=user"),
                         ("GET", "/auth/verify"), ("GET", "/admin/users")):
        r = server.call(method, path, token=t)
        assert r.status == 401, (path, r)
        proof = key.proof(method, server.url + path, t)
        r = server.call(method, path, headers={
            "Authorization": f"DPoP {t}", "DPoP": proof})
        assert r.status == 401, (path, r)
    # and lives on
    assert userinfo(server, t, key.proof("GET", url, t)).status == 200


def test_bearer_is_no_bound_token(server, public, user, key):
    a, code = code_of(public, user)
    t = redeem(public, a, code).json()["access_token"]
    url = server.url + "/oauth2/userinfo"
    assert userinfo(server, t, scheme="Bearer").status == 200
    assert userinfo(server, t, key.proof("GET", url, t)).status == 401


def test_introspection_tells_the_key(server, root, user, key):
    rp = RP.register(server, root, scope=ALL)
    t = sign_in(rp, user, key)["access_token"]
    j = rp.post("introspect", {"token": t}).json()
    assert j["active"] is True and j["token_type"] == "DPoP"
    assert j["cnf"] == {"jkt": key.jkt}


def test_exchange_keeps_a_token_bound(server, root, user, key):
    """What is bound does not become a bearer token."""
    xc = "urn:ietf:params:oauth:grant-type:token-exchange"
    rp = RP.register(server, root, scope=ALL,
                     grant_types=["authorization_code", xc])
    t = sign_in(rp, user, key)["access_token"]
    fields = {"grant_type": xc, "subject_token": t, "subject_token_type":
              "urn:ietf:params:oauth:token-type:access_token"}
    refused(post(rp, fields), "invalid_request")
    refused(post(rp, fields, good(rp, Key())), "invalid_request")
    r = post(rp, fields, good(rp, key))
    assert r.status == 200, r
    assert claims(r.json()["access_token"])["cnf"] == {"jkt": key.jkt}


def test_dpop_is_told(server):
    doc = server.get("/.well-known/openid-configuration").json()
    assert doc["dpop_signing_alg_values_supported"] == ["ES256", "EdDSA",
                                                        "RS256"]


def test_dpop_counts_on_all_nodes(fresh_server, database):
    """What was used at one node is used at the other, and a nonce of one is
    good at the other. Both have one issuer: a proof is for a URL."""
    if database != "postgres":
        pytest.skip("SQLite has one node")
    one = fresh_server(database="postgres")
    two = node(fresh_server, one, "")
    two.stop()
    two.conf.write_text(two.conf.read_text().replace(
        f'issuer "{two.url}"', f'issuer "{one.url}"'))
    two.start()
    rp, key = RP.register(one, **MACHINE), Key()
    there = RP(two, rp.client)
    there.issuer = rp.issuer
    p = good(rp, key)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda i: machine_token((rp, there)[i % 2], p),
                            range(8)))
    assert sorted(r.status for r in got) == [200] + [400] * 7
    r = machine_token(rp, good(rp, key, iat=1))
    refused(r, "use_dpop_nonce")
    p = good(rp, key, iat=1, nonce=r.headers["dpop-nonce"])
    assert machine_token(there, p).status == 200
    refused(machine_token(rp, p), "invalid_dpop_proof")
