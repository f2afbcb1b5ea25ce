# SPDX-License-Identifier: Apache-2.0
"""Panels with our defaults on top of the Grafana foundation SDK: every one has a title, a definition and a unit."""
from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as heatmap_model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

GOOD, WARN, BAD, NEUTRAL = "green", "orange", "red", "blue"
SEVERITY_COLOURS = {
    "critical": "dark-red",
    "high": "red",
    "medium": "orange",
    "low": "yellow",
    "informational": "blue",
}


class Numbers:
    """Panel ids in the order of the board; Grafana links to panels by id."""

    def __init__(self):
        self.last = 0

    def next(self):
        self.last += 1
        return self.last


def thresholds(steps):
    """steps: colour of everything, then (from value, colour)…"""
    first, *more = steps
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(
        [model.Threshold(value=None, color=first)] + [model.Threshold(value=v, color=c) for v, c in more])


def _queries(panel, queries, instant, interval="", form=None):
    for letter, (expression, legend) in zip("ABCDEFGH", queries):
        query = prometheus.Dataquery().expr(expression).legend_format(legend).ref_id(letter)
        query = query.instant() if instant else query.range()
        if interval:
            query = query.interval(interval)
        if form is not None:
            query = query.format(form)
        panel = panel.with_target(query)
    return panel


def _common(panel, numbers, title, description, unit, width, height):
    return (panel.id(numbers.next()).title(title).description(description).unit(unit)
            .datasource(DATASOURCE).span(width).height(height))


def _last_value():
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def number(numbers, title, description, unit, queries, *, width=4, height=4, steps=(NEUTRAL,), none="none",
           names=False):
    """Big numbers: what holds now. `names`: show each series' name instead of its value."""
    panel = _common(stat.Panel(), numbers, title, description, unit, width, height)
    panel = (panel.thresholds(thresholds(steps)).no_value(none).reduce_options(_last_value())
             .color_mode(common_model.BigValueColorMode.VALUE).graph_mode(common_model.BigValueGraphMode.NONE)
             .text_mode(common_model.BigValueTextMode.NAME if names else common_model.BigValueTextMode.AUTO))
    return _queries(panel, queries, instant=True)


def bars(numbers, title, description, unit, queries, *, width=6, height=7, steps=(NEUTRAL,), none="none",
         largest=None):
    """One bar a series: what holds now, side by side."""
    panel = _common(bargauge.Panel(), numbers, title, description, unit, width, height)
    panel = (panel.thresholds(thresholds(steps)).no_value(none).min(0).reduce_options(_last_value())
             .orientation(common_model.VizOrientation.HORIZONTAL)
             .display_mode(common_model.BarGaugeDisplayMode.BASIC))
    if largest is not None:
        panel = panel.max(largest)
    return _queries(panel, queries, instant=True)


def lines(numbers, title, description, unit, queries, *, width=12, height=8, interval="", stacked=False,
          as_bars=False, largest=None):
    """How it went. Series called "… before" are the previous period, dashed."""
    panel = _common(timeseries.Panel(), numbers, title, description, unit, width, height)
    panel = (panel.min(0).fill_opacity(40 if stacked or as_bars else 0).show_points(common_model.VisibilityMode.NEVER)
             .legend(common.VizLegendOptions().display_mode(common_model.LegendDisplayMode.LIST)
                     .placement(common_model.LegendPlacement.BOTTOM).show_legend(True))
             .tooltip(common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI)
                      .sort(common_model.SortOrder.DESCENDING)))
    if largest is not None:
        panel = panel.max(largest)
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    if as_bars:
        panel = panel.draw_style(common_model.GraphDrawStyle.BARS)
    for severity, colour in SEVERITY_COLOURS.items():
        panel = panel.override_by_regexp(f"/^{severity}( before)?$/", [
            model.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})])
    panel = panel.override_by_regexp("/ before$/", [
        model.DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [6, 6]})])
    return _queries(panel, queries, instant=False, interval=interval)


def heat(numbers, title, description, unit, query, *, width=24, height=9, interval="1d"):
    """A Prometheus histogram over time: darker is more."""
    panel = _common(heatmap.Panel(), numbers, title, description, unit, width, height)
    panel = (panel.calculate(False).y_axis(heatmap.YAxisConfig().unit(unit))
             .cell_values(heatmap.CellValues().unit("short").decimals(0))
             .color(heatmap.HeatmapColorOptions().mode(heatmap_model.HeatmapColorMode.SCHEME).scheme("Oranges")
                    .steps(32).exponent(0.5)))
    return _queries(panel, [query], instant=False, interval=interval, form=PromQueryFormat.HEATMAP)


def row(numbers, title):
    return dashboard.Row(title).id(numbers.next())


def label_variable(name, label, metric, selection=""):
    """A choice of label values; All means everything, also what appears later."""
    return (dashboard.QueryVariable(name).label(label).datasource(DATASOURCE)
            .query(f"label_values({metric}{selection}, {name})").refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(model.VariableSort.ALPHABETICAL_ASC).multi(True).include_all(True).all_value(".+")
            .current(model.VariableOption(selected=True, text=["All"], value=["$__all"])))


def choice_variable(name, label, values, chosen):
    return (dashboard.CustomVariable(name).label(label).values(",".join(values)).multi(False).include_all(False)
            .options([model.VariableOption(selected=v == chosen, text=v, value=v) for v in values])
            .current(model.VariableOption(selected=True, text=chosen, value=chosen)))
