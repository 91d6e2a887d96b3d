"""Limits by the hour: codes of an account, mail and registrations of a source,
mails to an address. API.md section 1, CASES 18 to 22 and section 3.

As in test_throttle.py time is moved in the database.
"""

import collections
import concurrent.futures

import pytest

import moat
from smtpd import Smtpd
from test_factor import protected, ticket
from test_mail_flows import ask, mails, nth, silent, token, verify
from test_throttle import PROXY, later, limited, login, node, rows

DEFAULT = "throttle { otp-hour 10 }\n"          # as if nothing was said
HOUR = (3580, 3600)
NO_CODE = "AAAA-" * 5 + "AAAA"                  # of no account


def code_is_wrong(r):
    assert r.status == 401 and r.json()["error"] == "invalid_otp", r
    assert "retry-after" not in r.headers


def step_up(s, u, **factor):
    return s.post("/auth/step-up", factor or {"recovery_code": NO_CODE},
                  u["token"])


def reset_link(s, u):
    r = s.ctl("user", "set-password-link", u["username"])
    assert r.returncode == 0, r
    return r.stdout.strip().rpartition("token=")[2]


def doors(s, u):
    """Every way to show a code, as functions of a Factor."""
    pw = {"password": u["password"]}
    link = reset_link(s, u)
    return {
        "mfa": lambda **f: s.post("/auth/mfa",
                                  {"mfa_token": ticket(s, u), **f}),
        "login": lambda **f: s.post("/auth/login", {
            "username": u["username"], **pw, **f}),
        "step-up": lambda **f: step_up(s, u, **f),
        "disable": lambda **f: s.post("/auth/2fa/disable", {**pw, **f},
                                      u["token"]),
        "reset": lambda **f: s.post("/auth/reset-password", {
            "token": link, "newPassword": "another good password", **f}),
        "delete": lambda **f: s.delete("/auth/me", {**pw, **f}, u["token"]),
    }


def counted(s, u):
    """(in this hour, in a row) of an account's wrong codes."""
    return next((tuple(map(int, r[1:])) for r in rows(s, "otp")
                 if r[0] == u["userId"]), (0, 0))


def settles(s, u, want):
    """What was right is given back after the answer."""
    moat.until(lambda: counted(s, u) == want, what=f"{want} of {u['userId']}")


def in_a_row(s, u, streak):
    """As if so many wrong codes were shown in hours that are over."""
    settles(s, u, (0, 0))
    s.sql(f"DELETE FROM throttles WHERE subject = '{u['userId']}'")
    s.sql("INSERT INTO throttles (kind, tenant, subject, charges, streak, "
          f"penalty, until, expires_at, last_op) VALUES ('otp', 'default', "
          f"'{u['userId']}', 1, {streak}, 0, 0, {2**62}, '')")


# ---- codes ----

def test_codes_of_all_doors_are_one_counter(fresh_server, database):  # 19, 22
    s = fresh_server(DEFAULT, database=database)
    u, other = protected(s), protected(s)
    ways = doors(s, u)
    for i, way in enumerate(ways.values()):
        code_is_wrong(way(otp=u["codes"].wrong()) if i % 2 else
                      way(recovery_code=NO_CODE))
    # the one that takes no recovery code
    code_is_wrong(s.post("/auth/2fa/recovery-codes", {
        "password": u["password"], "otp": u["codes"].wrong()}, u["token"]))
    for _ in range(3):
        code_is_wrong(step_up(s, u))
    assert counted(s, u) == (10, 10)
    for way in ways.values():
        limited(way(recovery_code=NO_CODE), *HOUR)
        limited(way(recovery_code=u["recovery"][0]), *HOUR)     # right, too
    assert counted(s, u) == (10, 10)            # the refused do not count
    assert s.get("/auth/me", u["token"]).json()["locked"] is False
    assert rows(s, "login") == []               # passwords are another count
    assert login(s, other["username"], other["password"]).json()[
        "error"] == "mfa_required"
    assert step_up(s, other, recovery_code=other["recovery"][0]).status == 200
    later(s, 3600)
    assert step_up(s, u, recovery_code=u["recovery"][0]).status == 200
    settles(s, u, (0, 0))


def test_right_codes_do_not_count(fresh_server, database):
    s = fresh_server("throttle { otp-hour 3 }\n", database=database)
    u = protected(s)
    for code in u["recovery"][:6]:
        assert login(s, u["username"], u["password"]).status == 401
        assert s.post("/auth/login", {
            "username": u["username"], "password": u["password"],
            "recovery_code": code}).status == 200
    settles(s, u, (0, 0))
    for _ in range(2):
        code_is_wrong(step_up(s, u))
    assert step_up(s, u, recovery_code=u["recovery"][6]).status == 200
    settles(s, u, (2, 0))              # of the hour; none in a row
    code_is_wrong(step_up(s, u))
    limited(step_up(s, u, recovery_code=u["recovery"][7]), *HOUR)


