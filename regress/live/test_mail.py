"""Mail: the outbox, the mailer, and a mail server that is good, slow, away,
refusing, and a stranger; hostile names and user agents (CASES 43)."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time

import pytest

import moat
import smtpd


@pytest.fixture
def mailbox():
    """A factory of mail servers: mailbox(starttls=…)."""
    made = []

    def make(*a, **kw):
        made.append(smtpd.Smtpd(*a, **kw))
        return made[-1]

    yield make
    for d in made:
        d.delay.clear()
        d.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    d = tmp_path_factory.mktemp("ca")
    for p in (d, *d.parents):
        if p.stat().st_uid == os.geteuid() and str(p).startswith("/tmp/"):
            p.chmod(0o755)
    return smtpd.Authority(d)


def conf(url, more=""):
    return (f'mail {{\nsmtp "{url}"\nfrom "Suite <no-reply@example.org>"\n'
            f"{more}\n}}\n")


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def put(s, template="new_device", to=None, username="alice", ip="192.0.2.1",
        ua="curl/8", link=None, age=0, tries=0):
    """An outbox row as an act writes it; its id."""
    at = int(time.time() * 1e6) - age
    mail = "m-" + secrets.token_hex(8)
    s.sql("INSERT INTO outbox (id, tenant, created_at, due_at, tries, "
          "template, to_addr, username, ip, user_agent, link_id) VALUES ("
          f"'{mail}', 'default', {at}, {at}, {tries}, '{template}', "
          f"{quote(mail + '@example.org' if to is None else to)}, {quote(username)}, "
          f"{quote(ip)}, {quote(ua)}, {quote(link) if link else 'NULL'})")
    return mail


def rows(s):
    return int(s.sql("SELECT count(*) FROM outbox")[0][0])


def gone(s, timeout=15):
    moat.until(lambda: rows(s) == 0, timeout, what="an empty outbox")


# ---- delivery ----

NAMES = ("verify", "reset", "set_password", "already_registered",
         "password_changed", "email_changed", "factor_changed", "new_device")


def test_every_template_arrives(fresh_server, database, mailbox):
    d = mailbox()
    s = fresh_server(conf(d.url), database=database)
    ids = {put(s, n): n for n in NAMES}
    d.wait(len(NAMES))
    gone(s)
    assert len(d.mails) == len(NAMES)
    for m in d.mails:
        name = ids[m.msg["Message-ID"].strip("<>").partition("@")[0]]
        assert m.sender == "no-reply@example.org"
        assert m.msg["From"] == "Suite <no-reply@example.org>"
        assert m.msg["To"] == m.to[0] and len(m.to) == 1
        assert m.msg["Auto-Submitted"] == "auto-generated"
        assert abs(m.msg["Date"].datetime.timestamp() - time.time()) < 60
        assert m.msg.get_content_type() == "multipart/alternative"
        for body in (m.text, m.html):
            assert "alice" in body and "Suite" in body and "{{" not in body
            assert s.url in body, name
        assert m.subject and "\n" not in m.subject
    assert s.stop() == 0


def test_link_is_of_the_issuer_and_derived_when_sent(fresh_server, database,
                                                     mailbox):
    import hashlib
    import base64
    d = mailbox()
    s = fresh_server(conf(d.url), database=database)
    u = s.register()
    now = int(time.time() * 1e6)
    for purpose, path in ((1, "verify-email"), (2, "reset-password")):
        s.sql("INSERT INTO mail_links (id, purpose, user_id, email, email_key,"
              f" hash, created_at, expires_at) VALUES ('l{purpose}', {purpose},"
              f" '{u['userId']}', 'a@example.org', 'a@example.org', "
              f"'h{purpose}', {now}, {now + 10**9})")
        put(s, "reset", f"l{purpose}@example.org", link=f"l{purpose}")
        m = d.to(f"l{purpose}@example.org")
        found = re.search(r"(http\S+)/([a-z-]+)\?token=([\w-]+)", m.text)
        assert found.group(1) == s.url and found.group(2) == path
        assert len(found.group(3)) == 43
        assert found.group(0) in m.html
        assert found.group(0).encode() in m.data    # whole, for any reader
        base64.urlsafe_b64decode(found.group(3) + "=")
        # no table has it, in no form but its digest
        dump = "".join(map(str, s.sql("SELECT * FROM outbox") +
                           s.sql("SELECT * FROM mail_links")))
        assert found.group(3) not in dump
    gone(s)


@pytest.mark.parametrize("state", ["used_at = 1", "expires_at = 1", None])
def test_rejects_dead_links_quietly(fresh_server, database, mailbox, state):
    d = mailbox()
    s = fresh_server(conf(d.url), database=database)
    u = s.register()
    gone(s)
    d.mails.clear()
    if state:
        s.sql("INSERT INTO mail_links (id, purpose, user_id, email, email_key,"
              f" hash, created_at, expires_at) VALUES ('dead', 2, "
              f"'{u['userId']}', 'a@example.org', 'a@example.org', 'h', 1, "
              "9000000000000000)")
        s.sql(f"UPDATE mail_links SET {state} WHERE id = 'dead'")
    put(s, "reset", link="dead")
    gone(s)
    put(s)
    d.wait(1)
    assert len(d.mails) == 1 and d.mails[0].subject.startswith("A login")


# ---- hostile values ----

HOSTILE = [
    ("eve\r\nBcc: victim@example.net", "x"),
    ("eve\nSubject: you won", "a\r\n.\r\nMAIL FROM:<x@example.net>"),
    ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>"),
    ("\"'><a href=//e.example>", "&lt;b&gt;"),
    ("http://evil.example/", "see https://evil.example/ now"),
    ("{{link}}", "{{username}} {{nonsense}} }}{{"),
    ("\u202egnp.exe", "a\u2066b\u200bc"),
    ("=?UTF-8?B?QQ==?=", "=3D=0A."),
    (".", ".\r\n."),
    ("J\u00fcrgen \U0001f600" * 20, "\u00e9" * 200),
    ("x" * 250, "y" * 256),
]


@pytest.mark.parametrize("who,ua", HOSTILE)
def test_values_cannot_leave_their_place(fresh_server, mailbox, who, ua,
                                         tmp_path_factory):
    d = mailbox()
    s = fresh_server(conf(d.url))
    put(s, "new_device", "v@example.org", who, "192.0.2.1", ua)
    m = d.to("v@example.org")
    gone(s)
    assert len(d.mails) == 1 and m.to == ["v@example.org"]
    assert set(m.msg.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "MIME-Version",
        "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Type"}
    assert m.subject == "A login from a new device"
    assert [p.get_content_type() for p in m.msg.iter_parts()] == [
        "text/plain", "text/html"]
    html = m.html
    for bad in ("<script", "<img", "<a href=//e", "evil.example/\">"):
        assert bad not in html
    assert "://evil" not in m.text and "://evil" not in html
    assert len(re.findall(r"<a ", html)) == 1
    for c in "\u202e\u2066\u200b":
        assert c not in m.text and c not in html
    assert m.text.startswith("Hello ") and m.text.count("When: ") == 1
    assert max(map(len, m.data.split(b"\r\n"))) <= 998
    assert not [c for c in d.seen if "victim" in c or "x@example.net" in c]


@pytest.mark.parametrize("to", [
    "a@example.org>\r\nRCPT TO:<b@example.org", "a@example.org\r\nDATA",
    "a b@example.org", "<a@example.org>", "a@b@example.org", "nobody", "",
    "\u00e4@example.org", "x" * 300 + "@example.org"])
def test_addresses_that_are_none_reach_nobody(fresh_server, mailbox, to):
    d = mailbox()
    s = fresh_server(conf(d.url))
    put(s, to=to, tries=4)
    gone(s)
    put(s, to="good@example.org")
    d.to("good@example.org")
    assert len(d.mails) == 1
    assert not [c for c in d.seen if c.startswith("RCPT") and
                "good@example.org" not in c]


# ---- a server in trouble ----

def test_server_down_keeps_the_mail_over_a_restart(fresh_server, database,
                                                   mailbox):
    d = mailbox()
    d.stop()
    s = fresh_server(conf(d.url), database=database)
    put(s, to="late@example.org")
    moat.until(lambda: int(s.sql("SELECT tries FROM outbox")[0][0]) >= 2,
               what="a second try")
    s.restart()
    assert rows(s) == 1
    assert s.get("/health/ready").status == 200
    d.start()
    d.to("late@example.org")
    gone(s)
    assert len(d.mails) == 1


def test_backs_off_from_a_second_to_a_quarter_of_an_hour(fresh_server,
                                                         database, mailbox):
    d = mailbox()
    d.replies["rcpt"] = "450 later"
    s = fresh_server(conf(d.url), database=database)
    want = {0: 1, 3: 8, 9: 512, 10: 900, 30: 900}
    ids = {put(s, tries=t): w for t, w in want.items()}

    def waits():
        now = time.time() * 1e6
        got = {i: (int(due) - now) / 1e6 for i, due in s.sql(
            "SELECT id, due_at FROM outbox WHERE leased_by IS NULL")}
        return all(i in got and (w < 8 or w - 6 < got[i] <= w)
                   for i, w in ids.items())

    moat.until(waits, what="the times of the next tries")
    # the first one keeps being tried
    moat.until(lambda: max(int(t) for i, t in s.sql(
        "SELECT id, tries FROM outbox") if ids[i] == 1) >= 3)
    assert rows(s) == len(want) and not d.mails


def test_refused_mail_is_given_up_with_one_line(fresh_server, database,
                                                mailbox):
    d = mailbox()
    d.replies["rcpt"] = "550 no such user"
    s = fresh_server(conf(d.url), database=database)
    mail = put(s, to="nobody@example.org", tries=3)
    moat.until(lambda: int((s.sql("SELECT tries FROM outbox") or
                            [("9",)])[0][0]) >= 4, what="a try")
    s.sql(f"UPDATE outbox SET due_at = 1 WHERE id = '{mail}' "
          "AND leased_by IS NULL")
    gone(s, 30)
    s.wait_log("is given up after")
    assert s.log().count("is given up after") == 1
    assert mail in s.log() and "nobody@example.org" not in s.log()
    d.replies.clear()
    put(s, to="somebody@example.org")
    d.to("somebody@example.org")


@pytest.mark.parametrize("stage,reply", [
    ("greeting", "421 too busy"), ("greeting", "554 go away"),
    ("ehlo", "421 no"), ("mail", "451 later"), ("data", "452 full"),
    ("taken", "451 later"), ("mail", "530 who are you"),
    ("ehlo", "999 what")])
def test_a_refusal_for_now_keeps_the_mail(fresh_server, mailbox, stage,
                                          reply):
    d = mailbox()
    d.replies[stage] = reply
    s = fresh_server(conf(d.url))
    put(s, to="again@example.org", tries=0)
    moat.until(lambda: int(s.sql("SELECT tries FROM outbox")[0][0]) >= 2,
               20, what="a second try")
    d.replies.clear()
    d.to("again@example.org")
    gone(s)
    assert len(s.pids("mailer")) == 1 and "killed" not in s.log()


def test_three_days_are_enough(fresh_server, mailbox):
    d = mailbox()
    d.replies["rcpt"] = "450 later"
    s = fresh_server(conf(d.url))
    put(s, age=int(3.1 * 86400e6))
    gone(s)
    s.wait_log("given up")


@pytest.mark.long
def test_slow_server_holds_up_nothing_else(fresh_server, database, mailbox):
    d = mailbox()
    d.delay.set()
    s = fresh_server(conf(d.url), database=database)
    for n in range(40):
        put(s, to=f"slow{n}@example.org")
    moat.until(lambda: d.connections >= 4, what="connections")
    began = time.monotonic()
    u = s.user()
    assert s.get("/auth/me", token=u["access_token"]).status == 200
    assert s.get("/health/ready").status == 200
    assert time.monotonic() - began < 3
    assert d.connections <= 8 and not d.mails
    # the lease is renewed while it takes its time
    time.sleep(6)
    now = time.time() * 1e6
    leased = s.sql("SELECT due_at FROM outbox WHERE leased_by IS NOT NULL")
    assert leased and min(int(r[0]) for r in leased) > now + 3e6
    d.delay.clear()
    moat.until(lambda: rows(s) == 0, 60, what="an empty outbox")
    assert sorted(m.to[0] for m in d.mails if m.to[0] != u["email"]) == sorted(
        f"slow{n}@example.org" for n in range(40))


@pytest.mark.long
@pytest.mark.parametrize("role", ["mailer", "engine", "vault", "parent"])
def test_killed_under_way_loses_no_mail(fresh_server, database, mailbox,
                                        role):
    d = mailbox()
    d.delay.set()
    s = fresh_server(conf(d.url), database=database)
    mail = put(s, to="once@example.org")
    moat.until(lambda: d.connections >= 1, what="a connection")
    pids = list(s.children())
    s.kill(role)
    if role == "parent":
        s.proc.wait()
        moat.until(lambda: not any(map(moat.alive, pids)),
                   what="the end of all")
        s.ready.clear()
        s.start()
        s.sql("UPDATE outbox SET due_at = 1")       # the lease is over
    d.delay.clear()
    d.to("once@example.org", 30)
    gone(s, 30)
    if role in ("engine", "vault"):     # the mailer knows that it has it
        assert len(d.mails) == 1
    # a copy, if there is one, says that it is one
    assert {m.msg["Message-ID"] for m in d.mails} == {
        f"<{mail}@example.org>"}


def test_two_nodes_send_each_mail_once(fresh_server, mailbox):
    if os.environ.get("MOATD_TEST_DB") == "sqlite":
        pytest.skip("no PostgreSQL in this run")
    d = mailbox()
    a = fresh_server(conf(d.url), database="postgres")
    a.stop()
    b = fresh_server(conf(d.url), database="postgres", start=False)
    b.conf.write_text(b.conf.read_text().replace(b.pg, a.pg))
    subprocess.run(["cp", "-a", str(a.state / "keys"), str(b.state)
                    if b.state.is_dir() else str(b.root / "keys")], check=True)
    if not b.state.is_dir():
        b.state.mkdir(mode=0o755)
        (b.root / "keys").rename(b.state / "keys")
        if b.as_user:
            shutil.chown(b.state, b.as_user)
    a.start()
    b.start()
    for n in range(60):
        put(a, to=f"n{n}@example.org")
    d.wait(60, 30)
    gone(a)
    assert len(d.mails) == 60 and len({m.to[0] for m in d.mails}) == 60


# ---- TLS and the credential ----

SECRET = "p%40ss/w".replace("/", "%2F")
CLEAR = "p@ss/w"


def test_starttls_is_used_where_offered(fresh_server, mailbox, authority):
    d = mailbox(starttls=authority.context("127.0.0.1"),
                auth=("moat", CLEAR))
    s = fresh_server(conf(
        d.url.replace("://", f"://moat:{SECRET}@"), f'ca "{authority.ca}"'))
    put(s, to="safe@example.org")
    m = d.to("safe@example.org")
    assert m.tls and m.user == "moat"


@pytest.mark.parametrize("auths", ["PLAIN", "LOGIN", "CRAM-MD5",
                                   "GSSAPI NTLM DIGEST-MD5 XOAUTH2 LOGIN"])
def test_smtps_and_each_way_to_log_in(fresh_server, mailbox, authority,
                                      auths):
    d = mailbox(tls=authority.context("127.0.0.1"), auth=("moat", CLEAR),
                auths=auths)
    s = fresh_server(conf(
        f"smtps://moat:{SECRET}@127.0.0.1:{d.port}", f'ca "{authority.ca}"'))
    put(s, to="safe@example.org")
    m = d.to("safe@example.org")
    assert m.tls and m.user == "moat"
    assert s.pids("mailer") and "killed" not in s.log()


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("names,ca", [
    (("127.0.0.1",), False), (("mail.example.org",), True)])
def test_rejects_certificates(fresh_server, mailbox, authority, implicit,
                              names, ca):
    """An unknown authority; another server's name."""
    ctx = authority.context(*names)
    d = mailbox(tls=ctx) if implicit else mailbox(starttls=ctx)
    s = fresh_server(conf(
        f"smtp{'s' if implicit else ''}://127.0.0.1:{d.port}",
        f'ca "{authority.ca}"' if ca else ""))
    put(s)
    moat.until(lambda: int(s.sql("SELECT tries FROM outbox")[0][0]) >= 2,
               what="a second try")
    assert rows(s) == 1 and not d.mails
    assert not [c for c in d.seen if c.startswith("MAIL")]


