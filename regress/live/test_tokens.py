"""Access tokens as they are issued, and as an attacker would send them."""

import hashlib
import hmac
import json
import uuid

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, utils
from jwcrypto import jwk, jwt

from forge import (Forge, b64, claims, header, now, parts, raw_signature,
                   text, unb64)

CHALLENGE = 'Bearer realm="moatd"'
INVALID = CHALLENGE + ', error="invalid_token"'


@pytest.fixture(scope="module")
def forge(server):
    return Forge(server)


@pytest.fixture(scope="module")
def user(server):
    return server.user()


@pytest.fixture(scope="module")
def token(user):
    return user["access_token"]


def refused(server, token):
    for path, method in (("/auth/me", "GET"), ("/auth/logout", "POST")):
        r = server.call(method, path, token=token)
        assert r.status == 401, (token, r)
        assert r.json()["error"] == "invalid_token", r
        assert "errors" not in r.json()
        assert r.headers["www-authenticate"] == INVALID
        assert r.headers["cache-control"] == "no-store"


# ---- what is issued ----

def test_token_accepts_form(server, user, token):
    h, c = header(token), claims(token)
    assert h == {"alg": "ES256", "typ": "at+jwt", "kid": h["kid"]}
    assert set(c) == {
        "iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid",
        "roles", "auth_time", "acr", "amr", "tenant", "epoch"}
    assert c["iss"] == c["aud"] == server.url
    assert c["sub"] == user["userId"]
    assert c["client_id"] == "moatd"
    assert c["scope"] == "openid profile email roles account admin"
    assert c["roles"] == ["user"]
    assert c["acr"] == "aal1" and c["amr"] == ["pwd"]
    assert c["tenant"] == "default"
    assert c["exp"] - c["iat"] == user["expires_in"] == 600
    assert abs(c["auth_time"] - now()) < 60
    assert isinstance(c["epoch"], int)
    assert uuid.UUID(c["sub"]).version == 7


def test_token_accepts_public_libraries(server, token):
    """jwcrypto and PyJWT verify with nothing but the JWK Set."""
    keys = server.get("/.well-known/jwks.json").body.decode()
    t = jwt.JWT(jwt=token, key=jwk.JWKSet.from_json(keys), algs=["ES256"],
                check_claims={"iss": server.url, "aud": server.url})
    assert json.loads(t.claims) == claims(token)
    key = pyjwt.PyJWKSet.from_json(keys)[header(token)["kid"]].key \
        if hasattr(pyjwt.PyJWKSet, "__getitem__") else \
        pyjwt.PyJWKSet.from_json(keys)[header(token)["kid"]].key
    assert pyjwt.decode(token, key, algorithms=["ES256"], audience=server.url,
                        issuer=server.url) == claims(token)


def test_token_accepts_thumbprint_kid(server, forge):
    """RFC 7638, and the file's name is the kid."""
    (key,) = [k for k in server.jwks() if k["kid"] == forge.kid]
    assert jwk.JWK(**key).thumbprint() == forge.kid
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == (
        "EC", "P-256", "ES256", "sig")
    assert "d" not in key


def test_token_accepts_own_key(server, forge, token):
    """The control of all that follows: an unaltered re-signed token works."""
    assert server.get("/auth/me", forge.altered(token)).status == 200
    for typ in ("AT+JWT", "application/at+jwt"):
        t = forge.altered(token, forge.header(typ=typ))
        assert server.get("/auth/me", t).status == 200, typ
    assert server.get("/auth/me", headers={
        "Authorization": "bEaReR " + token}).status == 200


def test_token_accepts_leeway(server, forge, token):
    assert server.get("/auth/me", forge.altered(
        token, iat=now() + 5)).status == 200
    assert server.get("/auth/me", forge.altered(
        token, nbf=now() - 5)).status == 200
    assert server.get("/auth/me", forge.altered(
        token, aud=["https://other.example", server.url])).status == 200


# ---- where it is read from ----

@pytest.mark.parametrize("value", [
    None, "", "Bearer", "Bearer ", "Basic dXNlcjpwdw==", "DPoP x"])
def test_token_rejects_none_sent(server, token, value):
    heads = {} if value is None else {"Authorization": value}
    r = server.get("/auth/me", headers=heads)
    assert r.status == 401 and r.json()["error"] == "unauthorized"
    assert r.headers["www-authenticate"] == CHALLENGE


def test_token_rejects_other_places(server, token):
    for path, heads in (
            (f"/auth/me?access_token={token}", {}),
            (f"/auth/me?token={token}", {}),
            ("/auth/me", {"Cookie": f"access_token={token}; token={token}"}),
            ("/auth/me", {"X-Authorization": f"Bearer {token}"}),
            ("/auth/me", {"Proxy-Authorization": f"Bearer {token}"})):
        r = server.get(path, headers=heads)
        assert r.status == 401 and r.json()["error"] == "unauthorized"


