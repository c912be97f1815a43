"""The commands that run until they are ended: the API and the worker."""

import gc
import signal
import threading
from typing import Annotated

import typer
import uvicorn

from app.cli.failures import expected
from app.logs import configure_logs
from app.main import create_app, open_service, utc_now
from app.settings import load_settings
from app.worker import Worker

commands = typer.Typer(add_completion=False)


@commands.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve the API and the public pages.

    Example: passports serve --host 0.0.0.0 --port 8000
    """
    with expected():
        settings = load_settings()
        configure_logs(settings.log_level)
        application = create_app(settings)
    gc.freeze()  # what is there now stays: no collection needs to look through it again
    uvicorn.run(application, host=host, port=port, log_config=None, ws="none", timeout_graceful_shutdown=20)


@commands.command()
def worker() -> None:
    """Do the jobs apart from the API.

    Set PASSPORTS_EMBEDDED_WORKER=false for the API then.

    Example: passports worker
    """
    with expected():
        settings = load_settings()
        configure_logs(settings.log_level)
        running = Worker(*open_service(settings), utc_now)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: running.stop())
    thread = threading.Thread(target=running.run)
    thread.start()
    thread.join()