def test_parallel_codes_get_ten_tries(fresh_server, database):
    s = fresh_server(DEFAULT, database=database)
    u = protected(s)
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        got = list(pool.map(lambda _: step_up(s, u), range(30)))
    assert collections.Counter(r.status for r in got) == {401: 10, 429: 20}
    assert counted(s, u) == (10, 10)


def test_codes_stop_at_a_hundred(fresh_server, database):
    s = fresh_server(DEFAULT, database=database)
    u = protected(s)
    in_a_row(s, u, 98)
    assert s.get("/auth/me", u["token"]).json()["locked"] is False
    for _ in range(2):
        code_is_wrong(step_up(s, u))
    for way in doors(s, u).values():            # no way in, and no 429
        code_is_wrong(way(recovery_code=u["recovery"][0]))
    assert s.get("/auth/me", u["token"]).json()["locked"] is True
    assert counted(s, u) == (2, 100)
    for seconds in (3600, 50 * 3600, 400 * 86400):      # nor does time help
        later(s, seconds)
        code_is_wrong(step_up(s, u, recovery_code=u["recovery"][0]))
    s.restart()
    code_is_wrong(step_up(s, u, recovery_code=u["recovery"][0]))
    r = s.ctl("user", "unlock", u["username"])
    assert r.returncode == 0, r
    assert s.get("/auth/me", u["token"]).json()["locked"] is False
    # what was refused unseen is still good
    assert step_up(s, u, recovery_code=u["recovery"][0]).status == 200
    settles(s, u, (0, 0))


def test_setup_is_no_way_around_a_stop(fresh_server, database):
    """The first code of a new app is one of the account's, too (19)."""
    s = fresh_server("throttle { otp-hour 3 otp-stop 4 }\n", database=database)
    u = s.user()
    assert s.post("/auth/2fa/setup", {"password": u["password"]},
                  u["token"]).status == 200

    def activate():
        return s.post("/auth/2fa/verify", {"token": "000000"}, u["token"])

    for _ in range(3):
        code_is_wrong(activate())
    limited(activate(), *HOUR)
    later(s, 3600)
    for _ in range(3):
        code_is_wrong(activate())
    assert counted(s, u) == (1, 4)
    assert s.get("/auth/me", u["token"]).json()["locked"] is True


def test_wrong_codes_are_failures_of_their_source(fresh_server, database):
    s = fresh_server(PROXY + "throttle { source-failures 4 otp-hour 100 }\n",
                     database=database)
    u = protected(s)
    there = {"X-Forwarded-For": "203.0.113.9"}

    def show(code):
        return s.post("/auth/step-up", {"recovery_code": code}, u["token"],
                      headers=there)

    for _ in range(2):
        assert login(s, "nobody", source="203.0.113.9").status == 401
        code_is_wrong(show(NO_CODE))
    limited(show(u["recovery"][0]), 580, 600)
    assert counted(s, u) == (2, 2)              # both or none
    assert step_up(s, u, recovery_code=u["recovery"][0]).status == 200


# ---- mail ----

@pytest.fixture
def post(fresh_server, database):
    """Starts a moatd that sends mail: post(conf) or post(conf, first node)."""
    smtp = Smtpd()
    env = {"MOATD_SMTP_URL": smtp.url,
           "MOATD_MAIL_FROM": "moatd <moatd@example.org>"}

    def start(conf, first=None):
        s = (node(fresh_server, first, conf, env) if first else
             fresh_server(conf, env, database=database))
        s.smtp = smtp
        return s

    yield start
    smtp.stop()


def resend(s, address, **kw):
    return s.post("/auth/verify-email/resend", {"email": address}, **kw)


@pytest.mark.parametrize("sources", [
    ["203.0.113.9"] * 2, ["2001:db8:7:7::1", "2001:db8:7:7:aaaa::2"]])
def test_mail_rejects_the_sixth_request_of_a_source(post, sources):
    s = post(PROXY + DEFAULT)
    u = s.register()
    for i in range(5):                          # known or not, whatever for
        r = (ask, resend)[i % 2](
            s, u["email"] if i == 1 else f"no{i}@example.org",
            headers={"X-Forwarded-For": sources[i % 2]})
        assert r.status == 202, r
    for path in (ask, resend):
        limited(path(s, u["email"], headers={"X-Forwarded-For": sources[0]}),
                *HOUR)
    assert ask(s, "no@example.org", headers={
        "X-Forwarded-For": "198.51.100.1"}).status == 202
    for i in range(6):                          # a direct loopback peer
        assert ask(s, f"no{i}@example.org").status == 202
    # neither a login nor a registration is a request for mail
    assert login(s, u["username"], u["password"], sources[0]).status == 200
    assert s.post("/auth/register", {
        "username": "somebody", "password": "a good password it is",
        "email": "somebody@example.org"},
        headers={"X-Forwarded-For": sources[0]}).status == 201
    later(s, 3600)
    assert ask(s, u["email"], headers={
        "X-Forwarded-For": sources[0]}).status == 202


