"""Accounts: register, log in, read, change; every refusal that is built."""

import concurrent.futures
import json
import secrets
import statistics
import time
import unicodedata

import pytest

from forge import claims

CHALLENGE = 'Bearer realm="moatd"'
GOOD = "a good enough password"


def name(prefix="u"):
    return prefix + secrets.token_hex(6)


def body(**over):
    u = over.pop("username", None) or name()
    b = {"username": u, "password": GOOD, "email": f"{name()}@example.org",
         **over}
    return {k: v for k, v in b.items() if v is not None}


def error(r, status, code, path=None):
    """The one shape of errors; 400 names members and never shows values."""
    assert r.status == status, r
    assert r.headers["content-type"] == "application/json"
    assert r.headers["cache-control"] == "no-store"
    j = r.json()
    assert j["error"] == code, r
    assert isinstance(j["message"], str) and j["message"]
    if status == 400:
        assert j["errors"] and all(
            set(e) == {"path", "msg"} for e in j["errors"])
    else:
        assert "errors" not in j
    if path is not None:
        assert path in [e["path"] for e in j["errors"]], r
    assert ("www-authenticate" in r.headers) == (
        status == 401 or code == "insufficient_scope")
    assert ("retry-after" in r.headers) == (status in (429, 503))
    return j


def oauth_error(r, status, code):
    """The shape of OAuth's errors (RFC 6749 section 5.2), and of no other."""
    assert r.status == status, r
    assert r.headers["content-type"] == "application/json"
    assert r.headers["cache-control"] == "no-store"
    j = r.json()
    assert set(j) == {"error", "error_description"}, r
    assert j["error"] == code, r
    # RFC 6749 section 5.2: no quotation mark, no backslash, ASCII
    assert j["error_description"] and all(
        " " <= c <= "~" and c not in '"\\' for c in j["error_description"])
    assert ("www-authenticate" in r.headers) == (
        status == 401 or code == "insufficient_scope")
    assert ("retry-after" in r.headers) == (status in (429, 503))
    return j


# ---- register ----

def test_register_accepts_user(server):
    b = body(name="Ada \u00c4\U0001f980")
    r = server.post("/auth/register", b)
    assert r.status == 201
    assert set(r.json()) == {"message", "userId"}
    assert r.json()["message"] == "User registered successfully"
    t = server.login(b)
    me = server.get("/auth/me", t["access_token"]).json()
    assert me["id"] == r.json()["userId"]
    assert me["name"] == b["name"]


@pytest.mark.parametrize("username", [
    "abc", "x" * 64, "a.b-c_d", "1ab", "J\u00fcrgen", "\u0416\u0443\u043a\u043e\u0432",
    "\u03b1\u03b2\u03b3\u03b4", "\u5c71\u7530\u592a\u90ce", "\u0645\u062d\u0645\u062f"])
def test_register_accepts_usernames(server, username):
    suffix = "" if len(username) >= 64 else secrets.token_hex(3)
    if any(ord(c) > 0x7f for c in username):
        suffix = "".join(c for c in suffix if c.isdigit()) + str(
            secrets.randbelow(10**6))
    u = (username + suffix)[:64]
    r = server.post("/auth/register", body(username=u))
    assert r.status in (201, 409) if len(username) >= 64 else r.status == 201
    if r.status == 201:
        t = server.post("/auth/login", {"username": u, "password": GOOD})
        assert t.status == 200
        me = server.get("/auth/me", t.json()["token"]).json()
        assert me["username"] == u


@pytest.mark.parametrize("username", [
    "ab", "x" * 65, "", ".ab", "_ab", "-ab", "ab.", "ab_", "ab-", "a b",
    "a/b", "a@b", "ab\n", "a\u0000b", "a'b", 'a"b', "a;b", "a%00b",
    "\uff41\uff42\uff43",                   # full width: compatibility
    "\ufb01sh",                             # ligature
    "e\u0301tienne",                        # not NFC
    "p\u0430ypal",                          # Latin and Cyrillic
    "\u03b1bc",                             # Greek and Latin
    "ab\u200dc", "ab\u202ec", "ab\u00adc", "ab\U0001f980"])