def test_token_rejects_two_headers(server, token):
    line = f"Authorization: Bearer {token}\r\n"
    got = server.raw(f"GET /auth/me HTTP/1.1\r\nHost: x\r\n{line}{line}"
                     "Connection: close\r\n\r\n".encode())
    assert got.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("bad", [
    "x", "..", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e", "\u00e4".encode().
    decode("latin-1"), "{}", "x" * 4000, ". .", "a,b"])
def test_token_rejects_garbage(server, bad):
    refused(server, bad)


def test_token_rejects_long(server, token):
    """Over JWS_MAX, within the header's limit."""
    refused(server, token + "A" * 4096)


# ---- CASES 1 to 10 ----

@pytest.mark.parametrize("alg", ["none", "nOnE", "None", "NONE", ""])
def test_token_rejects_alg_none(server, forge, token, alg):
    """CASES 1."""
    h = forge.header(alg=alg)
    signed = b64(text(h)) + "." + parts(token)[1]
    refused(server, signed + ".")
    refused(server, signed + "." + parts(token)[2])
    h.pop("kid")
    refused(server, b64(text(h)) + "." + parts(token)[1] + ".")


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_token_rejects_public_key_as_secret(server, forge, token, alg):
    """CASES 2: the public key in every form that a verifier might take."""
    public = forge.key.public_key()
    f, e = serialization.PublicFormat, serialization.Encoding
    secrets = [
        public.public_bytes(e.PEM, f.SubjectPublicKeyInfo),
        public.public_bytes(e.PEM, f.SubjectPublicKeyInfo).strip(),
        public.public_bytes(e.DER, f.SubjectPublicKeyInfo),
        public.public_bytes(e.X962, f.UncompressedPoint),
        server.get("/.well-known/jwks.json").body, b""]
    digest = getattr(hashlib, "sha" + alg[2:])
    for secret in secrets:
        signed = b64(text(forge.header(alg=alg))) + "." + parts(token)[1]
        sig = hmac.new(secret, signed.encode(), digest).digest()
        refused(server, signed + "." + b64(sig))


@pytest.mark.parametrize("alg", [
    "EdDSA", "RS256", "PS256", "ES384", "ES256K", "es256", "ES256 ", None,
    1, True, ["ES256"], {"alg": "ES256"}])
def test_token_rejects_other_alg(server, forge, token, alg):
    """CASES 3: the algorithm belongs to the key."""
    refused(server, forge.altered(token, forge.header(alg=alg)))


def test_token_rejects_ed25519_signature(server, forge, token):
    """CASES 3."""
    key = ed25519.Ed25519PrivateKey.generate()
    for alg in ("ES256", "EdDSA"):
        signed = b64(text(forge.header(alg=alg))) + "." + parts(token)[1]
        refused(server, signed + "." + b64(key.sign(signed.encode())))


@pytest.mark.parametrize("kid", [
    "../../x", "' OR 1", "x" * 2000, "unknown", "", None, 7, [], {},
    "/etc/passwd", "\u0000", "A" * 43, "pepper", "seal"])
def test_token_rejects_kid(server, forge, token, kid):
    """CASES 4: a name, looked up in memory and nowhere else."""
    refused(server, forge.altered(token, forge.header(kid=kid)))


def test_token_rejects_kid_decorations(server, forge, token):
    for kid in (forge.kid + "\u0000", forge.kid + " ", forge.kid[:-1],
                forge.kid + ".pem", "./" + forge.kid, forge.kid.lower()):
        refused(server, forge.altered(token, forge.header(kid=kid)))


def test_token_rejects_foreign_key(server, forge, token):
    refused(server, forge.sign(claims(token), key=forge.other))


def test_token_rejects_key_in_header(server, forge, token):
    """CASES 5: a token that brings its own key, or says where one is."""
    own = jwk.JWK.from_pyca(forge.other)
    public = json.loads(own.export_public())
    for kid in (forge.kid, own.thumbprint()):
        for extra in ({"jwk": public}, {"jku": "http://127.0.0.1:1/k"},
                      {"x5u": "http://127.0.0.1:1/c"}, {"x5c": ["AAAA"]}):
            h = forge.header(kid=kid, **extra)
            refused(server, forge.sign(claims(token), h, forge.other))
    # and even signed by the right one
    refused(server, forge.altered(token, forge.header(jwk=public)))
    refused(server, forge.altered(token, forge.header(jku="https://x/")))


