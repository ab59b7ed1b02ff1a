"""Writes `frontend/src/ui/words.ts` from `async_dag/views/common/words.py`, so that the two agree.

`python scripts/generate_words.py` writes it; with `--check` it fails if what is there is stale.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from async_dag.trace.columns import NOT_CHOSEN, NOT_NEEDED, OUTSIDE
from async_dag.views.common.words import LEGEND_WORDS, REASONS, SIGNS, STATE_WORDS, WORST_FIRST

FILE = Path(__file__).parent.parent / "frontend" / "src" / "ui" / "words.ts"
HEADER = "/** Generated from async_dag/views/common/words.py by scripts/generate_words.py. */\n"


def constant(name: str, table: Mapping[Any, str]) -> str:
    """A table as a constant of TypeScript; its keys are strings or tuples of strings."""
    lines = [f"  {_key(key)}: {_literal(text)}," for key, text in table.items()]
    return "\n".join([f"export const {name} = {{", *lines, "} as const;\n"])


def _key(key: str | tuple[str, ...]) -> str:
    if isinstance(key, tuple):
        return json.dumps(", ".join(key))
    return key if key.isidentifier() else json.dumps(key)


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _parts() -> Iterator[str]:
    yield HEADER
    yield constant("STATE_WORDS", STATE_WORDS)
    yield constant("SIGNS", SIGNS)
    yield f"export const WORST_FIRST = {json.dumps(WORST_FIRST)} as const;\n"
    yield "/** By state and reason; `{name}` is the node that failed. */"
    yield constant("REASONS", REASONS)
    yield "/** What colours and shapes mean. */"
    yield constant("LEGEND_WORDS", LEGEND_WORDS)
    yield f"export const OUTSIDE = {OUTSIDE};"
    yield f"export const NOT_NEEDED = {NOT_NEEDED};"
    yield f"export const NOT_CHOSEN = {NOT_CHOSEN};\n"
    yield _REASON_OF
    yield ENDING


_REASON_OF = """\
/** The causes that are no node. */
export const REASON_OF: Record<number, string> = {
  [OUTSIDE]: "outside",
  [NOT_NEEDED]: "not needed",
  [NOT_CHOSEN]: "not chosen",
};
"""

ENDING = """\
/**
 * The words of a state, with the reason if there is one. `cause` is what the trace gives: a node (whose
 * name is `name`), OUTSIDE, NOT_NEEDED or NOT_CHOSEN.
 */
export function ending(
  state: keyof typeof STATE_WORDS,
  cause: number | undefined = undefined,
  name = "",
): string {
  const texts: Record<string, string> = REASONS;
  const text = cause === undefined ? undefined : texts[`${state}, ${REASON_OF[cause] ?? "failure"}`];
  return text?.replace("{name}", () => name) ?? STATE_WORDS[state];
}
"""


def module() -> str:
    """The whole file."""
    return "\n".join(_parts())


def main() -> int:
    """Write or check, as the arguments ask. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it is stale")
    if not parser.parse_args().check:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(module(), encoding="utf-8")
        return 0
    if FILE.is_file() and FILE.read_text(encoding="utf-8") == module():
        return 0
    print(f"{FILE} is stale: run python scripts/generate_words.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
