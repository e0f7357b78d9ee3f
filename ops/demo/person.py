"""A person at a web console: signs in, opens pages, fills in forms, as a browser would for them."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Self

import httpx2

from ops.demo.processes import DemoError

_TOKEN = re.compile(r'name="csrf"[^>]*value="([^"]+)"')
_TAGS = re.compile(r"<[^>]+>")
_OK = 400


class Person:
    """Somebody signed in at the console at `address`."""

    def __init__(self, address: str, operator: str, password: str) -> None:
        self.operator = operator
        self._client = httpx2.Client(
            base_url=address, headers={"Origin": address, "Accept-Language": "en"}, timeout=60,
            follow_redirects=True, trust_env=False,
        )  # fmt: skip
        # The one form without a token: there is no session yet that it could be tied to.
        self._checked(
            self._client.post("/sign-in", data={"operator": operator, "password": password})
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str) -> httpx2.Response:
        """Open a page or fetch a file. Raises DemoError when it is refused."""
        return self._checked(self._client.get(path))

    def submit(
        self,
        path: str,
        fields: Mapping[str, str | list[str]],
        files: Mapping[str, tuple[str, bytes]] | None = None,
        page: str | None = None,
    ) -> httpx2.Response:
        """Send the form of a page to `path`. Raises DemoError with what the page says."""
        token = _TOKEN.search(self.get(page or path).text)
        if token is None:
            message = f"the page {page or path} has no form"
            raise DemoError(message)
        return self._checked(
            self._client.post(path, data={"csrf": token.group(1), **fields}, files=files)
        )

    def _checked(self, response: httpx2.Response) -> httpx2.Response:
        if response.status_code >= _OK:
            text = " ".join(html.unescape(_TAGS.sub(" ", response.text)).split())
            message = (
                f"{self.operator}: {response.url} answered {response.status_code}: {text[:600]}"
            )
            raise DemoError(message)
        return response
