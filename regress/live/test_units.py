"""The systemd unit gives the parent what it needs, and nothing more."""

import re
import shutil
import subprocess

import pytest

import moat

UNIT = moat.TOP / "systemd" / "moatd.service"


def unit_capabilities():
    names = " ".join(re.findall(r"^CapabilityBoundingSet=(.*)$",
                                UNIT.read_text(), re.M)).split()
    assert names
    return [n.removeprefix("CAP_").lower() for n in names]


@pytest.mark.root
def test_unit_capabilities_suffice_for_a_first_start(fresh_server, database):
    bounds = ",".join(["-all", *("+" + c for c in unit_capabilities())])
    s = fresh_server(database=database, prefix=[
        "setpriv", f"--bounding-set={bounds}", "--no-new-privs", "--"])
    u = s.user()
    s.kill("engine")
    moat.until(lambda: s.get("/auth/me",
                             token=u["access_token"]).status == 200,
               what="the engine to come back")
    assert s.restart().login(u)


@pytest.mark.root
def test_unit_capability_that_is_missing_is_noticed(fresh_server):
    # the positive control: without setuid there are no identities to change to
    s = fresh_server(start=False, prefix=[
        "setpriv", "--bounding-set=-all,+chown", "--no-new-privs", "--"])
    s.start(wait=False)
    moat.until(lambda: s.proc.poll() is not None or "not root" in s.log()
               or "missing" in s.log(), what="a word about it")


def test_unit_passes_systemd_analyze():
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    out = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager",
         "--threshold=20", str(UNIT)], capture_output=True, text=True)
    assert out.returncode == 0, out.stdout[-2000:]


def test_unit_passes_a_socket_for_each_listener_of_the_sample():
    # it has no network of its own to bind them in
    sample = (moat.TOP / "etc" / "moatd.conf").read_text()
    socket = UNIT.with_suffix(".socket").read_text()
    assert re.findall(r"^ListenStream=(.*)$", socket, re.M) == [
        f"{a}:{p}" for a, p in re.findall(r"^listen on (\S+) port (\d+)",
                                          sample, re.M)]
