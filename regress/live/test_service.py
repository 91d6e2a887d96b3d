"""What the server says about itself, and what is true of every answer."""

import http.client
import itertools
import json
import os
import re
import signal

import pytest

import moat
from tenant import Tenant
from test_accounts import error, oauth_error

ROUTES = [
    ("GET", "/auth/check"), ("POST", "/auth/check"),
    ("GET", "/auth/verify"),
    ("GET", "/health"), ("GET", "/health/live"), ("GET", "/health/ready"),
    ("GET", "/metrics"), ("GET", "/openapi.json"),
    ("GET", "/.well-known/jwks.json"), ("POST", "/auth/register"),
    ("POST", "/auth/login"), ("POST", "/auth/refresh"),
    ("POST", "/auth/logout"), ("GET", "/auth/me"), ("PATCH", "/auth/me"),
    ("DELETE", "/auth/me"),
    ("GET", "/auth/me/sessions"), ("DELETE", "/auth/me/sessions"),
    ("DELETE", "/auth/me/sessions/{id}"), ("POST", "/auth/password-change"),
    ("POST", "/auth/mfa"), ("POST", "/auth/step-up"),
    ("POST", "/auth/2fa/setup"), ("POST", "/auth/2fa/setup/{userId}"),
    ("POST", "/auth/2fa/verify"), ("POST", "/auth/2fa/verify/{userId}"),
    ("POST", "/auth/2fa/disable"), ("POST", "/auth/2fa/recovery-codes"),
    ("POST", "/auth/verify-email"), ("POST", "/auth/verify-email/resend"),
    ("POST", "/auth/password-request"), ("POST", "/auth/reset-password"),
    ("GET", "/.well-known/openid-configuration"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/.well-known/oauth-authorization-server/t/{tenant}"),
    ("POST", "/oauth2/device_authorization"),
    ("POST", "/oauth2/token"),
    ("POST", "/oauth2/introspect"), ("POST", "/oauth2/revoke"),
    ("GET", "/oauth2/userinfo"), ("POST", "/oauth2/userinfo"),
    ("GET", "/auth/me/grants"), ("DELETE", "/auth/me/grants/{client_id}"),
    ("POST", "/oauth2/par"),
    ("POST", "/oauth2/register"), ("GET", "/oauth2/register/{client_id}"),
    ("PUT", "/oauth2/register/{client_id}"),
    ("DELETE", "/oauth2/register/{client_id}"),
]
ARGS = {"{id}": "00000000-0000-7000-8000-000000000000", "{tenant}": "none",
        "{client_id}": "none"}


def with_args(path):
    for name, value in ARGS.items():
        path = path.replace(name, value)
    return path


# ---- health ----

def test_health_accepts(server):
    r = server.get("/health")
    assert r.status == 200
    assert set(r.json()) == {"status", "version"}
    assert r.json()["status"] == "ok"
    assert re.match(r"\d+\.\d+", r.json()["version"])
    for path in ("/health/live", "/health/ready"):
        r = server.get(path)
        assert r.status == 200 and r.json() == {"status": "ok"}
        assert r.headers["cache-control"] == "no-store"


def test_health_rejects_while_the_engine_is_stopped(fresh_server):
    s = fresh_server()
    pid = s.kill("engine", signal.SIGSTOP)
    moat.until(lambda: s.get("/health/ready").status == 503, 10)
    r = s.get("/health/ready")
    assert r.json() == {"status": "unavailable"}
    assert int(r.headers["retry-after"]) >= 1
    r = s.get("/health")
    assert r.status == 503 and set(r.json()) == {"status", "version"}
    assert r.json()["status"] == "unavailable"
    assert s.get("/health/live").json() == {"status": "ok"}
    os.kill(pid, signal.SIGCONT)
    s.wait_healthy()


# ---- metrics ----

LINE = re.compile(
    r'([a-z_]+)(\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})? '
    r"(\d+(?:\.\d+)?)")


def scrape(server):
    """{series: value}; every line must be valid text format 0.0.4."""
    r = server.get("/metrics")
    assert r.status == 200
    assert r.headers["content-type"] == (
        "text/plain; version=0.0.4; charset=utf-8")
    text = r.body.decode()
    assert text.endswith("\n")
    types, values = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types
            types[name] = kind
        elif not line.startswith("# HELP "):
            m = LINE.fullmatch(line)
            assert m, line
            base = re.sub(r"_(bucket|sum|count)$", "", m[1]) \
                if "duration" in m[1] else m[1]
            assert base in types, line
            series = m[1] + (m[2] or "")
            assert series not in values, line
            values[series] = float(m[3])
    return types, values


def test_metrics_accepts_names(server):
    server.user()
    types, values = scrape(server)
    assert types == {
        "moatd_http_requests_total": "counter",
        "moatd_http_request_duration_seconds": "histogram",
        "moatd_logins_total": "counter",
        "moatd_tokens_issued_total": "counter",
        "moatd_hasher_queue_depth": "gauge",
        "moatd_clock_steps_total": "counter",
        "moatd_process_restarts_total": "counter",
        "moatd_process_resident_bytes": "gauge"}
    for role in ("vault", "hasher", "engine", "worker"):
        assert f'moatd_process_restarts_total{{role="{role}"}}' in values
    buckets = [v for k, v in values.items() if "_bucket" in k]
    assert buckets == sorted(buckets)
    count = values["moatd_http_request_duration_seconds_count"]
    assert buckets[-1] == count
    assert 'moatd_http_request_duration_seconds_bucket{le="+Inf"}' in values
    assert count >= 2


def test_metrics_counts_all_workers(server):
    """One scrape sums every worker's board."""
    series = ('moatd_http_requests_total{method="GET",route="/health/live",'
              'status="200"}')
    before = scrape(server)[1].get(series, 0)
    for _ in range(40):
        assert server.get("/health/live").status == 200
    after = moat.until(
        lambda: scrape(server)[1].get(series, 0) >= before + 40 and
        scrape(server)[1][series], 5)
    assert after == before + 40


def test_metrics_counts_logins_and_tokens(server):
    def of(values, name):
        return values.get(name, 0)
    ok, bad = ('moatd_logins_total{result="success"}',
               'moatd_logins_total{result="failure"}')
    pw, rt = ('moatd_tokens_issued_total{grant="password"}',
              'moatd_tokens_issued_total{grant="refresh_token"}')
    before = scrape(server)[1]
    u = server.user()
    assert server.post("/auth/login", {"username": u["username"],
                                       "password": "no"}).status == 401
    assert server.post("/auth/refresh", {
        "refresh_token": u["refresh_token"]}).status == 200
    after = scrape(server)[1]
    for name in (ok, bad, pw, rt):
        assert of(after, name) == of(before, name) + 1, name


def test_metrics_hides_paths(server):
    """A label is one of ours, whatever was asked for."""
    server.get("/secret-path-of-somebody?token=abc")
    server.req("BREW", "/auth/login")
    text = server.get("/metrics").body.decode()
    assert "secret-path" not in text and "BREW" not in text
    assert 'route="other"' in text


# ---- documents ----

def test_openapi_accepts(server):
    r = server.get("/openapi.json")
    assert r.status == 200
    assert r.headers["content-type"] == "application/json"
    assert r.headers["cache-control"] == "public, max-age=300"
    doc = r.json()
    assert doc["openapi"].startswith("3.1.")
    assert doc["info"]["title"] == "moatd"
    assert doc["servers"] == [{"url": server.url}]
    have = {(m.upper(), p) for p, ops in doc["paths"].items() for m in ops}
    # those of administrators: the permission matrix
    assert {r for r in have if not r[1].startswith("/admin/")} == set(ROUTES)


def test_openapi_schemas_agree(server):
    """What the document says of a body is what the server does."""
    doc = server.get("/openapi.json").json()
    for path, ops in doc["paths"].items():
        for method, op in ops.items():
            if "requestBody" not in op or "security" in op:
                continue
            media = op["requestBody"]["content"]["application/json"]
            ref = media["schema"]["$ref"]
            schema = doc["components"]["schemas"][ref.rpartition("/")[2]]
            r = server.call(method.upper(), path, {})
            missing = {e["path"] for e in r.json()["errors"]}
            assert missing == set(schema["required"]) | (
                {""} if "anyOf" in schema else set()), path


TYPES = {"object": dict, "array": list, "string": str, "boolean": bool,
         "integer": int, "null": type(None)}


def conforms(doc, schema, value, at=""):
    """The part of JSON Schema that our document uses."""
    if "$ref" in schema:
        schema = doc["components"]["schemas"][schema["$ref"].split("/")[-1]]
    for part in schema.get("allOf", []):
        conforms(doc, part, value, at)
    if "type" in schema:
        kinds = schema["type"]
        kinds = [kinds] if isinstance(kinds, str) else kinds
        assert type(value) in [TYPES[k] for k in kinds], (at, value)
    if "enum" in schema:
        assert value in schema["enum"], (at, value)
    if "const" in schema:
        assert value == schema["const"], (at, value)
    if isinstance(value, dict):
        assert set(schema.get("required", [])) <= set(value), (at, value)
        for k, sub in schema.get("properties", {}).items():
            if k in value:
                conforms(doc, sub, value[k], f"{at}/{k}")
    if isinstance(value, list) and "items" in schema:
        for i, v in enumerate(value):
            conforms(doc, schema["items"], v, f"{at}/{i}")


def test_openapi_answers_agree(server):
    """What the document says of an answer is what the server gives."""
    doc = server.get("/openapi.json").json()
    u = server.user()
    token = u["token"]
    calls = [
        ("get", "/health", None, 200), ("get", "/health/live", None, 200),
        ("get", "/health/ready", None, 200),
        ("get", "/.well-known/jwks.json", None, 200),
        ("get", "/openapi.json", None, 200),
        ("post", "/auth/login", {"username": u["username"],
                                 "password": u["password"]}, 200),
        ("post", "/auth/login", {"username": "x", "password": "y"}, 401),
        ("post", "/auth/login", {}, 400),
        ("post", "/auth/refresh", {"refresh_token": u["refresh_token"]}, 200),
        ("post", "/auth/register", u, 409),
        ("post", "/auth/register", {
            **u, "username": "r" + u["username"]}, 201),
        ("post", "/auth/register", {**u, "password": "short"}, 400),
        ("get", "/auth/me", None, 200), ("get", "/auth/me", None, 401),
        ("patch", "/auth/me", {"name": "x"}, 200),
        ("patch", "/auth/me", {}, 400),
        ("get", "/auth/me/sessions", None, 200),
        ("post", "/auth/password-change", {
            "oldPassword": u["password"],
            "newPassword": "another good password"}, 200)]
    for method, path, body, status in calls:
        sent = None if status == 401 and method == "get" else token
        r = server.call(method.upper(), path, body, sent)
        assert r.status == status, (path, r)
        answer = doc["paths"][path][method]["responses"][str(status)]
        if "$ref" in answer:
            answer = doc["components"]["responses"][
                answer["$ref"].split("/")[-1]]
        schema = answer["content"]["application/json"]["schema"]
        conforms(doc, schema, r.json(), f"{method} {path} {status}")


def test_jwks_accepts(server):
    server.all_keys()
    r = server.get("/.well-known/jwks.json")
    assert r.status == 200
    assert r.headers["cache-control"] == "public, max-age=300"
    assert r.headers["access-control-allow-origin"] == "*"
    etag = r.headers["etag"]
    assert re.fullmatch(r'"[A-Za-z0-9_-]+"', etag)
    for key in r.json()["keys"]:
        assert {"kty", "kid", "alg", "use"} <= set(key)
        assert not set(key) & {"d", "p", "q", "dp", "dq", "qi", "k"}
    for value in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        n = server.get("/.well-known/jwks.json",
                       headers={"If-None-Match": value})
        assert n.status == 304 and n.body == b"", value
        assert n.headers["etag"] == etag
        assert n.headers["cache-control"] == "public, max-age=300"
    n = server.get("/.well-known/jwks.json", headers={"If-None-Match": '"x"'})
    assert n.status == 200


# ---- every answer ----

def test_answers_have_common_fields(server):
    for r in (server.get("/health"), server.get("/none"),
              server.get("/auth/me"), server.post("/auth/login", {}),
              server.req("PUT", "/auth/login"),
              server.req("OPTIONS", "/auth/login")):
        assert r.headers["x-content-type-options"] == "nosniff"
        assert r.headers["referrer-policy"] == "no-referrer"
        assert r.headers["cache-control"] == "no-store"
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}",
                            r.headers["x-request-id"])
        assert "strict-transport-security" not in r.headers
        assert "set-cookie" not in r.headers
    a, b = server.get("/health"), server.get("/health")
    assert a.headers["x-request-id"] != b.headers["x-request-id"]


