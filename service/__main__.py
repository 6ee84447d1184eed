"""`python -m service` is `byleave`."""

from service.cli import run

run()
