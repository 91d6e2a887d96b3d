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

import pytest

import conftest
import moat
import oidc
import smtpd
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
        self.s = moat.Server(database, workers=1, as_user=conftest.AS_USER,
                             env={"MOATD_SMTP_URL": url,
                                  "MOATD_MAIL_FROM": "moatd@example.org"})
        self.texts = {}
        self.raw = {}

    def end(self):
        self.smtp.stop()
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

    def taken(r):
        assert r.status == 200, r
        j = r.json()
        l.note("access token", j["access_token"].rpartition(".")[2])
        l.note("ID token", j["id_token"].rpartition(".")[2])
        l.bare("refresh token's bytes", base64.urlsafe_b64decode(
            l.note("refresh token", j["refresh_token"]) + "="))
        return j["refresh_token"]

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
    l.note("code", code)
    l.note("code verifier", a.verifier)
    l.bare("code's bytes", base64.urlsafe_b64decode(code + "="))
    token = taken(rp.redeem(a, code))
    token = taken(rp.refresh(token))
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
                     keep_house, leave):
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
def test_memory_holds_what_is_passing_through(lived):
    """Or else the look above would be blind."""
    password = secrets.token_hex(24)
    looked = {"password": pieces(password)}
    body = f'{{"username":"nobody","password":"{password}"}}'.encode()
    with lived.s.sock() as c:
        c.sendall(b"POST /auth/login HTTP/1.1\r\nHost: x\r\n"
                  b"Content-Type: application/json\r\nContent-Length: "
                  b"%d\r\n\r\n%s" % (len(body), body[:-1]))
        moat.until(lambda: scan.scan(processes(lived.s), looked)["password"],
                   what="the password in memory")
        c.sendall(body[-1:])
        assert c.recv(65536).startswith(b"HTTP/1.1 401 ")
    moat.until(lambda: not scan.scan(processes(lived.s), looked)["password"],
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
