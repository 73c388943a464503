"""Xe cơ giới."""
