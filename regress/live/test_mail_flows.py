"""What mails are about, with a real SMTP server: verified addresses, forgotten
passwords, notices; and that nobody learns who has an address (CASES 21, 48)."""

import concurrent.futures
import re
import secrets
import signal
import statistics
import time

import pytest

import moat
from smtpd import Smtpd
from test_accounts import GOOD, body, error, name
from test_factor import login, protected

TOKEN = re.compile(r"(\S+)/(verify-email|reset-password)\?token=([\w-]{43})\b")


def start(fresh_server, database, extra="", **kw):
    smtp = Smtpd()
    s = fresh_server(extra, database=database, env={
        "MOATD_SMTP_URL": smtp.url,
        "MOATD_MAIL_FROM": "moatd <moatd@example.org>"}, **kw)
    s.smtp = smtp
    return s


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def mailing(request):
    import conftest
    if request.param not in conftest.DATABASES:
        pytest.skip("not this database")
    smtp = Smtpd()
    s = moat.Server(request.param, as_user=conftest.AS_USER, env={
        "MOATD_SMTP_URL": smtp.url,
        "MOATD_MAIL_FROM": "moatd <moatd@example.org>"})
    s.smtp = smtp
    yield s
    assert s.stop() == 0, s.log()
    smtp.stop()
    s.discard()


def mails(s, address):
    return [m for m in s.smtp.mails if address in m.to]


def nth(s, address, n=1, timeout=15):
    """The nth mail to an address."""
    return moat.until(lambda: mails(s, address)[n - 1:n], timeout,
                      what=f"mail {n} to {address}")[0]


def silent(s, address, n=0):
    """No more than n mails: a later one, to another, has come before."""
    other = f"{name()}@example.org"
    s.register(email=other)
    nth(s, other)
    assert len(mails(s, address)) == n, mails(s, address)


def token(s, mail, purpose):
    """The token of the one link of a mail, which both parts have."""
    m = TOKEN.search(mail.text)
    assert m, mail.text
    assert m[1] == s.url and m[2] == purpose
    assert m[0] in mail.html
    return m[3]


def verify(s, t, **kw):
    return s.post("/auth/verify-email", {"token": t}, **kw)


def ask(s, address, **kw):
    return s.post("/auth/password-request", {"email": address}, **kw)


def reset(s, t, password=None, **more):
    return s.post("/auth/reset-password", {
        "token": t, "newPassword": password or GOOD + secrets.token_hex(4),
        **more})


def verified(s, **over):
    """A user with tokens and a verified address."""
    u = s.register(**over)
    u["mails"] = len(mails(s, u["email"]))
    t = token(s, nth(s, u["email"], u["mails"] or 1), "verify-email")
    assert verify(s, t).status == 200
    return {**u, **s.login(u)}


# ---- verification ----

def test_verify_accepts_link_of_the_mail(mailing):
    s = mailing
    u = s.user()
    assert s.get("/auth/me", u["token"]).json()["email_verified"] is False
    m = nth(s, u["email"])
    assert u["username"] in m.text and m.msg["To"] == u["email"]
    t = token(s, m, "verify-email")
    r = verify(s, t)
    assert r.status == 200 and set(r.json()) == {"message"}
    assert s.get("/auth/me", u["token"]).json()["email_verified"] is True
    assert s.login({**u, "username": u["email"]})
    error(verify(s, t), 400, "invalid_token", "token")
    for table in ("mail_links", "outbox", "audit", "users"):
        assert t not in str(s.sql(f"SELECT * FROM {table}"))
    assert t not in s.log()


def test_verify_accepts_one_of_many(mailing):
    """CASES 20."""
    s = mailing
    u = s.register()
    t = token(s, nth(s, u["email"]), "verify-email")
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        got = [r.status for r in pool.map(lambda _: verify(s, t), range(12))]
    assert sorted(got) == [200] + [400] * 11


