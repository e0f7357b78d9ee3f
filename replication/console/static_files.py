"""The console's static files. One that is asked for with its version may be kept for ever."""

from __future__ import annotations

import os

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from replication.console.rendering import STATIC


class VersionedFiles(StaticFiles):
    """Serves the folder `static`; without a version the browser asks each time whether it holds."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        kept = "public, max-age=31536000, immutable" if versioned else "no-cache"
        response.headers["Cache-Control"] = kept
        return response