@pytest.mark.parametrize("crit", [
    ["exp"], ["unknown"], [], ["b64"], "exp", None])
def test_token_rejects_crit(server, forge, token, crit):
    """CASES 5."""
    h = {**forge.header(exp=now() + 60, b64=True, unknown=1), "crit": crit}
    refused(server, forge.altered(token, h))


@pytest.mark.parametrize("extra", [{"b64": False}, {"zip": "DEF"},
                                   {"enc": "A128GCM"}])
def test_token_rejects_headers_of_other_kinds(server, forge, token, extra):
    refused(server, forge.altered(token, forge.header(**extra)))


def test_token_rejects_serialisations(server, token):
    """CASES 6: JSON serialisation, and a JWE where a JWS should be."""
    h, p, s = parts(token)
    refused(server, json.dumps({"protected": h, "payload": p, "signature": s},
                               separators=(",", ":")))
    refused(server, json.dumps(
        {"payload": p, "signatures": [{"protected": h, "signature": s}]},
        separators=(",", ":")))
    jwe = jwt.JWT(header={"alg": "ECDH-ES", "enc": "A128GCM"},
                  claims=claims(token))
    jwe.make_encrypted_token(jwk.JWK(
        **server_key(server)))
    refused(server, jwe.serialize())


def server_key(server):
    (key,) = [k for k in server.jwks() if k["kid"] == server.active_kid()]
    return {k: v for k, v in key.items() if k not in ("alg", "use")}


ALPHABET = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
            "0123456789-_")


def test_token_rejects_encodings(server, forge, token):
    """CASES 7: one token has one spelling."""
    # lengths of header and payload that leave unused bits
    for pad in range(3):
        t = forge.altered(token, jti="j" * (20 + pad))
        assert server.get("/auth/me", t).status == 200
        h, p, s = parts(t)
        refused(server, f"{h}=.{p}.{s}")
        refused(server, f"{h}.{p}=.{s}")
        refused(server, f"{h}.{p}.{s}==")
        refused(server, f"{h}.{p}.{s}A")
        for i, part in enumerate((h, p, s)):
            unused = (len(part) * 6) % 8
            if unused == 0:
                continue
            last = ALPHABET[ALPHABET.index(part[-1]) | 1]
            if last == part[-1]:
                continue
            spelled = [h, p, s]
            spelled[i] = part[:-1] + last
            assert unb64(spelled[i]) == unb64(part)
            refused(server, ".".join(spelled))
    h, p, s = parts(token)
    refused(server, token.replace("-", "+").replace("_", "/")
            if "-" in token or "_" in token else token + "+")
    refused(server, f"{h}.{p}%2e{s}")
    refused(server, f"{h}.{p}.")
    refused(server, f".{p}.{s}")
    refused(server, f"{h}..{s}")


def test_token_rejects_signatures(server, forge, token):
    """CASES 8."""
    h, p, _ = parts(token)
    signed = f"{h}.{p}".encode()
    raw = raw_signature(forge.key, signed)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
    der = utils.encode_dss_signature(r, s)
    bad = [der, bytes(64), raw[:32] + bytes(32), bytes(32) + raw[32:],
           n.to_bytes(32, "big") * 2, b"\xff" * 64, raw + b"\0", b"\0" + raw,
           raw[:63], raw[1:], raw[32:] + raw[:32], raw * 2, b"\0" * 8192,
           raw[:32] + (s ^ 1).to_bytes(32, "big"),
           b"\0" + raw[:32] + b"\0" + raw[32:]]
    for sig in bad:
        if len(sig) < 4000:
            refused(server, f"{h}.{p}.{b64(sig)}")


def test_token_rejects_tampering(server, forge, token):
    h, p, s = parts(token)
    for over in ({"sub": str(uuid.uuid4())}, {"exp": now() + 9999},
                 {"scope": "admin account"}, {"roles": ["superadmin"]}):
        changed = b64(text({**claims(token), **over}))
        refused(server, f"{h}.{changed}.{s}")
    assert server.get("/auth/me", token).status == 200


@pytest.mark.parametrize("typ", [
    "JWT", "at", "", None, "jwt", "id+jwt", "logout+jwt", "at+jwt ", 1,
    "application/jwt", "application/application/at+jwt"])
def test_token_rejects_typ(server, forge, token, typ):
    """CASES 9: an ID token is never an access token."""
    refused(server, forge.altered(token, forge.header(typ=typ)))


@pytest.mark.parametrize("over", [
    {"aud": None}, {"aud": "moatd"}, {"aud": []}, {"aud": ["x", "y"]},
    {"aud": 1}, {"aud": {}}, {"aud": ""}, {"iss": None}, {"iss": ""},
    {"iss": "https://evil.example"}, {"iss": 1}, {"iss": ["x"]}])