def test_verify_rejects_expired(mailing):
    s = mailing
    u = s.register()
    t = token(s, nth(s, u["email"]), "verify-email")
    where = f"WHERE user_id = '{u['userId']}'"
    assert s.sql("SELECT expires_at - created_at FROM mail_links " +
                 where) == [(str(86400 * 10**6),)]
    s.sql(f"UPDATE mail_links SET expires_at = created_at {where} "
          "RETURNING id")
    error(verify(s, t), 400, "invalid_token", "token")


def test_verify_rejects_address_that_another_verified(mailing):
    s = mailing
    u = s.register()
    v = s.register(email=u["email"].upper().replace("EXAMPLE", "example"))
    a = token(s, nth(s, u["email"]), "verify-email")
    b = token(s, nth(s, v["email"]), "verify-email")
    assert verify(s, b).status == 200
    error(verify(s, a), 409, "email_taken")
    error(verify(s, a), 409, "email_taken")


def test_purposes_are_apart(mailing):
    s = mailing
    u = s.register()
    v = token(s, nth(s, u["email"]), "verify-email")
    assert ask(s, u["email"]).status == 202
    r = token(s, nth(s, u["email"], 2), "reset-password")
    error(reset(s, v), 400, "invalid_token", "token")
    error(verify(s, r), 400, "invalid_token", "token")
    assert verify(s, v).status == 200
    assert reset(s, r).status == 200


def test_resend_accepts_who_waits(mailing):
    s = mailing
    u = s.register()
    nth(s, u["email"])
    r = s.post("/auth/verify-email/resend", {"email": u["email"]})
    assert r.status == 202 and set(r.json()) == {"message"}
    assert verify(s, token(s, nth(s, u["email"], 2),
                           "verify-email")).status == 200


def test_resend_rejects_in_silence(mailing):
    s = mailing
    u = verified(s)
    known = s.post("/auth/verify-email/resend", {"email": u["email"]})
    other = s.post("/auth/verify-email/resend",
                   {"email": f"{name()}@example.org"})
    assert (known.status, known.body) == (other.status, other.body)
    assert known.status == 202
    silent(s, u["email"], 1)


def test_register_tells_the_holder(mailing):
    s = mailing
    u = verified(s)
    r = s.post("/auth/register", body(email=u["email"]))
    assert r.status == 201
    m = nth(s, u["email"], 2)
    assert u["username"] in m.text and not TOKEN.search(m.text)


# ---- mode verify ----

def test_mode_verify_keeps_accounts_pending(fresh_server, database):
    s = start(fresh_server, database, "registration verify")
    b = body()
    r = s.post("/auth/register", b)
    assert r.status == 202 and set(r.json()) == {"message"}
    who = {"username": b["username"], "password": b["password"]}
    wrong = s.post("/auth/login", {**who, "username": name()})
    r = s.post("/auth/login", who)
    error(r, 401, "invalid_credentials")
    assert r.body == wrong.body
    error(s.post("/auth/register", {**body(), "username": b["username"]}),
          409, "username_taken")
    assert verify(s, token(s, nth(s, b["email"]),
                           "verify-email")).status == 200
    me = s.get("/auth/me", s.login(b)["token"]).json()
    assert me["status"] == "active" and me["email_verified"] is True
    # the same answer for a known address, and its holder is mailed
    again = s.post("/auth/register", body(email=b["email"]))
    assert again.status == 202
    assert not TOKEN.search(nth(s, b["email"], 2).text)


# ---- forgotten passwords ----

def test_reset_accepts_link_of_the_mail(mailing):
    s = mailing
    u = verified(s)
    r = ask(s, u["email"].upper())
    assert r.status == 202
    t = token(s, nth(s, u["email"], 2), "reset-password")
    new = GOOD + " by mail"
    assert reset(s, t, new).status == 200
    error(s.get("/auth/me", u["token"]), 401, "invalid_token")
    assert s.login({**u, "password": new})
    notice = nth(s, u["email"], 3)
    assert "password" in notice.subject.lower()
    assert not TOKEN.search(notice.text)
    error(reset(s, t), 400, "invalid_token", "token")