def test_register_rejects_usernames(server, username):
    """CASES 14, 15, 49."""
    r = server.post("/auth/register", body(username=username) | {
        "username": username})
    j = error(r, 400, "invalid_request")
    if "\0" not in username:
        assert j["errors"][0]["path"] == "username"


def test_register_rejects_taken(server):
    """CASES 15: unique on the normal form, whatever the case."""
    u = server.register(username=name("St\u00fcr"),
                        email=f"{name()}@example.org")
    for again in (u["username"], u["username"].upper(),
                  u["username"].lower(), u["username"].swapcase()):
        r = server.post("/auth/register", body(username=again))
        error(r, 409, "username_taken")
    # its holder is untouched, by any case of the name
    assert server.login(u)
    assert server.login({**u, "username": u["username"].upper()})


def test_register_accepts_known_email(server):
    """An address is no name: nobody learns whether it is known."""
    u = server.register()
    r = server.post("/auth/register", body(email=u["email"]))
    assert r.status == 201


@pytest.mark.parametrize("email", [
    "x", "@example.org", "x@", "x@localhost", "x@example..org", "x y@e.org",
    "x@-e.org", "x@e.org-", ".x@e.org", "x.@e.org", "x..y@e.org",
    '"x"@e.org', "x@e.org\n", "x@e.org,y@e.org", "x@[127.0.0.1]",
    "\u00e4@e.org", "x@\u00e4.org", "x" * 250 + "@e.org", "", "a@b@c.org",
    "<x@e.org>", "x@e.org\r\nBcc: y@e.org"])
def test_register_rejects_emails(server, email):
    r = server.post("/auth/register", body(email=email))
    error(r, 400, "invalid_request", "email")


@pytest.mark.parametrize("password,reason", [
    ("x" * 5 + "ab1cd23ef", "too_short"),
    (("the quick brown fox jumps over lazy dogs, " * 7)[:257], "too_long"),
    ("passwordpassword", "common"),
    ("PasswordPassword", "common"),
    ("123456789012345", "common"),
    ("aaaaaaaaaaaaaaaaaaaa", "common"),
    ("abcabcabcabcabcabc", "common")])
def test_register_rejects_weak_passwords(server, password, reason):
    r = server.post("/auth/register", body(password=password))
    j = error(r, 400, "weak_password", "password")
    assert j["reason"] == reason, r
    assert password not in r.body.decode()


def test_register_rejects_identity_in_password(server):
    u = "longusername" + secrets.token_hex(4)
    r = server.post("/auth/register", body(username=u, password=u + "1234"))
    assert error(r, 400, "weak_password")["reason"] == "contains_identity"
    mail = f"{name('somebody.long')}@example.org"
    r = server.post("/auth/register", body(email=mail, password=mail + "!"))
    assert error(r, 400, "weak_password")["reason"] == "contains_identity"


def test_register_counts_code_points(server):
    """15 to 256 of them; bytes only at 1,024 (CASES 16, 17)."""
    r = server.post("/auth/register", body(password="\u00e4" * 4 + "\u4e2dbcd"
                                           "efg\u20ac\u00df\u00f8"))
    assert error(r, 400, "weak_password")["reason"] == "too_short"
    for pw in ("\U0001f511\u00e4\u4e2dxyz" * 10,
               ("the quick brown fox jumps over lazy dogs, " * 7)[:256]):
        b = body(password=pw)
        assert server.post("/auth/register", b).status == 201
        assert server.login(b)


@pytest.mark.parametrize("pw", ["x" * 1025, "\u20ac" * 342, "y" * 60000])
def test_register_rejects_password_bytes(server, pw):
    """CASES 16: before it is normalised or hashed."""
    r = server.post("/auth/register", body(password=pw))
    error(r, 400, "invalid_request", "password")


