"""A relying party and a browser without JavaScript, both as small as they can
be: what the tests of OAuth 2, OpenID Connect and the pages go through.

    rp = oidc.RP.register(server, root)          # a client, by the admin API
    b = oidc.Browser()
    tokens = rp.login(b, user)                   # pages, code, tokens, checked

A page is followed as a person would: whatever form it shows is filled with
what the user has (name, password, code of the app, consent), until the browser
is sent away to the client.  ID tokens are verified by PyJWT, which shares no
line with moatd.
"""

import base64
import hashlib
import html.parser
import http.client
import json
import secrets
import urllib.parse

import jwt

import moat
from forge import claims, header

REDIRECT = "http://127.0.0.1:9/callback"    # nobody listens, nobody is asked
LOGGED_OUT = "http://127.0.0.1:9/logged-out"
HOPS = 16


def s256(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def query(url):
    """The parameters of a URL; each may be there once."""
    pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query,
                                   keep_blank_values=True)
    assert len(pairs) == len(dict(pairs)), f"repeated parameter: {url}"
    return dict(pairs)


def basic(client_id, secret):
    both = ":".join(urllib.parse.quote(x, safe="")
                    for x in (client_id, secret))
    return "Basic " + base64.b64encode(both.encode()).decode()


# ---- the browser ----

class Form:
    def __init__(self, attrs):
        self.action = attrs.get("action", "")
        self.method = (attrs.get("method") or "get").lower()
        self.fields = {}        # of hidden and visible inputs
        self.hidden = set()
        self.buttons = []       # (name, value)

    def names(self):
        return set(self.fields) | {n for n, _ in self.buttons if n}


