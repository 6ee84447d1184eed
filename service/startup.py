"""What a person reads when the service cannot start: what is wrong, and what to do about it."""

import socket

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from service.db.engine import NotDurable
from service.db.schema import SchemaProblem

FORESEEN = (NotDurable, SchemaProblem, DBAPIError, ValidationError, ValueError, OSError)


def advice(error: Exception) -> str:
    """One or two lines for a foreseen `error`."""
    if isinstance(error, ValidationError):
        problems = "; ".join(
            f"BYLEAVE_{str(one['loc'][0]).upper()}: {one['msg']}" if one["loc"] else str(one["msg"])
            for one in error.errors()
        )
        return f"Settings: {problems}. See docs/configuration.md."
    if isinstance(error, DBAPIError):
        reason = str(error.orig).strip().splitlines()[0]
        return (
            f"The database cannot be used: {reason}. Check BYLEAVE_DATABASE_URL, and that this user may "
            "write to it and to the folder that it is in."
        )
    if isinstance(error, OSError):
        return (
            f"{error.filename}: {error.strerror}. Check that this user may write there, or choose other places: "
            "BYLEAVE_DATABASE_URL, BYLEAVE_ADMIN_KEY_FILE."
        )
    return str(error)


def assert_port_is_free(host: str, port: int) -> None:
    """Raises ValueError if something listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ValueError(
                f"Port {port} on {host} cannot be used ({error.strerror}). Stop what listens there, or choose "
                "another: BYLEAVE_PORT=8001 make run"
            ) from error