def test_register_rejects_a_mebibyte_password(server):
    """CASES 16: the body's limit comes first."""
    r = server.post("/auth/register", body(password="z" * 2**20))
    error(r, 413, "payload_too_large")


def test_password_is_never_truncated(server):
    """CASES 17: every character of a long Unicode password counts."""
    pw = "".join(chr(0x4e00 + i) for i in range(64))
    u = {**body(password=pw)}
    assert server.post("/auth/register", u).status == 201
    assert server.login(u)
    for wrong in (pw[:-1], pw[:-1] + "x", pw + "x", pw[:24], pw[1:]):
        r = server.post("/auth/login", {**u, "password": wrong})
        error(r, 401, "invalid_credentials")


def test_password_is_normalised(server):
    """NFKC: two ways to type the same."""
    pw = "caf\u00e9 caf\u00e9 caf\u00e9 caf\u00e9"
    u = body(password=pw)
    assert server.post("/auth/register", u).status == 201
    other = unicodedata.normalize("NFD", pw)
    assert other != pw
    assert server.login({**u, "password": other})


def test_register_accepts_one_of_many(server):
    """The same name 20 times at once: one 201, no half state."""
    b = body()
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        got = list(pool.map(lambda i: server.post("/auth/register", {
            **b, "password": f"{GOOD} {i:02}"}), range(20)))
    assert sorted(r.status for r in got) == [201] + [409] * 19
    (i,) = [i for i, r in enumerate(got) if r.status == 201]
    assert server.login({**b, "password": f"{GOOD} {i:02}"})


def test_register_stores_literally(server):
    """CASES 49, 50: what looks like SQL or a terminal's code is a name."""
    text = "'; DROP TABLE users; -- \\ %s {} \u2603"
    b = body(name=text)
    assert server.post("/auth/register", b).status == 201
    me = server.get("/auth/me", server.login(b)["token"]).json()
    assert me["name"] == text
    ugly = f"x\x1b[31m\nmoatd: ready on {server.url}\r\x07"
    r = server.post("/auth/login", {"username": ugly, "password": GOOD},
                    headers={"User-Agent": "a\x1b[2J"})
    assert r.status in (400, 401)
    assert "\x1b" not in server.log()


def test_register_closed(fresh_server):
    s = fresh_server("registration closed")
    error(s.post("/auth/register", body()), 403, "registration_closed")
    error(s.post("/auth/register", body(email=1)), 400, "invalid_request")


# ---- forms of bodies, on every route that takes one ----

ROUTES = [
    ("POST", "/auth/register", body(), False),
    ("POST", "/auth/login", {"username": "x", "password": "y"}, False),
    ("POST", "/auth/refresh", {"refresh_token": "x"}, False),
    ("PATCH", "/auth/me", {"name": "x"}, True),
    ("POST", "/auth/password-change",
     {"oldPassword": "x", "newPassword": "y"}, True),
]
IDS = [r[1] for r in ROUTES]


@pytest.fixture(scope="module")
def token(server):
    return server.user()["access_token"]


def send(server, method, path, data, token, ctype="application/json"):
    heads = {} if ctype is None else {"Content-Type": ctype}
    if token:
        heads["Authorization"] = f"Bearer {token}"
    if isinstance(data, str):
        data = data.encode()
    return server.req(method, path, data, heads)


