"""A report as a file: its heading, its blocks, and who printed it when."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from branch.voice import Voice
from replication.console.app import Page
from replication.console.languages import msgid
from replication.console.pdf import Block, Paper, build_pdf
from replication.console.table_export import download

_PRINTED = msgid("%(branch)s · printed %(at)s by %(operator)s")


def report_file(
    page: Page, voice: Voice, title: str, subtitle: str, blocks: Sequence[Block], name: str
) -> Response:
    """Blocks as a PDF for the browser to save, with who printed it and when; `paper=receipt` in the address
    asks for the roll of a receipt printer.
    """
    footer = voice.text(
        _PRINTED, branch=voice.profile.branch, at=page.now, operator=page.user.operator
    )
    heading = f"{voice.profile.name} · {voice.text(title)}"
    paper: Paper = "receipt" if page.query.get("paper") == "receipt" else "a4"
    content = build_pdf(heading, subtitle, blocks, page.language, footer, paper)
    return download(name, "application/pdf", content)
