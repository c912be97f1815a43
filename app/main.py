"""Puts the application together: `create_app(settings)` and nothing else."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError
from starlette.concurrency import run_in_threadpool

from app import openapi, pages, problems
from app.answer_cache import AnswerCache, CachedAnswers
from app.api_route import MAX_WRITERS
from app.database import after_commit, make_engine, read_transaction, require_current_schema
from app.encryption import Encryption, new_encryption_key, read_encryption_key
from app.errors import ConfigurationError, SchemaBehindError
from app.http_client import FetchPolicy, SafeFetcher, TokenBuckets
from app.key_backends import BackendName, KeyBackend
from app.middleware import RequestFrame
from app.routers import API_ROUTERS, PUBLIC_ROUTERS
from app.sandbox import Sandbox
from app.services.keys import require_openable
from app.services.sites import PublishedCache, Site
from app.settings import Settings, read_or_make_key_file
from app.worker import Worker


def utc_now() -> datetime:
    """Return the present time; the only clock, so that tests can set it."""
    return datetime.now(UTC)


def open_encryption(settings: Settings) -> Encryption:
    """Return the key for secrets at rest; development makes and keeps one of its own."""
    if settings.encryption_key is not None:
        return read_encryption_key(settings.encryption_key.get_secret_value())
    return read_encryption_key(read_or_make_key_file(settings.encryption_key_file, new_encryption_key()))


def make_site(settings: Settings) -> Site:
    """Return what services may know of this deployment."""
    policy = FetchPolicy.read(f"{settings.public_url}/verify", settings.fetch_allow_networks)
    fetcher = SafeFetcher(policy) if settings.fetches_remote else None
    trusted = frozenset(settings.trusted_issuers)
    return Site(
        settings.public_url,
        open_encryption(settings),
        trusted,
        fetcher,
        Sandbox(),
        open_key_backends(settings),
        BackendName(settings.key_backend),
    )


def open_key_backends(settings: Settings) -> dict[str, KeyBackend]:
    """Return the backends beside the local one that the settings describe; their packages are optional.

    Raises `ConfigurationError` when a package is missing, or a token cannot be opened.
    """
    backends: dict[str, KeyBackend] = {}
    try:
        if settings.pkcs11_module and settings.pkcs11_token and settings.pkcs11_pin:
            from app.key_backends.pkcs11 import Pkcs11Backend  # noqa: PLC0415 (an optional package)

            pin = settings.pkcs11_pin.get_secret_value()
            module, token = str(settings.pkcs11_module), settings.pkcs11_token
            backends[BackendName.PKCS11] = Pkcs11Backend(module, token, pin)
        if settings.aws_kms_region:
            from app.key_backends.aws_kms import AwsKmsBackend  # noqa: PLC0415 (an optional package)

            backends[BackendName.AWS_KMS] = AwsKmsBackend.in_region(settings.aws_kms_region)
    except ImportError as error:
        raise ConfigurationError(
            f"The package {error.name} is needed for the backend of signing keys.",
            hint="Install leadership-passports with its extra `pkcs11` or `aws`.",
        ) from error
    return backends


def create_app(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> FastAPI:
    """Return the application, ready to serve.

    On SQLite the schema is brought up to date; on PostgreSQL, where several machines share it, a schema
    that is behind raises `SchemaBehindError`. Other settings that cannot work raise `ConfigurationError`.
    """
    pages.check()
    engine, site = open_service(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        worker = Worker(engine, site, clock) if settings.embedded_worker else None
        thread = threading.Thread(target=worker.run, name="worker") if worker else None
        if thread:
            thread.start()
        try:
            yield
        finally:
            if worker and thread:
                worker.stop()
                await run_in_threadpool(thread.join)
            site.close()
            engine.dispose()

    app = make_api(lifespan)
    after_commit(engine, app.state.answers.clear)
    app.state.engine, app.state.site, app.state.clock = engine, site, clock
    app.state.visitors = TokenBuckets(settings.visitors_per_minute, time.monotonic)
    app.state.body_seconds = settings.body_seconds
    app.state.writers = asyncio.Semaphore(MAX_WRITERS)
    return app


def open_service(settings: Settings) -> tuple[Engine, Site]:
    """Return the database and the deployment's facts, which must fit each other.

    Raises what `open_database` raises, and `ConfigurationError` when the encryption key is not the one with
    which the signing keys in the database were sealed.
    """
    published, engine = PublishedCache(), open_database(settings)
    after_commit(engine, published.clear)
    site = replace(make_site(settings), published=published)
    try:
        with read_transaction(engine) as session:
            require_openable(session, site)
    except ConfigurationError:
        site.close()
        engine.dispose()
        raise
    return engine, site


def open_database(settings: Settings) -> Engine:
    """Return the engine on a schema that fits; SQLite's is brought up to date.

    Raises `SchemaBehindError` when PostgreSQL's is behind, and `ConfigurationError` for a database that
    cannot be opened.
    """
    engine = make_engine(settings.database_url)
    try:
        _require_schema(engine)
    except DatabaseError as error:
        engine.dispose()
        raise ConfigurationError(
            f"The database cannot be opened: {error.orig}.", hint="Is PASSPORTS_DATABASE_URL right?"
        ) from error
    except ConfigurationError:
        engine.dispose()
        raise
    return engine


def _require_schema(engine: Engine) -> None:
    try:
        require_current_schema(engine)
    except SchemaBehindError:
        if engine.dialect.name != "sqlite":
            raise
        from app.migrations import upgrade  # noqa: PLC0415 (loads Alembic, 12 MB that are seldom needed)

        upgrade(engine)


def make_api(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """Return the routes with all that surrounds them, for serving or for describing."""
    api = FastAPI(
        title="Leadership Passports",
        version=version("leadership-passports"),
        summary="Passports of leadership: evidence, completion and verifiable Open Badges 3.0 credentials.",
        docs_url=None,  # its page loads scripts from elsewhere; openapi.json can be opened in any viewer
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,  # would send the token on to whatever address the Host header made up
    )
    api.state.answers = AnswerCache()
    api.add_middleware(CachedAnswers, cache=api.state.answers)
    api.add_middleware(RequestFrame)
    problems.install(api)
    for router in (*PUBLIC_ROUTERS, *API_ROUTERS):  # tried one after the other: strangers ask most
        api.router.routes.extend(router.routes)  # `include_router` would make each a second time
    api.mount("/static", StaticFiles(directory=pages.STATIC_DIRECTORY), name="static")
    openapi.install(api)
    return api
