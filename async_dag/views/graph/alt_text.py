"""What a diagram shows, in words: the text alternative of its picture, for screen readers."""

from __future__ import annotations

from collections import defaultdict

from async_dag.views.graph.diagram import Box, Diagram


def alt_text(diagram: Diagram) -> str:
    """The number of boxes and arrows, then each box with its text and its dependencies."""
    if not diagram.boxes:
        return "Diagram without boxes"
    dependencies: defaultdict[int, list[str]] = defaultdict(list)
    for arrow in diagram.arrows:
        dependencies[arrow.head].append(diagram.boxes[arrow.tail].title)
    boxes = "; ".join(
        _in_words(box, dependencies.get(index, [])) for index, box in enumerate(diagram.boxes)
    )
    note = " ".join(diagram.note.split())
    return f"{_counts(diagram)}: {boxes}" + (f". {note}" if note else "")


def _counts(diagram: Diagram) -> str:
    boxes, arrows = len(diagram.boxes), len(diagram.arrows)
    return (
        f"Diagram of {boxes:,} box{'' if boxes == 1 else 'es'} and {arrows:,} "
        f"arrow{'' if arrows == 1 else 's'}"
    )


def _in_words(box: Box, dependencies: list[str]) -> str:
    # In a diagram of a run the lines say the state.
    parts = [" ".join([box.title, *box.lines])]
    if box.critical:
        parts.append("on the critical path")
    if dependencies:
        parts.append(f"after {' and '.join(dependencies)}")
    return ", ".join(parts)
