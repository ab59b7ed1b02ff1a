"""The version of the installed distribution; `setup.cfg` is the only place that states it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("async-dag-workbench")
except PackageNotFoundError:
    # A clone on the path that was never installed.
    __version__ = "0+unknown"
