"""Doanh nghiệp."""

from records.registry import Operation

OPERATIONS: tuple[Operation, ...] = ()
