"""`python -m async_dag` is the command `async-dag`."""

import sys

from async_dag.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