class Reader(html.parser.HTMLParser):
    """Forms, links, headings, title and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self.words = [], [], []
        self.title = self.lang = ""
        self.scripts = self.styles = 0
        self.tags = []
        self.in_title = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        a = {k: v or "" for k, v in attrs}
        self.tags.append((tag, a))
        self.scripts += tag == "script" or any(k.startswith("on") for k in a)
        self.styles += tag == "style" or "style" in a
        if tag == "html":
            self.lang = a.get("lang", "")
        elif tag == "title":
            self.in_title = True
        elif tag == "a":
            self.links.append(a.get("href", ""))
        elif tag == "form":
            self.forms.append(Form(a))
        elif self.forms and tag in ("input", "textarea", "select"):
            self.field(a)
        elif self.forms and tag == "button":
            self.forms[-1].buttons.append((a.get("name", ""),
                                           a.get("value", "")))

    def field(self, a):
        form, kind, name = self.forms[-1], a.get("type", "text"), a.get("name")
        if kind in ("submit", "image"):
            form.buttons.append((name or "", a.get("value", "")))
        elif name and (kind not in ("checkbox", "radio") or "checked" in a):
            form.fields[name] = a.get("value", "")
            if kind == "hidden":
                form.hidden.add(name)

    def handle_endtag(self, tag):
        if tag == "title":
            self.in_title = False

    def handle_data(self, data):
        if self.in_title:
            self.title += data
        self.words.append(data)


class Page(moat.Resp):
    """An answer as the browser has it."""

    def __init__(self, url, status, headers, body):
        super().__init__(status, headers, body)
        self.url = url
        self.location = headers.get("location")
        if self.location is not None:
            self.location = urllib.parse.urljoin(url, self.location)
        self.html = None
        if headers.get("content-type", "").startswith("text/html"):
            self.html = Reader(body.decode())

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path

    @property
    def text(self):
        return " ".join(" ".join(self.html.words).split())

    def form(self, *names):
        """The form that has all these fields or buttons."""
        for f in self.html.forms if self.html else ():
            if set(names) <= f.names():
                return f
        return None

    def __repr__(self):
        return (f"<{self.status} {self.url} "
                f"{self.location or self.body[:600]!r}>")


class Browser:
    """Cookies, forms and redirects; no script. Ports share cookies, as RFC
    6265 has it; a path is as good as any here, since moatd's are all `/`."""

    def __init__(self, **headers):
        self.cookies = {}               # host: {name: value}
        self.flags = {}                 # name: attributes as they were set
        self.headers = {"User-Agent": "moatd regress", **headers}
        self.visited = []

    def clear(self):
        self.cookies.clear()
        self.flags.clear()

    def cookie(self, part):
        """(name, value) of the one cookie whose name contains part."""
        found = [(n, v) for jar in self.cookies.values()
                 for n, v in jar.items() if part in n]
        assert len(found) <= 1, found
        return found[0] if found else (None, None)

    def open(self, method, url, body=None, headers=None):
        u = urllib.parse.urlsplit(url)
        heads = {**self.headers, **(headers or {})}
        jar = self.cookies.setdefault(u.hostname, {})
        if jar and "Cookie" not in heads:
            heads["Cookie"] = "; ".join(f"{n}={v}" for n, v in jar.items())
        c = http.client.HTTPConnection(u.hostname, u.port, timeout=15)
        try:
            target = (u.path or "/") + (f"?{u.query}" if u.query else "")
            c.request(method, target, body, heads)
            r = c.getresponse()
            got = {}
            for k, v in r.getheaders():
                if k.lower() == "set-cookie":
                    self.keep(jar, v)
                k = k.lower()
                got[k] = f"{got[k]}, {v}" if k in got else v
            page = Page(url, r.status, got, r.read())
        finally:
            c.close()
        self.visited.append(page)
        return page

    def keep(self, jar, line):
        first, *attrs = [x.strip() for x in line.split(";")]
        name, _, value = first.partition("=")
        flags = {a.partition("=")[0].strip().lower(): a.partition("=")[2]
                 for a in attrs}
        self.flags[name] = flags
        if flags.get("max-age") == "0" or not value:
            jar.pop(name, None)
        else:
            jar[name] = value

    def get(self, url, **headers):
        return self.open("GET", url, headers=headers)

    def post(self, url, fields, origin=None):
        """A form as a browser sends it: origin is the page's it stood on."""
        u = urllib.parse.urlsplit(url)
        heads = {"Content-Type": "application/x-www-form-urlencoded",
                 "Origin": origin or f"{u.scheme}://{u.netloc}"}
        return self.open("POST", url, urllib.parse.urlencode(fields), heads)

    def submit(self, page, _form=None, _button=None, **fields):
        """Fills the form that has these fields and sends it."""
        form = _form or page.form(*fields, *((_button[0],) if _button else ()))
        assert form is not None, f"no form with {sorted(fields)}: {page}"
        data = {**form.fields, **fields}
        if _button:
            data[_button[0]] = _button[1]
        url = urllib.parse.urljoin(page.url, form.action or page.url)
        u = urllib.parse.urlsplit(page.url)
        if form.method == "post":
            return self.post(url, data, f"{u.scheme}://{u.netloc}")
        return self.get(url + "?" + urllib.parse.urlencode(data))

    def follow(self, page, away=None):
        """Goes where redirects lead, until a page, or a place for which
        away(url) is true: then the redirect itself comes back."""
        for _ in range(HOPS):
            if page.location is None or page.status not in (301, 302, 303):
                return page
            if (away or self.foreign(page))(page.location):
                return page
            page = self.get(page.location)
        raise AssertionError(f"redirects without end: {page}")

    @staticmethod
    def foreign(page):
        here = urllib.parse.urlsplit(page.url).netloc
        return lambda url: urllib.parse.urlsplit(url).netloc != here

    def visit(self, url):
        return self.follow(self.get(url))

    # ---- what people do ----
    def step(self, page, user, decision="allow"):
        """Fills what the page asks for; the answer, redirects followed, or
        None where it asks for nothing known."""
        if page.form("username", "password") and page.path.endswith("/login"):
            page = self.submit(page, username=user["username"],
                               password=user["password"])
        elif page.form("otp"):
            page = self.submit(page, otp=user["codes"].next())
        elif page.form("recovery_code"):
            page = self.submit(page, recovery_code=user["recovery"].pop())
        elif page.form("decision"):
            page = self.submit(page, _button=("decision", decision))
        elif page.path.endswith("/mfa") and page.form("password"):
            page = self.submit(page, password=user["password"])
        else:
            return None
        return self.follow(page)

    def go(self, url, user=None, decision="allow"):
        """Opens a URL and fills forms as the user until there is none left,
        or the browser is sent away."""
        page = self.visit(url)
        for _ in range(HOPS):
            if page.location is not None or page.status >= 400 or not user:
                return page
            after = self.step(page, user, decision)
            if after is None:
                return page
            page = after
        raise AssertionError(f"forms without end: {page}")

    def sign_in(self, server, user, base=""):
        """Signs a user in at the login page; the page after it."""
        page = self.go(f"{server.url}{base}/login", user)
        assert self.cookie("session")[0], page
        return page