def other_address():
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as c:
        try:
            c.connect(("192.0.2.1", 9))
            addr = c.getsockname()[0]
        except OSError:
            return None
    return None if addr.startswith("127.") else addr


def test_rejects_a_credential_in_the_clear(fresh_server, mailbox):
    addr = other_address()
    if addr is None:
        pytest.skip("this machine has loopback only")
    d = mailbox(auth=("moat", CLEAR), host=addr)     # no STARTTLS
    s = fresh_server(conf(f"smtp://moat:{SECRET}@{addr}:{d.port}"))
    put(s)
    moat.until(lambda: d.connections >= 2, what="a second try")
    assert rows(s) == 1 and not d.mails
    assert not [c for c in d.seen if c.startswith(("AUTH", "MAIL"))], d.seen
    # without a credential the same server may have it
    e = mailbox(host=addr)
    t = fresh_server(conf(f"smtp://{addr}:{e.port}"))
    put(t)
    e.wait(1)


def test_wrong_credential_is_no_fault_of_the_mail(fresh_server, mailbox):
    d = mailbox(auth=("moat", "another"))
    s = fresh_server(conf(d.url.replace("://", f"://moat:{SECRET}@")))
    put(s, tries=7)
    moat.until(lambda: [c for c in d.seen if c.startswith("AUTH")],
               what="an attempt")
    moat.until(lambda: s.sql("SELECT tries FROM outbox WHERE "
                             "leased_by IS NULL") == [("8",)])
    assert CLEAR not in s.log() and SECRET not in s.log()


