"""No copies: what an answer under /v1 says of itself unless its route says otherwise."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class NotStored:
    """Marks answers as private, and not to be stored."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "private, no-store")
            await send(message)

        is_api = scope["type"] == "http" and scope["path"].startswith("/v1/")
        await self._app(scope, receive, marked if is_api else send)
