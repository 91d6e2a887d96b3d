"""nginx and Caddy in front, as contrib/ has them: moatd's pages and API through
the proxy, and an application behind forward-auth (API.md section 7)."""

import http.server
import json
import os
import socket
import subprocess
import threading
import urllib.parse

import pytest

import moat
import oidc

pytestmark = [pytest.mark.once, pytest.mark.xdist_group("fronts")]

CONTRIB = moat.TOP / "contrib"


class Application:
    """Says what headers it was sent."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({k.lower(): v for k, v in
                                   self.headers.items()}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", moat.free_port()), Handler)
        self.at = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()


def nginx(directory, moatd, application, port):
    conf = (CONTRIB / "nginx" / "moatd.conf").read_text()
    for old, new in (("127.0.0.1:3000", moatd), ("127.0.0.1:8080", application),
                     ("127.0.0.1:8443", f"127.0.0.1:{port}")):
        assert conf.count(old) == 1, old
        conf = conf.replace(old, new)
    temp = "".join(f"{m}_temp_path {directory}/{m};\n" for m in
                   ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (directory / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {directory}/pid;\n"
        f"error_log {directory}/error.log;\nevents {{ }}\nhttp {{\n"
        f"access_log off;\n{temp}{conf}\n}}\n")
    return ["nginx", "-p", str(directory), "-c", str(directory / "nginx.conf"),
            "-e", str(directory / "error.log")], {}


def caddy(directory, moatd, application, port):
    conf = directory / "Caddyfile"
    conf.write_text("{\n\tadmin off\n}\n" +
                    (CONTRIB / "caddy" / "Caddyfile").read_text())
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(conf)], {
        "SITE": f"http://127.0.0.1:{port}", "MOATD": moatd,
        "APPLICATION": application, "HOME": str(directory)}


class Front:
    """A proxy, the moatd behind it and the application."""

    def __init__(self, kind, directory, fresh_server):
        self.app = Application()
        self.port = moat.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.moatd = fresh_server("trust proxy { 127.0.0.1 }",
                                  env={"MOATD_ISSUER": self.url})
        argv, env = kind(directory, f"127.0.0.1:{self.moatd.port}",
                         self.app.at, self.port)
        self.log = directory / "out"
        self.proc = subprocess.Popen(
            argv, cwd=directory, stdin=subprocess.DEVNULL,
            stdout=open(self.log, "w"), stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"] + ":/usr/sbin", **env})
        moat.until(self.listens, 20, 0.05, argv[0])

    def listens(self):
        assert self.proc.poll() is None, self.log.read_text()
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self):
        self.proc.terminate()
        self.proc.wait(10)
        self.app.end()


@pytest.fixture(scope="module", params=[nginx, caddy],
                ids=["nginx", "caddy"])
def front(request, tmp_path_factory):
    made = []

    def fresh(conf_extra, env):
        made.append(moat.Server("sqlite", conf_extra, env))
        return made[-1]

    f = None
    try:
        f = Front(request.param, tmp_path_factory.mktemp("front"), fresh)
        yield f
    finally:
        if f:
            f.end()
        for s in made:
            s.stop()
            s.discard()


@pytest.fixture
def inside(front):
    """(browser, user, what the application was sent)"""
    user = front.moatd.register()
    b = oidc.Browser(**{"X-Forwarded-For": "203.0.113.9",
                        "X-Auth-User": "root", "X-Auth-Roles": "superadmin"})
    page = b.go(front.url + "/app/report", user)
    return b, user, page


def test_front_accepts_who_signs_in(front, inside):
    b, user, page = inside
    assert page.status == 200 and page.url == front.url + "/app/report", page
    sent = page.json()
    assert sent["x-auth-user"] == user["username"]
    assert sent["x-auth-subject"] == user["userId"]
    assert sent["x-auth-roles"] == "user"


def test_front_rejects_headers_of_the_client(front, inside):
    b, user, page = inside
    assert "root" not in page.json().values()
    # The address that moatd knows is the proxy's peer.
    ((ip,),) = front.moatd.sql("SELECT DISTINCT ip FROM sessions WHERE "
                               f"user_id = '{user['userId']}'")
    assert ip == "127.0.0.1"


def test_front_keeps_the_cookie_from_the_application(inside):
    b, user, page = inside
    assert "moatd" not in page.json().get("cookie", "")
    assert "authorization" not in page.json()


def test_front_rejects_who_does_not(front):
    page = oidc.Browser(**{"X-Auth-User": "root"}).get(
        front.url + "/app/report")
    assert page.status == 303
    assert page.location.startswith(front.url + "/login?return_to=/app/report")


def test_front_accepts_a_token(front):
    user = front.moatd.user()
    page = oidc.Browser(Authorization="Bearer " + user["token"]).get(
        front.url + "/app/")
    assert page.status == 200 and page.json()["x-auth-user"] == \
        user["username"]
    page = oidc.Browser(Authorization="Bearer x").get(front.url + "/app/")
    assert page.status == 303


def test_front_rejects_metrics(front):
    assert oidc.Browser().get(front.url + "/metrics").status == 404
    page = oidc.Browser().get(front.url + "/.moatd/verify")
    assert page.status == 404


def test_front_accepts_oauth(front):
    """Links in discovery are the proxy's, and lead through it."""
    j = oidc.Browser().get(
        front.url + "/.well-known/openid-configuration").json()
    assert j["issuer"] == front.url
    assert all(v.startswith(front.url) for k, v in j.items()
               if k.endswith("_endpoint") or k == "jwks_uri")
    rp = oidc.RP.register(front.moatd)
    rp.issuer = front.url
    user = front.moatd.register()
    b = oidc.Browser()
    tokens = rp.login(b, user)
    assert tokens["claims"]["sub"] == user["userId"]
    here = urllib.parse.urlsplit(front.url).netloc
    assert {urllib.parse.urlsplit(p.url).netloc for p in b.visited} == {here}
