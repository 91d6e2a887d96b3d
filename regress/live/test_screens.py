"""Every page in a browser without script: pictures of it for a person to look
at (screenshots/ in the build directory: phone and desktop, light and dark), no
sideways scrolling, and nothing serious or critical that axe-core finds."""

import re

import pytest

import browser
import moat
import oidc
import test_factor
import test_mail_flows
from smtpd import Smtpd

pytestmark = [pytest.mark.once, pytest.mark.long,
              pytest.mark.xdist_group("chromium")]

SCREENS = {"phone": (390, 844), "desktop": (1280, 800)}
SHOTS = moat.BUILD / "screenshots"
PAGES = {}


def page(f):
    """A function that brings the browser to the page it is named after."""
    PAGES[f.__name__] = f
    return f


class Stage:
    """A moatd that can mail, a client, and whoever is needed."""

    def __init__(self):
        self.smtp = Smtpd()
        self.server = moat.Server("sqlite", env={
            "MOATD_SMTP_URL": self.smtp.url,
            "MOATD_MAIL_FROM": "moatd <moatd@example.org>"})
        self.server.smtp = self.smtp
        self.url = self.server.url
        self.rp = oidc.RP.register(
            self.server, client_name="Corner Shop", scope="openid profile "
            "email roles offline_access")
        self.b = None

    def end(self):
        self.server.stop()
        self.smtp.stop()
        self.server.discard()

    def go(self, path):
        self.b.get(self.url + path)

    def user(self, **over):
        return self.server.register(**{"name": "Ann Other", **over})

    def inside(self, path, user=None):
        """Signed in, on that page; the user."""
        user = user or self.user()
        plain = oidc.Browser(**{"User-Agent": self.b.driver.execute_script(
            "return navigator.userAgent")})
        plain.sign_in(self.server, user)
        self.plain = plain
        self.b.take_cookies(plain, self.url)
        self.go(path)
        assert self.b.path == path.partition("?")[0], self.b.text
        return user


@pytest.fixture(scope="module")
def stage():
    s = Stage()
    yield s
    s.end()


# ---- in front of the door ----

@page
def login(s):
    s.go("/login")


@page
def login_wrong(s):
    s.go("/login")
    s.b.fill(username="nobody", password="not the right one")


@page
def login_for_client(s):
    s.b.get(s.rp.authorization().url)


@page
def mfa(s):
    user = oidc.totp_user(s.server)
    s.go("/login")
    s.b.fill(username=user["username"], password=user["password"])
    assert s.b.path == "/mfa", s.b.text
    return user


@page
def mfa_wrong(s):
    user = mfa(s)
    s.b.fill(otp=user["codes"].wrong())


@page
def register(s):
    s.go("/register")


@page
def register_weak(s):
    s.go("/register")
    s.b.fill(username="ann.other", email="ann@example.org", password="short")


@page
def forgot_password(s):
    s.go("/forgot-password")


@page
def forgot_password_sent(s):
    s.go("/forgot-password")
    s.b.fill(email="nobody@example.org")


def reset_link(s, user):
    out = s.server.ctl("user", "set-password-link", user["username"]).stdout
    return re.search(r"\S+/reset-password\?token=\S+", out)[0]


@page
def reset_password(s):
    s.b.get(reset_link(s, s.user()))


@page
def reset_password_factor(s):
    user = oidc.totp_user(s.server)
    s.b.get(reset_link(s, user))
    s.b.fill(newPassword="another good pass phrase")


@page
def reset_password_stale(s):
    s.go("/reset-password?token=" + "x" * 43)
    s.b.fill(newPassword="another good pass phrase")


@page
def verify_email(s):
    s.go("/verify-email?token=" + "x" * 43)


@page
def verify_email_done(s):
    user = s.user(email="ann.verify@example.org")
    s.server.post("/auth/verify-email/resend", {"email": user["email"]})
    mail = test_mail_flows.nth(s.server, user["email"])
    s.go("/verify-email?token=" +
         test_mail_flows.token(s.server, mail, "verify-email"))
    s.b.press("form button")


@page
def consent(s):
    user = s.user()
    s.b.get(s.rp.authorization().url)
    s.b.fill(username=user["username"], password=user["password"])
    assert s.b.path == "/consent", s.b.text


@page
def error_client(s):
    s.go("/oauth2/authorize?client_id=nobody-knows")


@page
def device(s):
    s.inside("/device")


