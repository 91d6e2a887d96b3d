"""openid-client does what it can beyond a login: pushed requests with
private_key_jwt and DPoP, a device, registration, client credentials and token
exchange (RFC 9126, 7523, 9449, 8628, 7591, 8693)."""

import json
import pathlib
import subprocess

import pytest
from jwcrypto import jwk

import conftest
import moat
import npm
import oidc

pytestmark = [pytest.mark.once, pytest.mark.long]

SCRIPT = pathlib.Path(__file__).resolve().parent / "clients" / "advanced.mjs"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module", params=conftest.DATABASES)
def registering(request):
    s = moat.Server(request.param, "client-registration yes\n")
    yield s
    assert s.stop() == 0, s.log()
    s.discard()


def key():
    k = jwk.JWK.generate(kty="EC", crv="P-256", kid="k1", use="sig",
                         alg="ES256")
    return json.loads(k.export_private()), json.loads(k.export_public())


def steps(server):
    """What each step is given."""
    private, public = key()
    root = server.admin_login()["token"]
    bound = oidc.RP.register(
        server, root, token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [public]}, dpop_bound_access_tokens=True,
        require_pushed_authorization_requests=True)
    device = oidc.RP.register(server, root, redirect_uris=[],
                              client_name="Television",
                              token_endpoint_auth_method="none",
                              grant_types=[DEVICE], scope="openid profile")
    back = oidc.RP.register(
        server, root, redirect_uris=[], scope="openid profile read",
        grant_types=[EXCHANGE, "client_credentials"])
    front = oidc.RP.register(server, root, audience=[back.client_id],
                             skip_consent=True)
    user = server.register()
    b = oidc.Browser()
    subject = front.login(b, user)["access_token"]
    token = server.ctl("client", "register-token").stdout.split()[-1]
    return user, b, {
        "bound": {"client_id": bound.client_id, "jwk": private},
        "device": {"client_id": device.client_id},
        "registered": {"token": token},
        "machine": {"client_id": back.client_id,
                    "client_secret": back.secret, "subject_token": subject}}


def visit(b, user, url):
    """Where the browser ends; on a device's page, done is enough."""
    page = b.go(url, user)
    if page.location is None and page.form("user_code") and \
            not page.form("decision"):
        page = b.submit(page, user_code=page.form("user_code").fields[
            "user_code"])
        page = b.step(b.follow(page), user)
    return page.location or page.url


def run(server, directory, b, user, what):
    """All that the script said, by step."""
    (directory / "node_modules").symlink_to(npm.modules())
    script = directory / SCRIPT.name
    script.write_text(SCRIPT.read_text())
    p = subprocess.Popen(
        ["node", script.name], cwd=directory, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=open(directory / "err", "w"),
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "CONFIG": json.dumps(
            {"issuer": server.url, "redirect_uri": oidc.REDIRECT,
             "steps": what})})
    said = {}
    try:
        assert p.stdout.readline() == "ready\n", (directory / "err").read_text()
        for line in p.stdout:
            got = json.loads(line)
            if "open" in got:
                p.stdin.write(visit(b, user, got["open"]) + "\n")
                p.stdin.flush()
            else:
                said.update(got)
    finally:
        p.kill()
        p.wait()
    return said, (directory / "err").read_text()


def test_openid_client_accepts_what_is_advanced(registering, tmp_path):
    server = registering
    server.all_keys()
    user, b, what = steps(server)
    said, errors = run(server, tmp_path, b, user, what)
    assert set(said) == set(what), errors
    assert not any("error" in v for v in said.values()), errors
    bound = said["bound"]
    assert bound["sub"] == user["userId"] and bound["pushed"]
    assert bound["user"]["preferred_username"] == user["username"]
    assert bound["type"].lower() == bound["again"].lower() == "dpop"
    assert bound["active"] is False
    assert said["device"]["user"]["sub"] == user["userId"]
    assert said["registered"]["sub"] == user["userId"]
    machine = said["machine"]
    assert machine["own"]["active"] and machine["own"]["scope"] == "read"
    assert machine["sub"] == user["userId"]
    assert machine["act"] == {"sub": what["machine"]["client_id"]}