# ---- templates and configuration ----

def test_templates_of_the_operator(fresh_server, mailbox, tmp_path):
    d = mailbox()
    s = fresh_server(start=False)
    own = s.root / "mail"
    own.mkdir()
    (own / "new_device.txt").write_text(
        "Subject: Hallo {{username}} \u00e4\n\nAh {{product}}:\n.\n..x\n"
        "{{ip}} {{time}} {{user_agent}}\n", "utf-8")
    (own / "new_device.html").write_text("<p>{{user_agent}}</p>\r\n")
    for p in (own, *own.iterdir()):
        p.chmod(0o755 if p.is_dir() else 0o644)
        if s.as_user:
            shutil.chown(p, s.as_user)
    with open(s.conf, "a") as f:
        f.write(conf(d.url, f'templates "{own}"'))
    s.start()
    put(s, "new_device", "o@example.org", username="a\r\nBcc: x@y.example",
        ua="<b>")
    m = d.to("o@example.org")
    assert m.subject == "Hallo a  Bcc: x@y.example \u00e4"
    assert m.text.startswith("Ah Suite:\n.\n..x\n192.0.2.1 2")
    assert m.html == "<p>&lt;b&gt;</p>\n"
    put(s, "reset", "p@example.org")
    assert "new password" in d.to("p@example.org").text    # the built-in one
    # a new text comes with a reload
    (own / "new_device.txt").write_text("Subject: Neu\n\nneu\n")
    old = s.pids("mailer")
    s.reload()
    moat.until(lambda: s.pids("mailer") not in ([], old), what="a new mailer")
    s.wait_healthy()
    put(s, "new_device", "q@example.org")
    assert d.to("q@example.org").subject == "Neu"
    # and a broken one does not
    (own / "new_device.txt").write_text("Subject: x\n\n{{password}}\n")
    s.reload()
    s.wait_log("new_device.txt:3: unknown placeholder")
    put(s, "new_device", "r@example.org")
    assert d.to("r@example.org").subject == "Neu"


