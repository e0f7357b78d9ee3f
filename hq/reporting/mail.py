"""Reports by mail: a small door to an SMTP server, and the message.

`send` raises OSError or SMTPException where the server cannot be reached or refuses; both are tried again.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

_SECONDS = 30.0


class MailSettings(BaseModel):
    """The server that takes mail, and from whom it comes. Without a user nobody signs in there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str
    port: int = Field(default=587, ge=1, le=65535)
    sender: str
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail with one file."""

    to: Sequence[str]
    subject: str
    text: str
    file_name: str
    media_type: str
    content: bytes


def send(settings: MailSettings, letter: Letter) -> None:
    """Hand a letter over to the server; all recipients are taken, or it is refused as a whole."""
    message = EmailMessage()
    message["From"] = settings.sender
    message["To"] = ", ".join(letter.to)
    message["Subject"] = letter.subject
    message.set_content(letter.text)
    main, _, sub = letter.media_type.partition(";")[0].partition("/")
    message.add_attachment(letter.content, maintype=main, subtype=sub, filename=letter.file_name)
    with _connected(settings) as server:
        if settings.user:
            server.login(settings.user, settings.password.get_secret_value())
        refused = server.send_message(message)
        if refused:
            raise smtplib.SMTPRecipientsRefused(refused)


def _connected(settings: MailSettings) -> smtplib.SMTP:
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=_SECONDS, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=_SECONDS)
    if settings.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server