# ---- the relying party ----

class Authorization:
    """One request for authorization, and what it will be redeemed with."""

    def __init__(self, rp, params):
        self.rp = rp
        self.verifier = secrets.token_urlsafe(48)
        self.params = {
            "response_type": "code", "client_id": rp.client_id,
            "redirect_uri": rp.redirect_uri, "scope": rp.scope,
            "state": secrets.token_urlsafe(12),
            "nonce": secrets.token_urlsafe(12),
            "code_challenge": s256(self.verifier),
            "code_challenge_method": "S256", **params}
        self.params = {k: v for k, v in self.params.items() if v is not None}

    @property
    def url(self):
        return (self.rp.issuer + "/oauth2/authorize?" +
                urllib.parse.urlencode(self.params))

    def answer(self, page):
        """The parameters of the redirect to the client, state and iss
        checked (RFC 9207)."""
        assert page.status == 303, page
        assert page.location.startswith(self.params["redirect_uri"]), page
        got = query(page.location)
        assert got["iss"] == self.rp.issuer
        assert got.get("state") == self.params.get("state")
        return got

    def code(self, page):
        got = self.answer(page)
        assert set(got) <= {"code", "state", "iss"}, got
        return got["code"]

    def error(self, page):
        got = self.answer(page)
        assert "code" not in got and got["error_description"], got
        return got["error"]


