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


"""Tokens that are none, CASES 1 to 10, made of a good one: for every place that
takes a token from somebody.  Each is a pair (what it is, the token)."""

import hashlib
import hmac
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, utils

from forge import b64, claims, header, now, parts, raw_signature, text

ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551


def headers(forge, token):
    """CASES 1, 3 to 5: the header that a good signature is over."""
    typ = header(token)["typ"]

    def head(**over):
        return forge.header(typ=typ, **over)
    for alg in ("none", "nOnE", "HS256", "RS256", "EdDSA", "es256", None, 1):
        yield f"alg {alg!r}", forge.altered(token, head(alg=alg))
    for kid in ("../../x", "' OR 1", "x" * 2000, "", None, 7,
                forge.kid + "\u0000", forge.kid + ".pem"):
        yield f"kid {str(kid)[:20]!r}", forge.altered(token, head(kid=kid))
    for extra in ({"jwk": {}}, {"jku": "http://127.0.0.1:1/"},
                  {"x5u": "http://127.0.0.1:1/"}, {"x5c": ["AAAA"]},
                  {"crit": ["exp"]}, {"b64": False}, {"zip": "DEF"}):
        yield f"header {extra}", forge.altered(token, head(**extra))


def signatures(forge, token):
    """CASES 1 to 3, 7, 8."""
    h, p, s = parts(token)
    typ = header(token)["typ"]
    none = b64(text(forge.header(alg="none", typ=typ)))
    yield "unsigned", f"{none}.{p}."
    yield "unsigned, with a signature", f"{none}.{p}.{s}"
    public = forge.key.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = b64(text(forge.header(alg="HS256", typ=typ))) + "." + p
    yield "HMAC by the public key", signed + "." + b64(
        hmac.new(public, signed.encode(), hashlib.sha256).digest())
    signed = b64(text(forge.header(alg="EdDSA", typ=typ))) + "." + p
    yield "another kind of key", signed + "." + b64(
        ed25519.Ed25519PrivateKey.generate().sign(signed.encode()))
    yield "another key", forge.sign(claims(token), forge.header(typ=typ),
                                    forge.other)
    raw = raw_signature(forge.key, f"{h}.{p}".encode())
    r, q = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    for name, sig in (("DER", utils.encode_dss_signature(r, q)),
                      ("zero", bytes(64)), ("short", raw[:63]),
                      ("long", raw + b"\0"),
                      ("of the order", ORDER.to_bytes(32, "big") * 2),
                      ("swapped", raw[32:] + raw[:32])):
        yield f"signature {name}", f"{h}.{p}.{b64(sig)}"
    for spelled in (f"{h}=.{p}.{s}", f"{h}.{p}=.{s}", f"{h}.{p}.{s}==",
                    f"{h}.{p}.{s}A", f"{h}.{p}.", f"{h}.{p}", f".{p}.{s}",
                    f"{h}..{s}", f"{h}.{p}.{s}.{s}", " " + token,
                    token + "\n"):
        yield f"spelled {spelled[:9]}…{spelled[-9:]}", spelled


def forms(forge, token):
    """CASES 4, 6: what is no compact JWS."""
    h, p, s = parts(token)
    yield "JSON", json.dumps({"protected": h, "payload": p, "signature": s})
    for name in ("", ".", "..", "...", "x.y.z", "null", "a" * 43, "a" * 44,
                 "é" * 20, "0" * 4000, "moatd", "' OR 1 --"):
        if name:
            yield f"text {name[:12]}", name


def bodies(forge, token):
    """CASES 9, 10, 11: claims that a good signature is over."""
    typ = header(token)["typ"]
    head = forge.header(typ=typ)
    for name in ("iss", "sub", "aud", "exp", "iat"):
        yield f"no {name}", forge.altered(token, head, **{name: None})
    for over in ({"iss": "https://evil.example"}, {"aud": "moatd2"},
                 {"aud": []}, {"aud": 1}, {"iat": "1"}, {"sub": 1}):
        yield f"claim {over}", forge.altered(token, head, **over)
    for exp in ('"9999999999"', "-1", "1e400", "9e9", "9999999999.0",
                "99999999999999999999", "null", "true", "[]"):
        c = claims(token)
        c.pop("exp")
        yield f"exp {exp}", forge.sign(
            json.dumps(c)[:-1] + f',"exp":{exp}}}', head)
    yield "a member twice", forge.sign(
        json.dumps(claims(token))[:-1] + ',"sub":"x","sub":"y"}', head)


def tokens(forge, token):
    for kind in (headers, signatures, forms, bodies):
        yield from kind(forge, token)


def expired(forge, token):
    c = claims(token)
    return forge.altered(token, forge.header(typ=header(token)["typ"]),
                         exp=now() - 120, iat=min(c["iat"], now() - 900))
