"""The command line: `byleave serve`, `import`, `learn` and what else `byleave --help` lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from rich.console import Console
from rich.table import Table

from service import logs
from service.admin_key import find_or_make_admin_key
from service.app import create_app
from service.callers import Scope
from service.command_database import current_database_of, database_of
from service.connections import HEADERS_MAXIMUM_BYTES, KEEP_ALIVE_SECONDS, Connection
from service.console import console, errors, foreseen_problems
from service.db.schema import upgrade
from service.demo.load import FLAGSHIP, load_demo_shop
from service.evaluate_command import evaluate_file
from service.importers.command import import_file
from service.keys import Keys
from service.learn_command import learn
from service.outreach_command import plan_outreach
from service.proof_commands import export_checkpoint, rotate_signing, verify
from service.purge_command import purge
from service.settings import Clock, Environment, Settings
from service.standing_orders_command import propose_orders
from service.startup import assert_port_is_free
from service.webhook_command import show_webhooks

_GOODBYE_SECONDS = 30  # for answers under way when the service is stopped

app = typer.Typer(no_args_is_help=True, help="Byleave: recommendations by your customers' leave.")
keys_app = typer.Typer(no_args_is_help=True, help="Keys for the shop's back end.")
app.add_typer(keys_app, name="keys")
app.command("import")(import_file)
app.command("evaluate")(evaluate_file)
app.command("verify")(verify)
app.command("checkpoint")(export_checkpoint)
app.command("webhooks")(show_webhooks)
app.command("purge")(purge)
app.command("learn")(learn)
app.command("outreach")(plan_outreach)
app.command("standing-orders")(propose_orders)
keys_app.command("rotate-signing")(rotate_signing)


def _show_version(wanted: bool) -> None:
    if wanted:
        console.print(f"byleave {version('byleave')}")
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say which release this is."),
    ] = False,
) -> None:
    """Byleave: recommendations by your customers' leave."""


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, help="Number of worker processes.")] = 1,
) -> None:
    """Serve the API on BYLEAVE_HOST and BYLEAVE_PORT."""
    with foreseen_problems():
        settings = Settings()
        logs.configure()
        assert_port_is_free(settings.host, settings.port)
        create_app(settings).state.engine.dispose()  # the workers make their own
        _welcome(settings)
    uvicorn.run(
        "service.cli:worker",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        access_log=False,
        log_level="warning",
        server_header=False,
        # Nothing that proxies tell of the client or of the address is believed, because nothing needs it.
        proxy_headers=False,
        ws="none",
        http=Connection,
        h11_max_incomplete_event_size=HEADERS_MAXIMUM_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )


def worker() -> FastAPI:
    """What each worker process serves."""
    logs.configure()
    return create_app()


@app.command()
def migrate() -> None:
    """Bring the database up to date with this release. Does nothing if it is."""
    with foreseen_problems(), database_of(Settings()) as engine:
        upgrade(engine)


@app.command()
def demo() -> None:
    """Load the demo shop, if the database has no products yet."""
    with foreseen_problems(), current_database_of(settings := Settings()) as engine:
        if settings.env is Environment.PRODUCTION:
            console.print("Demo shop: not loaded, because this is production.")
            return
        with console.status("Loading the demo shop …"):
            loaded = load_demo_shop(engine, Clock(settings.now))
        if loaded is None:
            console.print("Demo shop: nothing to load; it is there already, or this is a shop of your own.")
            return
        console.print(
            f"Demo shop: {loaded.products} products, {loaded.customers} customers, "
            f"{loaded.purchases} purchases and returns."
        )


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="What it is for, so that you know it again.")],
    scope: Annotated[
        list[Scope],
        typer.Option(metavar="<scope>", help=f"What it may do; repeat for several: {', '.join(Scope)}."),
    ],
) -> None:
    """Make a key. It is printed this once; only a hash of it is kept."""
    with foreseen_problems(), _keys() as keys:
        key_id, key = keys.create(name, sorted(set(scope)))
    errors.print(f"Key {key_id} ({name}). Keep it safe: it is not shown again.")
    console.print(key)


@keys_app.command("list")
def list_keys() -> None:
    """List all keys, without their secrets."""
    table = Table("id", "name", "scopes", "created", "revoked", box=None)
    with foreseen_problems(), _keys() as keys:
        for row in keys.all():
            created, revoked = row["created_at"], row["revoked_at"]
            scopes = row["scopes"]
            assert isinstance(scopes, list)
            table.add_row(
                str(row["id"]), str(row["name"]), "\n".join(scopes), f"{created:%Y-%m-%d}", _day(revoked)
            )
    # As wide as it takes: ids are copied and searched for, so they are not broken into lines.
    Console(width=500, markup=False, emoji=False).print(table)


@keys_app.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="The id, as `keys list` shows it.")]) -> None:
    """Revoke a key, from the next request on."""
    with foreseen_problems(), _keys() as keys:
        revoked = keys.revoke(key_id)
    if not revoked:
        errors.print(f"There is no key {key_id} that could be revoked; `byleave keys list` shows them.")
        raise typer.Exit(1)
    console.print(f"Key {key_id} is revoked.")


def run() -> None:
    """Entry point of the `byleave` command."""
    app()


@contextmanager
def _keys() -> Iterator[Keys]:
    settings = Settings()
    with current_database_of(settings) as engine:
        yield Keys(engine, Clock(settings.now), find_or_make_admin_key(settings))


def _day(moment: object) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def _welcome(settings: Settings) -> None:
    host = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0") else settings.host
    url = f"http://{host}:{settings.port}"
    key = find_or_make_admin_key(settings)
    if settings.env is Environment.PRODUCTION:
        # Output ends up in logs, and there a key has no place.
        console.print(f"API    {url}\nDocs   {url}/docs")
        return
    console.print(f"API    {url}\nDocs   {url}/docs\nKey    {key}\n")
    if settings.demo:
        console.print(
            "Try:\n\n"
            f"curl -s -H 'Authorization: Bearer {key}' \\\n"
            f"  '{url}/v1/customers/{FLAGSHIP}/recommendations?limit=1'\n"
        )
    console.print("Stop with Ctrl+C.")
