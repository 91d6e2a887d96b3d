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


"""Every way in which something ends, and everything that somebody may hold of
it: what is not meant to go on does not (CASES 24, 28, 62)."""

import secrets
import urllib.parse

import pytest

import oidc
import test_device
from tenant import Tenant

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
GRANTS = ["authorization_code", "refresh_token", test_device.DEVICE]
# what hangs on the browser's session alone, on it and the client, and on the
# client alone
BROWSER = {"cookie"}
BOTH = {"code", "nonce", "device", "plain"}
OFFLINE = {"access", "refresh", "exchanged"}
CLIENT = {"machine", "pushed", "pending"}
DIRECT = {"token", "renewal"}
ALL = BROWSER | BOTH | OFFLINE | CLIENT | DIRECT


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


class Held:
    """All that there is of one user at one application of a tenant."""

    def __init__(self, server, root, tenant=None):
        self.server, self.root = server, root
        self.t = tenant or server
        self.base = getattr(tenant, "base", "")
        self.user = self.t.user()
        self.rp = self.client(
            grant_types=GRANTS + ["client_credentials"],
            scope="openid offline_access read")
        self.back = self.client(grant_types=[EXCHANGE], scope="openid read",
                                redirect_uris=[])
        r = server.patch(f"{self.base}/admin/clients/{self.rp.client_id}",
                         {"audience": [self.back.client_id]}, root)
        assert r.status == 200, r
        self.browser = oidc.Browser()
        self.browser.sign_in(server, self.user, self.base)
        self.fill()

    def client(self, **over):
        return oidc.RP.register(self.server, self.root, base=self.base, **over)

    def fill(self):
        rp, b, u = self.rp, self.browser, self.user
        all = rp.login(b, u)
        self.access, self.refresh = all["access_token"], all["refresh_token"]
        self.plain = rp.login(b, u, scope="openid")["access_token"]
        r = self.exchange(self.access)
        assert r.status == 200, r
        self.exchanged = r.json()["access_token"]
        r = rp.client_credentials()
        assert r.status == 200, r
        self.machine = r.json()["access_token"]
        self.code = rp.code(b, u)
        page = b.visit(rp.authorization(prompt="consent").url)
        assert page.form("decision"), page
        self.nonce = page
        self.device, self.pending = (test_device.code(rp) for _ in range(2))
        test_device.answer(b, self.device)
        a = rp.authorization()
        r = rp.post("par", a.params)
        assert r.status == 201, r
        self.pushed = r.json()["request_uri"]
        for t in (self.access, self.plain, self.exchanged, self.machine):
            assert self.lives(t)    # who remembers tokens remembers these

    def exchange(self, token):
        return self.back.post("token", {
            "grant_type": EXCHANGE, "subject_token": token,
            "subject_token_type": ACCESS})

    def lives(self, token):
        return self.t.get("/auth/check?role=user", token).status == 200

    # ---- each of them: whether it is still good ----

    def is_good(self, what):
        return getattr(self, "good_" + what)()

    def good_cookie(self):
        r = self.browser.get(self.server.url + self.base + "/account")
        return r.status == 200

    def good_code(self):
        return self.rp.redeem(*self.code).status == 200

    def good_nonce(self):
        r = self.browser.submit(self.nonce, _button=("decision", "allow"))
        return r.location is not None and "code=" in r.location

    def good_device(self):
        return test_device.poll(self.rp, self.device).status == 200

    def good_pending(self):
        r = test_device.poll(self.rp, self.pending)
        return r.json().get("error") in ("authorization_pending", "slow_down")

    def good_pushed(self):
        r = self.server.req("GET", self.base + "/oauth2/authorize?" +
                            urllib.parse.urlencode({
                                "client_id": self.rp.client_id,
                                "request_uri": self.pushed}))
        return r.status == 303

    def good_refresh(self):
        return self.rp.refresh(self.refresh).status == 200

    def good_access(self):
        return self.lives(self.access) or (
            self.exchange(self.access).status == 200)

    def good_plain(self):
        return self.lives(self.plain)

    def good_exchanged(self):
        return self.lives(self.exchanged)

    def good_machine(self):
        return self.lives(self.machine)

    def good_token(self):
        return self.lives(self.user["token"])

    def good_renewal(self):
        return self.t.post("/auth/refresh", {
            "refresh_token": self.user["refresh_token"]}).status == 200

    def survivors(self):
        """Tokens first, for what is spent here would end others."""
        first = ("access", "plain", "exchanged", "machine", "token")
        rest = sorted(ALL - set(first))
        return {x for x in (*first, *rest) if self.is_good(x)}