def test_request_rejects_all_but_the_newest_link(mailing):
    s = mailing
    u = s.register()
    nth(s, u["email"])
    ask(s, u["email"])
    old = token(s, nth(s, u["email"], 2), "reset-password")
    ask(s, u["email"])
    new = token(s, nth(s, u["email"], 3), "reset-password")
    error(reset(s, old), 400, "invalid_token", "token")
    assert reset(s, new).status == 200


@pytest.mark.parametrize("verifies", [False, True])
def test_request_prefers_who_verified_then_the_oldest(mailing, verifies):
    s = mailing
    old = s.register()
    nth(s, old["email"], 1)         # two that wait come in any order
    new = s.register(email=old["email"])
    second = nth(s, old["email"], 2)
    assert new["username"] in second.text
    if verifies:
        assert verify(s, token(s, second, "verify-email")).status == 200
    assert ask(s, old["email"]).status == 202
    m = nth(s, old["email"], 3)
    assert (new if verifies else old)["username"] in m.text
    assert (old if verifies else new)["username"] not in m.text


def test_request_rejects_without_a_difference(mailing):
    s = mailing
    u = s.register()
    v = s.register()
    s.sql(f"UPDATE users SET status = 'disabled' WHERE id = '{v['userId']}' "
          "RETURNING id")
    got = [ask(s, a) for a in (u["email"], v["email"],
                               f"{name()}@example.org")]
    assert len({(r.status, r.body) for r in got}) == 1
    assert got[0].status == 202
    keys = [sorted(set(r.headers) - {"date"}) for r in got]
    assert keys[0] == keys[1] == keys[2]


@pytest.mark.alone
@pytest.mark.once
def test_request_takes_the_same_time(mailing):
    """CASES 21: medians of known and unknown addresses, in any order, for
    what one request leaves to do falls upon the next."""
    s = mailing
    known = [s.register()["email"] for _ in range(10)]
    took = ([], [])
    for i in range(400):
        which = secrets.randbelow(2)
        address = known[i % 10] if which else f"{name()}@example.org"
        at = time.perf_counter()
        assert ask(s, address).status == 202
        took[which].append(time.perf_counter() - at)
    a, b = map(statistics.median, took)
    assert abs(a - b) < max(0.25 * max(a, b), 0.0015), (a, b)


@pytest.mark.parametrize("heads", [
    {"Host": "evil.example"}, {"Host": "127.0.0.1:1"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"Forwarded": "host=evil.example;proto=https"},
    {"X-Original-URL": "http://evil.example/", "X-Host": "evil.example"}])
def test_links_reject_every_host_but_the_issuer(mailing, heads):
    """CASES 48."""
    s = mailing
    u = s.register()
    nth(s, u["email"])
    assert ask(s, u["email"], headers=heads).status == 202
    m = nth(s, u["email"], 2)
    token(s, m, "reset-password")
    assert b"evil.example" not in m.data


@pytest.mark.parametrize("ua", [
    "<script>alert(1)</script>", "{{link}}", "x\" onmouseover=\"y",
    "http://evil.example/ click here"])
def test_mails_reject_markup_of_clients(mailing, ua):
    """What a client says of itself is text in a mail, and nothing else."""
    s = mailing
    u = verified(s)
    r = s.post("/auth/password-change", {
        "oldPassword": u["password"], "newPassword": GOOD + " ua"},
        u["token"], headers={"User-Agent": ua})
    assert r.status == 200
    m = nth(s, u["email"], 2)
    assert "<script>" not in m.html and 'href="http://evil' not in m.html
    assert '" onmouseover="' not in m.html


@pytest.mark.long
def test_request_survives_the_engine(fresh_server, database):
    """What was accepted is mailed, whatever dies after the answer."""
    s = start(fresh_server, database)
    u = s.register()
    nth(s, u["email"])
    s.smtp.stop()
    assert ask(s, u["email"]).status == 202
    s.kill("engine", signal.SIGKILL)
    s.smtp.start()
    s.wait_healthy()
    # the next engine takes over at once what the killed one had leased, and
    # what it had sent and could not say so comes twice
    mail = moat.until(lambda: [m for m in mails(s, u["email"])
                               if "reset-password" in m.text], 15,
                      what="the link")[0]
    t = token(s, mail, "reset-password")
    assert moat.patiently(lambda: reset(s, t)).status == 200


