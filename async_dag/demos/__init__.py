"""What `async-dag demo` runs: the README's example, and a check of the installed packages."""
