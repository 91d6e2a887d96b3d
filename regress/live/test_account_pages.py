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



"""The pages of an account and of devices (API.md sections 3 and 9), without a
script: each form does what it says, for its owner alone. CASES 9, 23."""

import re
import secrets

import pytest

import oidc
from tenant import Tenant
from test_device import code as device_code, device
from test_factor import Codes, enrol
from test_pages import (HOSTILE, alert, browse, is_page, refused, signed_in)

PAGES = ["/account", "/account/profile", "/account/delete",
         "/account/password", "/account/2fa", "/account/sessions",
         "/account/grants", "/device"]
POSTS = {
    "/account/profile": {"name": "Mallory"},
    "/account/delete": {"password": "PASSWORD"},
    "/account/password": {"oldPassword": "PASSWORD",
                          "newPassword": "another horse and battery"},
    "/account/2fa": {"action": "setup", "password": "PASSWORD"},
    "/account/sessions": {"action": "others"},
    "/account/grants": {"client_id": "shop"},
    "/device": {"user_code": "BCDF-GHJK"},
}


@pytest.fixture
def user(server):
    return server.register()


def page(b, path, status=200):
    return is_page(b.get(b.server.url + path), status)


def sent(b, path, status, **fields):
    """The answer to the form of that page that has these fields."""
    p = page(b, path)
    r = b.submit(p, **fields)
    return is_page(r, status) if status != 303 else went(r)


def went(r):
    assert r.status == 303 and r.body == b"", r
    return r


def form(p, form_id):
    """The form of that id: the harness knows it by its place."""
    ids = [a.get("id") for t, a in p.html.tags if t == "form"]
    return p.html.forms[ids.index(form_id)]


def notice(b, r, words):
    p = is_page(b.follow(went(r)))
    assert words in p.text, p
    return p


# ---- all of them ----

@pytest.mark.parametrize("path", PAGES)
def test_pages_accepts_who_is_signed_in(server, user, path):
    b = signed_in(server, user)
    p = page(b, path)
    assert p.html.title.endswith("· moatd")
    assert ("/logout" in p.html.links) == (path != "/device")


@pytest.mark.parametrize("path", PAGES)
def test_pages_rejects_who_is_not(server, path):
    for cookie in ("", "moatd_session=" + secrets.token_urlsafe(32)):
        r = server.get(path, headers={"Cookie": cookie})
        assert r.status == 303, r
        assert r.headers["location"] == f"/login?return_to={path}", r


@pytest.mark.parametrize("path", sorted(POSTS))
def test_forms_rejects_without_csrf(server, user, path):
    """Nothing is done for a form that no page of this session made."""
    b, other = signed_in(server, user), signed_in(server, server.register())
    fields = {k: user["password"] if v == "PASSWORD" else v
              for k, v in POSTS[path].items()}
    foreign = page(other, "/account/profile").html.forms[0].fields["csrf"]
    for csrf in ({}, {"csrf": ""}, {"csrf": foreign}):
        refused(b.post(server.url + path, {**fields, **csrf}))
    ours = page(b, "/account/profile").html.forms[0].fields["csrf"]
    for origin in ("https://evil.example", "null"):
        refused(b.post(server.url + path, {**fields, "csrf": ours}, origin))
    # the account is there, as it was
    assert server.login(user)["token"]
    assert "Mallory" not in page(b, "/account").text


@pytest.mark.parametrize("path", sorted(POSTS))
def test_forms_rejects_a_session_that_ended(server, user, path):
    b = signed_in(server, user)
    csrf = page(b, "/account/profile").html.forms[0].fields["csrf"]
    u = server.login(user)
    assert server.delete("/auth/me/sessions",
                         token=u["token"]).status == 204
    fields = {k: user["password"] if v == "PASSWORD" else v
              for k, v in POSTS[path].items()}
    r = b.post(server.url + path, {**fields, "csrf": csrf})
    assert r.status == 303 and r.location.startswith(
        server.url + "/login?return_to="), r
    assert server.login(user)["token"]


