"""Forged and altered tokens, made with the server's own key where that is
what a test needs: as the operator of a key file could, and no client can."""

import base64
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text(value):
    """Compact JSON, or the text itself when it is one already."""
    if isinstance(value, str):
        return value.encode()
    return json.dumps(value, separators=(",", ":")).encode()


def parts(token):
    return token.split(".")


def header(token):
    return json.loads(unb64(parts(token)[0]))


def claims(token):
    return json.loads(unb64(parts(token)[1]))


def raw_signature(key, signed):
    """ES256: r and s, 32 bytes each (RFC 7518 section 3.4)."""
    r, s = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(
        hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Forge:
    """Signs what it is given with the server's ES256 key."""

    def __init__(self, server):
        self.kid = server.active_kid()
        path = server.state / "keys" / (self.kid + ".pem")
        self.key = serialization.load_pem_private_key(path.read_bytes(), None)
        self.other = ec.generate_private_key(ec.SECP256R1())

    def header(self, **over):
        h = {"alg": "ES256", "typ": "at+jwt", "kid": self.kid, **over}
        return {k: v for k, v in h.items() if v is not None}

    def sign(self, payload, head=None, key=None):
        """payload and head: objects, or JSON texts as they shall stand."""
        signed = (b64(text(head or self.header())) + "." +
                  b64(text(payload))).encode()
        sig = raw_signature(key or self.key, signed)
        return signed.decode() + "." + b64(sig)

    def altered(self, token, head=None, **over):
        """The token's claims with some replaced (None: left out), signed."""
        c = {**claims(token), **over}
        c = {k: v for k, v in c.items() if v is not None}
        return self.sign(c, head)

    def with_raw(self, token, name, literal):
        """The same with one claim as a JSON literal of its own."""
        c = claims(token)
        c.pop(name, None)
        return self.sign(json.dumps(c)[:-1] + f',"{name}":{literal}}}')


def now():
    return int(time.time())
