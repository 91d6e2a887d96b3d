"""What passed through is gone: passwords, tokens, TOTP secrets, recovery codes,
mailed links. None is in a process's memory once it was answered, and none ever
was in the database, its files or the log (CASES I6, 43).

One server lives through all that touches them; then each test looks at one
place.
"""

import base64
import json
import pathlib
import re
import secrets
import subprocess
import sys
import time
import urllib.parse

import pytest

import conftest
import moat
import oidc
import smtpd
import test_backchannel
import test_device
import test_exchange
import test_pages
import test_token
from test_factor import Codes, enrol, login, mfa, ticket
from test_import import DONE, FAMILIES, line, load, write

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "secrets"))
import scan  # noqa: E402

TOKEN = re.compile(r"/(verify-email|reset-password)\?token=([\w-]{43})\b")


class Lived:
    """A server with mail, and all secrets that it has seen: texts as they
    were sent, raw for the bytes that they stand for."""

    def __init__(self, database):
        self.credential = "Smtp-" + secrets.token_hex(16)
        self.smtp = smtpd.Smtpd(auth=("moat", self.credential))
        url = self.smtp.url.replace("://", f"://moat:{self.credential}@")
        self.receiver = test_backchannel.Receiver()
        self.s = moat.Server(database, workers=1, as_user=conftest.AS_USER,
                             conf_extra="client-registration yes\n",
                             env={"MOATD_SMTP_URL": url,
                                  "MOATD_MAIL_FROM": "moatd@example.org"})
        self.texts = {}
        self.raw = {}

    def end(self):
        self.smtp.stop()
        self.receiver.close()
        code = self.s.stop()
        self.s.discard()
        return code

    def note(self, name, *texts):
        self.texts.setdefault(name, []).extend(texts)
        return texts[0]

    def password(self, name="password"):
        """A new one that is not in normal form: both forms pass through."""
        return self.note(name, secrets.token_hex(24)) + "\ufb01"

    def bare(self, name, *raw):
        self.raw.setdefault(name, []).extend(raw)

    def tokens(self, r):
        """Those of an answer; it."""
        assert r.status == 200, r
        j = r.json()
        for what in ("token", "access_token"):  # its claims are no secret
            self.note("access token", j[what].rpartition(".")[2])
        self.note("refresh token", j["refresh_token"])
        self.bare("refresh token's bytes",
                  base64.urlsafe_b64decode(j["refresh_token"] + "="))
        return j

    def code(self, name, *codes):
        """32 random bytes as text."""
        for c in codes:
            self.bare(f"{name}'s bytes", base64.urlsafe_b64decode(c + "="))
        return self.note(name, *codes)

    def granted(self, r):
        """The tokens of a token endpoint's answer; it."""
        assert r.status == 200, r
        j = r.json()
        for what in ("access_token", "id_token"):
            if what in j:
                self.note(what.replace("_", " "), j[what].rpartition(".")[2])
        if "refresh_token" in j:
            self.code("refresh token", j["refresh_token"])
        return j

    def link(self, token):
        self.note("link", token)
        self.bare("link's bytes", base64.urlsafe_b64decode(token + "="))
        return token

    def mailed(self, address, purpose, n=1):
        """The token of the nth such mail to an address."""
        def found():
            all = [TOKEN.search(m.text) for m in list(self.smtp.mails)
                   if address in m.to]
            return [m[2] for m in all if m and m[1] == purpose][n - 1:n]
        return self.link(moat.until(found, what="a mail with a link")[0])

    def recovery(self, codes):
        self.note("recovery code", *codes)
        plain = [c.replace("-", "") for c in codes]
        self.note("bare recovery code", *plain)
        self.bare("recovery code's bytes", *map(base64.b32decode, plain))
        return codes


# ---- the life ----

def arrive(l):
    """A person who comes, and verifies the address."""
    u = l.s.register(password=l.password())
    t = l.mailed(u["email"], "verify-email")
    assert l.s.post("/auth/verify-email", {"token": t}).status == 200
    u.update(l.tokens(login(l.s, u)))
    r = l.s.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
    u.update(l.tokens(r))
    return u


def mistake(l, u):
    """Passwords that are refused, each at another check."""
    wrong = l.password("wrong password")
    for body, status in (
            ({"username": u["username"], "password": wrong}, 401),
            ({"username": u["username"], "password": wrong, "x": wrong}, 401),
            ({"username": "", "password": wrong}, 400),
            ({"username": u["username"], "password": wrong * 40}, 400),
            ({"password": [wrong]}, 400)):
        assert l.s.post("/auth/login", body).status == status
    half = (f'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n'
            f'Content-Type: application/json\r\n\r\n{{"password":"{wrong}"')
    with l.s.sock() as c:           # and leaves in the middle
        c.sendall(half.encode())
    t = l.note("wrong link", secrets.token_urlsafe(32))
    assert l.s.post("/auth/reset-password", {
        "token": t, "newPassword": wrong}).status == 400