def test_answers_repeat_request_ids(server):
    for good in ("a", "A.b_c-9", "x" * 64):
        r = server.get("/health", headers={"X-Request-Id": good})
        assert r.headers["x-request-id"] == good
    for bad in ("", "x" * 65, "a b", "a/b", "\xe4", "a;b"):
        r = server.get("/health", headers={"X-Request-Id": bad})
        assert r.headers["x-request-id"] != bad
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}",
                            r.headers["x-request-id"])


def test_answers_hsts_under_https(fresh_server):
    s = fresh_server(env={"MOATD_ISSUER": "https://id.example"})
    r = s.get("/health")
    assert r.headers["strict-transport-security"] == "max-age=31536000"
    u = s.user()
    assert s.get("/auth/me", u["token"]).status == 200


@pytest.mark.parametrize("path", [
    "/auth", "/auth/", "/auth/me/", "/AUTH/ME", "//auth/me", "/login/",
    "/auth//me", "/auth/./me", "/auth/x/../me", "/auth/%6de", "/auth/me%00",
    "/auth/me%2f", "/%2e%2e/etc/passwd", "/auth/me/sessions/a/b",
    "/admin/nothing", "/oauth2", "/oauth2/", "/auth/2fa", "/auth/2fa/",
    "/.well-known/openid-configuration/", "/t/default/auth/me", "/health/x",
    "/.well-known/openid-configuration/t/x", "/auth/verified"])