@pytest.mark.parametrize("text", HOSTILE)
def test_pages_rejects_markup_in_a_name(server, user, text):
    u = server.login(user)
    r = server.patch("/auth/me", {"name": text}, u["token"])
    if r.status != 200:
        return                  # the API has none of that
    b = signed_in(server, user)
    for path in PAGES:
        p = page(b, path)
        assert "<script>alert" not in p.body.decode()
        assert "<img src=x>" not in p.body.decode()
    field = form(page(b, "/account/profile"), "name_form")
    assert field.fields["name"] == text


def test_another_tenants_session_opens_nothing(server):
    t = Tenant(server)
    u = t.register()
    b = signed_in(server, u, t.base)
    assert page(b, t.base + "/account").status == 200
    for path in PAGES:
        r = b.get(server.url + path)
        assert r.status == 303 and "/login" in r.location, r


def test_pages_of_an_account_are_german_as_well(server, user):
    b = signed_in(server, user)
    for path in PAGES:
        for ask in ({"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}, {}):
            url = server.url + path + ("" if ask else "?ui_locales=de+en")
            p = is_page(b.get(url, **ask))
            assert p.html.lang == "de" and not re.search(
                r"\b(the|your|with)\b", p.text), p
        assert page(b, path).html.lang == "en"
    assert server.get("/.well-known/openid-configuration").json()[
        "ui_locales_supported"] == ["en", "de"]


# ---- profile ----

def test_name_accepts(server, user):
    b = signed_in(server, user)
    p = notice(b, sent(b, "/account/profile", 303, name="Zoë O'Hara"),
               "Your name is saved.")
    assert form(p, "name_form").fields["name"] == "Zoë O'Hara"
    assert server.get("/auth/me", server.login(user)["token"]).json()[
        "name"] == "Zoë O'Hara"
    went(sent(b, "/account/profile", 303, name=""))


@pytest.mark.parametrize("name", ["x" * 129, "a\x01b", "x" * 5000])
def test_name_rejects(server, user, name):
    b = signed_in(server, user)
    p = sent(b, "/account/profile", 400, name=name)
    assert alert(p) == ("This cannot be a name. Use at most 128 characters."), p


def test_email_rejects_without_mail(server, user):
    b = signed_in(server, user)
    p = sent(b, "/account/profile", 503, email="new@example.org",
             password=user["password"])
    assert "sends no mail" in alert(p)
    assert form(p, "email_form").fields["email"] == "new@example.org"
    assert user["password"] not in p.body.decode()


def test_email_accepts(fresh_server):
    """It is the account's once its link was followed."""
    s = fresh_server(env={"MOATD_SMTP_URL": "smtp://127.0.0.1:9",
                          "MOATD_MAIL_FROM": "moatd@example.org"})
    user = s.register()
    b = signed_in(s, user)
    p = sent(b, "/account/profile", 401, email="new@example.org",
             password="wrong horse and battery")
    assert "not right" in alert(p)
    p = notice(b, sent(b, "/account/profile", 303, email="new@example.org",
                       password=user["password"]), "We sent a link")
    assert f"{user['email']}." in p.text and "new@example.org takes" in p.text
    assert "new@example.org" in page(b, "/account").text


@pytest.mark.parametrize("fields,status,words", [
    ({"email": "", "password": "x"}, 400, "Please fill in"),
    ({"email": "a@example.org", "password": ""}, 400, "Please fill in"),
    ({"email": "x" * 255, "password": "x"}, 400, "no email address"),
    ({"email": "nobody", "password": "PASSWORD"}, 400, "no email address"),
])
def test_email_rejects(server, user, fields, status, words):
    b = signed_in(server, user)
    fields = {k: user["password"] if v == "PASSWORD" else v
              for k, v in fields.items()}
    p = sent(b, "/account/profile", status, **fields)
    assert words in alert(p), p


# ---- password ----

def test_password_accepts(server, user):
    b, elsewhere = signed_in(server, user), signed_in(server, user)
    new = "another horse and battery"
    p = notice(b, sent(b, "/account/password", 303,
                       oldPassword=user["password"], newPassword=new),
               "Your password is changed")
    assert p.path == "/account/password"
    r = elsewhere.get(server.url + "/account")
    assert r.status == 303 and "/login" in r.location
    user["password"] = new
    signed_in(server, user)


@pytest.mark.parametrize("old,new,status,words", [
    ("wrong horse and battery", "another horse and battery", 401,
     "The password is not right."),
    ("PASSWORD", "short", 400, "too short"),
    ("PASSWORD", "PASSWORD", 400, "your password already"),
    ("PASSWORD", "passwordpassword", 400, "attacker tries"),
    ("", "another horse and battery", 400, "Please fill in"),
    ("PASSWORD", "", 400, "Please fill in"),
    ("PASSWORD", "x" * 1025, 400, "cannot be a password"),
    ("x" * 60000, "y", 400, None),
])
def test_password_rejects(server, user, old, new, status, words):
    b = signed_in(server, user)
    old, new = (user["password"] if v == "PASSWORD" else v
                for v in (old, new))
    p = sent(b, "/account/password", status, oldPassword=old, newPassword=new)
    assert words is None or words in alert(p), p
    assert form(p, "password_form").fields["newPassword"] == ""
    signed_in(server, user)


# ---- second factor ----

def begin_factor(b, user):
    p = page(b, "/account/2fa")
    return is_page(b.submit(p, form(p, "setup_form"),
                            password=user["password"]))


def secret_of(p):
    (secret,) = re.findall(r'<code id="secret">([A-Z2-7 ]+)</code>',
                           p.body.decode())
    return secret.replace(" ", "")


def codes_of(p):
    return re.findall(r"<li><code>([A-Z2-7-]+)</code></li>", p.body.decode())


def test_factor_accepts_from_setup_to_disable(server, user):
    """CASES 23: enrolment by page, a login with it, new recovery codes, and
    its end."""
    b = signed_in(server, user)
    p = begin_factor(b, user)
    (src,) = [a["src"] for t, a in p.html.tags
              if t == "img" and a.get("id") == "qr"]
    assert src.startswith("data:image/svg+xml;base64,")
    user["codes"] = Codes(secret_of(p))
    wrong = b.submit(p, form(p, "verify_form"), token=user["codes"].wrong())
    is_page(wrong, 401)
    assert "not right" in alert(wrong) and "secret" not in [
        a.get("id") for _, a in wrong.html.tags]
    code = user["codes"].next()
    done = is_page(b.submit(wrong, form(wrong, "verify_form"),
                            token=f"{code[:3]} {code[3:]}"))
    codes = codes_of(done)
    assert len(set(codes)) == 10 and "/account/2fa" in done.html.links
    assert user["username"] in done.text
    p = page(b, "/account/2fa")
    assert not codes_of(p) and form(p, "disable_form")
    # a login by a recovery code
    other = browse(server)
    p = other.follow(other.submit(other.get(server.url + "/login"),
                                  username=user["username"],
                                  password=user["password"]))
    went(other.submit(p, recovery_code=codes[0].lower()))
    assert page(other, "/account").status == 200
    # new codes: the old ones are dead
    p = page(other, "/account/2fa")
    new = codes_of(is_page(other.submit(
        p, form(p, "codes_form"), password=user["password"],
        otp=user["codes"].next())))
    assert len(new) == 10 and not set(new) & set(codes)
    p = page(other, "/account/2fa")
    r = other.submit(p, form(p, "disable_form"), password=user["password"],
                     recovery_code=codes[1])
    is_page(r, 401)
    r = other.submit(p, form(p, "disable_form"), password=user["password"],
                     recovery_code=new[0])
    p = notice(other, r, "Your second factor is off.")
    assert form(p, "setup_form")


def test_factor_rejects(server, user):
    b = signed_in(server, user)
    csrf = page(b, "/account/2fa").html.forms[0].fields["csrf"]

    def post(**fields):
        return b.post(server.url + "/account/2fa", {"csrf": csrf, **fields})
    for fields, status in (
            ({}, 400), ({"action": "nothing"}, 400), ({"action": "setup"}, 400),
            ({"action": "setup", "password": "wrong horse and so on"}, 401),
            ({"action": "verify", "token": "123456"}, 409),
            ({"action": "verify", "token": "12345"}, 400),
            ({"action": "verify", "token": "1234567"}, 400),
            ({"action": "verify", "token": "12345x"}, 400),
            ({"action": "disable", "password": "PASSWORD"}, 400),
            ({"action": "disable", "password": "PASSWORD", "otp": "123456"},
             409),
            ({"action": "recovery-codes", "password": "PASSWORD",
              "otp": "123456"}, 409),
            ({"action": "disable", "password": "PASSWORD", "otp": "123456",
              "recovery_code": "x"}, 400)):
        fields = {k: user["password"] if v == "PASSWORD" else v
                  for k, v in fields.items()}
        p = is_page(post(**fields), status)
        assert alert(p) and not codes_of(p)
    assert page(b, "/account/2fa").form("action", "password")


def test_factor_rejects_a_second_one(server, user):
    enrol(server, {**user, **server.login(user)})
    u = server.register()
    b = signed_in(server, u)
    p = page(b, "/account/2fa")
    u.update(server.login(u))
    enrol(server, u)
    r = b.submit(p, form(p, "setup_form"), password=u["password"])
    # setting it up has ended the session that the page was of
    assert r.status == 303 and "/login" in r.location, r


def test_factor_mandatory_is_all_that_works(server):
    """CASES 23: where the tenant wants a factor, a session without one is
    sent to set it up, and then to log in again."""
    t = Tenant(server, require_mfa=1)
    u = t.register()
    b = browse(server)
    p = b.submit(b.get(f"{server.url}{t.base}/login"),
                 username=u["username"], password=u["password"])
    assert went(p).location == f"{server.url}{t.base}/account/2fa", p
    for path in PAGES:
        if path != "/account/2fa":
            r = b.get(server.url + t.base + path)
            assert went(r).location == f"{server.url}{t.base}/account/2fa", r
    p = page(b, t.base + "/account/2fa")
    assert "Everybody here needs a second factor" in p.text
    assert f"{t.base}/account/sessions" not in p.html.links
    p = is_page(b.submit(p, form(p, "setup_form"), password=u["password"]))
    u["codes"] = Codes(secret_of(p))
    p = is_page(b.submit(p, form(p, "verify_form"), token=u["codes"].next()))
    assert len(codes_of(p)) == 10
    assert f"{t.base}/login" in p.html.links
    assert b.cookie("session") == (None, None)
    b.sign_in(server, u, t.base)
    p = page(b, t.base + "/account/2fa")
    r = b.submit(p, form(p, "disable_form"), password=u["password"],
                 otp=u["codes"].next())
    assert "cannot be turned off" in alert(is_page(r, 403))


# ---- sessions ----

def ids(p):
    return [f.fields["id"] for f in p.html.forms if "id" in f.fields]


def test_sessions_accepts(server, user):
    firefox = ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 "
               "Firefox/140.0")
    b = signed_in(server, user)
    other = oidc.Browser(**{"User-Agent": firefox})
    other.server = server
    went(other.submit(other.get(server.url + "/login"),
                      username=user["username"], password=user["password"]))
    p = page(b, "/account/sessions")
    assert "Firefox on Linux" in p.text and firefox in p.text
    assert p.text.count("this one") == 1 and len(ids(p)) == 2
    mine = ids(page(other, "/account/sessions"))
    assert set(mine) == set(ids(p))
    (current,) = re.findall(r'this one</span></h2>.*?name="id" value="([^"]+)"',
                            other.get(server.url + "/account/sessions")
                            .body.decode(), re.S)
    r = b.submit(p, next(f for f in p.html.forms
                         if f.fields.get("id") == current))
    notice(b, r, "The session is ended.")
    assert "/login" in other.get(server.url + "/account").location
    p = notice(b, b.submit(page(b, "/account/sessions"), action="others"),
               "All other sessions are ended.")
    assert len(ids(p)) == 1 and page(b, "/account").status == 200


@pytest.mark.parametrize("agent", [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "x" * 4000, "\u00ff\u0001", "{{csrf}} {ip}", ""])
def test_sessions_rejects_markup_of_an_agent(server, user, agent):
    r = server.req("POST", "/auth/login", (
        '{"username":"%s","password":"%s"}' % (
            user["username"], user["password"])).encode(),
        {"Content-Type": "application/json",
         "User-Agent": agent.encode("latin-1", "replace")
         if "\u0001" not in agent else "x"})
    assert r.status == 200, r
    b = signed_in(server, user)
    p = page(b, "/account/sessions")
    assert "<script>alert" not in p.body.decode()
    assert "<img src=x" not in p.body.decode()


def test_sessions_rejects_anothers(server, user):
    """CASES 9: another's session is not there, and goes on."""
    victim = signed_in(server, server.register())
    (theirs,) = ids(page(victim, "/account/sessions"))
    b = signed_in(server, user)
    csrf = page(b, "/account/sessions").html.forms[0].fields["csrf"]
    for sid in (theirs, "x", "x" * 60000, "../..", theirs.upper(),
                "00000000-0000-7000-8000-000000000000"):
        r = b.post(server.url + "/account/sessions", {"csrf": csrf, "id": sid})
        refused(r, 404)
    for fields in ({}, {"action": "all"}, {"id": ""}):
        r = b.post(server.url + "/account/sessions", {"csrf": csrf, **fields})
        is_page(r, 400)
    assert page(victim, "/account").status == 200


def test_sessions_accepts_pages_of_a_list(server, user):
    for _ in range(52):
        server.login(user)
    b = signed_in(server, user)
    p = page(b, "/account/sessions")
    assert len(ids(p)) == 50
    (more,) = [x for x in p.html.links if "cursor=" in x]
    rest = page(b, more)
    assert ids(rest) and not set(ids(rest)) & set(ids(p))
    for bad in ("x", "%3Cb%3E", "x" * 2000):
        r = b.get(f"{server.url}/account/sessions?cursor={bad}")
        assert r.status in (200, 400) and "<b>" not in r.body.decode(), r


# ---- applications ----

@pytest.fixture(scope="module")
def shop(server):
    return oidc.RP.register(server, client_name='Shop <b>"&',
                            scope="openid profile offline_access")


def test_grants_accepts(server, user, shop):
    b = signed_in(server, user)
    assert "allowed no application" in page(b, "/account/grants").text
    tokens = shop.login(b, user)
    p = page(b, "/account/grants")
    assert 'Shop <b>"&' in p.text and "<b>" not in p.body.decode()
    r = b.submit(p, client_id=shop.client_id)
    p = notice(b, r, "can do nothing in your name")
    assert "allowed no application" in p.text
    assert shop.refresh(tokens["refresh_token"]).json()[
        "error"] == "invalid_grant"


def test_grants_rejects_what_is_not_there(server, user, shop):
    victim = server.register()
    v = signed_in(server, victim)
    tokens = shop.login(v, victim)
    b = signed_in(server, user)
    csrf = page(b, "/account/2fa").html.forms[0].fields["csrf"]
    for client in (shop.client_id, "nobody", "../x", "A" * 64):
        r = b.post(server.url + "/account/grants",
                   {"csrf": csrf, "client_id": client})
        refused(r, 404)
    for fields in ({}, {"client_id": ""}, {"client_id": "x" * 5000}):
        r = b.post(server.url + "/account/grants", {"csrf": csrf, **fields})
        is_page(r, 400)
    assert shop.refresh(tokens["refresh_token"]).status == 200


# ---- the end ----

def test_delete_accepts(server, user):
    b = signed_in(server, user)
    p = sent(b, "/account/delete", 401, password="wrong horse and battery")
    assert "not right" in alert(p)
    p = notice(b, sent(b, "/account/delete", 303, password=user["password"]),
               "Your account is erased.")
    assert p.path == "/login" and b.cookie("session") == (None, None)
    assert server.post("/auth/login", {
        "username": user["username"],
        "password": user["password"]}).status == 401


def test_delete_rejects_the_super_admin(server):
    u = {"username": server.admin[0], "password": server.admin[1]}
    b = signed_in(server, u)
    p = sent(b, "/account/delete", 403, password=u["password"])
    assert "super admin cannot be deleted" in alert(p)


def test_delete_rejects_without_the_factor(server, user):
    u = enrol(server, {**user, **server.login(user)})
    b = browse(server)
    b.sign_in(server, u)
    p = sent(b, "/account/delete", 401, password=u["password"])
    assert "second factor" in alert(p)
    went(sent(b, "/account/delete", 303, password=u["password"],
              otp=u["codes"].next()))


# ---- devices ----

@pytest.fixture(scope="module")
def tv(server):
    return device(server, client_name="TV <b>")


def token(tv, j):
    return tv.post("token", {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": j["device_code"]})


def state(server, j):
    ((s,),) = server.sql("SELECT state FROM device_codes WHERE user_code = "
                         f"'{j['user_code'].replace('-', '')}'")
    return s


@pytest.mark.parametrize("write", [
    str, str.lower, lambda c: c.replace("-", ""),
    lambda c: " ".join(c.replace("-", ""))])
def test_device_accepts(server, user, tv, write):
    b, j = signed_in(server, user), device_code(tv)
    p = is_page(b.follow(sent(b, "/device", 303,
                              user_code=write(j["user_code"]))))
    assert "TV <b>" in p.text and "<b>" not in p.body.decode()
    assert j["user_code"] in p.text and user["username"] in p.text
    assert state(server, j) == "pending"
    p = is_page(b.follow(went(b.submit(p, _button=("decision", "allow")))))
    assert "Your device is connected" in p.text
    assert state(server, j) == "allowed"


def test_device_accepts_the_complete_address(server, user, tv):
    """It shows what asks and does nothing; login comes before, and leads
    back."""
    b, j = browse(server), device_code(tv)
    p = b.go(j["verification_uri_complete"])
    assert p.path == "/login", p
    p = b.follow(b.submit(p, username=user["username"],
                          password=user["password"]))
    is_page(p)
    assert p.path == "/device" and j["user_code"] in p.text
    assert state(server, j) == "pending"
    p = is_page(b.follow(went(b.submit(p, _button=("decision", "deny")))))
    assert "Nothing was connected" in p.text
    assert state(server, j) == "denied"


def test_device_rejects(server, user, tv):
    b, j = signed_in(server, user), device_code(tv)
    for code in ("", "AAAA-AAAA", "x", "<script>", "x" * 5000):
        p = page(b, "/device")
        r = b.submit(p, user_code=code)
        assert "no such code" in alert(is_page(r, 400)), r
        assert "<script>" not in r.body.decode()
    p = is_page(b.get(j["verification_uri_complete"]))
    for decision in ("maybe", "ALLOW", "x" * 5000):
        r = b.submit(p, p.form("decision"), decision=decision)
        is_page(r, 400)
    assert state(server, j) == "pending"
    went(b.submit(p, _button=("decision", "deny")))
    is_page(b.submit(p, _button=("decision", "allow")), 400)
    assert state(server, j) == "denied"


def test_device_rejects_too_many_codes(fresh_server):
    """RFC 8628 section 5.1: codes are short, so tries are few."""
    s = fresh_server("throttle { otp-hour 3 }\n")
    b = signed_in(s, s.register())
    for _ in range(3):
        page(b, "/device?user_code=BCDF-GHJK", 400)
    p = page(b, "/device?user_code=BCDF-GHJK", 429)
    assert "Too many attempts" in alert(p)
    assert int(p.headers["retry-after"]) > 0