def protect(l, u):
    """A second factor, and each way to use it."""
    s = l.s
    enrol(s, u)
    l.note("TOTP secret", u["codes"].secret)
    l.bare("TOTP secret's bytes", base64.b32decode(u["codes"].secret))
    codes = iter(l.recovery(u["recovery"]))
    t = l.note("ticket", ticket(s, u))
    wrong = l.note("wrong code", "-".join(["A2B7"] + [
        secrets.token_hex(2).upper().translate(str.maketrans("0189", "2345"))
        for _ in range(5)]))
    assert mfa(s, t, recovery_code=wrong).status == 401
    l.tokens(mfa(s, t, recovery_code=next(codes)))
    l.tokens(login(s, u, recovery_code=next(codes)))
    r = s.post("/auth/step-up", {"recovery_code": next(codes)},
               token=u["token"])
    u.update(l.tokens(r))
    r = s.post("/auth/2fa/recovery-codes", {
        "password": u["password"], "otp": u["codes"].next()},
        token=u["token"])
    assert r.status == 200, r
    u["recovery"] = l.recovery(r.json()["recovery_codes"])


def change(l, u):
    """Another address, another password."""
    s = l.s
    new = {"email": "new-" + u["email"], "password": u["password"],
           "recovery_code": u["recovery"][0]}
    r = s.patch("/auth/me", new, token=u["token"])
    assert r.status in (200, 202), r
    t = l.mailed(new["email"], "verify-email")
    assert s.post("/auth/verify-email", {"token": t}).status == 200
    u["email"] = new["email"]
    new = l.password()
    r = s.post("/auth/password-change", {
        "oldPassword": u["password"], "newPassword": new}, token=u["token"])
    assert r.status == 200, r
    u["password"] = new


def forget(l, u):
    """The password is forgotten, by mail and by the operator's hand."""
    s = l.s
    ask = {"email": u["email"]}
    assert s.post("/auth/password-request", ask).status == 202
    t = l.mailed(u["email"], "reset-password")
    u["password"] = l.password()
    new = {"newPassword": u["password"], "recovery_code": u["recovery"][1]}
    r = s.post("/auth/reset-password", {"token": t, **new})
    assert r.status == 200, r
    r = s.ctl("user", "set-password-link", u["username"])
    t = l.link(TOKEN.search(r.stdout)[2])
    u["password"] = l.password()
    new = {"newPassword": u["password"], "recovery_code": u["recovery"][2]}
    r = s.post("/auth/reset-password", {"token": t, **new})
    assert r.status == 200, r


def leave(l, u):
    s = l.s
    u.update(l.tokens(login(s, u, recovery_code=u["recovery"][3])))
    r = s.post("/auth/2fa/disable", {
        "password": u["password"], "recovery_code": u["recovery"][4]},
        token=u["token"])
    assert r.status == 204, r
    u.update(l.tokens(login(s, u)))
    r = s.delete("/auth/me", {"password": u["password"]}, token=u["token"])
    assert r.status == 204, r


def serve(l, u):
    """Clients with secrets, which ask by them; a new one, and a wrong one."""
    s = l.s
    root = l.tokens(login(s, {"username": s.admin[0],
                              "password": s.admin[1]}))["token"]
    id = "c" + secrets.token_hex(6)

    def ask(secret):
        both = base64.b64encode(f"{id}:{secret}".encode()).decode()
        l.note("Basic credentials", both)
        return s.post("/auth/check", {"subject": "x", "permissions": []},
                      headers={"Authorization": "Basic " + both}).status

    def shown(secret):
        l.bare("client secret's bytes", base64.urlsafe_b64decode(
            secret + "="))
        return l.note("client secret", secret)

    body = {"client_id": id, "client_name": "x",
            "redirect_uris": ["https://app.example.org/"]}
    r = s.post("/admin/clients", body, token=root)
    assert r.status == 201, r
    assert ask(shown(r.json()["client_secret"])) == 200
    assert s.post("/admin/clients", body, token=root).status == 409
    r = s.post(f"/admin/clients/{id}/secret", token=root)
    assert ask(shown(r.json()["client_secret"])) == 200
    assert ask(l.note("wrong client secret", secrets.token_urlsafe(32))) == 401
    r = s.ctl("--yes", "--json", "client", "secret", id)
    assert ask(shown(json.loads(r.stdout)["client_secret"])) == 200


