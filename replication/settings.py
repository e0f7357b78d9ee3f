"""Settings of a site: one TOML file, overrides from the environment, read once, then frozen.

A site's settings are a frozen pydantic model that forbids unknown keys; each section is such a
model too. This module knows no section of any site.

An override is named by the prefix and the path, joined by two underscores: with the prefix
`CHAINWRIGHT_HQ`, `CHAINWRIGHT_HQ__WEB__PORT=8080` stands for `port = 8080` under `[web]`. Lists and
tables are given as in TOML: `CHAINWRIGHT_HQ__WEB__HOSTS='["hq.example"]'`.

Nothing is guessed and nothing ignored. Whatever is wrong raises one `SettingsError`, which lists
every mistake with its place, its key, what was expected and the nearest key that exists. Values of
keys that may hold a secret are not repeated in it.
"""

import difflib
import re
import tomllib
import types
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError

Settings = TypeVar("Settings", bound=BaseModel)
_Tree = dict[str, object]
_Location = tuple[str | int, ...]

_SEPARATOR: Final = "__"
_SECRET: Final = re.compile(r"pass|secret|token|dsn|key|credential|pin\b", re.IGNORECASE)


class SettingsError(Exception):
    """The settings cannot be used; the message lists every mistake and how to mend it."""


def load_settings(
    cls: type[Settings], path: Path, environ: Mapping[str, str], prefix: str
) -> Settings:
    """Read `path` and the overrides in `environ` into a `cls`.

    Raises `SettingsError` when the file cannot be read or is not TOML, or when a key or a value,
    in the file or in the environment, is wrong.
    """
    tree = _read(path)
    overridden = _override(tree, cls, environ, prefix)
    try:
        return cls.model_validate(tree)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_context=False)
    lines = []
    for mistake in mistakes:
        location = mistake["loc"]
        place = _place(location, path, overridden)
        lines.append(f"  {place}: {_explain(cls, location, mistake['type'], mistake)}")
    raise SettingsError("\n".join([f"the settings of {path} cannot be used:", *lines]))


# --- file and environment ---


def _read(path: Path) -> _Tree:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        msg = f"there is no settings file {path}; create it, or name the right one"
        raise SettingsError(msg) from None
    except OSError as error:
        msg = f"the settings file {path} cannot be read: {error.strerror}"
        raise SettingsError(msg) from error
    try:
        # Editors on Windows put a mark before the first byte, which TOML does not know.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        msg = f"the settings file {path} is not UTF-8 (line {line}); save it as UTF-8"
        raise SettingsError(msg) from None
    except tomllib.TOMLDecodeError as error:
        msg = f"the settings file {path} is not TOML: {error}"
        raise SettingsError(msg) from None


def _override(
    tree: _Tree, cls: type[BaseModel], environ: Mapping[str, str], prefix: str
) -> Mapping[_Location, str]:
    """Lay the overrides over `tree`; give the variable behind each place that was set."""
    overridden: dict[_Location, str] = {}
    start = prefix + _SEPARATOR
    for variable in sorted(name for name in environ if name.startswith(start)):
        keys = tuple(variable.removeprefix(start).lower().split(_SEPARATOR))
        branch = tree
        for key in keys[:-1]:
            below = branch.setdefault(key, {})
            if not isinstance(below, dict):
                msg = f"environment {variable}: {key!r} holds a value in the file, not a section"
                raise SettingsError(msg)
            branch = below
        branch[keys[-1]] = _parse(cls, keys, variable, environ[variable])
        overridden[keys] = variable
    return overridden


def _parse(cls: type[BaseModel], keys: _Location, variable: str, text: str) -> object:
    """Give the value that `text` stands for: TOML where a list or table is due, else the text."""
    if not text.startswith(("[", "{")) or str in _alternatives(_annotation_at(cls, keys)):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        msg = f"environment {variable}: expected a list or table as in TOML ({error})"
        raise SettingsError(msg) from None


# --- what to say about a mistake ---


def _place(location: _Location, path: Path, overridden: Mapping[_Location, str]) -> str:
    for keys, variable in overridden.items():
        if location[: len(keys)] == keys:
            return f"environment {variable}"
    return path.name


def _explain(
    cls: type[BaseModel], location: _Location, kind: str, mistake: Mapping[str, object]
) -> str:
    name = _dotted(location)
    message = str(mistake["msg"])
    if kind == "extra_forbidden":
        return f"unknown key {name!r}; {_nearest(cls, location)}"
    if kind == "missing":
        return f"key {name!r} is missing; it has no default"
    expected = message.removeprefix("Value error, ").replace("Input should be", "expected", 1)
    if not location:
        return expected
    return f"key {name!r} is {_shown(cls, location, mistake['input'])}; {expected}"


def _shown(cls: type[BaseModel], location: _Location, value: object) -> str:
    if isinstance(value, Mapping):
        return "a section"
    kinds = _alternatives(_annotation_at(cls, location))
    if _SECRET.search(str(location[-1])) or {SecretStr, SecretBytes} & set(kinds):
        return "wrong (value not shown)"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - a line's width


def _nearest(cls: type[BaseModel], location: _Location) -> str:
    """Name the key that was probably meant: beside the wrong one, else anywhere."""
    parent, wrong = location[:-1], str(location[-1])
    holder = _model_at(cls, parent)
    siblings = list(_names(holder)) if holder else []
    if close := difflib.get_close_matches(wrong, siblings, 1):
        return f"did you mean {_dotted((*parent, close[0]))!r}?"
    everywhere = {path: path.rpartition(".")[2] for path in _all_paths(cls)}
    for leaf in difflib.get_close_matches(wrong, list(everywhere.values()), 1, 0.8):
        return f"did you mean {next(p for p, end in everywhere.items() if end == leaf)!r}?"
    where = f"section {_dotted(parent)!r}" if parent else "the top level"
    return f"{where} has: {', '.join(sorted(siblings)) or 'no keys'}"


def _dotted(location: Iterable[str | int]) -> str:
    return ".".join(str(part) for part in location)


# --- the shape of a settings model ---


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _all_paths(model: type[BaseModel]) -> Iterator[str]:
    for name in _names(model):
        yield name
        below = _model_at(model, (name,))
        if below is not None and below is not model:
            yield from (f"{name}.{path}" for path in _all_paths(below))


def _alternatives(annotation: object) -> tuple[object, ...]:
    """Give the types that `annotation` accepts: `int | None` gives `int` and `NoneType`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return tuple(kind for part in get_args(annotation) for kind in _alternatives(part))
    return (annotation,)


def _annotation_at(model: type[BaseModel], location: _Location) -> object:
    """Give what stands at `location`, or None where the model has nothing."""
    annotation: object = model
    for part in location:
        annotation = _step(annotation, part)
    return annotation


def _step(annotation: object, part: str | int) -> object:
    for kind in _alternatives(annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, field in kind.model_fields.items():
                if part in (field.alias, name):
                    return field.annotation
        elif arguments := [a for a in get_args(kind) if a is not Ellipsis]:
            return arguments[-1]  # the element of a list, the value of a table
    return None


def _model_at(model: type[BaseModel], location: _Location) -> type[BaseModel] | None:
    for kind in _alternatives(_annotation_at(model, location)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None
