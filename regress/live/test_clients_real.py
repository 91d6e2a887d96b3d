"""Client libraries that people use log in through moatd: npm's openid-client
(contrib/node) and oauth4webapi, mod_auth_openidc (contrib/apache), Authlib and
libiddawc (contrib/c).  Each with a second factor, consent, a refresh, userinfo
and logout, in a Chromium that runs no script."""

import fcntl
import json
import pathlib
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import urllib.parse

import pytest

import browser
import moat
import npm
import oidc
import tenant

pytestmark = [pytest.mark.once, pytest.mark.long,
              pytest.mark.xdist_group("chromium")]

CONTRIB = moat.TOP / "contrib"
CLIENTS = pathlib.Path(__file__).resolve().parent / "clients"
PAGES = ["/login", "/mfa", "/consent"]


def client_of(server, site, **over):
    return oidc.RP.register(
        server, redirect_uri=over.pop("redirect_uri", site + "/callback"),
        post_logout_redirect_uris=[site + "/"], **over)


def claims(b):
    element = b.find("#claims")
    assert element is not None, b.text
    return json.loads(element.text)


def checked(b, rp, user):
    """What the application shows of its user is right."""
    c = claims(b)
    assert c["iss"] == rp.issuer and c["sub"] == user["userId"]
    assert c["acr"] == "aal2" and set(c["amr"]) == {"pwd", "otp", "mfa"}
    assert c["user"]["sub"] == user["userId"]
    assert c["user"]["preferred_username"] == user["username"]
    assert c["user"]["email"] == user["email"]
    return c


def walk(b, server, rp, site):
    """In, refreshed, out, and at the gate again."""
    user = oidc.totp_user(server, rp.base)
    pages = [rp.base + path for path in PAGES]
    b.get(site + "/login")
    assert b.sign_in(user, server.url) == pages
    assert b.url == site + "/"
    first = checked(b, rp, user)
    b.press("form[action='/refresh'] button")
    again = checked(b, rp, user)
    assert again["refreshed"] == first["refreshed"] + 1
    b.press("form[action='/logout'] button")
    assert b.url == site + "/", b.text
    assert "Nobody is signed in" in b.text
    # moatd forgot the browser, not only the application.
    b.get(site + "/login")
    assert b.path == pages[0] and b.url.startswith(server.url), b.text
    # What was allowed once is not asked again.
    assert b.sign_in(user, server.url) == pages[:2]
    checked(b, rp, user)


def script(path, server, rp, site, tmp_path, **env):
    if rp.secret:
        env["CLIENT_SECRET"] = rp.secret
    return npm.Script(path, tmp_path, ISSUER=rp.issuer, CLIENT_ID=rp.client_id,
                      PORT=urllib.parse.urlsplit(site).port, **env)


def place():
    return f"http://127.0.0.1:{moat.free_port()}"


def test_openid_client_accepts(server, tmp_path):
    site = place()
    rp = client_of(server, site)
    with script(CONTRIB / "node" / "app.mjs", server, rp, site, tmp_path), \
            browser.chromium() as b:
        walk(b, server, rp, site)


def test_openid_client_accepts_a_tenant(server, tmp_path):
    site = place()
    rp = client_of(server, site, base=tenant.Tenant(server).base)
    with script(CONTRIB / "node" / "app.mjs", server, rp, site, tmp_path), \
            browser.chromium() as b:
        walk(b, server, rp, site)


def test_oauth4webapi_accepts(server, tmp_path):
    server.all_keys()
    site = place()
    rp = client_of(server, site, token_endpoint_auth_method="none",
                   id_token_signed_response_alg="EdDSA")
    with script(CLIENTS / "oauth4webapi.mjs", server, rp, site, tmp_path), \
            browser.chromium() as b:
        walk(b, server, rp, site)


