"""Signing keys of the other algorithms, and key files that must not start."""

import json
import os
import shutil

import jwt as pyjwt
import pytest
from jwcrypto import jwk, jwt

from forge import header

KINDS = {
    "ES256": {"kty": "EC", "crv": "P-256"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
    "RS256": {"kty": "RSA", "size": 2048},
}


def key_make(alg):
    return jwk.JWK.generate(**KINDS[alg])


def key_put(s, key, name=None, mode=0o400):
    """A key file where an operator would put it, before the first start."""
    keys = s.state / "keys"
    for d in (s.state, keys):
        d.mkdir(exist_ok=True)
        os.chmod(d, 0o700)
    path = keys / ((name or key.thumbprint()) + ".pem")
    data = key if isinstance(key, bytes) else key.export_to_pem(True, None)
    path.write_bytes(data)
    os.chmod(path, mode)
    if s.as_user:
        for p in (s.state, keys, path):
            shutil.chown(p, s.as_user)
    return path


def refuses(s, *words):
    """moatd ends by itself, and a line says why."""
    s.start(wait=False)
    s.proc.wait(20)
    assert s.stop() != 0            # reads all that it said
    log = s.log()
    for w in words:
        assert w in log, (w, log)


@pytest.mark.parametrize("alg", KINDS)
def test_key_accepts_each_algorithm(fresh_server, alg):
    """The only key in keys/ signs until others are made, and public libraries verify."""
    s = fresh_server(start=False)
    key = key_make(alg)
    key_put(s, key)
    s.start()
    token = s.user()["access_token"]
    assert header(token) == {"alg": alg, "typ": "at+jwt",
                             "kid": key.thumbprint()}
    assert s.get("/auth/me", token).status == 200
    text = s.get("/.well-known/jwks.json").body.decode()
    (published,) = [k for k in json.loads(text)["keys"]
                    if k["kid"] == key.thumbprint()]
    assert published["alg"] == alg and published["use"] == "sig"
    assert not set(published) & {"d", "p", "q", "dp", "dq", "qi", "k"}
    assert jwk.JWK(**published).thumbprint() == published["kid"]
    check = {"iss": s.url, "aud": s.url}
    t = jwt.JWT(jwt=token, key=jwk.JWKSet.from_json(text), algs=[alg],
                check_claims=check)
    claims = json.loads(t.claims)
    public = pyjwt.PyJWKSet.from_json(text)[published["kid"]].key
    assert pyjwt.decode(token, public, algorithms=[alg], audience=s.url,
                        issuer=s.url) == claims


def test_key_rejects_algorithms_exchanged(fresh_server):
    """CASES 3 with three real keys: alg, kid and signature must belong."""
    s = fresh_server(start=False)
    keys = {alg: key_make(alg) for alg in KINDS}
    for k in keys.values():
        key_put(s, k)
    s.start()
    published = s.get("/.well-known/jwks.json").json()["keys"]
    assert {k["kid"]: k["alg"] for k in published}.items() >= {
        k.thumbprint(): alg for alg, k in keys.items()}.items()
    token = s.user()["access_token"]
    claims = json.loads(jwt.JWT(jwt=token, key=jwk.JWKSet.from_json(
        json.dumps({"keys": published})), algs=list(KINDS)).claims)

    def made(alg, kid):
        t = jwt.JWT(header={"alg": alg, "typ": "at+jwt",
                            "kid": keys[kid].thumbprint()}, claims=claims)
        t.make_signed_token(keys[alg])
        return t.serialize()

    for alg in KINDS:
        for kid in KINDS:
            r = s.get("/auth/me", made(alg, kid))
            assert r.status == (200 if alg == kid else 401), (alg, kid, r)


def test_key_rejects_renamed_file(fresh_server):
    s = fresh_server(start=False)
    name = key_make("ES256").thumbprint()
    key_put(s, key_make("ES256"), name)
    refuses(s, name, "thumbprint")


def test_key_rejects_readable_file(fresh_server):
    s = fresh_server(start=False)
    path = key_put(s, key_make("ES256"), mode=0o444)
    refuses(s, path.name)


@pytest.mark.parametrize("kind", [
    {"kty": "EC", "crv": "P-384"}, {"kty": "EC", "crv": "secp256k1"},
    {"kty": "RSA", "size": 1024}, {"kty": "OKP", "crv": "X25519"}])
def test_key_rejects_weak_and_foreign_keys(fresh_server, kind):
    """CASES 8."""
    s = fresh_server(start=False)
    key = jwk.JWK.generate(**kind)
    key_put(s, key)
    refuses(s, key.thumbprint(), "neither P-256")


@pytest.mark.parametrize("data", [
    b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"
    b"-----END PRIVATE KEY-----\n"])
def test_key_rejects_broken_file(fresh_server, data):
    s = fresh_server(start=False)
    name = key_make("ES256").thumbprint()
    key_put(s, data, name)
    refuses(s, name)


def test_key_rejects_encrypted_file(fresh_server):
    """Nobody is asked for a passphrase."""
    s = fresh_server(start=False)
    key = key_make("ES256")
    key_put(s, key.export_to_pem(True, b"secret"), key.thumbprint())
    refuses(s, key.thumbprint(), "unencrypted")
