"""The doors of online shops: /shop/v1, each request from its bytes to its answer on a thread of its own.

    GET /shop/v1/openapi.json      the description, for everybody
    everything else                a shop with a secret: see `hq.shop.api.gate`

What is refused is said in English unless the request asks for another language of ours: whoever looks after a
shop may read neither the console's language nor a browser's.

A transaction that met another in a ring, or a number that was taken, is begun again; every request may be
repeated.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg
from anyio import to_thread
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from hq.bootstrap import Headquarters
from hq.shop.api import order_operations, problem, stock_operations
from hq.shop.api.asked import Key
from hq.shop.api.gate import Gate
from hq.shop.api.openapi import ROOT, description
from hq.shop.api.problem import Refused
from hq.shop.api.request import Operation, Request
from hq.shop.cursor import CursorError
from hq.shop.wanted import ShopError
from replication.console.languages import language_accepted, read_translations
from replication.console.words import Spoken, Words

OPERATIONS: tuple[Operation, ...] = (*stock_operations.OPERATIONS, *order_operations.OPERATIONS)
_MAX_BODY = 256 * 1024
_TRIES = 4
_KEY: TypeAdapter[str] = TypeAdapter(Key)

_LOCALE = Path(__file__).parents[2] / "web" / "locale"
_LANGUAGE = "en"

Speak = Callable[[HttpRequest], Words]
Endpoint = Callable[[HttpRequest], Awaitable[Response]]


def routes(
    headquarters: Headquarters, monotonic: Callable[[], float] = time.monotonic
) -> list[Mount]:
    """The doors, below one address."""
    often = headquarters.settings.shop.requests_per_minute
    gate = Gate(headquarters.engine, often, monotonic)
    document = JSONResponse(description(OPERATIONS))
    translations = read_translations([_LOCALE])

    def speak(request: HttpRequest) -> Words:
        accepted = request.headers.get("accept-language", "")
        language = language_accepted(accepted, otherwise=_LANGUAGE)
        return Spoken(language, translations[language])

    async def openapi(request: HttpRequest) -> Response:
        del request
        return document

    by_path: dict[str, dict[str, Operation]] = {}
    for one in OPERATIONS:
        by_path.setdefault(one.path, {})[one.method] = one
    doors = [Route("/openapi.json", openapi)]
    for path, operations in by_path.items():
        endpoint = _endpoint(headquarters, gate, operations, speak)
        doors.append(Route(path, endpoint, methods=[*operations], max_body_size=_MAX_BODY))

    async def unknown(request: HttpRequest, error: HTTPException) -> Response:
        return problem.of_status(error.status_code, error.headers).response(speak(request))

    handlers: Any = {HTTPException: unknown}
    mount = Mount(ROOT, Starlette(routes=doors, exception_handlers=handlers))
    # As it is made it takes no address with a line break in it, which a page of the console would answer.
    mount.path_regex = re.compile(rf"^{ROOT}/(?P<path>.*)\Z", re.DOTALL)
    return [mount]


def _endpoint(
    headquarters: Headquarters, gate: Gate, operations: dict[str, Operation], speak: Speak
) -> Endpoint:
    async def endpoint(request: HttpRequest) -> Response:
        body = await request.body()
        method = "GET" if request.method == "HEAD" else request.method
        return await to_thread.run_sync(
            _answer, headquarters, gate, operations[method], request, body, speak(request)
        )

    return endpoint


def _answer(
    headquarters: Headquarters, gate: Gate, operation: Operation, request: HttpRequest, body: bytes,
    words: Words,
) -> Response:  # fmt: skip
    try:
        address = request.client.host if request.client else ""
        client = gate.admit(request.headers.get("authorization", ""), address)
        read = Request(
            headquarters.engine, client, headquarters.clock(),
            _KEY.validate_python(request.path_params["key"]) if operation.has_key else "",
            operation.query.model_validate(_asked(request, operation)),
            None if operation.body is None else operation.body.validate_json(body),
        )  # fmt: skip
        status, told = _do(operation, read)
    except Refused as refused:
        return refused.response(words)
    except ShopError as error:
        return problem.of_shop(error).response(words)
    except CursorError:
        return problem.stale_cursor().response(words)
    except ValidationError as error:
        return problem.of_validation(error).response(words)
    except OperationalError:
        return problem.no_database().response(words)
    return Response(told.model_dump_json(), status, media_type="application/json")


def _do(operation: Operation, read: Request) -> Any:  # noqa: ANN401 - status and model
    for _ in range(_TRIES - 1):
        try:
            return operation.do(read)
        except OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.DeadlockDetected):
                raise
        except IntegrityError:
            # The number that was drawn for an order is taken: another is.
            continue
    return operation.do(read)


def _asked(request: HttpRequest, operation: Operation) -> dict[str, Any]:
    """The parameters of an address: lists as lists, of the others the only one."""
    found: dict[str, Any] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        field = operation.query.model_fields.get(name)
        several = field is not None and field.default == ()
        found[name] = values if several or len(values) > 1 else values[0]
    return found