class RP:
    """A client of an issuer."""

    def __init__(self, server, client, base="", redirect_uri=None):
        self.server = server
        self.base = base
        self.issuer = server.url + base
        self.client = client
        self.client_id = client["client_id"]
        self.secret = client.get("client_secret")
        self.method = client.get("token_endpoint_auth_method",
                                 "client_secret_basic")
        self.redirect_uri = redirect_uri or (
            client.get("redirect_uris") or [REDIRECT])[0]
        self.scope = client.get("scope", "openid profile email offline_access")
        self.keys = None

    @classmethod
    def register(cls, server, token=None, base="", redirect_uri=None, **over):
        """A new client, made by the super admin over the admin API."""
        token = token or server.admin_login()["token"]
        r = server.post(base + "/admin/clients", {
            "client_id": "rp" + secrets.token_hex(6), "client_name": "Shop",
            "redirect_uris": [redirect_uri or REDIRECT],
            "post_logout_redirect_uris": [LOGGED_OUT], **over}, token=token)
        assert r.status == 201, r
        return cls(server, r.json(), base, redirect_uri)

    # ---- authorization ----
    def authorization(self, **params):
        """A request; a parameter that is None is left out."""
        return Authorization(self, params)

    def authorize(self, browser, user=None, decision="allow", **params):
        """Sends the browser through the pages: (request, last page)."""
        a = self.authorization(**params)
        return a, browser.go(a.url, user, decision)

    def code(self, browser, user=None, **params):
        """(request, code)"""
        a, page = self.authorize(browser, user, **params)
        return a, a.code(page)

    # ---- form endpoints ----
    def post(self, path, fields, auth=True, headers=None):
        """A form to an endpoint under /oauth2, as this client or as nobody.
        The same name twice: a list of pairs."""
        pairs = list(fields.items() if isinstance(fields, dict) else fields)
        heads = {"Content-Type": "application/x-www-form-urlencoded",
                 **(headers or {})}
        if auth and self.method == "client_secret_basic":
            heads.setdefault("Authorization",
                             basic(self.client_id, self.secret))
        elif auth:
            pairs.append(("client_id", self.client_id))
            if self.method == "client_secret_post":
                pairs.append(("client_secret", self.secret))
        pairs = [(k, v) for k, v in pairs if v is not None]
        return self.server.req("POST", f"{self.base}/oauth2/{path}",
                               urllib.parse.urlencode(pairs), heads)

    def redeem(self, a, code, **over):
        """The token endpoint's answer to a code."""
        return self.post("token", {
            "grant_type": "authorization_code", "code": code,
            "redirect_uri": a.params["redirect_uri"],
            "code_verifier": a.verifier, **over})

    def refresh(self, token, **over):
        return self.post("token", {"grant_type": "refresh_token",
                                   "refresh_token": token, **over})

    def client_credentials(self, scope=None):
        return self.post("token", {"grant_type": "client_credentials",
                                   "scope": scope})

    def introspect(self, token, **over):
        return self.post("introspect", {"token": token, **over})

    def revoke(self, token, **over):
        return self.post("revoke", {"token": token, **over})

    def userinfo(self, token, method="GET"):
        return self.server.req(method, f"{self.base}/oauth2/userinfo", None,
                               {"Authorization": f"Bearer {token}"})

    def active(self, token):
        r = self.introspect(token)
        assert r.status == 200, r
        return r.json()["active"]

    def logout_url(self, **params):
        params = {k: v for k, v in params.items() if v is not None}
        return (self.issuer + "/oauth2/logout" +
                ("?" + urllib.parse.urlencode(params) if params else ""))

    # ---- the whole of it ----
    def tokens(self, a, code, **over):
        """A code's tokens: the answer is checked, and the ID token."""
        r = self.redeem(a, code, **over)
        assert r.status == 200, r
        assert r.headers["cache-control"] == "no-store"
        assert r.headers["pragma"] == "no-cache"
        j = r.json()
        assert j["token_type"] in ("Bearer", "DPoP")
        if "id_token" in j:
            j["claims"] = self.verify(j["id_token"], a.params.get("nonce"),
                                      j["access_token"])
        return j

    def login(self, browser, user, **params):
        a, code = self.code(browser, user, **params)
        return self.tokens(a, code)

    def jwk(self, kid):
        """The published key of that id, read again when it is new."""
        for fresh in (False, True):
            if self.keys is None or fresh:
                path = self.base + "/.well-known/jwks.json"
                self.keys = {k["kid"]: k
                             for k in self.server.get(path).json()["keys"]}
            if kid in self.keys:
                return self.keys[kid]
        raise AssertionError(f"no key {kid}")

    def verify(self, id_token, nonce=None, access=None):
        """The claims of an ID token, as OpenID Connect Core 3.1.3.7 wants
        them."""
        head = header(id_token)
        key = self.jwk(head["kid"])
        assert head["typ"] == "JWT" and head["alg"] == key["alg"]
        c = jwt.decode(id_token, jwt.PyJWK(key).key,
                       algorithms=[key["alg"]], audience=self.client_id,
                       issuer=self.issuer,
                       options={"require": ["iss", "sub", "aud", "exp",
                                            "iat", "auth_time"]})
        assert c.get("nonce") == nonce, c
        if access is not None:
            assert c["at_hash"] == self.at_hash(head["alg"], access)
        return c

    @staticmethod
    def at_hash(alg, access):
        """The left half of the hash of the signature's algorithm; Ed25519's
        is SHA-512."""
        h = hashlib.sha512 if alg == "EdDSA" else hashlib.sha256
        d = h(access.encode()).digest()
        return base64.urlsafe_b64encode(d[:len(d) // 2]).rstrip(b"=").decode()


def totp_user(server, base=""):
    """A user with a second factor: codes (an app) and recovery codes.
    On /t/… (base) as well."""
    import tenant
    import test_factor
    if base:
        t = tenant.Tenant(server, base.rpartition("/")[2])
        return test_factor.enrol(t, t.user())
    return test_factor.protected(server)


def issued(server, grant):
    """How many access tokens of a grant /metrics has counted."""
    text = server.get("/metrics").body.decode()
    line = f'moatd_tokens_issued_total{{grant="{grant}"}} '
    return int(text.partition(line)[2].split()[0])


def audited(server, action, **want):
    """The newest audit entry of an action as the database has it, once its
    detail and columns contain what is wanted."""
    def there():
        token = server.admin_login()["token"]
        r = server.get(f"/admin/audit?action={action}&limit=20", token)
        assert r.status == 200, r
        for e in r.json()["items"]:
            if all(str(v) in json.dumps(e.get(k)) for k, v in want.items()):
                return e
        return None
    return moat.until(there, 5, 0.1, f"an entry {action} {want}")


__all__ = ["Authorization", "Browser", "Form", "LOGGED_OUT", "Page", "REDIRECT",
           "RP", "audited", "basic", "claims", "header", "issued", "query",
           "s256", "totp_user"]