def test_mail_counts_nothing_that_was_refused(fresh_server, database):
    """Without a mail server: 503 for whoever asks, however often."""
    s = fresh_server(PROXY + DEFAULT, database=database)
    for i in range(7):
        r = ask(s, f"no{i}@example.org",
                headers={"X-Forwarded-For": "203.0.113.9"})
        assert r.status == 503 and r.json()["error"] == "mail_unavailable", r
        r = ask(s, "no address", headers={"X-Forwarded-For": "203.0.113.9"})
        assert r.status == 400, r
    assert rows(s, "mail") == []


def test_address_gets_three_mails_an_hour_in_silence(post):     # 21
    s = post(DEFAULT)
    u = s.register()                            # the first one
    nth(s, u["email"])
    answers = [(ask, resend)[i % 2](s, (u["email"], u["email"].upper())[i > 2])
               for i in range(8)]
    answers.append(ask(s, "nobody@example.org"))
    assert {(r.status, r.body) for r in answers[::2]} == {
        (202, answers[0].body)}
    assert all("retry-after" not in r.headers for r in answers)
    for i in range(2):                          # nor has who registers it
        assert s.post("/auth/register", {
            "username": f"friend{i}", "password": "a good password it is",
            "email": u["email"]}).status == 201
    nth(s, u["email"], 3)
    silent(s, u["email"], 3)
    later(s, 3600)
    assert ask(s, u["email"]).status == 202
    nth(s, u["email"], 4)


def test_silence_keeps_the_link_that_was_sent(post):
    """Who floods an address does not make its holder's link void."""
    s = post("throttle { address-hour 2 }\n")
    u = s.register()
    assert verify(s, token(s, nth(s, u["email"]), "verify-email")).status == 200
    assert ask(s, u["email"]).status == 202
    link = token(s, nth(s, u["email"], 2), "reset-password")
    for _ in range(3):
        assert ask(s, u["email"]).status == 202
    r = s.post("/auth/reset-password", {"token": link,
                                        "newPassword": "another good password"})
    assert r.status == 200, r
    # a notice is no mail that anybody asked for
    assert "assword" in nth(s, u["email"], 3).subject


def test_addresses_are_counted_by_themselves(post):
    s = post("throttle { address-hour 1 }\n")
    u, v = s.register(), s.register()
    for a in (u, v):
        nth(s, a["email"])
        assert ask(s, a["email"]).status == 202
    silent(s, u["email"], 1)
    assert len(mails(s, v["email"])) == 1


# ---- nodes, tables ----

def test_two_nodes_share_the_windows(post, database):
    if database != "postgres":
        pytest.skip("SQLite has one node")
    one = post(PROXY + DEFAULT)
    two = post(PROXY + DEFAULT, one)
    there = {"X-Forwarded-For": "203.0.113.9"}

    def show(s, u, code=NO_CODE):
        return s.post("/auth/login", {
            "username": u["username"], "password": u["password"],
            "recovery_code": code})

    u = protected(one)
    for i in range(10):
        code_is_wrong(show((one, two)[i % 2], u))
    for s in (one, two):
        limited(show(s, u, u["recovery"][0]), *HOUR)
    for i in range(5):
        assert ask((one, two)[i % 2], "no@example.org",
                   headers=there).status == 202
        assert (one, two)[i % 2].post("/auth/register", {
            "username": f"user{i}", "password": "a good password it is",
            "email": f"user{i}@example.org"}, headers=there).status == 201
    for s in (one, two):
        limited(ask(s, "no@example.org", headers=there), *HOUR)
        limited(s.post("/auth/register", {
            "username": "user9", "password": "a good password it is",
            "email": "user9@example.org"}, headers=there), *HOUR)
    v = two.register()
    nth(one, v["email"])
    for i in range(6):
        assert ask((one, two)[i % 2], v["email"]).status == 202
        # before a newer link makes it void
        nth(one, v["email"], min(i + 2, 3))
    silent(one, v["email"], 3)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        w = protected(two)
        got = list(pool.map(lambda i: show((one, two)[i % 2], w),
                            range(30)))
    assert collections.Counter(r.status for r in got) == {401: 10, 429: 20}
    assert two.ctl("user", "unlock", u["username"]).returncode == 0
    assert show(one, u, u["recovery"][0]).status == 200
