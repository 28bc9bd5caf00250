"""Arrays that grow at the end, for what is looked through at every recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FIRST_CAPACITY = 64


class Column:
    """Numbers, or vectors of one width, added in amortised constant time and removed from the front.

    >>> column = Column(np.float32)
    >>> column.extend([1.0, 2.0])
    >>> view = column.values
    >>> column.extend([3.0])
    >>> view.tolist(), column.values.tolist()
    ([1.0, 2.0], [1.0, 2.0, 3.0])
    """

    def __init__(self, dtype: type[np.generic]) -> None:
        self._buffer: NDArray[Any] = np.zeros(0, dtype)  # Any: the type of number is the column's
        self._num_rows = 0

    def __len__(self) -> int:
        """Number of rows."""
        return self._num_rows

    @property
    def values(self) -> NDArray[Any]:
        """[num_rows] or [num_rows, dim]; a view that stays as it is while the column grows."""
        return self._buffer[: self._num_rows]

    def extend(self, rows: Sequence[Any] | NDArray[Any]) -> None:
        """Add rows at the end."""
        if not len(rows):
            return
        added = np.asarray(rows, self._buffer.dtype)
        end = self._num_rows + len(added)
        if end > len(self._buffer) or added.shape[1:] != self._buffer.shape[1:]:
            self._grow(max(_FIRST_CAPACITY, end + end // 2), added.shape[1:])
        self._buffer[self._num_rows : end] = added
        self._num_rows = end

    def drop_first(self, count: int) -> None:
        """Remove rows from the front and give their memory back; views of them stay valid."""
        self._buffer = self.values[count:].copy()
        self._num_rows = len(self._buffer)

    def _grow(self, capacity: int, shape: tuple[int, ...]) -> None:
        larger = np.empty((capacity, *shape), self._buffer.dtype)
        if self._num_rows:
            larger[: self._num_rows] = self.values
        self._buffer = larger
