"""The sessions of the README work as printed."""

import re
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


def test_readme_first_session(fresh_server, database, tmp_path):
    s = fresh_server(database=database)
    script = session_of("A first session").replace(
        "http://127.0.0.1:3000", s.url)
    out = subprocess.run(["bash", "-c", script], cwd=tmp_path, text=True,
                         capture_output=True, timeout=60)
    assert out.returncode == 0, out.stderr
    text = out.stdout
    assert '"message":"User registered successfully"' in text
    assert '"username":"alice"' in text          # who am I
    assert "Token refreshed" in text
    assert '"aud": "' + s.url in text            # the verified claims
    assert "HTTP/1.1 204" in text                # the end of it
    assert text.rstrip().endswith("}") and "invalid_token" in text


def test_readme_second_factor(fresh_server, database, tmp_path):
    s = fresh_server(database=database)
    s.register(username="alice", password="correct horse battery")
    moat.until(lambda: time.time() % 30 < 20, 30, 0.1)
    script = session_of("A second factor").replace(
        "http://127.0.0.1:3000", s.url)
    shown = ('code=$(oathtool --totp --base32 --now "@$(($(date +%s)'
             '{}))" "$(field secret < factor.json)")')
    for off in (" - 30", ""):       # an app would show them in turn
        script = script.replace("code=123456", shown.format(off), 1)
    out = subprocess.run(["bash", "-c", script], cwd=tmp_path, text=True,
                         capture_output=True, timeout=60)
    assert out.returncode == 0, out.stderr
    assert "OTP verified successfully" in out.stdout
    assert '"username":"alice"' in out.stdout and '"mfa":true' in out.stdout
    assert "HTTP/1.1 204" in out.stdout
    read = subprocess.run(["zbarimg", "--raw", "-q", tmp_path / "factor.png"],
                          check=True, capture_output=True, text=True).stdout
    assert read.startswith("otpauth://totp/")


def test_readme_sessions_and_forgotten_password(fresh_server, tmp_path):
    s = fresh_server()
    s.register(username="alice", password="correct horse battery")
    link = s.ctl("user", "set-password-link", "alice").stdout.strip()
    command = "build/moatctl --socket var/moatd.sock user set-password-link"
    texts = []
    for title in ("Your sessions", "Forgotten password"):
        script = session_of(title).replace("http://127.0.0.1:3000", s.url)
        script = script.replace(f"{command} alice", f"echo '{link}'")
        out = subprocess.run(["bash", "-c", script], cwd=tmp_path, text=True,
                             capture_output=True, timeout=60)
        assert out.returncode == 0, out.stderr
        texts.append(out.stdout)
    assert texts[0].count("HTTP/1.1 204") == 2
    assert '"invalid_token"' in texts[0] and '"username":"alice"' in texts[0]
    assert "Password reset successfully" in texts[1]
    assert s.login({"username": "alice", "password": "battery horse correct"})


def test_readme_names_every_library_that_is_linked():
    table = README[README.index("## Dependencies"):]
    for name in ("libevent", "libsodium", "libcrypto", "jansson", "libpq",
                 "SQLite", "utf8proc", "libseccomp", "check, libjwt"):
        assert f"| {name}" in table, name
