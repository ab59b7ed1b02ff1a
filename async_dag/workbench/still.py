from typing import Any


def bundle(record: Any) -> dict[str, Any]:
    return {"text/html": f"<div class=async-dag-still data-async-dag-run={record.key}>still</div>", "text/plain": "still"}
