"""What surrounds every request, outermost first: a log line, no copies, other origins, the door, the body.

Only `install` knows the order. A request is refused as early as possible: its headers before its caller is
looked for, and its caller before anything of its body is read.
"""

from collections.abc import Sequence

from fastapi import FastAPI

from service.auth import Authenticator
from service.http import problems
from service.http.body import BodyLimits, HangUp
from service.http.copies import NotStored
from service.http.door import Door
from service.http.log import RequestLog
from service.http.origins import OtherOrigins
from service.http.problems import ErrorsAnswered
from service.limits import Limits
from service.settings import Settings


def install(app: FastAPI, settings: Settings, authenticator: Authenticator) -> None:
    """Put all of it around `app`."""
    app.add_middleware(BodyLimits, seconds=settings.body_seconds)
    app.add_middleware(Door, authenticator=authenticator, limits=Limits(settings))
    app.add_middleware(ErrorsAnswered)
    app.add_middleware(HangUp)
    _admit(app, settings.cors_origins)
    app.add_middleware(NotStored)
    app.add_middleware(RequestLog)
    problems.install(app)


def _admit(app: FastAPI, origins: Sequence[str]) -> None:
    if origins:
        app.add_middleware(OtherOrigins, allow_origins=origins)