BAD_JSON = {
    "empty": b"",
    "blank": b"  ",
    "array": b"[]",
    "null": b"null",
    "string": b'"x"',
    "number": b"1",
    "open": b'{"a":1',
    "trailing": b"{} {}",
    "trailing-nul": b"{}\0",
    "comma": b'{"a":1,}',
    "comment": b"{/**/}",
    "single-quotes": b"{'a':1}",
    "bom": b"\xef\xbb\xbf{}",
    "utf16": '{"a":"b"}'.encode("utf-16"),
    "duplicate": b'{"a":1,"a":1}',                          # CASES 11
    "duplicate-escaped": b'{"a":1,"\\u0061":1}',
    "duplicate-nested": b'{"x":{"a":1,"a":1}}',
    "depth-17": b'{"a":' * 17 + b"1" + b"}" * 17,           # CASES 12
    "depth": b'{"x":' + b"[" * 20000 + b"]" * 20000 + b"}",
    "members": json.dumps({str(i): i for i in range(129)}).encode(),
    "overlong": b'{"a":"\xc0\xaf"}',                        # CASES 13
    "cut": b'{"a":"\xe2\x82"}',
    "surrogate-utf8": b'{"a":"\xed\xa0\x80"}',
    "latin-1": b'{"a":"\xe4"}',
    "lone-surrogate": b'{"a":"\\ud800"}',
    "lone-low": b'{"a":"\\udc00"}',
    "nul": b'{"a":"\\u0000"}',                              # CASES 14
    "raw-nul": b'{"a":"\0"}',
    "nul-key": b'{"a\\u0000":1}',
    "control": b'{"a":"\x01"}',
    "nan": b'{"a":NaN}',
    "infinity": b'{"a":1e400}',
    "big": b'{"a":' + b"9" * 400 + b"}",
}


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
@pytest.mark.parametrize("kind", BAD_JSON)
def test_body_rejects_json(server, token, route, kind):
    method, path, good, bearer = route
    r = send(server, method, path, BAD_JSON[kind], bearer and token)
    error(r, 400, "invalid_request", "")


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_body_rejects_members(server, token, route):
    """Each member missing, and of each wrong type."""
    method, path, good, bearer = route
    for member in good:
        less = {k: v for k, v in good.items() if k != member}
        r = send(server, method, path, json.dumps(less), bearer and token)
        error(r, 400, "invalid_request", "" if path == "/auth/me" else member)
        for wrong in (None, 1, 1.5, True, [], {}, ["x"]):
            b = {**good, member: wrong}
            r = send(server, method, path, json.dumps(b), bearer and token)
            error(r, 400, "invalid_request", member)


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
@pytest.mark.parametrize("ctype", [
    None, "", "text/plain", "application/x-www-form-urlencoded",
    "application/jsonx", "application/json, text/plain",
    "application/json; charset=latin-1", "application/json; x=y",
    "multipart/form-data; boundary=x"])
def test_body_rejects_media_types(server, token, route, ctype):
    """415 comes before 401 and 400."""
    method, path, good, bearer = route
    for t in (None, token, "bad"):
        r = send(server, method, path, json.dumps(good), t, ctype)
        error(r, 415, "unsupported_media_type")


def test_body_accepts_media_types(server):
    for ctype in ("application/json", "Application/JSON",
                  "application/json; charset=utf-8",
                  'application/json;charset="UTF-8"',
                  "application/json ; charset=UTF-8"):
        r = send(server, "POST", "/auth/register", json.dumps(body()), None,
                 ctype)
        assert r.status == 201, (ctype, r)


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_body_rejects_size(server, token, route):
    """413 comes before 415, 401 and 400 (CASES 45)."""
    method, path, good, bearer = route
    big = json.dumps({**good, "x": "y" * 66000})
    for t, ctype in ((token, "application/json"), (None, "text/plain"),
                     ("bad", None)):
        r = send(server, method, path, big, t, ctype)
        error(r, 413, "payload_too_large")


def test_body_accepts_largest(server):
    b = body()
    b["x"] = "y" * (65536 - len(json.dumps({**b, "x": ""})))
    text = json.dumps(b)
    assert len(text) == 65536
    assert send(server, "POST", "/auth/register", text, None).status == 201
    b = body()
    text = json.dumps({**b, **{str(i): 1 for i in range(125)}})
    assert send(server, "POST", "/auth/register", text, None).status == 201
    text = json.dumps({**body(), "x": json.loads("[" * 15 + "]" * 15)})
    assert send(server, "POST", "/auth/register", text, None).status == 201


@pytest.mark.parametrize("route", [r for r in ROUTES if r[3]],
                         ids=[r[1] for r in ROUTES if r[3]])
