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
import concurrent.futures
import hashlib
import re

import pytest

from forge import claims
from oidc import RP, Browser, issued

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
def root(server):
    return server.admin_login()["token"]


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


# ---- its user answers ----

@pytest.fixture(scope="module")
def user(server):
    return server.user()


@pytest.fixture(scope="module")
def browser(server, user):
    b = Browser()
    b.sign_in(server, user)
    return b


def answer(browser, j, decision="allow"):
    """The page after the user's word on a device."""
    page = browser.visit(j["verification_uri_complete"])
    assert page.status == 200 and page.form("decision"), page
    page = browser.follow(browser.submit(page, _button=("decision",
                                                        decision)))
    assert page.status == 200, page
    return page


def poll(rp, j, headers=None, **over):
    return rp.post("token", {"grant_type": DEVICE, "device_code":
                             j["device_code"], **over}, headers=headers)


def patient(server, j):
    """The device waited as long as it was told."""
    server.sql("UPDATE device_codes SET polled_at = 0 WHERE user_code = "
               f"'{j['user_code'].replace('-', '')}'")


def state(server, j):
    return server.sql("SELECT state FROM device_codes WHERE user_code = "
                      f"'{j['user_code'].replace('-', '')}'")[0][0]


def test_device_gets_tokens(server, rp, browser, user):
    j = code(rp, scope="openid profile offline_access")
    before = issued(server, "device_code")
    refused(poll(rp, j), 400, "authorization_pending")
    answer(browser, j)
    r = poll(rp, j)
    assert r.status == 200 and r.headers["pragma"] == "no-cache", r
    assert issued(server, "device_code") == before + 1
    t = r.json()
    assert set(t) == {"access_token", "token_type", "expires_in", "scope",
                      "id_token", "refresh_token"}
    assert t["scope"] == "openid profile offline_access"
    at, it = claims(t["access_token"]), claims(t["id_token"])
    assert at["sub"] == it["sub"] == user["userId"]
    assert at["client_id"] == it["aud"] == rp.client_id
    assert at["acr"] == it["acr"] == "aal1" and at["amr"] == ["pwd"]
    assert at["sid"] == it["sid"]
    assert server.get("/oauth2/userinfo",
                      token=t["access_token"]).status == 200
    refused(poll(rp, j), 400, "invalid_grant")
    assert rp.refresh(t["refresh_token"]).status == 200
    row = server.sql("SELECT client_id, scope FROM grants WHERE user_id = "
                     f"'{user['userId']}' AND client_id = '{rp.client_id}'")
    assert row == [(rp.client_id, "openid profile offline_access")]


def test_device_session_ends_with_its_grant(server, browser, user):
    rp = device(server)
    j = code(rp, scope="openid offline_access")
    answer(browser, j)
    t = poll(rp, j).json()
    assert server.delete(f"/auth/me/grants/{rp.client_id}",
                         token=user["token"]).status == 204
    assert server.get("/oauth2/userinfo",
                      token=t["access_token"]).status == 401
    refused(rp.refresh(t["refresh_token"]), 400, "invalid_grant")


def test_device_is_refused(server, rp, browser):
    j = code(rp)
    answer(browser, j, "deny")
    assert state(server, j) == "denied"
    refused(poll(rp, j), 400, "access_denied")
    page = browser.visit(j["verification_uri_complete"])
    assert page.status == 400 and not page.form("decision"), page


def test_device_slows_down(server, rp, browser):
    """Each question too early costs five seconds more; a patient device is
    told to wait on."""
    j = code(rp)
    refused(poll(rp, j), 400, "authorization_pending")
    for _ in range(3):
        refused(poll(rp, j), 400, "slow_down")
    q = ("SELECT interval_s FROM device_codes WHERE user_code = "
         f"'{j['user_code'].replace('-', '')}'")
    assert server.sql(q) == [("20",)]
    patient(server, j)
    refused(poll(rp, j), 400, "authorization_pending")
    # whoever was allowed need not wait
    answer(browser, j)
    assert poll(rp, j).status == 200


def test_device_code_ends(server, rp, browser):
    j = code(rp)
    answer(browser, j)
    server.sql("UPDATE device_codes SET expires_at = 1 WHERE user_code = "
               f"'{j['user_code'].replace('-', '')}'")
    refused(poll(rp, j), 400, "expired_token")
    j = code(rp)
    server.sql("UPDATE device_codes SET expires_at = 1 WHERE user_code = "
               f"'{j['user_code'].replace('-', '')}'")
    refused(poll(rp, j), 400, "expired_token")
    assert browser.visit(j["verification_uri_complete"]).status == 400


