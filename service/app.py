"""The one place where the parts are put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from starlette.types import Lifespan

from service import http
from service.admin_key import find_or_make_admin_key
from service.api.description import DescribedApi
from service.api.routes import all_routes
from service.assembly import prove, suggest, take_in
from service.auth import Authenticator
from service.catalogue import CatalogueKeeper
from service.db.engine import assert_durable, make_engine
from service.db.schema import assert_current
from service.explanations import explainers
from service.issuer import Issuer, issuer_of
from service.messages import Messages
from service.notices import NoticeBoard
from service.sealing import derived_key
from service.settings import Clock, Settings
from service.tips import Tips
from service.tombstones import Tombstones
from service.use_records import UseRecorder
from service.webhooks import WebhookSender

_DESCRIPTION = """
Recommendations by your customers' leave: a consent registry that records what each customer explicitly
allows, and suggestions that read only that and say in one plain sentence why they are there.

Send a key, or a customer's token, as `Authorization: Bearer …`. Problems come as
`application/problem+json` with a stable `code`.
"""
_ASSETS = Path(fastapi_offline.__file__).parent / "static"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service, ready to be served.

    Raises NotDurable, SchemaProblem or ValueError, each with what to do, if it cannot serve.
    """
    settings = settings or Settings()
    clock = Clock(settings.now)
    admin_key = find_or_make_admin_key(settings)
    tombstones = Tombstones(admin_key)
    engine = _engine(settings, tombstones)
    issuer = issuer_of(settings)
    use_recorder = UseRecorder(engine, settings.use_records, tombstones)

    app = DescribedApi(
        title="Byleave",
        version=version("byleave"),
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=_from_start_to_end(engine, use_recorder, issuer, WebhookSender.of(settings, engine)),
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.engine = engine
    app.state.use_recorder = use_recorder
    app.state.explainers = explainers()
    app.state.catalogue = CatalogueKeeper(engine=engine, clock=clock)
    app.state.tips = Tips(engine=engine, clock=clock, content_locale=settings.content_locale)
    app.state.messages = Messages(
        engine=engine, clock=clock, content_locale=settings.content_locale, tombstones=tombstones
    )
    app.state.purposes = settings.purpose_catalogue
    app.state.calls_key = derived_key(admin_key, "byleave repeated calls, version 1")
    app.state.notices = NoticeBoard(engine=engine, clock=clock, purposes=settings.purpose_catalogue)
    prove(app.state, engine, clock, settings, admin_key, tombstones)
    suggest(app.state, engine, clock, settings, admin_key)
    take_in(app.state, engine, clock, settings, tombstones)
    app.router.routes.extend(all_routes())
    http.install(
        app,
        settings,
        Authenticator(keys=app.state.keys, tokens=app.state.tokens, issuer=issuer),
    )
    _serve_docs(app)
    return app


def _from_start_to_end(
    engine: Engine, use_recorder: UseRecorder, issuer: Issuer | None, webhooks: WebhookSender | None
) -> Lifespan[FastAPI]:
    """What runs while the app is served, and nothing of it longer."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        use_recorder.start()
        await run_in_threadpool(app.state.relearning.begin)
        if issuer is not None:
            await run_in_threadpool(issuer.keys.warm_up)
        if webhooks is not None:
            webhooks.start()
        yield
        if webhooks is not None:
            webhooks.stop()
        if issuer is not None:
            issuer.keys.close()
        use_recorder.stop()
        engine.dispose()

    return lifespan


def _engine(settings: Settings, tombstones: Tombstones) -> Engine:
    """An engine for a database that this release can serve from, with this admin key."""
    engine = make_engine(settings.database_url)
    try:
        assert_current(engine)
        assert_durable(engine)
        tombstones.assert_opens(engine, settings.former_admin_key)
    except Exception:
        engine.dispose()
        raise
    return engine


def _serve_docs(app: FastAPI) -> None:
    """The interactive page, with assets from here: no visitor of it is told to anybody else."""
    app.mount("/docs/assets", StaticFiles(directory=_ASSETS), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    def get_docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        return get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title="Byleave API",
            swagger_js_url=f"{root}/docs/assets/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs/assets/swagger-ui.css",
            swagger_favicon_url=f"{root}/docs/assets/favicon.png",
            swagger_ui_parameters={"persistAuthorization": False, "tryItOutEnabled": True},
        )