class Python(npm.Script):
    """The same of a script of Python's."""

    def __init__(self, path, directory, **env):
        self.log = pathlib.Path(directory) / "log"
        with open(self.log, "w") as log:
            self.proc = subprocess.Popen(
                ["/usr/bin/python3", str(path)], cwd=directory,
                stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT,
                env={"PATH": "/usr/bin:/bin",
                     **{k: str(v) for k, v in env.items()}})
        moat.until(self.said_ready, 20, 0.05, "Authlib's ready")


def test_authlib_accepts(server, tmp_path):
    server.all_keys()
    site = place()
    rp = client_of(server, site,
                   token_endpoint_auth_method="client_secret_post",
                   id_token_signed_response_alg="RS256",
                   access_token_signed_response_alg="RS256")
    with Python(CLIENTS / "authlib_rp.py", tmp_path, ISSUER=rp.issuer,
                CLIENT_ID=rp.client_id, CLIENT_SECRET=rp.secret,
                PORT=urllib.parse.urlsplit(site).port), \
            browser.chromium() as b:
        walk(b, server, rp, site)


# ---- Apache ----

HTTPD = """ServerRoot "{dir}"
PidFile "{dir}/pid"
ErrorLog "{dir}/error.log"
Mutex file:{dir}
ServerName 127.0.0.1
Listen {port}
User www-data
Group www-data
{modules}
DocumentRoot "{dir}/htdocs"
<Directory "{dir}/htdocs">
	Require all granted
</Directory>
LogLevel warn
Include "{dir}/moatd.conf"
"""
MODULES = """mpm_event authz_core authn_core authz_user alias dir
auth_openidc""".split()


class Apache:
    """An own httpd with the site of contrib/apache."""

    def __init__(self, directory, rp, site):
        self.dir = directory
        directory.chmod(0o755)
        (directory / "htdocs" / "app").mkdir(parents=True)
        (directory / "htdocs" / "index.html").write_text("<p>Outside.</p>")
        (directory / "htdocs" / "app" / "index.html").write_text(
            "<p id='in'>Inside.</p>")
        (directory / "secrets").write_text(
            f"OIDCClientSecret {rp.secret}\n"
            f"OIDCCryptoPassphrase {secrets.token_hex(32)}\n")
        (directory / "secrets").chmod(0o600)
        self.write(rp, site)
        self.proc = subprocess.Popen(
            ["/usr/sbin/apache2", "-f", str(directory / "httpd.conf"),
             "-DFOREGROUND"], stdin=subprocess.DEVNULL,
            stdout=open(directory / "out", "w"), stderr=subprocess.STDOUT)
        port = urllib.parse.urlsplit(site).port
        moat.until(lambda: self.listens(port), 20, 0.05, "httpd")

    def listens(self, port):
        assert self.proc.poll() is None, self.log()
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    def log(self):
        return "\n".join((self.dir / f).read_text() for f in
                         ("out", "error.log") if (self.dir / f).exists())

    def write(self, rp, site):
        conf = (CONTRIB / "apache" / "moatd.conf").read_text()
        for name, value in {
                "MOATD_ISSUER": rp.issuer, "MOATD_CLIENT": rp.client_id,
                "MOATD_SITE": site,
                "MOATD_SECRETS": self.dir / "secrets"}.items():
            conf, n = re.subn(rf"(?m)^Define {name}\b.*$",
                              f"Define {name} {value}", conf)
            assert n == 1, name
        (self.dir / "moatd.conf").write_text(conf)
        load = "\n".join(f"LoadModule {m}_module "
                         f"/usr/lib/apache2/modules/mod_{m}.so"
                         for m in MODULES)
        (self.dir / "httpd.conf").write_text(HTTPD.format(
            dir=self.dir, port=urllib.parse.urlsplit(site).port,
            modules=load))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proc.terminate()
        self.proc.wait(10)


def info(b, site):
    """The hook of mod_auth_openidc that tells of the session."""
    b.get(site + "/oidc?info=json")
    return json.loads(b.find("pre").text)


