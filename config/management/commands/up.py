"""`manage.py up`: Segue on one machine."""

from __future__ import annotations

import secrets
import signal
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from accounts import setup
from config import health
from config.supervisor import ground, services
from config.supervisor.processes import Supervisor
from config.supervisor.services import LOOPBACK, WebAddress
from config.supervisor.singleton import RunningAlready, only_one, written_down

DEFAULT_PORT = 8000
PORTS_TRIED = 100
NEARBY = {LOOPBACK, "localhost", "::1"}
DATABASE_HINT = "Start its server, or correct DATABASE_URL (docs/settings.md)."
MEANWHILE = {  # of servers of the operator's own
    "REDIS_URL": (health.broker, "what people upload waits to be heard"),
    "MILVUS_URI": (health.index, "the database is searched instead"),
}
SERVER_SECONDS = 60.0  # until a child answers; the embedded index loads all its collections first


class Command(BaseCommand):
    help = (
        "Run the whole site on this machine: broker, vector index, worker, clock and web server, until Ctrl-C. "
        "REDIS_URL and MILVUS_URI name servers of your own; what they name is not started."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=LOOPBACK, help="the address to listen on; loopback unless you say more")
        parser.add_argument("--port", type=int, default=None, help=f"SEGUE_PORT, or else {DEFAULT_PORT} or above")

    def handle(self, *, host: str, port: int | None, **_options: Any) -> None:
        address = WebAddress(host, port or settings.PORT or 0)
        _end_on_signals()
        lock = settings.RUN_DIR / "up.lock"
        try:
            with only_one(lock) as tell:
                address = self._address(address)
                tell(address.url)
                self._warn_of_strangers(host)
                self._run(address)
        except RunningAlready as found:
            self._print(f"Segue is running already: {found.url or 'it is just starting'}")
        except OperationalError as error:
            told = " ".join(str(error).split())
            raise CommandError(f"the database does not answer ({told}). {DATABASE_HINT}") from error
        except KeyboardInterrupt:
            self._print("Segue has ended.")

    def _address(self, wanted: WebAddress) -> WebAddress:
        if wanted.port and not services.is_free(wanted.host, wanted.port):
            raise CommandError(
                f"port {wanted.port} is taken: end the program that uses it, or name another with --port"
            )
        if wanted.port:
            return wanted
        for port in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
            if services.is_free(wanted.host, port):
                if port != DEFAULT_PORT:
                    self._say(f"port {DEFAULT_PORT} is taken by another program; using {port}")
                return WebAddress(wanted.host, port)
        raise CommandError(f"no port from {DEFAULT_PORT} on is free on {wanted.host}: name one with --port")

    def _warn_of_strangers(self, host: str) -> None:
        if host not in NEARBY and not services.given("ALLOWED_HOSTS"):
            self._say(f"listening on {host}, but ALLOWED_HOSTS is not set: people can only come as localhost")

    def _warn_of_silence(self) -> None:
        for variable, (problem_of, meanwhile) in MEANWHILE.items():
            if services.given(variable) and (problem := problem_of()):
                self._say(f"the server that {variable} names does not answer ({problem}); until it does, {meanwhile}")

    def _run(self, address: WebAddress) -> None:
        supervisor = Supervisor(settings.DATA_DIR / "logs", self._say)
        try:
            with ExitStack() as announced:
                self._start(supervisor, address, announced)
                supervisor.watch()
        finally:
            self._print("ending ...")
            signal.signal(signal.SIGTERM, signal.SIG_DFL)  # who asks twice does not want to wait
            supervisor.stop()

    def _start(self, supervisor: Supervisor, address: WebAddress, announced: ExitStack) -> None:
        ground.folders()
        addresses, servers = {}, []
        if not services.given("REDIS_URL"):
            service, addresses["REDIS_URL"] = services.broker(settings.RUN_DIR)
            servers.append(supervisor.start(service))
        if not services.given("MILVUS_URI"):
            token = settings.MILVUS_TOKEN or secrets.token_urlsafe(32)
            service, addresses["MILVUS_URI"] = services.index(settings.DATA_DIR / "index", token)
            addresses["MILVUS_TOKEN"] = token
            servers.append(supervisor.start(service))
        announced.enter_context(written_down(settings.RUN_DIR / "services.json", addresses))
        ground.tables(self._say)
        ground.static_files(self._say)
        environment = {**addresses, "NUMBA_CACHE_DIR": str(settings.DATA_DIR / "cache" / "numba")}
        web = supervisor.start(services.web(address, settings.WEB_PROCESSES, environment))
        for server in servers:
            if not supervisor.wait_for(server, SERVER_SECONDS):
                self._say(f"{server.service.name} does not answer yet; see {server.log}")
        ground.weights(self._say)
        supervisor.start(services.worker(environment))
        supervisor.start(services.beat(environment))
        self._warn_of_silence()
        if supervisor.wait_for(web, SERVER_SECONDS):
            self._print(self._invitation(address))
        else:
            self._say(f"the site does not answer yet; see {web.log}")

    def _invitation(self, address: WebAddress) -> str:
        if link := setup.link():
            return f"Make yourself the administrator: {address.url}{link}"
        return f"Segue is at {address.url}"

    def _say(self, event: str) -> None:
        self._print(f"- {event}")

    def _print(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()  # whoever reads a file or a pipe waits for the address


def _end_on_signals() -> None:
    """Let SIGTERM and a closed terminal do what Ctrl-C does; `nohup` keeps its meaning."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with it ignored
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.default_int_handler)
