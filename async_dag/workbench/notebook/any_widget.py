"""`anywidget.AnyWidget`, with the type annotations that its base, ipywidgets, lacks.

The class below is for type checkers; at run time `AnyWidget` is that of anywidget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class AnyWidget:
        """The part of `anywidget.AnyWidget` that a `Workbench` and its users call."""

        comm: Any
        layout: Any
        model_id: str | None

        def __init__(self, **traits: Any) -> None:
            """Like `anywidget.AnyWidget`."""

        def close(self) -> None:
            """Close the widget and all its views."""

        def send(self, content: Any, buffers: Sequence[bytes] | None = None) -> None:
            """Send a message to the page."""

        def on_msg(self, callback: Callable[..., Any], remove: bool = False) -> None:
            """Call `callback` with each message of the page."""

        def observe(
            self, handler: Callable[..., Any], names: Any = None, type: str = "change"
        ) -> None:
            """Call `handler` when a trait changes."""

        def _repr_mimebundle_(
            self, **kwargs: Any
        ) -> tuple[dict[str, Any], dict[str, Any]] | None: ...

else:
    from anywidget import AnyWidget  # noqa: F401 - other modules import it from here
