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


"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): clients are
told of the end of their sessions, whatever ended them, at least once; and
nobody else is."""

import http.server
import os
import secrets
import signal
import ssl
import threading
import time
import urllib.parse

import jwt
import pytest

import moat
from forge import header
from oidc import RP, Browser
from smtpd import Authority

EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Receiver:
    """A client's end: keeps what was posted, by path; answers what it is told
    to, 200 otherwise. A list of answers is used up, its last one stays."""

    def __init__(self, tls=None, port=0):
        self.got, self.answers = {}, {}
        self.lock = threading.Condition()
        self.hold = threading.Event()
        self.hold.set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                n = int(self.headers.get("content-length", 0))
                receiver.take(self, self.rfile.read(n).decode())

            def do_GET(self):
                receiver.take(self, "GET")

            def log_message(self, *args):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass

        self.httpd = Quiet(("127.0.0.1", port), Handler)
        if tls:
            self.httpd.socket = tls.wrap_socket(self.httpd.socket,
                                                server_side=True)
        self.url = (f"{'https' if tls else 'http'}://127.0.0.1:"
                    f"{self.httpd.server_port}")
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,),
                         daemon=True).start()

    def take(self, request, body):
        with self.lock:
            self.got.setdefault(request.path, []).append(
                (body, dict(request.headers)))
            answers = self.answers.get(request.path, [200])
            status = answers.pop(0) if len(answers) > 1 else answers[0]
            self.lock.notify_all()
        if status == "hold":
            self.hold.wait(30)
            status = 200
        request.send_response(status if isinstance(status, int) else 303)
        if not isinstance(status, int):
            request.send_header("Location", status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def path(self, *answers):
        p = "/" + secrets.token_hex(6)
        if answers:
            self.answers[p] = list(answers)
        return p

    def wait(self, path, n=1, timeout=15):
        return moat.until(lambda: self.got.get(path, [])[n - 1:n], timeout,
                          what=f"post {n} to {path}")[0]

    def token(self, path, n=1):
        body, heads = self.wait(path, n)
        assert heads["Content-Type"] == "application/x-www-form-urlencoded"
        assert "Cookie" not in heads and "Authorization" not in heads
        fields = urllib.parse.parse_qs(body, strict_parsing=True)
        assert set(fields) == {"logout_token"}
        return fields["logout_token"][0]

    def close(self):
        self.hold.set()
        self.httpd.shutdown()
        self.httpd.server_close()


@pytest.fixture(scope="module")
def receiver():
    r = Receiver()
    yield r
    r.close()


def joined(server, receiver, *answers, scope="openid", user=None, browser=None,
           uri=None, **over):
    """A user logged in to a client that wants to be told."""
    path = receiver.path(*answers)
    rp = RP.register(server, backchannel_logout_uri=uri or receiver.url + path,
                     skip_consent=True, **over)
    user = user or server.user()
    browser = browser or Browser()
    t = rp.login(browser, user, scope=scope)
    return rp, user, browser, t, path


def check(rp, receiver, path, t, n=1):
    """Section 2.6, as a client does it."""
    token = receiver.token(path, n)
    head = header(token)
    key = rp.jwk(head["kid"])
    assert head["typ"] == "logout+jwt" and head["alg"] == key["alg"]
    c = jwt.decode(token, jwt.PyJWK(key).key, algorithms=[key["alg"]],
                   audience=rp.client_id, issuer=rp.issuer)
    assert set(c) == {"iss", "aud", "iat", "exp", "jti", "events", "sub",
                      "sid"}
    assert c["events"] == {EVENT: {}} and c["exp"] - c["iat"] == 120
    assert c["sub"] == t["claims"]["sub"] and c["sid"] == t["claims"]["sid"]
    assert len(c["jti"]) == 22 and abs(c["iat"] - time.time()) < 30
    return c


def leave(server, browser):
    page = browser.visit(server.url + "/logout")
    browser.submit(page)
    assert browser.cookie("session")[0] is None


def quiet(server, receiver, path, n=0):
    """No more than n: one that comes later was sent meanwhile."""
    other = joined(server, receiver)
    leave(server, other[2])
    receiver.wait(other[4])
    assert len(receiver.got.get(path, [])) == n


# ---- what ends a session ----

def test_logout_accepts_clients_of_a_browser(server, receiver):
    server.all_keys()
    user, browser = server.user(), Browser()
    all_of = [joined(server, receiver, user=user, browser=browser,
                     id_token_signed_response_alg=alg)
              for alg in ("ES256", "EdDSA", "RS256")]
    leave(server, browser)
    for alg, (rp, _, _, t, path) in zip(("ES256", "EdDSA", "RS256"), all_of):
        check(rp, receiver, path, t)
        assert header(receiver.token(path))["alg"] == alg


def ends_by(server, how, rp, user, t):
    admin = server.admin_login()["access_token"]
    api = user["access_token"]
    uid = user["userId"]
    if how in ("disable", "revoke-sessions"):
        r = server.post(f"/admin/users/{uid}/{how}", token=admin)
    elif how == "user":
        r = server.delete(f"/admin/users/{uid}", token=admin)
    elif how == "self":
        r = server.delete("/auth/me", {"password": user["password"]},
                          token=api)
    elif how == "client":
        r = server.delete(f"/admin/clients/{rp.client_id}", token=admin)
    elif how == "client disabled":
        r = server.patch(f"/admin/clients/{rp.client_id}",
                         {"disabled": True}, token=admin)
    elif how == "others":
        r = server.delete("/auth/me/sessions", token=api)
    elif how == "one":
        r = server.delete(f"/auth/me/sessions/{t['claims']['sid']}",
                          token=api)
    elif how == "password":
        r = server.post("/auth/password-change", {
            "oldPassword": user["password"],
            "newPassword": "other horse " + secrets.token_hex(6)}, token=api)
    elif how == "revoke":
        r = rp.revoke(t["access_token"])
    assert r.status in (200, 204), r


@pytest.mark.parametrize("how", [
    "disable", "revoke-sessions", "user", "self", "client",
    "client disabled", "others", "one", "password", "revoke"])
def test_logout_accepts_whatever_ends_a_session(server, receiver, how):
    rp, user, _, t, path = joined(server, receiver)
    ends_by(server, how, rp, user, t)
    check(rp, receiver, path, t)
    assert not int(server.sql("SELECT count(*) FROM sessions WHERE tell = 1 "
                              "AND ended_at IS NOT NULL AND id = '"
                              + t["claims"]["sid"] + "'")[0][0])


def test_logout_accepts_reuse_of_a_refresh_token(server, receiver):
    rp, _, _, t, path = joined(server, receiver,
                               scope="openid offline_access")
    second = rp.refresh(t["refresh_token"]).json()
    assert rp.refresh(second["refresh_token"]).status == 200
    assert rp.refresh(t["refresh_token"]).status == 400
    check(rp, receiver, path, t)


def test_logout_accepts_names(server, receiver):
    path = receiver.path()
    rp, _, browser, t, _ = joined(
        server, receiver,
        uri=receiver.url.replace("127.0.0.1", "localhost") + path)
    leave(server, browser)
    check(rp, receiver, path, t)


def test_logout_accepts_tenants_of_their_own(server, receiver):
    from tenant import Tenant
    tenant = Tenant(server)
    path = receiver.path()
    rp = RP.register(server, base=tenant.base, skip_consent=True,
                     backchannel_logout_uri=receiver.url + path)
    user = tenant.register()
    browser = Browser()
    t = rp.login(browser, user, scope="openid")
    page = browser.visit(server.url + tenant.base + "/logout")
    browser.submit(page)
    assert check(rp, receiver, path, t)["iss"] == tenant.issuer


# ---- who is not told ----

def test_logout_rejects_offline_sessions(server, receiver):
    _, _, browser, _, path = joined(server, receiver,
                                    scope="openid offline_access")
    leave(server, browser)
    quiet(server, receiver, path)


def test_logout_rejects_clients_that_did_not_ask(server, receiver):
    rp, _, browser, t, path = joined(server, receiver)
    r = server.patch(f"/admin/clients/{rp.client_id}",
                     {"backchannel_logout_uri": ""},
                     token=server.admin_login()["access_token"])
    assert r.status == 200, r
    leave(server, browser)
    quiet(server, receiver, path)


def test_logout_rejects_to_say_it_twice(server, receiver):
    rp, _, browser, t, path = joined(server, receiver)
    leave(server, browser)
    check(rp, receiver, path, t)
    quiet(server, receiver, path, 1)


# ---- receivers that misbehave ----

def test_logout_accepts_after_failures(server, receiver):
    rp, _, browser, t, path = joined(server, receiver, 500, 404, 200)
    leave(server, browser)
    ids = {check(rp, receiver, path, t, n)["jti"] for n in (1, 2, 3)}
    assert len(ids) == 3
    quiet(server, receiver, path, 3)


def test_logout_rejects_after_the_last_word(server, receiver):
    rp, _, browser, t, path = joined(server, receiver, 400)
    leave(server, browser)
    check(rp, receiver, path, t)
    server.wait_log(f"client {rp.client_id} (tenant default) is not told")
    quiet(server, receiver, path, 1)


def test_logout_rejects_redirects(server, receiver):
    target = receiver.path()
    rp, _, browser, t, path = joined(server, receiver, receiver.url + target,
                                     200)
    leave(server, browser)
    check(rp, receiver, path, t, 2)
    assert target not in receiver.got


def test_logout_accepts_others_beside_a_slow_one(server, receiver):
    receiver.hold.clear()
    slow = joined(server, receiver, "hold")
    for _ in range(19):
        slow[0].login(slow[2], slow[1], scope="openid")
    leave(server, slow[2])
    receiver.wait(slow[4], 4)
    quick = joined(server, receiver)
    leave(server, quick[2])
    check(quick[0], receiver, quick[4], quick[3])
    assert len(receiver.got[slow[4]]) == 4
    receiver.hold.set()
    receiver.wait(slow[4], 20)


def test_logout_accepts_a_receiver_that_comes_later(server, receiver):
    port = moat.free_port()
    rp, _, browser, t, _ = joined(server, receiver,
                                  uri=f"http://127.0.0.1:{port}/late")
    leave(server, browser)
    server.wait_log(f"logout of client {rp.client_id} (tenant default) waits")
    late = Receiver(port=port)
    check(rp, late, "/late", t)
    late.close()


@pytest.mark.parametrize("uri", [
    "https://10.255.255.1/x", "https://169.254.169.254/latest",
    "https://[fd00::1]/x", "https://192.168.0.1:8443/x"])
def test_logout_rejects_addresses_of_this_network(server, receiver, uri):
    rp, _, browser, _, _ = joined(server, receiver, uri=uri)
    leave(server, browser)
    server.wait_log(f"client {rp.client_id} (tenant default) is not told")
    assert "no address that logout tokens may be sent to" in server.log()


@pytest.mark.parametrize("uri", [
    "http://192.0.2.1/x", "ftp://example.org/x", "https://u:p@example.org/",
    "https://example.org/#x", "javascript:alert(1)", "x", "//example.org"])
def test_clients_reject_uris(server, uri):
    r = server.post("/admin/clients", {
        "client_name": "x", "redirect_uris": ["https://example.org/"],
        "backchannel_logout_uri": uri},
        token=server.admin_login()["access_token"])
    assert r.status == 400, (uri, r)


# ---- TLS, configuration, processes that die ----

def test_logout_accepts_known_certificates_only(fresh_server,
                                                tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("ca")
    for d in (tmp_path, *tmp_path.parents):     # for an ordinary user
        if d.stat().st_uid == os.geteuid() and str(d).startswith("/tmp/"):
            d.chmod(0o755)
    authority = Authority(tmp_path)
    server = fresh_server(f'mail {{ ca "{authority.ca}" }}\n'
                          "backchannel-logout private")
    tls = Receiver(authority.context("127.0.0.1"))
    (tmp_path / "other").mkdir()
    stranger = Receiver(Authority(tmp_path / "other").context("127.0.0.1"))
    good, bad = joined(server, tls), joined(server, stranger)
    leave(server, bad[2])
    leave(server, good[2])
    check(good[0], tls, good[4], good[3])
    server.wait_log(f"logout of client {bad[0].client_id} (tenant default) "
                    "waits")
    assert not stranger.got
    tls.close()
    stranger.close()


def test_logout_rejects_where_it_is_off(fresh_server, receiver):
    server = fresh_server("backchannel-logout no")
    assert not server.pids("mailer")
    _, _, browser, _, path = joined(server, receiver)
    leave(server, browser)
    assert path not in receiver.got


@pytest.mark.parametrize("role", ["mailer", "engine"])
def test_logout_accepts_when_a_process_dies(fresh_server, role, database):
    """At least once: the row is there until somebody took the token."""
    receiver = Receiver()
    server = fresh_server(database=database)
    rp, _, browser, t, path = joined(server, receiver, "hold", 200)
    receiver.hold.clear()
    leave(server, browser)
    receiver.wait(path)
    server.kill(role, signal.SIGKILL)
    receiver.hold.set()
    if role == "mailer":
        check(rp, receiver, path, t, 2)
    moat.until(lambda: int(server.sql(
        "SELECT count(*) FROM logouts")[0][0]) == 0, 20, what="no row left")
    receiver.close()
