"""Marks and controls that several panels draw."""
