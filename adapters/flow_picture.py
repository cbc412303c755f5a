"""The way of the rows from the input to what became of them, as shapes that the report draws."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.statuses import Status

# From top to bottom; what failed the checks is last, so that no two streams cross.
OUTCOMES = (
    *(Status.CREATED, Status.ALREADY_CREATED, Status.PENDING, Status.IN_DOUBT, Status.REJECTED),
    Status.INVALID,
)
TALL = 240  # all rows together
NODE = 12  # how wide
LEAST = 2  # how tall, so that a single row is seen among millions
SLOT = 64  # what a node with three lines beside it needs
LINE = 18
ROOM = 155  # for the lines beside the outcomes


@dataclass(frozen=True)
class Node:
    """A bar with lines of text to its right."""

    x: float
    y: float
    height: float
    color: str
    lines: tuple[str, ...]

    @property
    def baselines(self) -> list[tuple[float, str]]:
        """Each line with the y of its baseline."""
        return [(self.y + 14 + LINE * at, line) for at, line in enumerate(self.lines)]


@dataclass(frozen=True)
class Stream:
    """What goes from one bar to another, as the outline of an SVG path."""

    path: str
    color: str


@dataclass(frozen=True)
class FlowPicture:
    """All of it, with its size."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    streams: tuple[Stream, ...]


def draw_flow(rows: Mapping[Status, int], orders: Mapping[Status, int], width: int) -> FlowPicture:
    """Rows, valid and invalid ones, and their outcomes, from left to right; there is at least one row."""
    total = sum(rows.values())
    outcomes = [status for status in OUTCOMES if rows.get(status) or orders.get(status)]
    heights = {status: max(LEAST, TALL * rows.get(status, 0) / total) for status in outcomes}
    right = width - ROOM
    middle = round(right * 0.48)
    nodes, streams = [], []
    tops, y = {}, 0.0
    for status in outcomes:
        tops[status] = y
        counts = _count(orders.get(status, 0), "order"), _count(rows.get(status, 0), "row")
        nodes.append(Node(right, y, heights[status], status.value, (status.value.replace("_", " "), *counts)))
        y += max(heights[status], SLOT) + 8
    bottom = y
    root = 0.0
    for name, some in (("valid", outcomes), ("invalid", outcomes)):
        mine = [status for status in some if (status is Status.INVALID) == (name == "invalid")]
        if not mine:
            continue
        height = sum(heights[status] for status in mine)
        last = tops[mine[-1]] + heights[mine[-1]]
        top = at = max(tops[mine[0]], (tops[mine[0]] + last - height) / 2) if name == "valid" else tops[mine[0]]
        color = "pending" if name == "valid" else "invalid"
        count = sum(rows.get(status, 0) for status in mine)
        nodes.append(Node(middle, top, height, color, (name, f"{count:,}")))
        streams.append(Stream(_ribbon(NODE, root, middle, top, height), color))
        root += height
        for status in mine:
            streams.append(Stream(_ribbon(middle + NODE, at, right, tops[status], heights[status]), status.value))
            at += heights[status]
    nodes.append(Node(0, 0, root, "pending", ("rows", f"{total:,}")))
    return FlowPicture(width, round(max(bottom, root)), tuple(nodes), tuple(streams))


def _ribbon(x: float, y: float, to_x: float, to_y: float, height: float) -> str:
    half = (x + to_x) / 2
    down = f"M{x:g} {y:.1f}C{half:g} {y:.1f} {half:g} {to_y:.1f} {to_x:g} {to_y:.1f}"
    back = f"C{half:g} {to_y + height:.1f} {half:g} {y + height:.1f} {x:g} {y + height:.1f}Z"
    return f"{down}v{height:.1f}{back}"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"
