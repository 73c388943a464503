"""Nhà ở, đất ở."""

from records.registry import Operation

OPERATIONS: tuple[Operation, ...] = ()
