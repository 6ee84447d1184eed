"""Which web pages of other origins may call the API from a browser (CORS): those that the shop lists, only.

Never with cookies: a caller is known by its `Authorization` header and by nothing that a browser adds.
"""

from functools import partial

from starlette.middleware.cors import CORSMiddleware

OtherOrigins = partial(
    CORSMiddleware,
    allow_methods=("GET", "HEAD", "POST", "PUT", "DELETE"),
    allow_headers=(
        "Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Accept-Language",
    ),
    expose_headers=("ETag", "Retry-After"),
    allow_credentials=False,
)  # fmt: skip
