"""The `Sec-GPC` header of a request, as a dependency type: whether she asks that nothing be shared."""

from typing import Annotated

from fastapi import Depends, Request

from service.privacy_control import HEADER, is_sent


def _sent(request: Request) -> bool:
    return is_sent(request.headers.getlist(HEADER))


PrivacyControl = Annotated[bool, Depends(_sent)]
