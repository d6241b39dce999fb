"""Medians with their 95 % intervals, ratios of interleaved pairs, and straight lines.

Intervals are percentile bootstraps: the statistic of RESAMPLES samples drawn with replacement from
what was measured, the middle 95 % of them. Seeded, so that the same figures give the same interval.
"""

import collections
import random

RESAMPLES = 4000

# A statistic of `count` measurements and the ends of its 95 % interval.
Figure = collections.namedtuple("Figure", "value low high count")
# time = `constant` + `slope` * x.
Line = collections.namedtuple("Line", "constant slope")


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values, part):
    """By nearest rank."""
    ordered = sorted(values)
    rank = -(-len(ordered) * part // 1)  # Rounded up.
    return ordered[min(max(int(rank), 1), len(ordered)) - 1]


def resampled(sample, statistic):
    """The statistic of RESAMPLES samples drawn with replacement."""
    draw = random.Random(len(sample))
    return [statistic(draw.choices(sample, k=len(sample))) for _ in range(RESAMPLES)]


def figure(values):
    """The median of measurements."""
    values = list(values)
    spread = resampled(values, median)
    return Figure(median(values), percentile(spread, 0.025), percentile(spread, 0.975),
                  len(values))


def single(value):
    """What was measured once, and has no interval."""
    return Figure(value, value, value, 1)


def paired(ours, theirs):
    """The median of the ratios ours : theirs, pair by pair."""
    if len(ours) != len(theirs):
        raise ValueError("%d and %d measurements make no pairs" % (len(ours), len(theirs)))
    return figure(a / b for a, b in zip(ours, theirs))


def least_squares(points):
    """The line through points (x, y) with the least sum of squares of its errors in y."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        raise ValueError("all points have the same x: no line")
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return Line(mean_y - slope * mean_x, slope)


def fit(points):
    """least_squares as two figures, constant and slope, with intervals over the points."""
    line = least_squares(points)
    draw = random.Random(len(points))
    lines = []
    while len(lines) < RESAMPLES // 4:
        sample = draw.choices(points, k=len(points))
        if len({x for x, _ in sample}) > 1:
            lines.append(least_squares(sample))
    return [Figure(value, percentile([each[part] for each in lines], 0.025),
                   percentile([each[part] for each in lines], 0.975), len(points))
            for part, value in enumerate(line)]
