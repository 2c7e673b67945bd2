"""`manage.py vectorserver`: the embedded vector index as a server of its own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = (
        "Serve Milvus Lite on this machine to who knows MILVUS_TOKEN. `manage.py up` does it by itself; "
        "MILVUS_URI names another server."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, default=settings.DATA_DIR / "index", help="the database's directory")
        parser.add_argument("--port", type=int, default=19530)
        parser.add_argument("--host", default="127.0.0.1", help="listen beyond loopback; nothing is encrypted")

    def handle(self, *, data: Path, port: int, host: str, **_options: Any) -> None:
        server = import_module("recommender.index.lite_server")
        try:
            server.serve(data, port, settings.MILVUS_TOKEN, host)
        except server.StartError as error:
            raise CommandError(str(error)) from error
