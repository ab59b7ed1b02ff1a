"""The picture that a live view leaves behind."""
