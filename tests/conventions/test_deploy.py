"""The files of deploy/ can be read, and name only commands, settings and files that there are."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # noqa: TID251 - a compose file is YAML; nothing of the site is.
from flask import Flask

from quizapp.core.paths import PACKAGE

DEPLOY = PACKAGE.parent / "deploy"
SETTINGS = (PACKAGE / "core" / "settings.py").read_text("utf-8")
COMMAND = re.compile(r"\bquizapp ((?:serve|jobs run|db backup|db upgrade|content load)[^\"&$\n]*)")


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string((DEPLOY / name).read_text("utf-8"))
    return read


def compose() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return told


def test_every_command_is_one_of_ours(app: Flask) -> None:
    files = [file.read_text("utf-8") for file in DEPLOY.iterdir()]
    words = {told.strip() for text in files for told in COMMAND.findall(text)}

    assert {one.split()[0] for one in words} == {"serve", "jobs", "db", "content"}
    for one in words:
        done = app.test_cli_runner().invoke(args=[*one.split(), "--help"])
        assert done.exit_code == 0, (one, done.output)


def test_every_setting_is_one_of_ours() -> None:
    named = {
        name
        for file in DEPLOY.iterdir()
        for name in re.findall(r"\bQUIZAPP_[A-Z_]+", file.read_text("utf-8"))
    }

    assert len(named) >= 8
    assert {name for name in named if f'"{name}"' not in SETTINGS} == set()


def test_the_services_drain_are_kept_and_may_write_only_their_own() -> None:
    for name in ("quizapp.service", "quizapp-jobs.service"):
        service = unit(name)["Service"]
        assert service["Restart"] == "always"
        assert int(service["TimeoutStopSec"]) > 20  # Longer than requests under way are given.
        assert (service["ProtectSystem"], service["UMask"]) == ("strict", "0077")
        assert (service["User"], service["StateDirectory"]) == ("quizapp", "quizapp")
        assert service["EnvironmentFile"] == "/etc/quizapp/quizapp.env"
    assert unit("quizapp.service")["Service"]["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert unit("quizapp.service")["Unit"]["Requires"] == "quizapp.socket"


def test_socket_and_proxy_speak_of_the_same_address() -> None:
    address = unit("quizapp.socket")["Socket"]["ListenStream"]

    assert f"server {address};" in (DEPLOY / "nginx.conf").read_text("utf-8")
    assert compose()["services"]["web"]["ports"] == [f"{address}:8000"]


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not on this machine")
    copies = []
    for file in DEPLOY.glob("quizapp*.*"):
        if file.suffix in (".service", ".socket", ".timer"):
            told = file.read_text("utf-8").replace("/opt/quizapp/.venv/bin/quizapp", "/bin/true")
            copies.append(tmp_path / file.name)
            copies[-1].write_text(told, "utf-8")

    done = subprocess.run(
        [program, "verify", "--man=no", "--recursive-errors=no", *copies],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert len(copies) == 5
    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line] == []


def test_the_compose_file_holds_no_secret_and_opens_nothing_to_the_world() -> None:
    services = compose()["services"]

    assert set(services) == {"schema", "web", "jobs", "database", "redis"}
    for name, service in services.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        passwords = [v for k, v in service.get("environment", {}).items() if "PASSWORD" in k]
        assert all(value.startswith("${") for value in passwords), name
    for name in ("schema", "web", "jobs"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["volumes"] == ["instance:/var/lib/quizapp"]
    # Requests under way are given 20 seconds.
    assert int(services["web"]["stop_grace_period"].removesuffix("s")) > 20


def test_the_sample_of_settings_leaves_the_secrets_to_be_filled_in() -> None:
    lines = (DEPLOY / "quizapp.env").read_text("utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if line and line[0] != "#")

    assert {name for name, value in told.items() if not value} == {
        "QUIZAPP_SECRET_KEY", "QUIZAPP_AUDIT_KEY", "QUIZAPP_DATABASE_URL", "QUIZAPP_REDIS_URL",
        "QUIZAPP_METRICS_TOKEN",
    }  # fmt: skip
