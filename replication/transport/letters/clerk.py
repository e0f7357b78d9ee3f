"""The parent's answer to one letter, whichever way it came.

read    signature, site, way and number hold      else RefusedError, and no number is taken
answer  what `Parent` says to the verb            a RefusedError is an answer too
refuse  the refusal as a letter                   counted under the site, as on every other way
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from replication.errors import RefusedError
from replication.identity import signature_holds
from replication.messages import Fetch, Hello, Recall, RestartOrder, Status
from replication.parent import Parent
from replication.transport.letters.letter import (
    Kind,
    Letter,
    Verb,
    answer_to,
    digest_of,
    numbered,
    open_letter,
    seal_letter,
)
from replication.transport.letters.numbers import Numbers
from schemas.wire import canonical
from schemas.wire.batch import MAX_BATCH_BYTES

#: The largest body of each verb, in bytes: the same as by http.
LIMITS: dict[Verb, int] = {
    "hello": 64 * 1024, "enrol": 64 * 1024, "fetch": 256 * 1024, "recall": 64 * 1024,
    "status": 4 * 1024 * 1024,
    "push": MAX_BATCH_BYTES,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clerk:
    """Deals with the letters that travel one way to `parent`."""

    parent: Parent
    way: str

    def numbers(self, site: str) -> Numbers:
        """The series of a child's letters."""
        return Numbers(self.parent.engine, site, self.way)

    def read(self, site: str, name: str, data: bytes) -> Letter:
        """The request in a file that lay in the directory of `site`. Raises RefusedError."""

        def verify(sender: str, signature: bytes, signed: bytes) -> bool:
            return sender == site and signature_holds(
                self.parent.public_key(site), signature, signed
            )

        letter = open_letter(data, verify)
        if (letter.site, letter.way, letter.kind, letter.name) != (site, self.way, "request", name):
            message = f"{name} holds the {letter.kind} {letter.name} of {letter.site}: it was moved"
            raise RefusedError("foreign_stream", message)
        if len(letter.body) > LIMITS[letter.verb]:
            raise RefusedError("oversized", f"{name} exceeds {LIMITS[letter.verb]} bytes")
        taken = self.numbers(site).taken()
        if letter.number <= taken:
            message = f"letter {letter.number} of {site} is old, {taken} was taken: write a new one"
            raise RefusedError("replayed", message)
        return letter

    def answer(self, letter: Letter) -> tuple[Kind, bytes]:
        """What the parent says. Raises RefusedError."""
        site, body = letter.site, letter.body
        try:
            match letter.verb:
                case "enrol":
                    return "answer", self.parent.enrol(body)
                case "hello":
                    hello = Hello.model_validate_json(body)
                    if hello.site != site:
                        raise RefusedError("foreign_stream", f"{site} said hello as {hello.site}")
                    return "answer", self.parent.hello(site, hello).model_dump_json().encode()
                case "push":
                    return "answer", self.parent.push(site, body).model_dump_json().encode()
                case "fetch":
                    return fetched(self.parent.fetch(site, Fetch.model_validate_json(body)))
                case "recall":
                    found = self.parent.recall(site, Recall.model_validate_json(body))
                    return ("nothing", b"") if found is None else ("answer", found)
                case "status":
                    self.parent.status(site, Status.model_validate_json(body))
                    return "answer", b""
        except ValidationError as error:
            said = error.errors()[0]["msg"]
            raise RefusedError("malformed", f"the request cannot be read: {said}") from error

    def written(
        self, letter: Letter, digest: str, kind: Kind, body: bytes, part: int = 0
    ) -> tuple[str, bytes]:
        """An answer's name and its signed bytes."""
        identity = self.parent.identity
        answer = answer_to(letter, digest, identity.site, kind, body, part)
        return answer.name, seal_letter(answer, identity.sign)

    def refuse(self, letter: Letter, data: bytes, error: RefusedError) -> tuple[str, bytes]:
        """Count a refusal, and give its answer."""
        self.parent.refused(letter.site, error.code, f"{self.way}: {error}")
        taken = self.numbers(letter.site).taken()
        said = {"code": error.code, "message": str(error), "taken": taken}
        return self.written(letter, digest_of(data), "refused", canonical.encode(said))

    def unread(self, site: str, name: str) -> Letter:
        """What stands for a letter that could not be read: its name is all that is known of it."""
        number, _, verb = numbered(name)
        return Letter(site, site, self.way, number, verb, "request", b"", number)


def fetched(answer: bytes | RestartOrder | None) -> tuple[Kind, bytes]:
    """An answer to a fetch as kind and body."""
    if answer is None:
        return "nothing", b""
    if isinstance(answer, RestartOrder):
        return "restart", answer.model_dump_json().encode()
    return "answer", answer
