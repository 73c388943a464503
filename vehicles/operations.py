"""Xe cơ giới."""

from records.registry import Operation

OPERATIONS: tuple[Operation, ...] = ()
