"""The charts of the report as inline SVG. Their colors are the page's: pygal's own styles, scripts and tooltips go."""

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from schemas.history import Timeline

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from pygal.graph.graph import Graph

# pygal is imported where it draws: it takes 20 ms, which only a report has to wait for.
# ruff: noqa: PLC0415

SIZE = {"width": 640, "height": 240}
MARKS = 5  # on an axis, at most
BETWEEN = (  # them, in seconds, whichever first leaves few enough
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800),
    *(3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000, 1728000, 4320000, 8640000),
)
UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
GONE = {"script", "style", "desc", "defs", "title"}  # tooltips, and what is for the eyes of its scripts
OF_RECORD = ("created", "rejected", "in_doubt")
FAR = 6  # a limit that is so many times what was sent would flatten the curve


def draw_rate(timeline: Timeline, title: str) -> Markup:
    """The requests in each minute as a line, below the rate limit where that is near."""
    from pygal import Line

    values = [0.0, *(point.per_minute for point in timeline.points)]
    chart = _chart(Line, [0.0, *(point.seconds for point in timeline.points)], show_dots=False)
    chart.add("requests", values, fill=True)
    if shows_limit(timeline):
        chart.add("limit", [timeline.allowed] * len(values))
    _scale(chart, max([*values, timeline.allowed] if shows_limit(timeline) else values))
    return _svg(chart, "rate", title)


def draw_orders(timeline: Timeline, title: str) -> Markup:
    """The orders of each stretch by what their requests came to, as stacked bars."""
    from pygal import StackedBar

    chart = _chart(StackedBar, [point.seconds for point in timeline.points])
    for name in OF_RECORD:
        chart.add(name, [getattr(point, name) for point in timeline.points])
    _scale(chart, max(point.created + point.rejected + point.in_doubt for point in timeline.points))
    return _svg(chart, "settled", title)


def shows_limit(timeline: Timeline) -> bool:
    """Whether the line of the limit is drawn."""
    return timeline.allowed <= FAR * max(point.per_minute for point in timeline.points)


def _chart(kind: "type[Graph]", seconds: list[float], **others: object) -> Any:  # noqa: ANN401
    from pygal.style import Style

    labels = _marks(seconds)
    return kind(
        **SIZE,
        **others,
        x_labels=labels,
        x_labels_major=[label for label in labels if label],
        show_minor_x_labels=False,
        truncate_label=-1,
        show_legend=False,
        js=(),
        style=Style(label_font_size=20, major_label_font_size=20),  # so much room is left for them
        margin=4,
        margin_right=28,
        spacing=6,
        no_prefix=True,
        disable_xml_declaration=True,
    )


def _marks(seconds: list[float]) -> list[str]:
    """The labels of the axis of time: round times, at most five beside its start, and nothing between them."""
    width = seconds[-1] - seconds[-2]
    between = next(one for one in BETWEEN if one * MARKS >= seconds[-1] and one >= width)
    size, name = next((unit for unit in UNITS if seconds[-1] >= 2 * unit[0]), (1, "s"))
    labels, due = [], 0.0 if seconds[0] == 0 else between
    for second in seconds:
        is_mark = second >= due - width / 2
        labels.append(f"{due / size:.3g} {name}" if is_mark else "")
        while due <= second + width / 2:
            due += between
    return labels


def _scale(chart: Any, most: float) -> None:  # noqa: ANN401 - pygal's own
    """Let the axis of numbers end at a round one, in at most five steps."""
    step = next(size * 10**power for power in range(16) for size in (1, 2, 5) if size * 10**power * MARKS >= most)
    top = step * max(1, -(-most // step))
    chart.y_labels = [{"label": f"{int(at):,}", "value": at} for at in _up_to(top, step)]
    chart.range = (0, top * 1.02)  # pygal leaves out a label at the very top


def _up_to(top: float, step: float) -> list[float]:
    return [number * step for number in range(int(top // step) + 1)]


def _svg(chart: Any, name: str, title: str) -> Markup:  # noqa: ANN401 - pygal's own
    """The drawing alone, with a name for who cannot see it."""

    def strip(root: "Element") -> "Element":
        _strip(root)
        size = root.get("viewBox", "")
        for attribute in list(root.attrib):
            del root.attrib[attribute]
        for attribute, value in (("viewBox", size), ("class", f"chart {name}"), ("role", "img"), ("aria-label", title)):
            root.set(attribute, value)
        return root

    chart.add_xml_filter(strip)
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - pygal escapes what it is given


def _strip(node: "Element") -> None:
    for child in list(node):
        tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""  # a comment has none
        is_empty = tag == "rect" and float(child.get("height", "1")) == 0
        if not tag or tag in GONE or is_empty or "tooltip" in child.get("class", "").split():
            node.remove(child)
            continue
        _strip(child)
        if tag == "g" and not len(child):
            node.remove(child)