def test_device_code_is_of_its_client(server, rp, browser):
    """CASES 30."""
    other = device(server)
    j = code(rp)
    answer(browser, j)
    refused(poll(other, j), 400, "invalid_grant")
    assert state(server, j) == "allowed"
    root = server.admin_login()["token"]
    plain = RP.register(server, token_endpoint_auth_method="none",
                        token=root)
    refused(poll(plain, j), 400, "unauthorized_client")
    assert poll(rp, j).status == 200


@pytest.mark.parametrize("bad", ["", "x", "A" * 43, "' OR 1=1 --", "A" * 128])
def test_device_code_is_one(rp, bad):
    refused(poll(rp, {"device_code": bad}), 400,
            "invalid_request" if bad == "" else "invalid_grant")


def test_user_code_is_no_device_code(rp, browser):
    j = code(rp)
    answer(browser, j)
    refused(poll(rp, {"device_code": j["user_code"]}), 400, "invalid_grant")


def test_device_gets_tokens_once(server, rp, browser):
    """Polls at once, after approval: one success."""
    j = code(rp)
    answer(browser, j)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: poll(rp, j).status, range(8)))
    assert sorted(got) == [200] + [400] * 7, got
    assert server.sql("SELECT count(*) FROM sessions WHERE id = (SELECT made "
                      "FROM device_codes WHERE user_code = "
                      f"'{j['user_code'].replace('-', '')}')") == [("1",)]


def test_device_is_answered_once(server, rp, user):
    """Two answers at once: one counts."""
    b = Browser()
    b.sign_in(server, user)
    j = code(rp)
    page = b.visit(j["verification_uri_complete"])
    words = ["allow", "deny"] * 3
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda w: b.submit(
            page, _button=("decision", w)).status, words))
    assert sorted(got) == [303] + [400] * 5, got
    assert state(server, j) in ("allowed", "denied")


def test_device_needs_a_login(server, rp):
    j = code(rp)
    b = Browser()
    page = b.get(j["verification_uri_complete"])
    assert page.status == 303 and "/login" in page.location, page
    r = server.req("POST", "/device", "user_code=" + j["user_code"] +
                   "&decision=allow", {"Content-Type":
                                       "application/x-www-form-urlencoded"})
    assert r.status in (303, 403) and state(server, j) == "pending"


def test_device_needs_the_form(server, rp, browser):
    """CASES 36: no answer without the form's csrf, or from elsewhere."""
    j = code(rp)
    page = browser.visit(j["verification_uri_complete"])
    form = page.form("decision")
    url = server.url + "/device"
    fields = {**form.fields, "decision": "allow"}
    for bad, origin in (({**fields, "csrf": ""}, None),
                        ({**fields, "csrf": "x" * 43}, None),
                        (fields, "https://evil.example")):
        assert browser.post(url, bad, origin).status == 403
    assert state(server, j) == "pending"


def test_device_is_not_allowed_by_looking(server, rp, browser):
    """An address that has the code in it only shows who asks."""
    j = code(rp)
    for extra in ("", "&decision=allow"):
        browser.visit(j["verification_uri_complete"] + extra)
    assert state(server, j) == "pending"


def test_device_code_needs_its_browser_session(server, rp, user):
    """A session that ended before the device came allows nothing."""
    b = Browser()
    b.sign_in(server, user)
    j = code(rp)
    answer(b, j)
    server.sql("UPDATE sessions SET ended_at = 1 WHERE id = (SELECT "
               "session_id FROM device_codes WHERE user_code = "
               f"'{j['user_code'].replace('-', '')}')")
    refused(poll(rp, j), 400, "access_denied")


def test_device_session_ends_with_its_browsers(server, rp, user):
    b = Browser()
    b.sign_in(server, user)
    j = code(rp)
    answer(b, j)
    t = poll(rp, j).json()
    assert "refresh_token" not in t
    assert server.get("/oauth2/userinfo",
                      token=t["access_token"]).status == 200
    page = b.visit(server.url + "/logout")
    b.submit(page, _form=[f for f in page.html.forms
                          if "csrf" in f.fields][-1])
    assert server.get("/oauth2/userinfo",
                      token=t["access_token"]).status == 401


