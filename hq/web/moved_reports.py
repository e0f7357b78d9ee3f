"""Where reports were before they had one frame: an address that somebody kept leads to the same figures."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from hq.bootstrap import Headquarters
from hq.web.asked import REPORT_ROLES
from replication.console.app import Console
from replication.console.page import Page

_MOVED = {
    "/sales": "sales",
    "/stock": "stock",
    "/stock/margins": "margins",
    "/stock/variance": "stock_variance",
}
_FORMS = ("", ".csv", ".pdf")
#: What a parameter of old was called, and is now.
_RENAMED = {("sort", "tickets"): "receipts"}


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The addresses of old."""
    del headquarters
    for path, code in _MOVED.items():
        for form in _FORMS:
            console.page(f"{path}{form}", roles=REPORT_ROLES)(_moved(code, form))


def _moved(code: str, form: str) -> Callable[[Page], Response]:
    def answer(page: Page) -> Response:
        now = "tenders" if code == "sales" and page.query.get("by", "") == "tender" else code
        # Where somebody stood in the list is not the same any more.
        pairs = [
            (name, _RENAMED.get((name, value), value))
            for name, value in page.request.query_params.multi_items()
            if name not in {"after", "value", "at"}
        ]
        query = f"?{urlencode(pairs)}" if pairs else ""
        return RedirectResponse(f"/reports/{now}{form}{query}", 308)

    return answer
