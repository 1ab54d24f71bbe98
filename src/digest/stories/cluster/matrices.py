"""What is asked of rows and of sparse matrices."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

Values = NDArray[np.float64]
Labels = NDArray[np.int64]
Flags = NDArray[np.bool_]

_BLOCK = 4000  # pairs of rows multiplied at once: bounds memory


def stacked(blocks: Iterable[csr_array]) -> csr_array:
    """The rows of all blocks in single precision, at least one block, each as wide as the others.

    A block that is made when it is asked for is forgotten before the next: scipy's `vstack` has all
    of them in memory, and their sum.
    """
    values, columns, ends, width = array("f"), array("i"), [np.zeros(1, np.int32)], 0
    for block in blocks:
        ends.append(block.indptr[1:].astype(np.int32) + len(values))
        values.frombytes(block.data.astype(np.float32, copy=False).view(np.uint8))
        columns.frombytes(block.indices.astype(np.int32, copy=False).view(np.uint8))
        width = block.shape[1]
    starts = np.concatenate(ends)
    parts = np.frombuffer(values, np.float32), np.frombuffer(columns, np.int32), starts
    return csr_array(parts, shape=(len(starts) - 1, width))


def unit_rows(matrix: csr_array) -> csr_array:
    """The matrix with every row at length 1; empty rows stay empty."""
    divisors = lengths(matrix)
    divisors[divisors == 0] = 1
    return csr_array(diags_array((1 / divisors).astype(np.float32)) @ matrix)


def lengths(matrix: csr_array) -> Values:
    """The Euclidean length of every row."""
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1), float)
    return np.asarray(np.sqrt(squares.ravel()), float)


def sums(at: Labels, values: Values, count: int) -> Values:
    """For each of `count` numbers the sum of the values at it."""
    return np.asarray(np.bincount(at, values, minlength=count), float)


def ranks(rows: Labels, values: Values) -> Labels:
    """For each value how many of its row are greater; of equal ones the first ranks first.

    `rows` ascends, and no value is negative; they are compared in single precision.
    """
    # The bits of such numbers ascend as they do: one key sorts far faster than two columns.
    bits = values.astype(np.float32).view(np.int32).astype(np.int64)
    order = np.argsort((rows.astype(np.int64) << 32) - bits, kind="stable")
    result = np.empty(len(rows), np.int64)
    result[order] = np.arange(len(rows)) - np.searchsorted(rows, rows)
    return result


def products(rows: csr_array, a: Labels, b: Labels) -> Values:
    """The scalar product of each row of `a` with that of `b`."""
    blocks = (slice(start, start + _BLOCK) for start in range(0, len(a), _BLOCK))
    found = [rows[a[block]].multiply(rows[b[block]]).sum(axis=1) for block in blocks]
    return np.concatenate([np.empty(0, rows.dtype), *map(np.ravel, found)])


def heaviest(rows: csr_array, a: Labels, b: Labels) -> Values:
    """The largest part of each row of `a`'s scalar product with that of `b` that is in one term.

    Terms are in the first half of the columns, and again, of the leads alone, in the second.
    """
    size = rows.shape[1] // 2
    found = [np.empty(0, rows.dtype)]
    for start in range(0, len(a), _BLOCK):
        block = slice(start, start + _BLOCK)
        parts = csr_array(rows[a[block]].multiply(rows[b[block]]))
        terms = parts[:, :size] + parts[:, size:]
        found.append(terms.max(axis=1).toarray().ravel())
    return np.concatenate(found)