def test_body_checked_after_token(server, route):
    """401 comes before 400, also for a token whose session has ended."""
    method, path, good, _ = route
    u = server.user()
    for t, code in ((None, "unauthorized"), ("bad", "invalid_token")):
        error(send(server, method, path, b"{", t), 401, code)
    error(send(server, method, path, b"{", u["token"]), 400,
          "invalid_request")
    assert server.post("/auth/logout", token=u["token"]).status == 204
    error(send(server, method, path, b"{", u["token"]), 401, "invalid_token")
    error(send(server, method, path, json.dumps(good), u["token"]), 401,
          "invalid_token")


# ---- login ----

def test_login_accepts_password(server):
    u = server.register()
    t = server.login(u)
    assert set(t) == {"message", "token", "access_token", "refresh_token",
                      "token_type", "expires_in", "refresh_expires_in"}
    assert t["message"] == "Login successful"
    assert t["token"] == t["access_token"]
    assert t["token_type"] == "Bearer"
    assert t["expires_in"] == 600 and t["refresh_expires_in"] == 604800
    assert len(t["refresh_token"]) == 43
    again = server.login(u)
    assert again["refresh_token"] != t["refresh_token"]
    assert claims(again["token"])["sid"] != claims(t["token"])["sid"]
    assert claims(again["token"])["jti"] != claims(t["token"])["jti"]


def test_login_rejects_alike(server):
    """CASES 21: one answer, whatever was wrong."""
    u, gone = server.register(), server.register()
    server.sql("UPDATE users SET status = 'disabled' "
               f"WHERE id = '{gone['userId']}'")
    got = [server.post("/auth/login", b) for b in (
        {"username": u["username"], "password": "wrong"},
        {"username": u["username"], "password": u["password"] + " "},
        {"username": name("nobody"), "password": u["password"]},
        {"username": u["email"], "password": u["password"]},
        {"username": "no name at all \u2603", "password": "x"},
        {"username": "x" * 254, "password": "x"},
        {"username": "nobody@example.org", "password": "x"},
        {"username": gone["username"], "password": gone["password"]},
        {"username": gone["username"], "password": "wrong"})]
    for r in got:
        j = error(r, 401, "invalid_credentials")
        assert j["message"] == "Invalid credentials"
        assert r.headers["www-authenticate"] == CHALLENGE
    assert len({r.body for r in got}) == 1
    assert server.login(u)


@pytest.mark.alone
@pytest.mark.slow
def test_login_takes_the_same_time(fresh_server):
    """CASES 21: medians of known and unknown names, taken in turns."""
    s = fresh_server("password { memory 8192 time 1 }\n"
                     "limit { failures 100000 }", cheap=False)
    u, gone = s.register(), s.register()
    s.sql("UPDATE users SET status = 'disabled' "
          f"WHERE id = '{gone['userId']}'")
    took = {u["username"]: [], gone["username"]: [], name("nobody"): []}
    for _ in range(60):
        for who, times in took.items():
            began = time.perf_counter()
            r = s.post("/auth/login", {"username": who, "password": "wrong"})
            times.append(time.perf_counter() - began)
            assert r.status == 401
    medians = [statistics.median(t) for t in took.values()]
    assert max(medians) < 1.5 * min(medians), medians


def test_login_accepts_verified_email(server):
    u = server.register()
    server.sql("UPDATE users SET email_verified = 1 "
               f"WHERE id = '{u['userId']}'")
    assert server.login({**u, "username": u["email"]})
    assert server.login({**u, "username": u["email"].upper()})


@pytest.mark.parametrize("extra,path", [
    ({"otp": "12345"}, "otp"), ({"otp": "1234567"}, "otp"),
    ({"otp": "12345a"}, "otp"), ({"otp": 123456}, "otp"),
    ({"otp": "\u0661\u0662\u0663"}, "otp"),
    ({"otp": "123456", "recovery_code": "AAAA-BBBB"}, "otp"),
    ({"recovery_code": ""}, "recovery_code"),
    ({"recovery_code": 1}, "recovery_code"),
    ({"username": "x" * 255}, "username"), ({"username": ""}, "username"),
    ({"password": ""}, "password"), ({"password": "x" * 1025}, "password")])
