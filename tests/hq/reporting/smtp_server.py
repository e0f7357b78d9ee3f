"""A mail server on this machine, as small as a mail can pass through; it can refuse."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What came; `busy` makes the server refuse, as one does that is full."""

    port: int = 0
    busy: bool = False
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Mailbox = self.server.box  # type: ignore[attr-defined] # set below
        self._say("220 ready")
        while line := self.rfile.readline().strip().decode():
            verb = line.partition(" ")[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                self._take(box)
            elif verb == "QUIT":
                self._say("221 bye")
                return
            elif verb == "MAIL" and box.busy:
                self._say("452 the disk is full")
            else:
                if verb == "RCPT":
                    box.recipients.append(line.partition("<")[2].partition(">")[0])
                self._say("250 good")

    def _take(self, box: Mailbox) -> None:
        content = bytearray()
        while (line := self.rfile.readline()) != b".\r\n":
            content += line[1:] if line.startswith(b"..") else line
        box.letters.append(message_from_bytes(bytes(content), policy=policy.default))
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run it on a port of its own."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session) as server:
        server.daemon_threads = True
        box = Mailbox(server.server_address[1])
        server.box = box  # type: ignore[attr-defined] # for its sessions
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