def apply(l, u):
    """An application's login: the browser's cookie, the code and what proves
    whose it is, the tokens; and a client's assertion."""
    s = l.s
    root = l.tokens(login(s, {"username": s.admin[0],
                              "password": s.admin[1]}))["token"]
    rp = oidc.RP.register(s, root, skip_consent=True,
                          token_endpoint_auth_method="client_secret_post")
    l.note("client secret", rp.secret)

    browser = oidc.Browser()
    who = l.s.register(password=l.password())
    l.mailed(who["email"], "verify-email")
    a, code = rp.code(browser, who)
    for part in ("session", "device", "csrf"):
        value = browser.cookie(part)[1]
        if value:
            l.note(part + " cookie", value)
    assert s.get("/auth/verify", headers={
        "Cookie": "=".join(browser.cookie("session"))}).status == 200
    l.code("code", code)
    l.note("code verifier", a.verifier)
    token = l.granted(rp.redeem(a, code))["refresh_token"]
    token = l.granted(rp.refresh(token))["refresh_token"]
    assert rp.refresh(l.note("wrong refresh token",
                             secrets.token_urlsafe(32))).status == 400
    assert rp.post("token", {"grant_type": "client_credentials",
                             "client_secret": l.note("wrong client secret",
                                                     secrets.token_hex(20))},
                   headers={"Authorization": "Basic x"}).status == 400
    signer = test_token.Signer(s, root)
    for token in (signer.assertion(), signer.assertion(iss="x")):
        l.note("assertion", token.rpartition(".")[2])
        assert signer.ask(token).status in (200, 401)


def connect(l, u):
    """A device and its user; a service that is given a token and calls another;
    a client that hears of the end of a session and is told by its hint."""
    s = l.s
    root = s.admin_login()["token"]
    who = l.s.register(password=l.password())
    l.mailed(who["email"], "verify-email")
    tv = test_device.device(s, token=root, scope="openid offline_access",
                            token_endpoint_auth_method="client_secret_post")
    l.note("client secret", tv.secret)
    b = test_pages.signed_in(s, who)
    for decision, status in (("allow", 200), ("deny", 400)):
        j = test_device.code(tv, scope="openid offline_access")
        l.code("device code", j["device_code"])
        test_device.answer(b, j, decision)
        r = test_device.poll(tv, j)
        assert r.status == status, r
        if status == 200:
            l.granted(r)
    l.code("wrong device code", secrets.token_urlsafe(32))
    assert test_device.poll(tv, {"device_code": l.texts["wrong device code"][
        0]}).status == 400
    back = oidc.RP.register(s, root, grant_types=[test_exchange.EXCHANGE],
                            redirect_uris=[], scope="openid",
                            audience=["https://other.example/"])
    l.note("client secret", back.secret)
    path = l.receiver.path()
    shop = oidc.RP.register(
        s, root, audience=[back.client_id], skip_consent=True,
        backchannel_logout_uri=l.receiver.url + path)
    l.note("client secret", shop.secret)
    a, code = shop.code(b, who, scope="openid")
    l.note("code verifier", a.verifier)
    t = l.granted(shop.redeem(a, l.code("code", code)))
    l.granted(test_exchange.exchange(back, t["access_token"]))
    l.code("unused code", shop.code(b, who, scope="openid")[1])
    for part in ("session", "device"):
        l.note(part + " cookie", b.cookie(part)[1])
    page = b.visit(shop.logout_url(id_token_hint=t["id_token"]))
    assert page.status == 200 and not b.cookie("session")[0], page
    l.note("logout token", l.receiver.token(path).rpartition(".")[2])


