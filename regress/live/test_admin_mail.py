# Copyright (c) 2026 The moatd authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

"""What administrators do to accounts that their holders are told by mail."""

import secrets

import pytest

import moat
from test_accounts import GOOD, error, name
from test_factor import enrol
from test_mail_flows import (mailing, mails, nth, reset, silent, token,
                             verified)

NOBODY = "00000000-0000-7000-8000-000000000000"

__all__ = ["mailing"]


@pytest.fixture(scope="module")
def root(mailing):
    return mailing.admin_login()["token"]


def made(s, root, **over):
    """An account that an administrator made."""
    n = name()
    r = s.post("/admin/users", {"username": n, "email": f"{n}@example.org",
                                **over}, token=root)
    assert r.status == 201, r
    return r.json()


def test_a_made_account_is_mailed_a_link(mailing, root):
    u = made(mailing, root)
    m = nth(mailing, u["email"])
    assert u["username"] in m.text
    password = GOOD + secrets.token_hex(4)
    assert reset(mailing, token(mailing, m, "reset-password"),
                 password).status == 200
    assert mailing.login({"username": u["username"],
                          "password": password})["token"]
    # once
    assert reset(mailing, token(mailing, m, "reset-password")).status == 400


def test_no_link_for_who_has_a_password_or_an_operator(mailing, root):
    u = made(mailing, root, password_hash="$2b$04$abcdefghijklmnopqrstuu"
             "5LhJ5TnqT2sTzLWBcuzNsuv2oSbxUlK")
    n = name()
    r = mailing.ctl("user", "add", n, f"{n}@example.org")
    assert r.returncode == 0, r.stderr
    silent(mailing, u["email"])
    assert not mails(mailing, f"{n}@example.org")


def test_send_reset(mailing, root):
    u = verified(mailing)
    n = len(mails(mailing, u["email"]))
    at = f"/admin/users/{u['userId']}"
    assert mailing.post(at + "/send-reset", token=root).status == 204
    first = token(mailing, nth(mailing, u["email"], n + 1), "reset-password")
    assert mailing.post(at + "/send-reset", token=root).status == 204
    second = token(mailing, nth(mailing, u["email"], n + 2),
                   "reset-password")
    # the newest only
    assert reset(mailing, first).status == 400
    assert reset(mailing, second).status == 200
    nth(mailing, u["email"], n + 3)     # the password was changed
    entries = mailing.sql(
        "SELECT detail FROM audit WHERE action = 'password.request' AND "
        f"subject = '{u['userId']}' AND actor IS NOT NULL")
    assert entries == [('{"by":"admin"}',)] * 2
    # not to one that is disabled, nor to what is not there
    assert mailing.post(at + "/disable", token=root).status == 204
    assert mailing.post(at + "/send-reset", token=root).status == 204
    r = mailing.post(f"/admin/users/{NOBODY}/send-reset", token=root)
    assert r.status == 404
    boss = mailing.get("/auth/me", token=root).json()
    r = mailing.post(f"/admin/users/{boss['id']}/send-reset", token=root)
    error(r, 403, "superadmin_protected")
    silent(mailing, u["email"], n + 3)


def test_a_changed_address_is_told(mailing, root):
    u = verified(mailing)
    n = len(mails(mailing, u["email"]))
    at = f"/admin/users/{u['userId']}"
    r = mailing.patch(at, {"email": u["email"].upper()}, token=root)
    assert r.status == 200 and r.json()["email_verified"] is True
    r = mailing.patch(at, {"email": name() + "@example.org"}, token=root)
    assert r.status == 200 and r.json()["email_verified"] is False
    told = nth(mailing, u["email"].upper(), 1)
    assert u["username"] in told.text and "token=" not in told.text
    silent(mailing, u["email"], n)
    # nobody said that the first address was his
    u = mailing.register()
    nth(mailing, u["email"])
    r = mailing.patch(f"/admin/users/{u['userId']}",
                      {"email": name() + "@example.org"}, token=root)
    assert r.status == 200
    silent(mailing, u["email"], 1)


def test_a_refused_change_is_not_told(mailing, root):
    u, other = verified(mailing), verified(mailing)
    n = len(mails(mailing, u["email"]))
    r = mailing.patch(f"/admin/users/{u['userId']}",
                      {"email": other["email"]}, token=root)
    error(r, 409, "email_taken")
    r = mailing.patch(f"/admin/users/{u['userId']}",
                      {"email": name() + "@example.org"}, token=root,
                      headers={"If-Match": '"1-1-1"'})
    error(r, 412, "precondition_failed")
    silent(mailing, u["email"], n)


def test_a_factor_that_is_taken_away_is_told(mailing, root):
    u = verified(mailing)
    u.update(mailing.login(u))
    enrol(mailing, u)
    n = len(mails(mailing, u["email"]))
    r = mailing.post(f"/admin/users/{u['userId']}/reset-mfa", token=root)
    assert r.status == 204
    moat.until(lambda: len(mails(mailing, u["email"])) > n, 15,
               what="the notice")
