"""What the types promise, checked by mypy and pyright."""
