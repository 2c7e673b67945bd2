"""Where the database looks for pieces of words: trigrams, in the way that each database has them.

PostgreSQL indexes the stored text with `pg_trgm`. SQLite has FTS5 tables beside the three tables, kept by triggers; a
migration that writes a table anew drops its triggers, so `install` runs after every migration and mends that.
"""

from __future__ import annotations

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("catalog_track", "catalog_artist", "catalog_album")

FTS = """
CREATE VIRTUAL TABLE IF NOT EXISTS {table}_fts USING fts5(
    search, content='{table}', content_rowid='id', tokenize='trigram'
);
CREATE TRIGGER {table}_fts_insert AFTER INSERT ON {table} BEGIN
    INSERT INTO {table}_fts(rowid, search) VALUES (new.id, new.search);
END;
CREATE TRIGGER {table}_fts_delete AFTER DELETE ON {table} BEGIN
    INSERT INTO {table}_fts({table}_fts, rowid, search) VALUES ('delete', old.id, old.search);
END;
CREATE TRIGGER {table}_fts_update AFTER UPDATE OF search ON {table} BEGIN
    INSERT INTO {table}_fts({table}_fts, rowid, search) VALUES ('delete', old.id, old.search);
    INSERT INTO {table}_fts(rowid, search) VALUES (new.id, new.search);
END;
INSERT INTO {table}_fts({table}_fts) VALUES ('rebuild');
"""
NAMES = ("insert", "delete", "update")


def install(connection: BaseDatabaseWrapper) -> None:
    """Create whatever is missing for searching. May be called at any time."""
    if connection.vendor == "postgresql":
        _install_postgresql(connection)
    elif connection.vendor == "sqlite":
        _install_sqlite(connection)


def _install_postgresql(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for table in TABLES:
            # Names of our own, nothing that anybody typed.
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {table}_trigrams ON {table} USING gin (search gin_trgm_ops)")


def _install_sqlite(connection: BaseDatabaseWrapper) -> None:
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
        for table in TABLES:
            names = [f"{table}_fts_{name}" for name in NAMES]
            if present.issuperset(names):
                continue
            for name in names:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            for statement in _statements(FTS.format(table=table)):
                cursor.execute(statement)


def _statements(script: str) -> list[str]:
    """A script as single statements: a trigger ends with END, anything else with its semicolon."""
    found: list[str] = []
    for piece in script.split(";\n"):
        begun = found and found[-1].startswith("CREATE TRIGGER") and not found[-1].endswith("END")
        if begun:
            found[-1] += f";\n{piece.strip()}"
        elif piece.strip():
            found.append(piece.strip())
    return found