BROKEN = [
    ("Subject: x\n\n{{usernam}}\n", ":3: unknown placeholder"),
    ("Subject: x\n\na\nb {{ip}} {{ ip }}\n", ":4: unknown placeholder"),
    ("Subject: x\n\n{{\n", ":3: unknown placeholder"),
    ("Hello\n", ":1: a text begins"),
    ("Subject: x\nBcc: y@example.org\n\ntext\n", ":1: a text begins"),
    ("", ":1: a text begins"),
    ("Subject: x\n\n\udcff\n", "not UTF-8"),
    ("Subject: x\n\na\0b\n", "NUL byte"),
    ("Subject: x\n\n" + "x" * 40000, "longer than 32768"),
]


@pytest.mark.parametrize("text,why", BROKEN)
def test_rejects_broken_templates(tmp_path, text, why):
    (tmp_path / "verify.txt").write_bytes(
        text.encode("utf-8", "surrogateescape"))
    c = tmp_path / "moatd.conf"
    c.write_text(conf("smtp://127.0.0.1", f'templates "{tmp_path}"'))
    c.chmod(0o600)
    r = subprocess.run([moat.BUILD / "moatd", "-n", "-f", c],
                       capture_output=True, text=True)
    assert r.returncode == 1
    assert f"{tmp_path}/verify.txt" in r.stderr and why in r.stderr, r.stderr


