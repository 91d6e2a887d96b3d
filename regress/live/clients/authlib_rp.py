#!/usr/bin/python3
"""The same application as contrib/node, by Authlib: a confidential client that
sends its secret in the form."""

import html
import http.server
import json
import os
import time
import urllib.parse

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
SELF = f"http://127.0.0.1:{PORT}"
META = requests.get(ISSUER + "/.well-known/openid-configuration",
                    timeout=10).json()
KEYS = JsonWebKey.import_key_set(
    requests.get(META["jwks_uri"], timeout=10).json())


class App:
    """What is known of the one browser there is."""

    def __init__(self):
        self.flow = self.done = None
        self.oauth = OAuth2Session(
            os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"],
            token_endpoint_auth_method="client_secret_post",
            scope="openid profile email offline_access",
            redirect_uri=SELF + "/callback", code_challenge_method="S256",
            token_endpoint=META["token_endpoint"])

    def login(self, url):
        self.flow = {"nonce": generate_token(), "verifier": generate_token(48)}
        to, self.flow["state"] = self.oauth.create_authorization_url(
            META["authorization_endpoint"], nonce=self.flow["nonce"],
            code_verifier=self.flow["verifier"])
        return to

    def claims(self, tokens):
        c = jwt.decode(tokens["id_token"], KEYS, claims_cls=CodeIDToken,
                       claims_options={"iss": {"value": ISSUER}},
                       claims_params={"nonce": self.flow["nonce"],
                                      "client_id": self.oauth.client_id,
                                      "access_token":
                                      tokens["access_token"]})
        c.validate(time.time(), leeway=5)
        return dict(c)

    def userinfo(self):
        r = self.oauth.get(META["userinfo_endpoint"], timeout=10)
        r.raise_for_status()
        return r.json()

    def callback(self, url):
        tokens = self.oauth.fetch_token(
            META["token_endpoint"], authorization_response=url,
            state=self.flow["state"], code_verifier=self.flow["verifier"])
        self.done = {"id_token": tokens["id_token"], "refreshed": 0,
                     "claims": self.claims(tokens), "user": self.userinfo()}
        return "/"

    def refresh(self, url):
        tokens = self.oauth.refresh_token(META["token_endpoint"])
        self.done["id_token"] = tokens.get("id_token", self.done["id_token"])
        self.done["user"] = self.userinfo()
        self.done["refreshed"] += 1
        return "/"

    def logout(self, url):
        to = META["end_session_endpoint"] + "?" + urllib.parse.urlencode({
            "id_token_hint": self.done["id_token"],
            "post_logout_redirect_uri": SELF + "/"})
        self.done = None
        return to

    def page(self):
        if not self.done:
            return '<p id="who">Nobody is signed in.</p>'
        shown = {**self.done["claims"], "user": self.done["user"],
                 "refreshed": self.done["refreshed"]}
        return (f'<pre id="claims">{html.escape(json.dumps(shown))}</pre>'
                '<form method="post" action="/refresh"><button>Refresh'
                '</button></form><form method="post" action="/logout">'
                '<button>Sign out</button></form>')


APP = App()
ROUTES = {"GET /login": APP.login, "GET /callback": APP.callback,
          "POST /refresh": APP.refresh, "POST /logout": APP.logout}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        to = body = None
        try:
            route = ROUTES.get(f"{self.command} {path}")
            to = route(SELF + self.path) if route else None
            body = APP.page()
        except Exception as e:           # the page is how a test hears of it
            body = f'<p id="error">{html.escape(repr(e))}</p>'
        self.send_response(303 if to else 200)
        if to:
            self.send_header("Location", to)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b'<!doctype html><html lang="en"><title>x</title>' +
                         body.encode())

    do_POST = do_GET


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
    print("ready", flush=True)
    server.serve_forever()