def test_routes_rejects_unknown(server, path):
    """CASES 46; and what is not built."""
    for method in ("GET", "POST", "DELETE"):
        error(server.req(method, path, b"{" if method == "POST" else None),
              404, "not_found")


@pytest.mark.parametrize("method,path", ROUTES)
def test_routes_rejects_methods(server, method, path):
    """405 with Allow, before 413, 415 and 401."""
    path = with_args(path)
    allowed = {m for m, p in ROUTES if with_args(p) == path}
    refused = oauth_error if path.startswith("/oauth2/") else error
    allow = allowed | {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())
    for other in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        if other in allowed:
            continue
        r = server.req(other, path, headers={
            "X-HTTP-Method-Override": method, "X-Method": method})
        refused(r, 405, "method_not_allowed")
        assert set(re.split(", *", r.headers["allow"])) == allow, r.headers
    r = server.req("OPTIONS", path)
    assert r.status == 204 and r.body == b""
    assert set(re.split(", *", r.headers["allow"])) == allow


@pytest.mark.parametrize("path", [p for m, p in ROUTES if m == "GET" and
                                  "{tenant}" not in p and
                                  "/register/" not in p])
def test_routes_accepts_head(server, path):
    empty = path == "/auth/verify"
    path += "?role=user" if path == "/auth/check" else ""
    token = server.user()["token"]
    heads = {"Authorization": f"Bearer {token}"}
    c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    c.request("HEAD", path, headers=heads)
    r = c.getresponse()
    assert r.status == 200 and r.read() == b""
    length = int(r.getheader("content-length"))
    assert length == 0 if empty else length > 0
    # the connection is still good for the next one
    c.request("GET", path, headers=heads)
    r = c.getresponse()
    got = r.read()
    assert r.status == 200
    if path not in ("/metrics", "/auth/me/sessions"):
        assert len(got) == length
    c.close()