@page
def device_confirm(s):
    rp = oidc.RP.register(
        s.server, client_name="Living Room TV", scope="openid profile",
        token_endpoint_auth_method="none", redirect_uris=[],
        grant_types=["urn:ietf:params:oauth:grant-type:device_code"])
    r = rp.post("device_authorization", {"scope": "openid profile"})
    assert r.status == 200, r
    s.inside("/account")
    s.b.get(r.json()["verification_uri_complete"])
    if s.b.find("input[name=user_code]:not([type=hidden])"):
        s.b.press("main form button")
    assert s.b.find("button[name=decision]"), s.b.text


@page
def device_done(s):
    device_confirm(s)
    s.b.press("button[name=decision][value=allow]")


@page
def device_unknown(s):
    s.inside("/device")
    s.b.fill(user_code="BCDF-GHJK")


# ---- inside ----

@page
def account(s):
    s.inside("/account")


@page
def account_profile(s):
    s.inside("/account/profile")


@page
def account_password(s):
    s.inside("/account/password")


@page
def account_password_wrong(s):
    s.inside("/account/password")
    s.b.fill(oldPassword="not the right one",
             newPassword="another good pass phrase")


@page
def account_2fa(s):
    s.inside("/account/2fa")


@page
def account_2fa_enrol(s):
    user = s.inside("/account/2fa")
    s.b.fill(password=user["password"])
    assert s.b.find("main img"), s.b.text
    return user


@page
def account_2fa_codes(s):
    account_2fa_enrol(s)
    secret = re.sub(r"\s", "", s.b.find("#secret").get_attribute(
        "textContent"))
    s.b.fill(token=test_factor.Codes(secret).next())
    assert s.b.find("#recovery_codes li"), s.b.text


@page
def account_delete(s):
    s.inside("/account/delete")


@page
def account_2fa_on(s):
    s.inside("/account/2fa", oidc.totp_user(s.server))


@page
def account_sessions(s):
    user = s.user()
    for agent in ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)",
                  "curl/7.88.1"):
        oidc.Browser(**{"User-Agent": agent}).sign_in(s.server, user)
    s.rp.login(oidc.Browser(), user)
    s.inside("/account/sessions", user)


@page
def account_grants(s):
    user = s.user()
    s.rp.login(oidc.Browser(), user)
    s.inside("/account/grants", user)


@page
def account_grants_none(s):
    s.inside("/account/grants")


@page
def logout(s):
    s.inside("/logout")


@page
def signed_out(s):
    s.inside("/logout")
    s.b.press("main form button")


@page
def rp_logout(s):
    s.inside("/account")
    s.b.get(s.rp.logout_url(client_id=s.rp.client_id))


# ---- the other language ----

def speak(s):
    """The browser's language is the second that moatd has; its name."""
    lang = s.server.get("/.well-known/openid-configuration").json()[
        "ui_locales_supported"][1]
    s.b.cdp("Network.enable")
    s.b.cdp("Network.setExtraHTTPHeaders", headers={"Accept-Language": lang})
    return lang


def spoken(s, lang):
    assert s.b.find("html").get_attribute("lang") == lang


@page
def second_language_login(s):
    lang = speak(s)
    s.b.get(s.rp.authorization().url)
    spoken(s, lang)


@page
def second_language_consent(s):
    lang = speak(s)
    consent(s)
    spoken(s, lang)


@page
def second_language_account(s):
    lang = speak(s)
    account_sessions(s)
    spoken(s, lang)


@page
def second_language_enrol(s):
    lang = speak(s)
    account_2fa_enrol(s)
    spoken(s, lang)


# ---- the checks ----

def serious(b):
    return [(v["id"], v["impact"], v["help"],
             [n["html"][:200] for n in v["nodes"]]) for v in b.axe()
            if v["impact"] in ("serious", "critical")]


def look(b, name):
    SHOTS.mkdir(exist_ok=True)
    for screen, size in SCREENS.items():
        for dark in (False, True):
            b.screen(*size, dark)
            wide = b.driver.execute_script(
                "return document.documentElement.scrollWidth")
            assert wide <= size[0], f"{name} on a {screen}: {wide} pixels"
            b.shot(SHOTS / f"{name}-{screen}-{'dark' if dark else 'light'}"
                   ".png")


@pytest.mark.parametrize("name", PAGES)
def test_page_looks(stage, name):
    with browser.chromium() as b:
        stage.b = b
        PAGES[name](stage)
        assert "<script" not in b.source and "style=" not in b.source
        look(b, name)
        found = serious(b)                  # as the last: dark, a desktop
        b.screen(*SCREENS["phone"], False)
        found += serious(b)
        assert not found, found
