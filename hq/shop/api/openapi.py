"""The description of the doors for shops, as OpenAPI 3.1: made of the operations and the models that read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from hq.shop.api import problem
from hq.shop.api.asked import Key
from hq.shop.api.request import Operation
from hq.shop.api.told import Problem

ROOT = "/shop/v1"
_VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"
#: What every operation may refuse.
_ALWAYS = (401, 422, 429, 503)
_TEXT = (
    "Stock, reservations and pick-up orders of a chain, for online shops. Quantities are thousandths of an item's"
    " base unit, amounts minor units of the branch's currency, instants have an offset. A shop names its"
    " reservations and orders by keys of its own: the same request under the same key is answered alike, another"
    " one is refused with the differences. Figures are as old as their branch, and each answer says how old. What is"
    " refused is said in English, or in Chinese where `Accept-Language` asks for that; `code` and `type` stay."
)

Schema = dict[str, Any]


def description(operations: Sequence[Operation]) -> Schema:
    """The whole document."""
    inputs: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]] = []
    for one in operations:
        if one.body is not None:
            inputs.append((f"body {one.name}", "validation", one.body))
        inputs.append((f"query {one.name}", "validation", TypeAdapter(one.query)))
        inputs += [
            (f"{status} {one.name}", "serialization", TypeAdapter(model))
            for status, model in one.answers.items()
        ]
    inputs += [
        ("problem", "serialization", TypeAdapter(Problem)),
        ("key", "validation", TypeAdapter(Key)),
    ]
    schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    by_name: dict[str, Schema] = {str(name): schema for (name, _), schema in schemas.items()}
    paths: dict[str, Schema] = {}
    for one in operations:
        paths.setdefault(ROOT + one.path, {})[one.method.lower()] = _operation(
            one, by_name, shared.get("$defs", {})
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stock and orders for online shops", "version": _VERSION,
                 "description": _TEXT},
        "paths": paths,
        "components": {
            "schemas": shared.get("$defs", {}),
            "securitySchemes": {"secret": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"secret": []}],
    }  # fmt: skip


def _operation(one: Operation, schemas: dict[str, Schema], models: dict[str, Schema]) -> Schema:
    answers: dict[str, Schema] = {
        str(status): {
            "description": "As it then stands." if one.method != "GET" else "As it stands.",
            "content": {"application/json": {"schema": schemas[f"{status} {one.name}"]}},
        }
        for status in one.answers
    }
    for status in sorted({*_ALWAYS, *one.refusals, *((413,) if one.body else ())}):
        answers[str(status)] = {
            "description": problem.TITLES[status],
            "content": {problem.MEDIA_TYPE: {"schema": schemas["problem"]}},
        }
    told: Schema = {
        "operationId": one.name, "summary": one.summary, "responses": answers,
        "parameters": _parameters(one, schemas, models),
    }  # fmt: skip
    if one.body is not None:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[f"body {one.name}"]}},
        }
    return told


def _parameters(
    one: Operation, schemas: dict[str, Schema], models: dict[str, Schema]
) -> list[Schema]:
    query = schemas[f"query {one.name}"]
    if "$ref" in query:
        query = models[query["$ref"].rpartition("/")[2]]
    required = query.get("required", [])
    found: list[Schema] = []
    if one.has_key:
        found.append({"name": "key", "in": "path", "required": True, "schema": schemas["key"]})
    for name, schema in query.get("properties", {}).items():
        # What may be left out of an address is never null in it.
        kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
        shown = kinds[0] if kinds else {key: of for key, of in schema.items() if key != "title"}
        found.append({"name": name, "in": "query", "required": name in required, "schema": shown})
    return found
