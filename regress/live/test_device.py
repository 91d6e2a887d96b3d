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

"""Device authorization (RFC 8628): API.md section 8."""

import base64
import hashlib
import re

import pytest

from oidc import RP

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
USER_CODE = re.compile("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$")


def device(server, base="", token=None, **over):
    """A client that may ask for users of devices."""
    return RP.register(server, token=token, base=base, **{
        "grant_types": [DEVICE, "refresh_token"], "redirect_uris": [],
        "token_endpoint_auth_method": "none", **over})


def ask(rp, **over):
    return rp.post("device_authorization", {"scope": "openid", **over})


def code(rp, **over):
    r = ask(rp, **over)
    assert r.status == 200, r
    return r.json()


def refused(r, status, error):
    assert r.status == status and r.json()["error"] == error, r
    assert set(r.json()) == {"error", "error_description"}, r


@pytest.fixture(scope="module")
def rp(server):
    return device(server)


# ---- the device asks ----

@pytest.mark.parametrize("method", ["none", "client_secret_basic",
                                    "client_secret_post"])
def test_device_gets_codes(server, method):
    rp = device(server, token_endpoint_auth_method=method)
    r = ask(rp)
    assert r.status == 200 and r.headers["cache-control"] == "no-store", r
    j = r.json()
    assert set(j) == {"device_code", "user_code", "verification_uri",
                      "verification_uri_complete", "expires_in", "interval"}
    assert j["expires_in"] == 600 and j["interval"] == 5
    assert len(j["device_code"]) == 43 and USER_CODE.match(j["user_code"])
    assert j["verification_uri"] == f"{server.url}/device"
    assert j["verification_uri_complete"] == (
        f"{server.url}/device?user_code={j['user_code']}")


def test_device_code_rests_hashed(server, rp):
    j = code(rp)
    raw = base64.urlsafe_b64decode(j["device_code"] + "=")
    digest = base64.urlsafe_b64encode(hashlib.sha256(raw).digest())
    row = server.sql("SELECT hash, user_code, state FROM device_codes WHERE "
                     f"user_code = '{j['user_code'].replace('-', '')}'")
    assert row == [(digest.rstrip(b"=").decode(),
                    j["user_code"].replace("-", ""), "pending")], row


def test_device_codes_differ(rp):
    many = [code(rp) for _ in range(8)]
    assert len({j["device_code"] for j in many}) == 8
    assert len({j["user_code"] for j in many}) == 8


def test_device_codes_are_of_a_tenant(server):
    root = server.admin_login()["token"]
    t = "dev" + code(device(server, token=root))["user_code"][:4].lower()
    assert server.post("/admin/tenants", {"id": t, "name": "T"},
                       token=root).status == 201
    rp = device(server, base=f"/t/{t}", token=root)
    assert code(rp)["verification_uri"] == f"{server.url}/t/{t}/device"
    rp.base = ""
    refused(ask(rp), 401, "invalid_client")


def test_device_scope_is_the_clients(server):
    def scope(rp, **over):
        j = code(rp, **over)
        return server.sql("SELECT scope FROM device_codes WHERE user_code = '"
                          f"{j['user_code'].replace('-', '')}'")[0][0]
    rp = device(server, scope="openid email account")
    assert scope(rp, scope="email openid nothing email") == "email openid"
    assert scope(rp, scope="account") == "account"
    # what reaches accounts is never implied
    assert scope(rp, scope=None) == "openid email"
    for bad in ("profile", "admin", "openid\x01", 'a"b', "a  b", "\\"):
        refused(ask(rp, scope=bad), 400, "invalid_scope")
    rp = device(server, scope="account")
    refused(ask(rp, scope=None), 400, "invalid_scope")


def test_device_wants_the_grant_type(server):
    refused(ask(RP.register(server, token_endpoint_auth_method="none")), 400,
            "unauthorized_client")


def test_device_wants_the_client(server, rp):
    other = device(server, token_endpoint_auth_method="client_secret_basic")
    for who in ({"client_id": "nobody"}, {"client_id": ""}, {},
                {"client_id": other.client_id},
                {"client_id": "' OR 1=1 --"},
                {"client_id": other.client_id, "client_secret": "wrong"}):
        r = rp.post("device_authorization", {"scope": "openid", **who},
                    auth=False)
        refused(r, 401, "invalid_client")
        assert r.headers["www-authenticate"].startswith("Basic")
    root = server.admin_login()["token"]
    gone = device(server, token=root)
    assert server.patch(f"/admin/clients/{gone.client_id}",
                        {"disabled": True}, token=root).status == 200
    refused(ask(gone), 401, "invalid_client")


def test_device_refuses_repeated_parameters(rp):
    """CASES 35."""
    refused(rp.post("device_authorization", [("scope", "openid"),
                                             ("scope", "openid")]),
            400, "invalid_request")
    refused(rp.post("device_authorization", {"scope": "openid",
                    "client_secret": "x"},
                    headers={"Authorization": "Basic eDp4"}),
            400, "invalid_request")
    refused(ask(rp, scope="a" * 2000), 400, "invalid_request")