# ---- how things end ----

def ok(r, *status):
    assert r.status in (status or (200, 204)), r
    return r


def admin(h, method, path, body=None):
    return ok(h.server.call(method, h.base + "/admin" + path, body, h.root))


def me(h, method, path, body=None):
    return ok(h.server.call(method, h.base + path, body, h.user["token"]))


def of_user(act, *, undo=None):
    def end(h):
        admin(h, "POST", f"/users/{h.user['userId']}/{act}")
        if undo:
            admin(h, "POST", f"/users/{h.user['userId']}/{undo}")
    return end


def browser_session(h):
    """Its id, by the list of who is logged in."""
    (s,) = [s for s in me(h, "GET", "/auth/me/sessions").json()["items"]
            if s["client_id"] == "moatd" and not s["current"]]
    return s["id"]


def log_out(h):
    page = h.browser.visit(h.server.url + h.base + "/logout")
    kept = {k: dict(v) for k, v in h.browser.cookies.items()}
    ok(h.browser.submit(page, _form=page.form("csrf")), 200, 303)
    h.browser.cookies = kept            # a thief does not forget


def client_off(h):
    for off in (True, False):
        admin(h, "PATCH", "/clients/" + h.rp.client_id, {"disabled": off})


def client_again(h):
    """Deleted, and another takes its name, secret and all."""
    admin(h, "DELETE", "/clients/" + h.rp.client_id)
    member = {k: v for k, v in h.rp.client.items() if k in (
        "client_id", "client_name", "redirect_uris", "grant_types", "scope")}
    r = h.server.post(h.base + "/admin/clients", member, h.root)
    h.rp.secret = ok(r, 201).json()["client_secret"]


def password(h):
    me(h, "POST", "/auth/password-change", {
        "oldPassword": h.user["password"],
        "newPassword": "another horse " + secrets.token_hex(8)})


def deleted(h):
    me(h, "DELETE", "/auth/me", {"password": h.user["password"]})


ENDS = {
    "nothing": (lambda h: None, ALL),
    "disabled and enabled": (of_user("disable", undo="enable"), CLIENT),
    "sessions revoked": (of_user("revoke-sessions"), CLIENT),
    "removed": (lambda h: admin(h, "DELETE", "/users/" + h.user["userId"]),
                CLIENT),
    "deleted": (deleted, CLIENT),
    "password": (password, CLIENT | DIRECT),
    "others": (lambda h: me(h, "DELETE", "/auth/me/sessions"),
               CLIENT | DIRECT),
    "browser": (lambda h: me(h, "DELETE", "/auth/me/sessions/" +
                             browser_session(h)),
                OFFLINE | CLIENT | DIRECT),
    "logout": (log_out, OFFLINE | CLIENT | DIRECT),
    "grant": (lambda h: me(h, "DELETE", "/auth/me/grants/" +
                           h.rp.client_id), BROWSER | CLIENT | DIRECT),
    "client off and on": (client_off, BROWSER | DIRECT),
    "client again": (client_again, BROWSER | DIRECT),
}


@pytest.mark.parametrize("how", ENDS)
def test_nothing_survives_its_end(server, root, how):
    end, left = ENDS[how]
    h = Held(server, root)
    end(h)
    assert h.survivors() == left


def test_nothing_survives_a_tenant(server, root):
    t = Tenant(server)
    h = Held(server, root, t)
    for body in ({"status": "suspended"}, None):
        ok(server.call("PATCH" if body else "DELETE",
                       "/admin/tenants/" + t.id, body, root))
        assert h.survivors() == set()
