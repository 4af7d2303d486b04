"""The command line on real hosts: exit statuses, documents, and what it does not load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import jsonschema
import psutil
import pytest

from tests.lab import claims, faults
from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, checked, configure, opsconsole

pytestmark = pytest.mark.lab

CALM_WITHIN_SECONDS = 180.0
CALM_PERCENT = 40.0
LOAD = "[limits.resources]\nload_15_per_core = 1000\n"
"""The load of the last quarter of an hour is that of the tests before this one, not of the host."""


def schema(name: str) -> dict[str, object]:
    """Return a JSON Schema of the package."""
    text = files("opsconsole.console.cli").joinpath(f"schemas/{name}.schema.json").read_text()
    return json.loads(text)  # type: ignore[no-any-return]  # what the file holds is what is validated with


def until_calm() -> None:
    """Wait for a second in which this machine has little to do: its CPU is what every lab host shows."""
    deadline = time.monotonic() + CALM_WITHIN_SECONDS
    while (busy := psutil.cpu_percent(interval=1.0)) > CALM_PERCENT:
        assert time.monotonic() < deadline, f"this machine is never calm: {busy:.0f} % busy"


def test_a_healthy_host_has_no_finding_and_its_document_keeps_to_the_schema(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2"], more=LOAD)
    until_calm()
    status, hosts = checked(config, "web2")
    jsonschema.validate({"version": 1, "hosts": [*hosts.values()]}, schema("check"))
    found = [finding for panel in hosts["web2"]["panels"].values() for finding in panel["findings"]]
    assert (status, hosts["web2"]["level"], found) == (0, "ok", [])
    until_calm()
    words = opsconsole("check", "--config", config, "web2")
    assert words.returncode == 0, words.stdout
    assert len(words.stdout.splitlines()) == 1
    assert words.stdout.startswith("✓ web2  ok  resources, health, certificates, logs read in ")
    assert words.stderr == ""


def test_all_hosts_are_checked_at_once_and_one_that_is_away_is_unknown(lab: Lab, tmp_path: Path) -> None:
    config = configure(
        lab,
        tmp_path / "opsconsole.toml",
        ["web2", "busy1", "ro1"],
        hosts={"ro1": {"port": 9}},
        more=CALM,
    )
    done = opsconsole("check", "--config", config, "web2", "busy1", "ro1")
    assert done.returncode == 3
    lines = done.stdout.splitlines()
    assert lines[0].startswith("✓ web2  ok")
    assert lines[1].startswith("✓ busy1  ok")
    assert lines[2].startswith("○ ro1  ")
    assert "refused" in lines[2]
    _, hosts = checked(config, "ro1")
    assert hosts["ro1"]["connection"] == "unreachable: connection refused"
    assert hosts["ro1"]["panels"]["resources"]["reading"] is None


def test_a_failed_unit_is_a_warning_with_its_words(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web1"], more=CALM)
    with faults.unit_failing("web1"):
        done = opsconsole("check", "--config", config, "--panel", "health", "web1")
    assert done.returncode == 1
    assert f"▲ {faults.FAILING_UNIT}" in done.stdout
    assert faults.ERROR_LINE in done.stdout
    assert "resources" not in done.stdout


def test_a_full_disk_is_critical(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web1"], more=CALM)
    path = "/var/log/app/opsconsole-lab-full"
    claims.claim("web1", "full")
    try:
        faults.execute("web1", ["sh", "-c", f"head -c 19500000 /dev/zero >{path}"])
        done = opsconsole("check", "--config", config, "--panel", "resources", "web1")
    finally:
        faults.execute("web1", ["rm", "-f", path])
        claims.release("web1", "full")
    assert done.returncode == 2
    assert "● web1  critical" in done.stdout
    assert "● /var/log/app 93 % used  resources  → log-rotation" in done.stdout


def test_usage_mistakes_are_unknown_and_never_critical(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2"])
    for argv in (["web9"], ["--panel", "weather", "web2"], ["--nonsense"]):
        done = opsconsole("check", "--config", config, *argv)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr


def test_a_key_that_is_not_known_is_refused_with_the_command_to_type(lab: Lab, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2"], known_hosts=known, more=CALM)
    done = opsconsole("check", "--config", config, "web2")
    assert done.returncode == 3
    command = done.stdout.split("to trust it: ", 1)[1].splitlines()[0]
    subprocess.run(["sh", "-c", command], check=True)
    assert opsconsole("check", "--config", config, "web2").returncode == 0


def test_the_doctor_on_the_lab_and_on_a_broken_configuration(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2", "bastion", "inner"])
    done = opsconsole("doctor", "--config", config, "--json", "web2", "inner")
    document = json.loads(done.stdout)
    jsonschema.validate(document, schema("doctor"))
    reached = {one["subject"]: one for one in document["checks"]}
    assert (done.returncode, reached["inner"]["level"]) == (0, "ok")
    assert "Debian" in reached["web2"]["found"]

    away = configure(lab, tmp_path / "away.toml", ["web2"], hosts={"web2": {"port": 9}})
    done = opsconsole("doctor", "--config", away, "web2")
    assert done.returncode == 1
    assert "refused" in done.stdout

    broken = tmp_path / "broken.toml"
    broken.write_text('[hosts.web2]\nport = "ssh"\n')
    done = opsconsole("doctor", "--config", broken)
    assert done.returncode != 0
    assert f"{broken}:2" in done.stderr
    assert "port" in done.stderr


def test_hosts_tells_where_each_value_is_from(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["bastion", "inner", "deep1"])
    done = opsconsole("hosts", "--config", config, "--json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, schema("hosts"))
    hosts = {host["name"]: host for host in document["hosts"]}
    assert set(hosts) == {"localhost", "bastion", "inner", "deep1"}
    assert hosts["deep1"]["jump"] == ["bastion", "inner"]
    line = config.read_text().splitlines().index("[hosts.deep1]") + 1
    origin = hosts["deep1"]["origins"]["jump"]
    assert (origin["file"], origin["line"]) == (str(config), line + 3)


def test_a_check_never_loads_textual(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", ["web2"], more=CALM)
    argv = [sys.executable, "-X", "importtime", "-m", "opsconsole", "check", "--config", config, "web2"]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "LANG": "C.UTF-8"}
    )
    assert done.returncode == 0, done.stdout
    loaded = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "asyncssh" in loaded
    assert not {name for name in loaded if name.split(".")[0] == "textual"}
    assert not {name for name in loaded if name.startswith("opsconsole.console.tui")}
