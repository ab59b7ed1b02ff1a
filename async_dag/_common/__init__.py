"""Helpers for all packages: units, checks of arguments, text, extras. None of them knows a graph."""
