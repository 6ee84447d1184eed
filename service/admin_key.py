"""The first key: taken from the environment, or made once and kept in a file that only its owner reads."""

import os
import secrets
from pathlib import Path
from tempfile import mkstemp

from pydantic import TypeAdapter, ValidationError

from service.settings import AdminKey, Settings


def find_or_make_admin_key(settings: Settings) -> str:
    """`BYLEAVE_ADMIN_KEY`, else the content of `BYLEAVE_ADMIN_KEY_FILE`, which is made if it is missing.

    Raises ValueError if the file holds no key.
    """
    if settings.admin_key is not None:
        return settings.admin_key
    path = settings.admin_key_file
    if not path.exists():
        _make(path)
    try:
        return TypeAdapter(AdminKey).validate_python(path.read_text("ascii").strip())
    except (ValidationError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path} holds no key of 32 to 200 printable characters; delete it and a new one is made"
        ) from error


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and linked into place: of two workers that start at once one makes the key.
    handle, aside = mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(aside)
