#!/usr/bin/python3
"""ratios.py against a second, naive computation of the same."""

import fractions
import itertools
import random
import unittest

import ratios


def slow_median(values):
    """The value with as many below as above, or between the two such values."""
    ordered = sorted(values)
    while len(ordered) > 2:
        ordered = ordered[1:-1]
    return sum(map(fractions.Fraction, ordered)) / len(ordered)


def slow_line(points):
    """The slope as a weighted mean of the slopes of all pairs, in whole numbers."""
    pairs = list(itertools.combinations(points, 2))
    above = sum(fractions.Fraction(a[0] - b[0]) * (a[1] - b[1]) for a, b in pairs)
    below = sum(fractions.Fraction(a[0] - b[0]) ** 2 for a, b in pairs)
    slope = above / below
    constant = sum(y - slope * x for x, y in points) / len(points)
    return constant, slope


class RatiosTest(unittest.TestCase):

    def test_median_is_the_naive_one(self):
        draw = random.Random(5)
        for count in range(1, 40):
            values = [draw.randrange(20) for _ in range(count)]
            self.assertEqual(ratios.median(values), slow_median(values), values)

    def test_percentile_has_its_part_at_or_below(self):
        draw = random.Random(6)
        for count in (1, 2, 3, 10, 39, 40, 41, 1000):
            values = [draw.randrange(100) for _ in range(count)]
            for part in (0.0, 0.025, 0.5, 0.975, 1.0):
                told = ratios.percentile(values, part)
                self.assertIn(told, values)
                self.assertGreaterEqual(sum(v <= told for v in values), part * count)
                self.assertLessEqual(sum(v < told for v in values), max(part * count, 0))

    def test_interval_holds_the_middle_of_all_resamples(self):
        # All samples that can be drawn from few values, in the place of some at random. The
        # ends are then among those that random sampling may give: parts of 1 to 4 in 100.
        for values in ([1, 2, 4, 8, 16], [3, 3, 5, 9], [10, 11, 13, 16, 20, 25]):
            every = sorted(slow_median(sample)
                           for sample in itertools.product(values, repeat=len(values)))
            told = ratios.figure(values)
            self.assertEqual(told.value, slow_median(values))
            self.assertEqual(told.count, len(values))
            for end, least, most in ((told.low, 0.01, 0.04), (told.high, 0.96, 0.99)):
                at_or_below = sum(float(v) <= end + 1e-9 for v in every) / len(every)
                below = sum(float(v) < end - 1e-9 for v in every) / len(every)
                self.assertGreaterEqual(at_or_below, least)
                self.assertLessEqual(below, most)

    def test_ratios_are_those_of_pairs(self):
        # Of the medians it would be 1.
        told = ratios.paired([1, 2, 9], [2, 4, 3])
        self.assertEqual(told.value, 0.5)
        self.assertEqual(told.count, 3)
        with self.assertRaises(ValueError):
            ratios.paired([1, 2], [1])

    def test_same_figures_give_the_same_interval(self):
        values = [random.Random(8).random() for _ in range(15)]
        self.assertEqual(ratios.figure(values), ratios.figure(values))

    def test_line_is_the_naive_one(self):
        draw = random.Random(9)
        for count in (2, 3, 17, 100):
            points = [(draw.randrange(1000) + 1000 * i, draw.randrange(5000))
                      for i in range(count)]
            told, (constant, slope) = ratios.least_squares(points), slow_line(points)
            self.assertAlmostEqual(told.slope, float(slope), places=9)
            self.assertAlmostEqual(told.constant, float(constant), places=5)

    def test_fit_finds_the_line_that_points_lie_on(self):
        constant, slope = ratios.fit([(x, 7 + 3 * x) for x in (0, 5, 6, 40, 41, 300)])
        for told, expected in ((constant, 7), (slope, 3)):
            for value in told[:3]:
                self.assertAlmostEqual(value, expected, places=9)

    def test_refuses_points_that_make_no_line(self):
        with self.assertRaises(ValueError):
            ratios.least_squares([(1, 2), (1, 3)])


if __name__ == "__main__":
    unittest.main()
