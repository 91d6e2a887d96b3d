"""The sessions of the README work as printed."""

import json
import re
import socket
import subprocess
import time

import moat

README = (moat.TOP / "README.md").read_text()


def session_of(title):
    """The shell blocks of one section of the README."""
    part = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", README,
                     re.M | re.S)[1]
    blocks = re.findall(r"^```sh\n(.*?)^```$", part, re.M | re.S)
    assert blocks
    return "set -eu\n" + "\n".join(blocks)


def play(s, title, cwd, *changes):
    """Runs a section against a server: what it prints."""
    script = session_of(title).replace("http://127.0.0.1:3000", s.url)
    for old, new in changes:
        assert old in script, old
        script = script.replace(old, new, 1)
    out = subprocess.run(["bash", "-c", script], cwd=cwd, text=True,
                         capture_output=True, timeout=60)
    assert out.returncode == 0, out.stderr
    return out.stdout


def mail_sink(cwd, port):
    """The guide's own mail server, which writes to mails.txt."""
    (line,) = re.findall(r"^    (/usr/bin/python3 .* 127\.0\.0\.1:)2525 > mails.txt &$",
                         README, re.M)
    with open(cwd / "mails.txt", "wb") as out:
        p = subprocess.Popen((line + str(port)).split(), cwd=cwd, stdout=out)
    moat.until(lambda: listens(port), what="the mail server")
    return p


def listens(port):
    with socket.socket() as c:
        return c.connect_ex(("127.0.0.1", port)) == 0


SHOWN = ('code=$(oathtool --totp --base32 --now "@$(($(date +%s){}))" '
         '"$(field secret < factor.json)")')


def test_readme_is_a_way_to_go(fresh_server, database, tmp_path):
    """All of it in turn: register, enrol by scanning, log in, lose the phone,
    get in with a recovery code, see and end sessions, forget the password,
    serve another tenant."""
    port = moat.free_port()
    sink = mail_sink(tmp_path, port)
    try:
        s = fresh_server(database=database, env={
            "MOATD_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "MOATD_MAIL_FROM": "moatd <no-reply@example.org>"})
        first_session(s, tmp_path)
        second_factor(s, tmp_path)
        your_sessions(s, tmp_path)
        forgotten_password(s, tmp_path)
        administering_users(s, tmp_path)
        an_application_asks(s, tmp_path)
        applications_and_machines(s, tmp_path)
        tenants(s, tmp_path)
    finally:
        sink.terminate()
        sink.wait()


def first_session(s, tmp_path):
    text = play(s, "A first session", tmp_path)
    assert '"message":"User registered successfully"' in text
    assert '"username":"alice"' in text          # who am I
    assert "Token refreshed" in text
    assert '"aud": "' + s.url in text            # the verified claims
    assert "HTTP/1.1 204" in text                # the end of it
    assert text.rstrip().endswith("}") and "invalid_token" in text


def second_factor(s, tmp_path):
    moat.until(lambda: time.time() % 30 < 20, 30, 0.1)
    text = play(s, "A second factor", tmp_path,     # an app: one after another
                ("code=123456", SHOWN.format(" - 30")),
                ("code=123456", SHOWN.format("")))
    assert "OTP verified successfully" in text
    assert '"username":"alice"' in text and '"mfa":true' in text
    assert "HTTP/1.1 204" in text
    read = subprocess.run(["zbarimg", "--raw", "-q", tmp_path / "factor.png"],
                          check=True, capture_output=True, text=True).stdout
    assert read.startswith("otpauth://totp/")
    assert json.loads((tmp_path / "factor.json").read_text())["secret"] in read


def your_sessions(s, tmp_path):
    text = play(s, "Your sessions", tmp_path)
    assert text.count("HTTP/1.1 204") == 2
    assert '"invalid_token"' in text and '"username":"alice"' in text


def administering_users(s, tmp_path):
    command = "build/moatctl --socket var/moatd.sock"
    text = play(s, "Administering users", tmp_path, (
        command, f"{moat.BUILD}/moatctl --socket {s.state}/moatd.sock"))
    assert '"username":"dave"' in text and "\n204\n" in text
    assert "200\n412\n" in text and "User deleted successfully" in text


def an_application_asks(s, tmp_path):
    command = "build/moatctl --socket var/moatd.sock"
    text = play(s, "An application asks", tmp_path, (
        command, f"{moat.BUILD}/moatctl --socket {s.state}/moatd.sock"))
    yes, no = re.findall(r'"allowed":(\{.*?\})', text)
    assert json.loads(yes) == {"billing:invoice.read": True,
                               "billing:invoice.write": False}
    assert not any(json.loads(no).values())


def applications_and_machines(s, tmp_path):
    command = "build/moatctl --socket var/moatd.sock"
    text = play(s, "Applications and machines", tmp_path, (
        command, f"{moat.BUILD}/moatctl --socket {s.state}/moatd.sock"))
    assert '"allowed":false' in text and '"subject":"nightly"' in text
    assert "both are good" in text
    assert re.search(r"go to http\S+/device and type \w{4}-\w{4}$", text, re.M)
    assert '"error":"authorization_pending"' in text


def tenants(s, tmp_path):
    command = "build/moatctl --socket var/moatd.sock"
    text = play(s, "Tenants", tmp_path, (
        command, f"{moat.BUILD}/moatctl --socket {s.state}/moatd.sock"))
    assert '"tenant":"acme"' in text             # who am I
    assert '"error":"not_found"' in text         # while it is suspended
    assert '"action":"user.register"' in text    # its own chain


def forgotten_password(s, tmp_path):
    command = "build/moatctl --socket var/moatd.sock"
    text = play(s, "Forgotten password", tmp_path, (
        command, f"{moat.BUILD}/moatctl --socket {s.state}/moatd.sock"))
    assert text.startswith("HTTP/1.1 202")
    assert text.count("Password reset successfully") == 2
    assert s.login({"username": "alice", "password": "staple battery horse"})
    for old in ("correct horse battery", "battery horse correct"):
        assert s.post("/auth/login", {"username": "alice",
                                      "password": old}).status == 401


def test_readme_names_every_library_that_is_linked():
    table = README[README.index("## Dependencies"):]
    for name in ("libevent", "libsodium", "libcrypto", "jansson", "libpq",
                 "SQLite", "utf8proc", "libseccomp", "check, libjwt"):
        assert f"| {name}" in table, name