def test_login_rejects_forms(server, extra, path):
    b = {"username": "x", "password": "y", **extra}
    error(server.post("/auth/login", b), 400, "invalid_request", path)


def test_login_ignores_unknown_members(server):
    u = server.register()
    r = server.post("/auth/login", {**u, "role": "superadmin", "x": [1]})
    assert r.status == 200
    assert claims(r.json()["token"])["roles"] == ["user"]


def test_login_of_the_superadmin(server):
    user, password, email = server.admin
    t = server.login({"username": user, "password": password})
    assert set(claims(t["token"])["roles"]) == {"superadmin", "admin", "user"}
    me = server.get("/auth/me", t["token"]).json()
    assert me["role"] == "superadmin" and me["email"] == email
    assert set(me["roles"]) == {"superadmin", "admin", "user"}
    assert {"users:write", "keys:rotate", "tenants:write"} <= set(
        me["permissions"])
    assert server.sql("SELECT count(*) FROM users "
                      "WHERE role = 'superadmin'") == [("1",)]


ADMIN = ["audit:read", "clients:read", "clients:write", "keys:read",
         "roles:read", "roles:write", "tokens:introspect", "users:read",
         "users:write"]


def test_permissions_name_what_write_and_rotate_include(server):
    """Whoever looks for users:read in the list must find it."""
    t = server.login({"username": server.admin[0],
                      "password": server.admin[1]})
    me = server.get("/auth/me", t["access_token"]).json()
    assert sorted(me["permissions"]) == sorted(
        ADMIN + ["keys:rotate", "tenants:read", "tenants:write"])
    u = server.register()
    server.sql("UPDATE users SET role = 'admin', version = version + 1, "
               f"epoch = epoch + 1 WHERE id = '{u['userId']}'")
    me = server.get("/auth/me", server.login(u)["access_token"]).json()
    assert me["role"] == "admin" and me["roles"] == ["admin", "user"]
    assert sorted(me["permissions"]) == ADMIN


# ---- me ----

RFC3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def test_me_accepts_shape(server):
    import re
    u = server.user()
    r = server.get("/auth/me", u["token"])
    assert r.status == 200
    me = r.json()
    assert set(me) == {
        "id", "username", "email", "email_verified", "name", "role", "roles",
        "status", "locked", "mfa", "tenant", "createdAt", "updatedAt",
        "lastLoginAt", "permissions", "pending_email"}
    assert me["id"] == u["userId"] and me["username"] == u["username"]
    assert me["email"] == u["email"] and me["email_verified"] is False
    assert me["role"] == "user" and me["roles"] == ["user"]
    assert me["status"] == "active" and me["permissions"] == []
    assert me["locked"] is False and me["mfa"] is False
    assert me["tenant"] == "default" and me["pending_email"] is None
    for at in ("createdAt", "updatedAt", "lastLoginAt"):
        assert re.fullmatch(RFC3339, me[at]), me
    assert "pw_record" not in r.body.decode()


def test_me_accepts_name(server):
    u = server.user()
    before = server.get("/auth/me", u["token"]).json()
    for text in ("Grace", "", "\U0001f980" * 128, "x" * 128):
        r = server.patch("/auth/me", {"name": text, "role": "superadmin"},
                         u["token"])
        assert r.status == 200
        assert r.json()["name"] == text
        assert server.get("/auth/me", u["token"]).json() == r.json()
    after = r.json()
    assert after["updatedAt"] >= before["updatedAt"]
    assert after["role"] == "user"
    same = {k for k in before if k not in ("name", "updatedAt")}
    assert {k: before[k] for k in same} == {k: after[k] for k in same}