# ---- another address ----

def change(s, u, address, **more):
    return s.patch("/auth/me", {"email": address, "password": u["password"],
                                **more}, u["token"])


def test_email_accepts_change_that_is_verified(mailing):
    s = mailing
    u = verified(s)
    new = f"{name()}@example.org"
    r = change(s, u, new, name="Ada")
    assert r.status == 200, r
    me = r.json()
    assert (me["email"], me["pending_email"]) == (u["email"], new)
    assert me["email_verified"] is True and me["name"] == "Ada"
    old = nth(s, u["email"], 2)
    assert not TOKEN.search(old.text)
    # the old one is the login name until then
    error(s.post("/auth/login", {"username": new,
                                 "password": u["password"]}), 401,
          "invalid_credentials")
    assert verify(s, token(s, nth(s, new), "verify-email")).status == 200
    me = s.get("/auth/me", u["token"]).json()
    assert (me["email"], me["pending_email"]) == (new, None)
    assert me["email_verified"] is True
    assert s.login({**u, "username": new})
    error(s.post("/auth/login", {"username": u["email"],
                                 "password": u["password"]}), 401,
          "invalid_credentials")


def test_email_rejects_without_proof(mailing):
    s = mailing
    u = verified(s)
    new = f"{name()}@example.org"
    error(s.patch("/auth/me", {"email": new}, u["token"]), 400,
          "invalid_request", "password")
    error(change(s, {**u, "password": "wrong " + GOOD}, new), 401,
          "invalid_credentials")
    error(change(s, u, "no address"), 400, "invalid_request", "email")
    error(change(s, {**u, "token": "x"}, new), 401, "invalid_token")
    assert s.get("/auth/me", u["token"]).json()["pending_email"] is None
    silent(s, new)


def test_email_asks_for_the_factor(mailing):
    s = mailing
    u = protected(s)
    new = f"{name()}@example.org"
    error(change(s, u, new), 401, "mfa_required")
    error(change(s, u, new, otp=u["codes"].wrong()), 401, "invalid_otp")
    assert change(s, u, new, recovery_code=u["recovery"][0]).status == 200


def test_email_rejects_link_of_an_earlier_wish(mailing):
    s = mailing
    u = verified(s)
    one, two = (f"{name()}@example.org" for _ in range(2))
    assert change(s, u, one).status == 200
    t = token(s, nth(s, one), "verify-email")
    assert change(s, u, two).status == 200
    error(verify(s, t), 400, "invalid_token", "token")
    assert verify(s, token(s, nth(s, two), "verify-email")).status == 200


def test_email_rejects_address_of_another(mailing):
    s = mailing
    u, v = verified(s), verified(s)
    r = change(s, u, v["email"])
    assert r.status == 200 and r.json()["pending_email"] == v["email"]
    assert not TOKEN.search(nth(s, v["email"], 2).text)
    assert s.get("/auth/me", v["token"]).json()["email"] == v["email"]


def test_email_kills_reset_links_to_the_old_one(mailing):
    s = mailing
    u = verified(s)
    ask(s, u["email"])
    t = token(s, nth(s, u["email"], 2), "reset-password")
    new = f"{name()}@example.org"
    assert change(s, u, new).status == 200
    assert verify(s, token(s, nth(s, new), "verify-email")).status == 200
    error(reset(s, t), 400, "invalid_token", "token")