def enter(l, u):
    """A client that registers and manages itself, and pushes its request: one
    that is used, one that is not."""
    s = l.s
    s.all_keys()
    first = l.code("initial token", s.ctl(
        "client", "register-token").stdout.split()[-1])
    r = s.post("/oauth2/register", {"redirect_uris": [oidc.REDIRECT]},
               token=first)
    assert r.status == 201, r
    c = r.json()
    path = f"/oauth2/register/{c['client_id']}"
    for _ in range(2):
        l.code("registration token", c["registration_access_token"])
        l.code("client secret", c["client_secret"])
        r = s.get(path, token=c["registration_access_token"])
        assert r.status == 200, r
        r = s.call("PUT", path, {"client_id": c["client_id"],
                                 "redirect_uris": [oidc.REDIRECT]},
                   token=c["registration_access_token"])
        assert r.status == 200, r
        c = {**c, **r.json()}
    wrong = l.code("wrong registration token", secrets.token_urlsafe(32))
    assert s.get(path, token=wrong).status == 401
    rp = oidc.RP(s, c)
    who = l.s.register(password=l.password())
    l.mailed(who["email"], "verify-email")
    b = test_pages.signed_in(s, who)
    a = rp.authorization(scope="openid")
    for used in (True, False):
        r = rp.post("par", a.params)
        assert r.status == 201, r
        uri = r.json()["request_uri"]
        l.note("request_uri", uri.rpartition(":")[2])
        if used:
            page = b.go(f"{s.url}/oauth2/authorize?" + urllib.parse.urlencode(
                {"client_id": rp.client_id, "request_uri": uri}), who)
            code = l.code("code", a.code(page))
            l.note("code verifier", a.verifier)
            l.granted(rp.redeem(a, code))
    assert s.delete(path, token=c["registration_access_token"]).status == 204


def keep_house(l, u):
    """An account by its pages: another password, a factor with its secret and
    recovery codes, and the end of both."""
    who = l.s.register(password=l.password())
    l.mailed(who["email"], "verify-email")
    b = test_pages.signed_in(l.s, who)

    def page(path):
        return b.get(l.s.url + path)

    def send(path, name, **fields):
        p = page(path)
        ids = [a.get("id") for t, a in p.html.tags if t == "form"]
        return b.submit(p, p.html.forms[ids.index(name)], **fields)
    new = l.password()
    for old, status in ((l.password("wrong password"), 401),
                        (who["password"], 303)):
        r = send("/account/password", "password_form", oldPassword=old,
                 newPassword=new)
        assert r.status == status, r
    r = send("/account/2fa", "setup_form", password=new)
    shown = re.search(r'id="secret">([A-Z2-7 ]+)<', r.body.decode())[1]
    l.note("TOTP secret as shown", shown)
    secret = l.note("TOTP secret", shown.replace(" ", ""))
    l.bare("TOTP secret's bytes", base64.b32decode(secret))
    r = b.submit(r, token=Codes(secret).next())
    codes = re.findall(r"<code>([A-Z2-7-]{29})</code>", r.body.decode())
    assert len(codes) == 10, r
    l.recovery(codes)
    for part in ("session", "device"):
        l.note(part + " cookie", b.cookie(part)[1])
    r = send("/account/delete", "delete_form", password=new,
             recovery_code=codes[0])
    assert r.status == 303, r


def move_over(l, tmp):
    """Imported hashes: what their libraries saw of the passwords."""
    users = [(line(password_hash=make(p)), p) for make, p in
             ((m, l.password("imported password")) for m in FAMILIES.values())]
    path = write(tmp / "users", [u for u, _ in users])
    code, report, bad = load(l.s, path)
    assert code == DONE and not bad, (report, bad)
    for u, password in users:
        l.tokens(login(l.s, {**u, "password": password}))


def wait_for_mail(l):
    """A mail that cannot leave yet: its link is nowhere but in its row, and
    there it is not. What the database held meanwhile."""
    l.smtp.replies["rcpt"] = "450 later"
    u = l.s.register(password=l.password())
    moat.until(lambda: int(l.s.sql("SELECT tries FROM outbox WHERE to_addr = "
                                   f"'{u['email']}'")[0][0]) >= 1,
               what="a try")
    kept = stored(l.s)
    del l.smtp.replies["rcpt"]
    l.mailed(u["email"], "verify-email")
    return kept


def stored(s):
    """All that the database holds."""
    if s.pg:
        return subprocess.run(["pg_dump", "--inserts", s.pg], check=True,
                              capture_output=True).stdout
    return b"".join(p.read_bytes() for p in (s.state / "db").iterdir())


@pytest.fixture(scope="module", params=conftest.DATABASES)
def lived(request, tmp_path_factory):
    l = Lived(request.param)
    try:
        u = arrive(l)
        for part in (mistake, protect, change, forget, serve, apply,
                     connect, enter, keep_house, leave):
            part(l, u)
        move_over(l, tmp_path_factory.mktemp("import"))
        l.meanwhile = wait_for_mail(l)
        moat.until(lambda: l.s.sql("SELECT count(*) FROM outbox") == [("0",)],
                   what="an empty outbox")
        yield l
    finally:
        l.code = l.end()
    assert l.code == 0


# ---- the looks ----

def processes(s):
    return {r: s.pids(r) for r in ("parent", *moat.ROLES, moat.MAILER)}


