"""What every kind of record has in common: its name on the wire, its key, and its canonical body."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from schemas.wire import canonical


class RecordBody(BaseModel):
    """A record's fields. `kind` names it on the wire; the fields in `key` name it in its feed. Those in
    `added` came after the kind's first release.
    """

    model_config = ConfigDict(frozen=True)
    kind: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    added: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[int] = 1

    def record_key(self) -> str:
        """The key under which a newer record replaces an older one: its key fields, in order."""
        return "/".join(str(getattr(self, name)) for name in self.key)

    def encode(self) -> bytes:
        """The canonical body. What a later release added is left out where it says nothing, so that the
        same record has the same bytes in every release.
        """
        fields = type(self).model_fields
        silent = {name for name in self.added if getattr(self, name) == fields[name].default}
        return canonical.encode(self.model_dump(mode="json", exclude=silent))