def test_device_of_a_disabled_user(server, rp):
    u = server.user()
    b = Browser()
    b.sign_in(server, u)
    j = code(rp)
    answer(b, j)
    root = server.admin_login()["token"]
    assert server.post(f"/admin/users/{u['userId']}/disable",
                       token=root).status == 204
    refused(poll(rp, j), 400, "access_denied")


def test_device_of_a_disabled_client(server, browser):
    root = server.admin_login()["token"]
    rp = device(server, token=root)
    j, k = code(rp), code(rp)
    answer(browser, j)
    server.patch(f"/admin/clients/{rp.client_id}", {"disabled": True},
                 token=root)
    assert browser.visit(k["verification_uri_complete"]).status == 400
    refused(poll(rp, j), 401, "invalid_client")


def test_device_of_another_tenant(server, browser, user):
    """A code of a tenant is none elsewhere."""
    root = server.admin_login()["token"]
    assert server.post("/admin/tenants", {"id": "devtwo", "name": "T"},
                       token=root).status in (201, 409)
    rp = device(server, base="/t/devtwo", token=root)
    j = code(rp)
    page = browser.visit(f"{server.url}/device?user_code={j['user_code']}")
    assert page.status == 400 and not page.form("decision")


def test_device_page_takes_a_typed_code(server, rp, browser):
    j = code(rp)
    typed = j["user_code"].replace("-", " ").lower()
    page = browser.visit(server.url + "/device")
    page = browser.follow(browser.submit(page, user_code=typed))
    assert page.status == 200 and page.form("decision"), page
    for bad in ("", "nothing", "AAAA-AAAA", "BCDF-GHJK-LM", "' OR 1=1",
                "<script>"):
        page = browser.visit(server.url + "/device")
        page = browser.follow(browser.submit(page, user_code=bad))
        assert not page.form("decision") and "<script>" not in page.text


def test_user_codes_are_not_guessed(fresh_server, database):
    """Ten an hour that are none, for each account; then not the right one
    either. Those that were right do not count."""
    server = fresh_server("throttle { otp-hour 10 }\n", database=database)
    rp, u = device(server), server.user()
    b = Browser()
    b.sign_in(server, u)
    j = code(rp)
    for _ in range(12):
        assert b.visit(j["verification_uri_complete"]).status == 200
    wrong = ["BCDF-GHJ" + c for c in "BCDFGHJKLM"]
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        got = list(pool.map(lambda w: b.visit(
            f"{server.url}/device?user_code={w}").status, wrong))
    assert got == [400] * 10, got
    assert b.visit(j["verification_uri_complete"]).status == 429
    page = b.get(f"{server.url}/device?user_code={wrong[0]}")
    assert page.status == 429 and int(page.headers["retry-after"]) > 0


def test_device_scope_that_reaches_accounts(server, browser):
    """Consent is asked on the page, always; the token is good for it."""
    rp = device(server, scope="openid account")
    for _ in range(2):
        j = code(rp, scope="openid account")
        answer(browser, j)
        t = poll(rp, j).json()
        assert t["scope"] == "openid account"
        assert server.get("/auth/me", token=t["access_token"]).status == 200


def test_device_without_a_factor_that_must_be(server):
    """A session that is good only for setting a factor up allows nothing."""
    t = "devmfa"
    root = server.admin_login()["token"]
    assert server.post("/admin/tenants", {"id": t, "name": "T",
                                          "require_mfa": True},
                       token=root).status in (201, 409)
    u = {"username": "dora", "password": "correct battery horse",
         "email": "dora@example.org"}
    server.post(f"/t/{t}/auth/register", u)
    rp = device(server, base=f"/t/{t}", token=root)
    j = code(rp)
    b = Browser()
    page = b.go(f"{server.url}/t/{t}/login", u)
    page = b.visit(j["verification_uri_complete"])
    assert not page.form("decision"), page
    assert state(server, j) == "pending"


def test_device_page_says_what_a_scope_is(server, root, browser):
    name = "s" + code(device(server, token=root))["user_code"][:4].lower()
    server.sql("INSERT INTO scopes (tenant, name, description, created_at, "
               f"updated_at, last_op) VALUES ('default', '{name}', "
               "'Drive your car', 1, 1, 'x')")
    rp = device(server, token=root, scope=f"openid {name}")
    j = code(rp, scope=f"openid {name}")
    assert "Drive your car" in browser.visit(
        j["verification_uri_complete"]).text