def test_routes_ignores_accept(server):
    for accept in ("text/html", "image/png", "x", "application/xml;q=1"):
        r = server.get("/health", headers={"Accept": accept})
        assert r.status == 200 and r.json()["status"] == "ok"


def test_routes_rejects_repeated_parameters(server):
    """CASES 35, whether we know the parameter or not."""
    for path in ("/health", "/metrics", "/openapi.json",
                 "/.well-known/jwks.json"):
        assert server.get(path + "?a=1&b=2").status == 200
        error(server.get(path + "?a=1&a=2"), 400, "invalid_request")


def test_host_changes_nothing(server):
    """CASES 48."""
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example",
            "Forwarded": "for=1.2.3.4;host=evil.example",
            "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    for path in ("/openapi.json", "/.well-known/jwks.json", "/health"):
        r = server.get(path, headers=evil)
        assert r.status == 200 and b"evil" not in r.body
    u = server.register()
    r = server.post("/auth/login", {"username": u["username"],
                                    "password": u["password"]}, headers=evil)
    assert r.status == 200
    (item,) = server.get("/auth/me/sessions",
                         r.json()["token"]).json()["items"]
    assert item["ip"] == "127.0.0.1"


def test_serve_classes(fresh_server):
    """A listener serves the classes that its config names, no others."""
    a, b = moat.free_port(), moat.free_port()
    s = fresh_server(listen=f"listen on 127.0.0.1 port {a} serve {{ public }}\n"
                     f"listen on 127.0.0.1 port {b} serve {{ metrics }}",
                     start=False)
    s.port, s.url = a, f"http://127.0.0.1:{a}"
    s.start()
    error(s.get("/metrics"), 404, "not_found")
    u = s.user()
    assert s.get("/auth/me", u["token"]).status == 200
    s.port = b
    assert s.get("/metrics").status == 200
    error(s.get("/auth/me", u["token"]), 404, "not_found")
    error(s.post("/auth/login", {"username": u["username"],
                                 "password": u["password"]}), 404,
          "not_found")
    s.port = a


