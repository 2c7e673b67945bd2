"""The parts that a real deployment has instead of the embedded ones: PostgreSQL and Redis."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, postgres_server, redis_server


@pytest.mark.services
@pytest.mark.early
@pytest.mark.slow
def test_what_touches_the_database_passes_on_postgresql_and_redis_too(tmp_path: Path) -> None:
    with postgres_server() as database, redis_server(tmp_path) as broker:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST_")}
        environment = {**inherited, "DATABASE_URL": database, "REDIS_URL": broker}
        chosen = "database and not services and not browser and not engines and not sqlite"
        command = [sys.executable, "-m", "pytest", "-m", chosen, "-n", "2", "--dist", "worksteal", "--maxfail", "10"]
        result = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=1800
        )
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
    assert " passed" in result.stdout