@pytest.mark.parametrize("by", ["reset", "change"])
@pytest.mark.parametrize("address", ["verified", "unverified"])
def test_email_rejects_wish_from_before_a_new_password(mailing, by, address):
    """Who knew the old password has not asked for an address in time: the
    holder's new password ends that wish, its link, and new links for it."""
    s = mailing
    u = verified(s) if address == "verified" else s.user()
    evil = f"{name()}@example.org"
    assert change(s, u, evil).status == 200
    t = token(s, nth(s, evil), "verify-email")
    n = len(moat.until(lambda: (m := mails(s, u["email"]))[1:] and m))
    new = GOOD + " again"
    if by == "reset":
        assert ask(s, u["email"]).status == 202
        m = moat.until(lambda: next((m for m in mails(s, u["email"])[n:] if
                                     "/reset-password" in m.text), None))
        assert reset(s, token(s, m, "reset-password"), new).status == 200
    else:
        assert s.post("/auth/password-change", {
            "oldPassword": u["password"], "newPassword": new},
            u["token"]).status == 200
    error(verify(s, t), 400, "invalid_token", "token")
    assert s.post("/auth/verify-email/resend",
                  {"email": evil}).status == 202
    me = s.get("/auth/me", s.login({**u, "password": new})["token"]).json()
    assert (me["email"], me["pending_email"]) == (u["email"], None)
    silent(s, evil, 1)


# ---- notices ----

def test_notices_accept_password_change(mailing):
    s = mailing
    u = verified(s)
    assert s.post("/auth/password-change", {
        "oldPassword": u["password"], "newPassword": GOOD + " new"},
        u["token"]).status == 200
    assert "password" in nth(s, u["email"], 2).subject.lower()


def test_notices_accept_factor_changes(mailing):
    """Its holder hears of each change of the factor, and reads no code."""
    s = mailing
    u = protected(s)
    sent = [nth(s, u["email"], n) for n in (1, 2)]      # verify, and this one

    def told(n):
        m = nth(s, u["email"], n)
        assert "factor" in m.subject.lower() and not TOKEN.search(m.text)
        assert not any(c in m.data.decode() for c in u["recovery"])
        return m

    assert sum("factor" in m.subject.lower() for m in sent) == 1
    r = s.post("/auth/2fa/recovery-codes", {
        "password": u["password"], "otp": u["codes"].next()}, u["token"])
    assert r.status == 200
    u["recovery"] += r.json()["recovery_codes"]
    told(3)
    for ok in (False, True):            # what is refused is no change
        r = s.post("/auth/2fa/disable", {
            "password": u["password"] if ok else "wrong " + GOOD,
            "recovery_code": u["recovery"][10]}, u["token"])
        assert r.status == (204 if ok else 401), r
    told(4)
    silent(s, u["email"], 4)


def test_notices_accept_new_device_once(mailing):
    s = mailing
    u = verified(s)                     # its first login: none
    who = {"username": u["username"], "password": u["password"]}
    phone = {"User-Agent": "phone \u00e4".encode().decode("latin-1")}
    for _ in range(2):
        assert s.post("/auth/login", who).status == 200
        assert s.post("/auth/login", who, headers=phone).status == 200
    m = nth(s, u["email"], 2)
    assert "phone" in m.text and "127.0.0.1" in m.text
    silent(s, u["email"], 2)
    # after 90 days it is new again
    s.sql("UPDATE devices SET seen_at = seen_at - 7776000000000 WHERE "
          f"user_id = '{u['userId']}' RETURNING device")
    assert s.post("/auth/login", who, headers=phone).status == 200
    nth(s, u["email"], 3)


def test_notices_reject_failed_logins(mailing):
    s = mailing
    u = verified(s)
    s.post("/auth/login", {"username": u["username"], "password": "wrong"},
           headers={"User-Agent": "stranger"})
    silent(s, u["email"], 1)


def test_notices_to_unverified_addresses_are_few(mailing):
    """Nobody's address is flooded by who registers with it."""
    s = mailing
    u = s.register()
    nth(s, u["email"])
    for i in range(12):
        assert s.post("/auth/login", {
            "username": u["username"], "password": u["password"]},
            headers={"User-Agent": f"agent {i}"}).status == 200
    silent(s, u["email"], 6)


def test_nothing_is_written_where_mail_is_off(server):
    u = server.user()
    server.post("/auth/login", {"username": u["username"],
                                "password": u["password"]},
                headers={"User-Agent": "another"})
    server.post("/auth/password-change", {
        "oldPassword": u["password"], "newPassword": GOOD + " off"},
        u["token"])
    assert server.sql("SELECT count(*) FROM outbox") == [("0",)]
    assert server.sql("SELECT count(*) FROM mail_links WHERE purpose = 1") \
        == [("0",)]