# ---- CORS ----

EXPOSE = ("DPoP-Nonce, ETag, Location, Retry-After, WWW-Authenticate, "
          "X-Request-Id")


def test_cors(fresh_server):
    s = fresh_server('cors { "https://app.example" }')
    own = {"Origin": "https://app.example"}
    for r in (s.get("/auth/me", headers=own),
              s.post("/auth/login", {}, headers=own)):
        assert r.headers["access-control-allow-origin"] == own["Origin"]
        assert "Origin" in r.headers["vary"]
        assert r.headers["access-control-expose-headers"] == EXPOSE
        assert "access-control-allow-credentials" not in r.headers
    r = s.req("OPTIONS", "/auth/me", headers={
        **own, "Access-Control-Request-Method": "PATCH"})
    assert r.status == 204
    assert r.headers["access-control-allow-origin"] == own["Origin"]
    assert "PATCH" in r.headers["access-control-allow-methods"]
    assert r.headers["access-control-allow-headers"] == (
        "authorization, content-type, dpop, if-match, x-request-id")
    assert r.headers["access-control-max-age"] == "600"
    for bad in ("https://evil.example", "null", "https://app.example.evil",
                "http://app.example", "https://app.example:444"):
        for r in (s.get("/auth/me", headers={"Origin": bad}),
                  s.req("OPTIONS", "/auth/me", headers={
                      "Origin": bad,
                      "Access-Control-Request-Method": "GET"})):
            assert "access-control-allow-origin" not in r.headers
    r = s.get("/.well-known/jwks.json", headers={"Origin": "https://x.test"})
    assert r.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in s.get(
        "/metrics", headers=own).headers
    # what applications in browsers ask by themselves, errors too
    for path in ("/oauth2/token", "/oauth2/revoke", "/oauth2/introspect",
                 "/oauth2/userinfo", "/oauth2/par"):
        for r in (s.form(path, {"client_id": "x"}, headers=own),
                  s.req("OPTIONS", path, headers={
                      **own, "Access-Control-Request-Method": "POST"})):
            assert r.headers["access-control-allow-origin"] == own["Origin"]
            assert "access-control-allow-credentials" not in r.headers
    # pages, and what a browser is sent to, are nobody else's to read
    for path in ("/login", "/oauth2/authorize", "/oauth2/logout", "/account",
                 "/consent", "/logout"):
        for r in (s.get(path, headers=own), s.form(path, headers=own),
                  s.req("OPTIONS", path, headers={
                      **own, "Access-Control-Request-Method": "POST"})):
            assert not [h for h in r.headers
                        if h.startswith("access-control-")], (path, r)


