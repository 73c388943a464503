"""Xe cơ giới: what this registry declares."""

from records.registry import Registry

registry = Registry(records=())
