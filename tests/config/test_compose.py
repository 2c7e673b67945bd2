"""The compose file holds together: no engine is needed to see that."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from config import settings
from tests.processes import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("setup", "web", "worker-cpu", "worker-gpu", "beat")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert "test" in check or (name == "setup" and check["disable"])


def test_only_nginx_is_published_and_on_loopback_unless_asked() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert SERVICES["nginx"]["ports"] == ["${SEGUE_LISTEN:-127.0.0.1}:${SEGUE_PORT:-8000}:8080"]


def test_servers_of_data_have_no_way_out() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("redis", "postgres", "milvus", "web", "beat"):
        assert SERVICES[name]["networks"] == ["inside"]


@pytest.mark.parametrize("name", OURS)
def test_our_services_read_only_what_the_settings_read(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= set(settings.ENV.read)
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_secrets_are_asked_for_and_none_is_shipped() -> None:
    secrets = ["SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "MILVUS_PASSWORD"]
    for name in secrets:
        uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", TEXT)
        assert uses
        assert all(use.startswith(":?") for use in uses), f"{name} may stay empty"
        assert f"\n{name}=\n" in EXAMPLE


def test_the_example_names_every_variable_of_the_compose_file() -> None:
    wanted = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", TEXT)) - {"SEGUE_TAG"}
    assert wanted == set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_mounted_files_and_volumes_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_the_image_copies_what_exists_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (?!--)(.+) \S+$", dockerfile, re.MULTILINE) for name in line.split()]
    assert len(copied) > 5
    for name in copied:
        assert (ROOT / name).exists()
        assert f"!{name}\n" in ignored
    assert "USER segue" in dockerfile


def test_constraints_hold_every_pin() -> None:
    held = set((ROOT / "constraints.txt").read_text(encoding="utf-8").lower().splitlines())
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").lower().splitlines():
            if "==" in line:
                assert re.sub(r"\[.*\]", "", line) in held, f"{line} of {name}: run scripts/freeze.sh"
    assert not [line for line in held if "+" in line or "@" in line]
