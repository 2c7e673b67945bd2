from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from accounts.secret_file import read_or_make


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"
    secret = read_or_make(path, 32)
    assert len(secret) >= 32
    assert read_or_make(path, 32) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_of_several_who_come_first_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        for number in range(20):
            path = tmp_path / str(number)
            secrets = set(pool.map(lambda _each, path=path: read_or_make(path, 32), range(16)))
            assert secrets == {path.read_text()}
