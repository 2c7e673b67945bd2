"""What the scripts compute without a page (the camera and points of the map, the queue) is tested in node."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sources import ROOT

SUITES = sorted((ROOT / "tests" / "js").glob("*.test.js"))


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_scripts_compute_what_they_should(suite: Path) -> None:
    node = shutil.which("node")
    assert node, "node is missing: scripts/install_test_services.sh node"
    command = [node, "--test", "--test-reporter=tap", str(suite)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stdout
    passed = re.search(r"^# pass (\d+)$", result.stdout, re.MULTILINE)
    assert passed, result.stdout
    assert int(passed[1]) > 0