def pieces(value):
    """An allocator writes over the first bytes of what was freed, and what
    was overwritten in part is still half a secret."""
    if isinstance(value, str):
        value = value.encode()
    size = 12 if len(value) < 24 else 16
    step = size // 2
    return [value[i:i + size] for i in range(0, len(value) - size + 1, step)]


@pytest.mark.slow         # shadow memory is terabytes
@pytest.mark.root
def test_memory_holds_nothing_that_passed_through(lived):
    texts = {k: sum(map(pieces, v), []) for k, v in lived.texts.items()}
    raw = {k: sum(map(pieces, v), []) for k, v in lived.raw.items()}

    def left():
        pids = processes(lived.s)
        try:
            found = {**scan.scan(pids, texts, shapes=lambda v: [v]),
                     **scan.scan(pids, raw)}
        except (FileNotFoundError, ProcessLookupError):
            return {"a process that ended meanwhile": pids}
        return {k: v for k, v in found.items() if v}

    # a hasher keeps its memory for a second, for the next hash
    end = time.monotonic() + 5
    while (found := left()) and time.monotonic() < end:
        pass
    assert not found


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.parametrize("path,kind,head,body,answer", [
    ("/auth/login", "application/json", "",
     '{"username":"nobody","password":"SECRET"}', 401),
    ("/oauth2/token", "application/x-www-form-urlencoded", "",
     "grant_type=authorization_code&client_id=nobody&client_secret=x&"
     "code=SECRET", 401),
    ("/oauth2/token", "application/x-www-form-urlencoded",
     "DPoP: SECRET\r\n", "grant_type=refresh_token&client_id=nobody", 400),
    ("/login", "application/x-www-form-urlencoded",
     "Cookie: moatd_session=SECRET\r\n", "csrf=x", 403)])
def test_memory_holds_what_is_passing_through(lived, path, kind, head, body,
                                              answer):
    """Or else the look above would be blind."""
    secret = secrets.token_hex(24)
    looked = {"secret": pieces(secret)}
    head = head.replace("SECRET", secret)
    body = body.replace("SECRET", secret).encode()
    with lived.s.sock() as c:
        c.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}"
                  f"\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() +
                  body[:-1])
        moat.until(lambda: scan.scan(processes(lived.s), looked)["secret"],
                   what="the secret in memory")
        c.sendall(body[-1:])
        got = c.recv(65536)
        assert got.startswith(b"HTTP/1.1 %d " % answer), got
    moat.until(lambda: not scan.scan(processes(lived.s), looked)["secret"],
               5, what="its end")


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.parametrize("rest", [
    b"", b"x" * 20000, b"&a=%zz", b"&client_secret=1&client_secret=2"])
def test_memory_forgets_what_came_to_nothing(lived, rest):
    """A form that breaks off, or is none: whoever sent it is gone."""
    secret = secrets.token_hex(24)
    looked = {"secret": pieces(secret)}
    body = f"grant_type=refresh_token&refresh_token={secret}".encode() + rest
    left = 0 if rest.startswith(b"&") else 9
    with lived.s.sock() as c:
        c.sendall(b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nCookie: a="
                  b"%s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                  b"Content-Length: %d\r\n\r\n%s" % (
                      secret.encode(), len(body) + left, body))
        if left:
            moat.until(lambda: scan.scan(processes(lived.s), looked)["secret"],
                       what="the secret in memory")
        else:
            assert c.recv(65536).startswith(b"HTTP/1.1 400 ")
    moat.until(lambda: not scan.scan(processes(lived.s), looked)["secret"],
               5, what="its end")


@pytest.mark.slow
@pytest.mark.root
def test_mail_credential_is_where_it_belongs(lived):
    found = scan.scan(processes(lived.s), {
        "SMTP password": lived.credential.encode()})
    assert scan.misplaced(found) == []
    for pids in processes(lived.s).values():
        for pid in pids:
            for name in ("cmdline", "environ"):
                text = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
                assert lived.credential.encode() not in text


def everything(l):
    yield "SMTP password", l.credential.encode()
    for name, values in l.texts.items():
        yield from ((name, v.encode()) for v in values)
    for name, values in l.raw.items():
        yield from ((name, v) for v in values)


def test_database_holds_no_secret(lived):
    now = stored(lived.s)
    user = lived.s.sql("SELECT username FROM users WHERE role = "
                       "'superadmin'")[0][0]
    assert user.encode() in now     # or else it were blind
    for where in (lived.meanwhile, now):
        for name, value in everything(lived):
            assert not any(f in where for f in scan.forms(value)), name


def test_log_holds_no_secret(lived):
    log = lived.s.log().encode()
    for name, value in everything(lived):
        assert not any(f in log for f in scan.forms(value)), name
