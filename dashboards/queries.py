# SPDX-License-Identifier: Apache-2.0
"""PromQL of the boards, built from a few words so that the same thing is asked the same way everywhere.

Names and labels that exist: tests/dashboards/boards.py. Each function returns one expression.
"""

# The template variables of the manager board (manager.py), as matchers.
REVIEW = 'job=~"$job", alert_severity=~"$alert_severity", queue=~"$queue"'
PROGRAM = 'job=~"$job"'

UNREVIEWED = "countersign_alerts_unreviewed"
OLDEST = "countersign_alert_oldest_unreviewed_timestamp_seconds"
DEADLINES = "countersign_alert_review_deadlines_total"
# The largest bound of the time histograms: "longer than we can say".
LARGEST_BOUND_SECONDS = 604800


def series(metric, selection=REVIEW, *more):
    return f"{metric}{{{', '.join((selection, *more))}}}"


def total(vector, by=()):
    return f"sum by ({', '.join(by)}) ({vector})" if by else f"sum({vector})"


def grown(metric, window, *more, by=(), selection=REVIEW, offset=""):
    """How much a counter grew within the window, over all its other labels."""
    return total(f"increase({series(metric, selection, *more)}[{window}]{offset})", by)


def share(part, whole, *, by=(), window):
    """part / whole, each a list of counters or matchers; 0 where no part exists yet, nothing where whole is 0."""
    of_whole = grown(whole[0], window, *whole[1:], by=by)
    of_part = grown(part[0], window, *part[1:], by=by)
    return f"({of_part} or {of_whole} * 0) / ({of_whole} > 0)"


def reviewed_in_time(window, by=()):
    """Deadlines met / deadlines that fell due. A decision withdrawn later takes its `met` back."""
    due = grown(DEADLINES, window, 'outcome=~"met|missed"', by=by)
    met = grown(DEADLINES, window, 'outcome="met"', by=by)
    withdrawn = grown(DEADLINES, window, 'outcome="overturned"', by=by)
    return f"clamp_min(({met} or {due} * 0) - ({withdrawn} or {due} * 0), 0) / ({due} > 0)"


def budget_left(window, objective, by=()):
    """1 = untouched, 0 = the whole share that may miss has missed, below 0 = overspent."""
    return f"1 - (1 - {reviewed_in_time(window, by)}) / (1 - {objective})"


def quantile(q, histogram, window, by=()):
    """Over the observations that the window has seen."""
    return f"histogram_quantile({q}, {grown(histogram + '_bucket', window, by=('le', *by))})"


def quantile_with_open(q, histogram, window, by, offset=""):
    """The same where every alert that is unreviewed at that moment counts as slower than all decided ones.

    A quantile among the unreviewed ones shows as the largest bound; so does a severity with unreviewed alerts and
    not one decision yet.
    """
    buckets = grown(histogram + "_bucket", window, by=("le", *by), offset=offset)
    all_decided = grown(histogram + "_bucket", window, 'le="+Inf"', by=("le", *by), offset=offset)
    unreviewed = total(series(UNREVIEWED) + offset, by)
    labels = ", ".join(by)
    known = f"histogram_quantile({q}, ({all_decided} + on ({labels}) group_left () {unreviewed}) or {buckets})"
    return f"{known} or on ({labels}) ({unreviewed} > 0) * 0 + {LARGEST_BOUND_SECONDS}"


def unreviewed_age(by=()):
    """Seconds since the oldest unreviewed alert was opened; nothing where there is none, whatever the metric says."""
    oldest = f"{series(OLDEST)} and {series(UNREVIEWED)} > 0"
    return f"time() - min by ({', '.join(by)}) ({oldest})" if by else f"time() - min({oldest})"
