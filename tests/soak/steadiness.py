"""Whether a series of samples is flat at its end. The rule, which is set before anything is run:

The samples of the last two thirds of the time are fitted by a line whose slope is the median of
the slopes between all pairs of them (Theil and Sen): a sample that falls into a load, which takes
tens of megabytes for a second or two, then counts as one sample and does not tilt the line, as it
would tilt a line of least squares. The series is flat if that line rises by less than 2 % of the
median, or less than an allowance, in half the time of the run: 5 MiB for memory, 8 for file
descriptors and threads. The first third is left out, since caches and pools fill up in it. Under
ten minutes nothing is judged: a rise of 5 MiB is then within what filling takes.
"""

import statistics

PART = 2 / 3
RELATIVE = 0.02
LEAST_SECONDS = 600


def late(samples):
    """Those of the last two thirds of the time; samples are pairs of seconds and value."""
    end = samples[-1][0]
    return [sample for sample in samples if sample[0] >= end * (1 - PART)]


def robust_slope(samples):
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(samples)
              for b in samples[i + 1:] if b[0] > a[0]]
    return statistics.median(slopes) if slopes else 0.0


def least_squares_slope(samples):
    mean_time = statistics.mean(time for time, _ in samples)
    mean = statistics.mean(value for _, value in samples)
    below = sum((time - mean_time) ** 2 for time, _ in samples)
    return sum((t - mean_time) * (v - mean) for t, v in samples) / below if below else 0.0


def at(samples, part):
    """The value at a part of the time: the sample nearest to it."""
    end = samples[-1][0]
    return min(samples, key=lambda sample: abs(sample[0] - part * end))[1]


def judge(samples, allowance, always=False):
    """What there is to say of a series: values on the way, slopes per hour, and the verdict: `flat`,
    `rises` or `not judged`."""
    end = samples[-1][0]
    last = late(samples)
    slope = robust_slope(last)
    growth = slope * end / 2
    limit = max(RELATIVE * statistics.median(value for _, value in last), allowance)
    judged = always or end >= LEAST_SECONDS
    return {"at": {"%d%%" % (100 * part): at(samples, part) for part in (0.25, 0.5, 0.75, 1)},
            "max": max(value for _, value in samples),
            "slope_per_hour": slope * 3600,
            "least_squares_slope_per_hour": least_squares_slope(last) * 3600,
            "growth_in_half_the_time": growth, "limit": limit,
            "verdict": "not judged" if not judged else "flat" if growth < limit else "rises"}