def test_delete_erases_mail_that_waits(fresh_server, database):
    s = start(fresh_server, database)
    s.smtp.stop()
    u = s.user()
    ask(s, u["email"])
    assert s.sql("SELECT count(*) FROM outbox WHERE user_id = "
                 f"'{u['userId']}'") == [("2",)]
    assert s.delete("/auth/me", {"password": u["password"]},
                    u["token"]).status == 204
    for table in ("outbox", "mail_links", "users"):
        assert u["email"] not in str(s.sql(f"SELECT * FROM {table}"))


# ---- tenants ----

def tenant(s, **policy):
    """A new tenant's id."""
    id = "m" + secrets.token_hex(5)
    r = s.post("/admin/tenants", {"id": id, "name": "T", **policy},
               s.admin_login()["token"])
    assert r.status == 201, r
    return id


def link(s, mail, id, purpose):
    """The token of a mail's link, which leads into that tenant."""
    m = TOKEN.search(mail.text)
    assert m and m[1] == f"{s.url}/t/{id}" and m[2] == purpose, mail.text
    assert m[0] in mail.html
    return m[3]


def test_links_of_a_tenant_lead_there_and_are_good_there_only(mailing):
    s = mailing
    a, b = tenant(s, registration="verify"), tenant(s)
    u = {"username": name(), "password": GOOD,
         "email": f"{name()}@example.org"}
    r = s.post(f"/t/{a}/auth/register", u)
    assert r.status == 202, r
    t = link(s, nth(s, u["email"]), a, "verify-email")
    login = {"username": u["username"], "password": GOOD}
    assert s.post(f"/t/{a}/auth/login", login).status == 401
    for where in (f"/t/{b}", ""):
        error(s.post(where + "/auth/verify-email", {"token": t}), 400,
              "invalid_token", "token")
    assert s.post(f"/t/{a}/auth/verify-email", {"token": t}).status == 200
    assert s.post(f"/t/{a}/auth/login", login).status == 200

    # the same address elsewhere is nobody's, and gets nothing
    n = len(mails(s, u["email"]))
    for where in (f"/t/{b}", ""):
        r = s.post(where + "/auth/password-request", {"email": u["email"]})
        assert r.status == 202, r
    silent(s, u["email"], n)
    s.post(f"/t/{a}/auth/password-request", {"email": u["email"]})
    t = link(s, nth(s, u["email"], n + 1), a, "reset-password")
    new = {"token": t, "newPassword": GOOD + " anew"}
    for where in (f"/t/{b}", ""):
        error(s.post(where + "/auth/reset-password", new), 400,
              "invalid_token", "token")
    assert s.post(f"/t/{a}/auth/reset-password", new).status == 200


def test_an_address_is_verified_once_in_each_tenant(mailing):
    s = mailing
    address = f"{name()}@example.org"
    for n, id in enumerate((tenant(s), tenant(s)), 1):
        u = {"username": name(), "password": GOOD, "email": address}
        assert s.post(f"/t/{id}/auth/register", u).status == 201
        t = link(s, nth(s, address, n), id, "verify-email")
        assert s.post(f"/t/{id}/auth/verify-email",
                      {"token": t}).status == 200
        r = s.post(f"/t/{id}/auth/login", {"username": address,
                                           "password": GOOD})
        assert r.status == 200, r


def test_the_link_of_a_suspended_tenant_waits(mailing):
    s = mailing
    id = tenant(s)
    root = s.admin_login()["token"]
    u = {"username": name(), "password": GOOD,
         "email": f"{name()}@example.org"}
    assert s.post(f"/t/{id}/auth/register", u).status == 201
    t = link(s, nth(s, u["email"]), id, "verify-email")
    for status, answer in (("suspended", 404), ("active", 200)):
        s.patch(f"/admin/tenants/{id}", {"status": status}, root)
        assert s.post(f"/t/{id}/auth/verify-email",
                      {"token": t}).status == answer