def test_token_rejects_issuer_and_audience(server, forge, token, over):
    """CASES 9."""
    refused(server, forge.altered(token, **over))


def test_token_rejects_almost_issuer(server, forge, token):
    for iss in (server.url + "/", server.url + "/t/default",
                server.url.upper(), server.url + ".evil.example"):
        refused(server, forge.altered(token, iss=iss))
        refused(server, forge.altered(token, aud=iss))


@pytest.mark.parametrize("literal", [
    '"99999999999"', "1e400", "-1", "0", "true", "null", "[]", "{}",
    "99999999999999999999999", "1", "-9223372036854775808"])
def test_token_rejects_exp(server, forge, token, literal):
    """CASES 10."""
    refused(server, forge.with_raw(token, "exp", literal))


def test_token_rejects_times(server, forge, token):
    """CASES 10, and the leeway's far side."""
    refused(server, forge.altered(token, exp=None))
    refused(server, forge.altered(token, exp=now() - 1))
    refused(server, forge.altered(token, exp=now() - 86400))
    refused(server, forge.altered(token, iat=now() + 120))
    refused(server, forge.altered(token, nbf=now() + 120))
    refused(server, forge.altered(token, iat=None))
    refused(server, forge.with_raw(token, "iat", '"1"'))
    refused(server, forge.with_raw(token, "nbf", '"1"'))


@pytest.mark.parametrize("name", ["sub", "sid", "jti", "client_id", "epoch"])
def test_token_rejects_missing_claims(server, forge, token, name):
    refused(server, forge.altered(token, **{name: None}))
    refused(server, forge.with_raw(token, name, "[1]"))


def test_token_rejects_claims_of_others(server, forge, token):
    """sub is the session's, the epoch is the user's."""
    other = claims(server.user()["access_token"])
    refused(server, forge.altered(token, sub=other["sub"]))
    refused(server, forge.altered(token, sid=other["sid"]))
    refused(server, forge.altered(token, sid=str(uuid.uuid4())))
    epoch = claims(token)["epoch"]
    refused(server, forge.altered(token, epoch=epoch + 1))
    refused(server, forge.altered(token, epoch=epoch - 1))
    assert server.get("/auth/me", token).status == 200


@pytest.mark.parametrize("payload", [
    "[]", "1", "null", '""', "", "{", "{} x", '{"a":1,"a":2}',
    "[" * 100000 + "]" * 100000, '{"sub":"\\u0000"}', "\xff"])
def test_token_rejects_payloads(server, forge, payload):
    t = forge.sign(payload)
    if len(t) < 7000:
        refused(server, t)


def test_token_rejects_duplicate_members(server, forge, token):
    """CASES 11, inside a token."""
    c = json.dumps(claims(token))
    refused(server, forge.sign(c[:-1] + f',"exp":{now() + 60}}}'))
    h = json.dumps(forge.header())
    refused(server, forge.sign(c, h[:-1] + ',"alg":"ES256"}'))
    refused(server, forge.sign(c, h[:-1] + ',"x":{"y":1,"y":2}}'))


def test_token_rejects_scope(server, forge, token):
    """403 comes after 401 and after 400."""
    narrow = forge.altered(token, scope="openid admin accounts")
    assert server.get("/auth/me", forge.altered(
        token, scope=None)).status == 403
    refused(server, forge.with_raw(token, "scope", '["account"]'))
    for method, path in (("GET", "/auth/me"), ("POST", "/auth/logout"),
                         ("GET", "/auth/me/sessions"),
                         ("DELETE", "/auth/me/sessions")):
        r = server.call(method, path, token=narrow)
        assert r.status == 403, r
        assert r.json()["error"] == "insufficient_scope"
        assert r.headers["www-authenticate"] == (
            CHALLENGE + ', error="insufficient_scope"')
    r = server.patch("/auth/me", {"name": 1}, narrow)
    assert r.status == 400
    refused(server, forge.altered(token, scope="openid",
                                  sid=str(uuid.uuid4())))
    assert server.get("/auth/me", token).status == 200


def test_token_rejects_expired_in_life(fresh_server):
    """A token of one second, from its issue to its end."""
    import moat
    s = fresh_server("token { access 1 }")
    u = s.user()
    assert u["expires_in"] == 1
    moat.until(lambda: s.get("/auth/me", u["token"]).status == 401, 5)
    r = s.get("/auth/me", u["token"])
    assert r.json()["error"] == "invalid_token"
    # the session lives on
    r = s.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
    assert r.status == 200
