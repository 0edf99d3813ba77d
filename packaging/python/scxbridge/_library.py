# SPDX-License-Identifier: Apache-2.0
"""The shared library, as ctypes calls it: each call releases the interpreter's lock."""

from __future__ import annotations

import ctypes
import dataclasses
import errno
import functools
import pathlib
from collections.abc import Callable
from typing import Any

from . import _abi, errors
from ._options import Options

# Longer texts are cut; those of the verifier alone could be.
_TEXT = 4096


@functools.cache
def library() -> ctypes.CDLL:
    """The library beside this module, which the wheel has, or else the system's."""
    name = f"libscxbridge.so.{_abi.ABI_MAJOR}"
    beside = pathlib.Path(__file__).with_name(name)
    try:
        lib = ctypes.CDLL(str(beside) if beside.exists() else name)
    except OSError as error:
        raise ImportError(
            f"scxbridge: cannot load {name}: {error}. It is neither beside {__file__}, where the wheel has it, nor where"
            " the dynamic linker looks: install the wheel for this machine, or the library."
        ) from error
    for function, (result, arguments) in _abi.FUNCTIONS.items():
        try:
            pointer = getattr(lib, "scxb_" + function)
        except AttributeError:
            continue  # an older minor version: a call of it is an AttributeError
        pointer.restype, pointer.argtypes = result, arguments
    major = lib.scxb_abi_version() >> 16
    if major != _abi.ABI_MAJOR:
        raise ImportError(f"scxbridge: {lib._name} has the ABI major {major}, this module needs {_abi.ABI_MAJOR}")
    return lib


def version() -> str:
    """The version of the library."""
    text: bytes = library().scxb_version()
    return text.decode()


def check(status: int, text: Callable[[], str]) -> None:
    """Raises the exception for a negative status."""
    if status < 0:
        raise errors.failure(status, text())


def call_with_text(name: str, *arguments: Any) -> None:
    """Calls a function without a handle, which writes the reason of its failure to a buffer."""
    why = ctypes.create_string_buffer(_TEXT)
    status = getattr(library(), "scxb_" + name)(*arguments, why, len(why))
    check(status, lambda: why.value.decode(errors="replace"))


def error_text(handle: ctypes.c_void_p) -> str:
    """The reason of the last failed call of a handle."""
    why = ctypes.create_string_buffer(_TEXT)
    library().scxb_error_text(handle, why, len(why))
    return why.value.decode(errors="replace")


def native(options: Options) -> _abi.Options:
    """The options as the library has them."""
    made = _abi.Options()
    library().scxb_options_init(ctypes.byref(made), ctypes.sizeof(made))
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        bit = getattr(_abi, "OPTION_" + field.name.upper(), None)
        if value is None:
            continue
        if bit is not None:
            made.flags = made.flags | bit if value else made.flags & ~bit
        elif isinstance(value, str):
            if "\0" in value:
                raise _invalid(field.name, "it has a NUL in it")
            setattr(made, field.name, value.encode())
        else:
            setattr(made, field.name, value)
            # ctypes cuts what does not fit.
            if getattr(made, field.name) != value:
                raise _invalid(field.name, f"{value} does not fit its type")
    return made


def _invalid(name: str, why: str) -> errors.Error:
    return errors.failure(-errno.EINVAL, f"check the options: {name}: {why}")


def check_options(options: Options) -> None:
    """Checks options as opening a scheduler does, and nothing else: it needs no privilege and no kernel."""
    made = native(options)
    call_with_text("options_check", ctypes.byref(made))
