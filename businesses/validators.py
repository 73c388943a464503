"""Doanh nghiệp."""
