"""The command `async-dag`."""
