"""Reports for programs: /api/reports/<code>, the same JSON as a report's page gives, to whoever bears a token.

    the secret                        the answer
    is of a token (`hq.reporting.tokens`)   the report, as far as the token sees
    is none, or of nobody             401; of one address or one code too often 429, as passwords are guessed

Refusals are told as those of the shops' doors are (`hq.shop.api.problem`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from anyio import to_thread
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hq.bearer import Door, NobodyError
from hq.bootstrap import Headquarters
from hq.refusal import RefusalError
from hq.reporting import as_json, tokens
from hq.reporting.asking import AskedError, Parameters
from hq.reporting.definition import Definition
from hq.reporting.made import Author, make
from hq.reporting.reading import Addresses, Reader
from hq.reporting.register import REPORTS
from hq.reports.snapshot import snapshot
from hq.shop.api import problem
from hq.shop.api.problem import Refused
from replication.console.languages import language_of, msgid, read_translations
from replication.console.words import Spoken, Words

ROOT = "/api/reports"
MOST_ROWS = 1000
_UNKNOWN = msgid("there is no report %(code)s")
_CHOOSE = msgid("choose of %(codes)s")
_NOT_YOURS = msgid("report %(code)s is not for the role %(role)s")
_ASK = msgid("ask an administrator for a token of a person with another role")
_SEE_DOCS = msgid("correct the parameters of the address")
_ROWS = msgid("A page has between 1 and %(most)s rows.")
_LOCALE = Path(__file__).parent / "locale"


def routes(
    headquarters: Headquarters, monotonic: Callable[[], float] = time.monotonic
) -> list[Route]:
    """The door."""
    door = Door(headquarters.engine, tokens.of_secret, monotonic)
    translations = read_translations([_LOCALE])

    def answer(request: Request) -> Response:
        language = language_of(request)
        words = Spoken(language, translations[language])
        try:
            return _answer(headquarters, door, request, words)
        except Refused as refused:
            return refused.response(words)
        except AskedError as error:
            return _refused(error).response(words)
        except OperationalError:
            return problem.no_database().response(words)

    async def endpoint(request: Request) -> Response:
        return await to_thread.run_sync(answer, request)

    return [Route(ROOT + "/{code}", endpoint, methods=["GET"])]


def json_of(
    headquarters: Headquarters, definition: Definition, parameters: Parameters, reader: Reader,
    author: Author, path: str,
) -> Response:  # fmt: skip
    """A page of a report as JSON; `path` is where the next one is. Raises AskedError."""
    rows = _rows(parameters)
    with snapshot(headquarters.engine) as connection:
        made = make(connection, definition, parameters, reader, author, limit=rows)
    following = None
    if made.answer.following:
        addresses = Addresses(made.definition, made.request, parameters)
        following = addresses.following(made.answer.following, path)
        if "rows" in parameters:
            following += f"&rows={rows}"
    content = as_json.as_json(made, following)
    return Response(content, media_type=as_json.MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _answer(
    headquarters: Headquarters, door: Door[tokens.Admitted], request: Request, words: Words
) -> Response:
    address = request.client.host if request.client else ""
    try:
        token, user = door.admit(request.headers.get("authorization", ""), address)
    except NobodyError as error:
        raise problem.unknown(error) from None
    now, code = headquarters.clock(), request.path_params["code"]
    with headquarters.engine.begin() as connection:
        tokens.note_use(connection, token, now)
    definition = REPORTS.get(code)
    if definition is None:
        choose = RefusalError(_CHOOSE, codes=", ".join(REPORTS))
        raise Refused(404, "not_found", RefusalError(_UNKNOWN, code=code), choose)
    if user.role not in definition.roles:
        refusal = RefusalError(_NOT_YOURS, code=code, role=words.gettext(user.role))
        raise Refused(403, "not_yours", refusal, RefusalError(_ASK))
    names = request.query_params
    parameters = {name: names.getlist(name) for name in names}
    reader = Reader(user.branches, words, now, headquarters.settings.currency)
    author = Author(user.name, user.operator)
    return json_of(headquarters, definition, parameters, reader, author, f"{ROOT}/{code}")


def _refused(error: AskedError) -> Refused:
    return Refused(error.status, "not_answered", error, RefusalError(error.advice or _SEE_DOCS))


def _rows(parameters: Parameters) -> int:
    given = parameters.get("rows", ())
    if not given:
        return MOST_ROWS
    text = given[-1]
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= MOST_ROWS:
        raise AskedError(_ROWS, most=MOST_ROWS)
    return int(text)
