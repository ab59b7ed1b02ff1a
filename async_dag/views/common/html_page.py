"""A page that any browser opens: a picture, and what it says as text and tables.

It accesses no network, and its content security policy forbids it.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Final

from async_dag._common.harmless import harmless
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError
from async_dag.views.common.palette import DARK, LIGHT

_STYLE: Final = f"""
:root {{ color-scheme: light dark; }}
body {{ margin: 24px auto; max-width: 1000px; padding: 0 16px; font: 14px/1.5 system-ui, sans-serif;
  color: {LIGHT.ink}; background: {LIGHT.ground}; }}
h2 {{ font-size: 16px; margin: 32px 0 8px; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; color: {LIGHT.soft}; padding: 4px 0; }}
th, td {{ padding: 3px 12px 3px 0; text-align: right; border-bottom: 1px solid {LIGHT.line};
  white-space: nowrap; }}
th:first-child, td:first-child {{ text-align: left; white-space: normal; }}
.wide {{ overflow-x: auto; }}
pre {{ overflow-x: auto; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: {DARK.ink}; background: {DARK.ground}; }}
  caption {{ color: {DARK.soft}; }}
  th, td {{ border-bottom-color: {DARK.line}; }}
}}
"""

_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)


def html_page(title: str, parts: str) -> str:
    """The page; `parts` is HTML, of which no part is what a user wrote and is not escaped.

    >>> html_page("v1 → v2", "<p>nothing</p>").startswith("<!doctype html>")
    True
    """
    return (
        '<!doctype html>\n<html lang="en" data-theme="auto">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(harmless(title))}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{parts}\n</body>\n</html>\n"
    )


def write_page(path: str | os.PathLike[str], title: str, parts: str) -> Path:
    """Write the page to `path`, and return that.

    Raises `WrongTypeError` (a `TypeError`) if it is no path, `OSError` if it can't be written.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise WrongTypeError(
            f"html() takes the path of the file to write, not {short_repr(path)}: html('runs.html')"
        )
    target = Path(path)
    # A name may have what UTF-8 has not: half of a pair of surrogates.
    target.write_bytes(html_page(title, parts).encode("utf-8", "backslashreplace"))
    return target