@pytest.fixture
def directory():
    """One that another user may read, as pytest's are not."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="moatd-httpd-"))
    yield path
    shutil.rmtree(path)


@pytest.mark.root
def test_mod_auth_openidc_accepts(server, directory):
    site = place()
    rp = client_of(server, site, redirect_uri=site + "/oidc")
    user = oidc.totp_user(server)
    with Apache(directory, rp, site) as httpd, browser.chromium() as b:
        b.get(site + "/")
        assert "Outside." in b.text
        b.get(site + "/app/index.html")
        assert b.sign_in(user, server.url) == PAGES, httpd.log()
        assert b.url == site + "/app/index.html", httpd.log()
        assert "Inside." in b.text
        told = info(b, site)
        assert told["userinfo"]["sub"] == user["userId"]
        assert told["id_token"]["acr"] == "aal2"
        b.get(site + "/oidc?" + urllib.parse.urlencode({
            "refresh": site + "/app/index.html",
            "access_token": told["access_token"]}))
        assert b.url == site + "/app/index.html", httpd.log()
        new = info(b, site)
        assert new["access_token"] != told["access_token"]
        assert rp.userinfo(new["access_token"]).status == 200
        b.get(site + "/oidc?logout=" +
              urllib.parse.quote(site + "/", safe=""))
        assert b.url == site + "/" and "Outside." in b.text
        b.get(site + "/app/index.html")
        assert b.path == "/login" and b.url.startswith(server.url), b.text


# ---- a native application ----

def iddawc_flags():
    """To compile with libiddawc: Debian's package of headers cannot be beside
    the flavour of libcurl that moatd is built with, so it is unpacked, once."""
    if not subprocess.call(["pkg-config", "--exists", "libiddawc"]):
        return subprocess.run(
            ["pkg-config", "--cflags", "--libs", "libiddawc"], check=True,
            capture_output=True, text=True).stdout.split()
    home = moat.BUILD / "iddawc"
    home.mkdir(exist_ok=True)
    with open(home / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for package in ("libiddawc-dev", "libulfius-dev"):
            if not list(home.glob(package + "_*.deb")):
                subprocess.run(["apt-get", "download", "-qq", package],
                               check=True, cwd=home, capture_output=True)
            (deb,) = home.glob(package + "_*.deb")
            subprocess.run(["dpkg", "-x", str(deb), str(home)], check=True)
    return ["-isystem", f"{home}/usr/include", "-l:libiddawc.so.1.1"]


def test_libiddawc_accepts(server, tmp_path):
    program = tmp_path / "moatd-login"
    subprocess.run(
        ["cc", "-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror",
         "-o", str(program), str(CONTRIB / "c" / "moatd-login.c"),
         *iddawc_flags()], check=True)
    rp = oidc.RP.register(server, redirect_uri="http://127.0.0.1/callback",
                          token_endpoint_auth_method="none")
    user = oidc.totp_user(server)
    p = subprocess.Popen([str(program), rp.issuer, rp.client_id],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    try:
        assert p.stdout.readline().startswith("Open this page")
        url = p.stdout.readline().strip()
        with browser.chromium() as b:
            b.get(url)
            assert b.sign_in(user, server.url) == PAGES, b.text
            assert "You may close this window." in b.text
        out = p.communicate(timeout=20)[0]
    finally:
        p.kill()
        p.wait()
    assert p.returncode == 0, out
    first, *rest = [line for line in out.splitlines()
                    if line.startswith(("user ", "refreshed", "signed out"))]
    assert json.loads(first.removeprefix("user "))["sub"] == user["userId"]
    assert rest == ["refreshed", "signed out"]


def test_examples_are_there():
    for path in ("apache/moatd.conf", "c/moatd-login.c", "caddy/Caddyfile",
                 "nginx/moatd.conf", "node/app.mjs", "node/package.json"):
        assert (CONTRIB / path).is_file(), path
    assert shutil.which("node") and shutil.which("npm")