@pytest.mark.parametrize("path", ["/login", "/oauth2/authorize",
                                  "/oauth2/logout", "/account/password"])
def test_errors_of_pages_are_pages(server, path):
    form = "application/x-www-form-urlencoded"
    for method, body, ctype, status in (
            ("PUT", b"", form, 405), ("DELETE", None, form, 405),
            ("POST", b"{}", "application/json", 400),
            ("POST", b"a=1&a=2", form, 400), ("POST", b"a=%00", form, 400),
            ("POST", b"a=" + b"x" * 65535, form, 413)):
        r = server.req(method, path, body, {"Content-Type": ctype})
        assert r.status == status, (method, body and body[:20], r)
        assert r.headers["content-type"] == "text/html; charset=utf-8"
        assert r.headers["referrer-policy"] == "same-origin"
        assert r.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in (
            r.headers["content-security-policy"])
        assert b"<html" in r.body and b'{"error"' not in r.body


def test_errors_of_oauth_are_oauths(server):
    """Of each endpoint that takes a form, before it looks into it."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    t = Tenant(server)
    for base, name in itertools.product(("", t.base), (
            "token", "introspect", "revoke", "par", "device_authorization")):
        path = f"{base}/oauth2/{name}"
        for r in (server.post(path, {"client_id": "x"}),
                  server.req("POST", path, "client_id=x"),
                  server.req("POST", path, "client_id=x", {
                      "Content-Type": "multipart/form-data; boundary=x"}),
                  server.req("POST", path, "a=%ff", form),
                  server.req("POST", path, "client_id=x&client_id=x", form)):
            oauth_error(r, 400, "invalid_request")
        oauth_error(server.req("POST", path, b"a=" + b"x" * 65535, form),
                    413, "payload_too_large")
        for auth in (None, "Bearer x", "Basic !", "Basic eDp5", "Digest a=b",
                     "Basic", "DPoP x"):
            heads = {**form, **({"Authorization": auth} if auth else {})}
            for body in ("", "token=x&grant_type=refresh_token&scope=x"):
                r = server.req("POST", path, body, heads)
                oauth_error(r, 401, "invalid_client")
                assert r.headers["www-authenticate"] == 'Basic realm="moatd"'
                assert r.headers["cache-control"] == "no-store"
        error(server.req("POST", path + "/", "", form), 404, "not_found")


def test_bodies_are_json(server):
    """Errors of the edge have the API's shape as well."""
    got = server.raw(b"GET / HTTP/1.1\r\n\r\n")
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head.lower()
    assert json.loads(body)["error"] == "invalid_request"


def resident(s):
    return dict(re.findall(r'^moatd_process_resident_bytes\{role="(\w+)"\} '
                           r"(\d+)$", s.get("/metrics").body.decode(), re.M))


def test_metrics_know_memory_from_the_start(fresh_server):
    s = fresh_server()
    memory = resident(s)
    assert set(memory) == {"parent", "worker", "engine", "vault", "hasher",
                           "mailer"}
    assert all(int(n) > 100_000 for n in memory.values()), memory
    old = s.kill("vault")
    moat.until(lambda: s.pids("vault") not in ([], [old]) and s.healthy(), 10)
    assert int(resident(s)["vault"]) > 100_000