@pytest.mark.parametrize("change,path", [
    ({}, ""), ({"unknown": 1}, ""), ({"password": "x"}, ""),
    ({"name": "x" * 129}, "name"), ({"name": None}, "name"),
    ({"name": "a\nb"}, "name"), ({"name": "a\u001bb"}, "name"),
    ({"email": "a@example.org"}, "password"),
    ({"email": 1, "password": "x"}, "email"),
    ({"email": "a@example.org", "password": "x", "otp": "1"}, "otp")])
def test_me_rejects_changes(server, token, change, path):
    before = server.get("/auth/me", token).json()
    error(server.patch("/auth/me", change, token), 400, "invalid_request",
          path)
    assert server.get("/auth/me", token).json() == before


def test_me_rejects_email_without_mailer(server):
    u = server.user()
    b = {"email": "new@example.org", "password": u["password"], "name": "n"}
    error(server.patch("/auth/me", b, u["token"]), 503, "mail_unavailable")
    me = server.get("/auth/me", u["token"]).json()
    assert me["email"] == u["email"] and me["name"] != "n"
    error(server.patch("/auth/me", b, "bad"), 401, "invalid_token")
    error(server.patch("/auth/me", b), 401, "unauthorized")


def test_me_rejects_disabled(server):
    """CASES 28, for access tokens: at once."""
    u = server.user()
    server.sql("UPDATE users SET status = 'disabled' "
               f"WHERE id = '{u['userId']}'")
    error(server.get("/auth/me", u["token"]), 401, "invalid_token")


# ---- password ----

def test_password_change_accepts(server):
    u = server.user()
    other = server.login(u)
    new = "another good password"
    r = server.post("/auth/password-change", {
        "oldPassword": u["password"], "newPassword": new}, u["token"])
    assert r.status == 200
    assert r.json() == {"message": "Password changed successfully"}
    # this session lives, the others are over
    assert server.get("/auth/me", u["token"]).status == 200
    assert server.post("/auth/refresh", {
        "refresh_token": u["refresh_token"]}).status == 200
    error(server.get("/auth/me", other["token"]), 401, "invalid_token")
    error(server.post("/auth/refresh", {
        "refresh_token": other["refresh_token"]}), 401, "invalid_token")
    error(server.post("/auth/login", {
        "username": u["username"], "password": u["password"]}), 401,
        "invalid_credentials")
    assert server.login({**u, "password": new})


def test_password_change_rejects_wrong_old(server):
    u = server.user()
    other = server.login(u)
    r = server.post("/auth/password-change", {
        "oldPassword": "wrong", "newPassword": "another good password"},
        u["token"])
    error(r, 401, "invalid_credentials")
    assert r.headers["www-authenticate"] == CHALLENGE
    assert server.get("/auth/me", other["token"]).status == 200
    assert server.login(u)


@pytest.mark.parametrize("new,reason", [
    ("short", "too_short"), ("passwordpassword", "common"), (None, "same")])
def test_password_change_rejects_weak(server, new, reason):
    u = server.user()
    other = server.login(u)
    r = server.post("/auth/password-change", {
        "oldPassword": u["password"], "newPassword": new or u["password"]},
        u["token"])
    j = error(r, 400, "weak_password", "newPassword")
    assert j["reason"] == reason
    assert server.get("/auth/me", other["token"]).status == 200
    assert server.login(u)


def test_password_change_happens_once(server):
    """Five changes from one old password at once: one wins, nobody is lost.

    Four late ones are four wrong passwords in a row, which is not too many."""
    u = server.user()
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        got = list(pool.map(lambda i: server.post("/auth/password-change", {
            "oldPassword": u["password"],
            "newPassword": f"another good password {i}"}, u["token"]),
            range(5)))
    won = [i for i, r in enumerate(got) if r.status == 200]
    assert len(won) == 1, got
    for i, r in enumerate(got):
        if i not in won:
            error(r, 401, "invalid_credentials")
    assert server.login({**u, "password": f"another good password {won[0]}"})
