# SPDX-License-Identifier: Apache-2.0
"""Records and decisions, one by one and in batches."""

from __future__ import annotations

import ctypes
import errno
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Union, overload

from . import _abi, errors

if TYPE_CHECKING:
    import numpy


class Decision(_abi.Decision):
    __doc__ = _abi.Decision.__doc__


class Task(_abi.Task):
    __doc__ = _abi.Task.__doc__

    @property
    def name(self) -> str:
        """The name of the thread."""
        return self.comm.decode(errors="replace")

    def decide(
        self,
        cpu: int = _abi.CPU_ANY,
        *,
        vtime: int = 0,
        slice_ns: int = 0,
        flags: int = 0,
        lease_ns: int = 0,
        lease_count: int = 0,
    ) -> Decision:
        """A decision for this task; see the fields of Decision."""
        return Decision(
            pid=self.pid,
            cpu=cpu,
            slice_ns=slice_ns,
            vtime=vtime,
            flags=flags,
            seq=self.seq,
            lease_ns=lease_ns,
            lease_count=lease_count,
        )


class Tasks(Sequence[Task]):
    """A batch of records, without a copy: the next receive overwrites it. `copy.copy` keeps a record."""

    def __init__(self, array: ctypes.Array[Task], count: int):
        self._array = array
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Task: ...
    @overload
    def __getitem__(self, index: slice) -> list[Task]: ...
    def __getitem__(self, index: int | slice) -> Task | list[Task]:
        if isinstance(index, slice):
            return [self._array[i] for i in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(f"record {index} of {self._count}")
        return self._array[index % self._count]

    def __iter__(self) -> Iterator[Task]:
        for i in range(self._count):
            yield self._array[i]

    def memory(self) -> memoryview:
        """The batch as memory: an item is a record."""
        return memoryview(self._array)[: self._count]

    def numpy(self) -> numpy.ndarray[Any, Any]:
        """The batch as an array of numpy, where that is installed, with the names of Task's fields."""
        import numpy

        memory: Any = self._array  # which is a buffer, though its type does not say so
        records: numpy.ndarray[Any, Any] = numpy.frombuffer(memory, dtype=numpy.dtype(Task))
        return records[: self._count]


#: What Scheduler.dispatch takes: decisions one by one, or memory full of them, such as an array of
#: numpy.dtype(Decision).
Decisions = Union[Iterable[Decision], memoryview, "numpy.ndarray[Any, Any]"]


def as_array(decisions: Any) -> ctypes.Array[Decision]:
    """Decisions as an array of C; memory is used as it is, if that can be."""
    try:
        view = memoryview(decisions)
    except TypeError:
        listed = list(decisions)
        return (Decision * len(listed))(*listed)
    size = ctypes.sizeof(Decision)
    if view.nbytes % size or not view.c_contiguous:
        raise errors.failure(
            -errno.EINVAL,
            f"dispatch: a buffer of {view.nbytes} bytes is no contiguous array of decisions of {size} bytes each",
        )
    kind = Decision * (view.nbytes // size)
    return kind.from_buffer_copy(view) if view.readonly else kind.from_buffer(view)