def test_rejects_templates_that_others_may_write(tmp_path):
    (tmp_path / "reset.html").write_text("<p>{{link}}</p>")
    (tmp_path / "reset.html").chmod(0o666)
    c = tmp_path / "moatd.conf"
    c.write_text(conf("smtp://127.0.0.1", f'templates "{tmp_path}"'))
    c.chmod(0o600)
    r = subprocess.run([moat.BUILD / "moatd", "-n", "-f", c],
                       capture_output=True, text=True)
    assert r.returncode == 1 and "reset.html: writable by others" in r.stderr


def test_environment_configures_mail(fresh_server, mailbox):
    d = mailbox()
    s = fresh_server(env={"MOATD_SMTP_URL": d.url,
                          "MOATD_MAIL_FROM": "J\u00fcrgen <j@example.org>"})
    put(s)
    m = d.wait(1)[0]
    assert m.sender == "j@example.org"
    assert m.msg["From"].addresses[0].display_name == "J\u00fcrgen"


def test_mail_is_turned_on_and_off_by_a_reload(fresh_server, database,
                                               mailbox):
    d = mailbox()
    s = fresh_server("backchannel-logout no", database=database)
    assert s.pids("mailer") == []
    assert "mailer" not in s.ctl("status").stdout
    put(s, to="waits@example.org")
    before = s.conf.read_text()
    s.conf.write_text(before + conf(d.url))
    s.reload()
    d.to("waits@example.org")
    assert "mailer" in s.ctl("status").stdout
    s.conf.write_text(before)
    s.reload()
    moat.until(lambda: s.pids("mailer") == [], what="the mailer's end")
    s.wait_healthy()
    assert s.user()


