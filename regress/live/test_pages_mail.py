"""Pages that mailed links lead to, and those that ask for them (API.md
section 9). CASES 20, 21, 48."""

import re
import secrets

import pytest

import moat
import tenant
from test_factor import enrol
from test_mail_flows import mailing, mails, nth, silent, token, verified
from test_pages import alert, alive, browse, is_page, refused, signed_in

assert mailing
NEW = "a new password of many words"


def link(s, mail, purpose):
    """The address in the mail, as it is clicked."""
    return f"{s.url}/{purpose}?token={token(s, mail, purpose)}"


def reset_link(s, email):
    """Of the mail about it; others come in between."""
    found = moat.until(
        lambda: [m for m in mails(s, email) if "reset-password" in m.text],
        15, what="the mail")
    return link(s, found[0], "reset-password")


def forgot(s, b, email):
    return b.submit(b.get(s.url + "/forgot-password"), email=email)


def test_verify_accepts(mailing):
    """Reading it verifies nothing; the button does, once."""
    s = mailing
    u = s.user()
    url = link(s, nth(s, u["email"]), "verify-email")
    b = browse(s)
    for _ in range(3):
        p = is_page(b.get(url))
    s.req("HEAD", url[len(s.url):])
    assert s.get("/auth/me", u["token"]).json()["email_verified"] is False
    r = b.submit(p, _form=p.form("token"))
    assert r.status == 303
    p = is_page(b.follow(r))
    assert p.path == "/login" and "confirmed" in p.text
    assert s.get("/auth/me", u["token"]).json()["email_verified"] is True
    p = is_page(b.get(url))
    refused_or_said = b.submit(p, _form=p.form("token"))
    is_page(refused_or_said, 400)
    # it is a login name now
    b.submit(b.get(s.url + "/login"), username=u["email"].upper(),
             password=u["password"])
    assert b.cookie("session")[1]


def test_verify_rejects_taken(mailing):
    s = mailing
    u = s.register()
    v = s.register(email=u["email"])
    b = browse(s)
    for n, status in ((1, 303), (2, 409)):
        p = b.get(link(s, nth(s, u["email"], n), "verify-email"))
        r = b.submit(p, _form=p.form("token"))
        assert r.status == status, r
    assert "address" in alert(is_page(r, 409))
    assert v


def test_register_accepts_mode_verify(mailing):
    s = mailing
    t = tenant.Tenant(s, registration="verify")
    b = browse(s)
    name = "p" + secrets.token_hex(6)
    fields = {"username": name, "email": name + "@example.org",
              "password": "correct horse " + name}
    r = b.submit(b.get(t.issuer + "/register"), **fields)
    assert r.status == 303
    p = is_page(b.follow(r))
    assert p.path == t.base + "/login" and "mail" in p.text
    login = {"username": name, "password": fields["password"]}
    is_page(b.submit(p, **login), 401)
    m = re.search(r"(\S+)/verify-email\?token=[\w-]{43}",
                  nth(s, fields["email"]).text)
    assert m[1] == t.issuer
    p = is_page(b.get(m[0]))
    p = b.follow(b.submit(p, _form=p.form("token")))
    assert b.submit(p, **login).status == 303


def test_forgot_accepts_anybody(mailing):
    """CASES 21: the same, whether somebody has the address or not."""
    s = mailing
    u = verified(s)
    unknown = f"n{secrets.token_hex(6)}@example.org"
    got = []
    for email in (u["email"], unknown):
        b = browse(s)
        r = forgot(s, b, email)
        assert r.status == 303
        p = is_page(b.follow(r))
        got.append((r.headers["location"], r.headers.keys(), p.text))
    assert got[0] == got[1]
    nth(s, u["email"], 2)
    silent(s, unknown)


@pytest.mark.parametrize("email", ["", "x", "x" * 300 + "@example.org",
                                   "a@b@example.org", "\"><script>"])
def test_forgot_rejects(mailing, email):
    s = mailing
    r = forgot(s, browse(s), email)
    is_page(r, 400)
    assert alert(r) and r.form("email").fields["email"] == email


def test_reset_accepts(mailing):
    """All sessions end; the link is good once."""
    s = mailing
    u = verified(s)
    old = signed_in(s, u)
    b = browse(s)
    forgot(s, b, u["email"])
    url = reset_link(s, u["email"])
    p = is_page(b.get(url))
    for password, words in (("short", "too short"), (u["password"],
                            "already"), (u["username"] * 2, "made of")):
        r = is_page(b.submit(p, newPassword=password), 400)
        assert words in alert(r), alert(r)
        assert r.form("newPassword").fields["newPassword"] == ""
    r = b.submit(r, newPassword=NEW)
    assert r.status == 303
    p = is_page(b.follow(r))
    assert p.path == "/login" and "set" in p.text
    assert not alive(old, s.url)
    assert b.submit(p, username=u["username"], password=NEW).status == 303
    c = browse(s)
    refused(c.submit(c.get(url), newPassword=NEW + " two"), 400)


def test_reset_accepts_a_factor(mailing):
    """A link alone takes no account that has a second factor over."""
    s = mailing
    u = verified(s)
    enrol(s, u)
    b = browse(s)
    forgot(s, b, u["email"])
    p = b.get(reset_link(s, u["email"]))
    r = is_page(b.submit(p, newPassword=NEW), 401)
    assert "second factor" in alert(r)
    r = is_page(b.submit(r, newPassword=NEW, otp=u["codes"].wrong()), 401)
    r = is_page(b.submit(r, newPassword=NEW, otp="12"), 400)
    r = b.submit(r, newPassword=NEW, recovery_code=u["recovery"][0])
    assert r.status == 303
    p = b.follow(r)
    r = b.submit(p, username=u["username"], password=NEW)
    assert r.headers["location"] == "/mfa"
