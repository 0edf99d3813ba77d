# SPDX-License-Identifier: Apache-2.0
"""What all structs of the ABI have in common."""

from __future__ import annotations

import ctypes


class Struct(ctypes.Structure):
    """A struct of the C ABI. `copy.copy` copies it."""

    @classmethod
    def names(cls) -> list[str]:
        """The names of the fields."""
        return [field[0] for field in cls._fields_]

    def as_dict(self) -> dict[str, int | bytes | None]:
        """The fields by their names."""
        return {name: getattr(self, name) for name in self.names()}

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.as_dict().items())
        return f"{type(self).__name__}({fields})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Struct) or self.names() != other.names():
            return NotImplemented
        return self.as_dict() == other.as_dict()

    # It can change.
    __hash__ = None  # type: ignore[assignment]