@pytest.mark.slow
def test_selftest_covers_the_mailer(fresh_server, mailbox):
    d = mailbox()
    s = fresh_server(conf(d.url))
    r = s.ctl("selftest", "sandbox")
    assert r.returncode == 0, r.stdout
    mine = [l for l in r.stdout.splitlines() if l.startswith("mailer")]
    assert len(mine) > 20
    assert [l for l in mine if "connect to 127.0.0.1" in l and "allowed" in l]
    assert not [l for l in mine if "WORKED" in l]
    d.stop()


def test_name_that_is_not_found_waits(fresh_server):
    s = fresh_server(conf("smtp://no-such-host.invalid:25"))
    s.wait_log("no-such-host.invalid")
    put(s)
    moat.until(lambda: int(s.sql("SELECT tries FROM outbox")[0][0]) >= 2,
               what="a second try")
    assert s.get("/health/ready").status == 200
    assert s.user()


def test_private_addresses_no_rejects_a_name_for_them(fresh_server, mailbox):
    d = mailbox()
    s = fresh_server(conf(f"smtp://localhost:{d.port}",
                          "private-addresses no"))
    s.wait_log("private-addresses refuses")
    put(s)
    moat.until(lambda: int(s.sql("SELECT tries FROM outbox")[0][0]) >= 2,
               what="a second try")
    assert d.connections == 0
    t = fresh_server(conf(f"smtp://localhost:{d.port}"))
    put(t)
    d.wait(1)


def test_dead_mailer_comes_back(fresh_server, mailbox):
    d = mailbox()
    s = fresh_server(conf(d.url))
    old = s.kill("mailer", signal.SIGKILL)
    moat.until(lambda: s.pids("mailer") not in ([], [old]),
               what="a new mailer")
    put(s)
    d.wait(1)
    assert s.get("/health/ready").status == 200
