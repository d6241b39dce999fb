// The histogram against the values themselves, sorted.
#include "tests/benchmark/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace codeset::bench {
namespace {

// By nearest rank, from all values.
uint64_t SlowQuantile(std::vector<uint64_t> values, double part) {
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(part * static_cast<double>(values.size()));
  return values[rank < 1 ? 0 : static_cast<size_t>(rank) - 1];
}

constexpr double kParts[] = {0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};

void ExpectAgrees(const LatencyHistogram& histogram, const std::vector<uint64_t>& values) {
  ASSERT_EQ(histogram.count(), values.size());
  for (const double part : kParts) {
    const uint64_t expected = SlowQuantile(values, part);
    const uint64_t told = histogram.Quantile(part);
    EXPECT_GE(told, expected) << part;
    // At most the width of the bucket above it.
    EXPECT_LE(told, expected + (expected >> LatencyHistogram::kPrecisionBits)) << part;
  }
  EXPECT_EQ(histogram.max(), *std::max_element(values.begin(), values.end()));
  double sum = 0;
  for (const uint64_t value : values) sum += static_cast<double>(value);
  EXPECT_NEAR(histogram.mean(), sum / static_cast<double>(values.size()),
              1e-9 * sum / static_cast<double>(values.size()));
}

TEST(HistogramTest, AgreesWithSortedValuesOfAnyMagnitude) {
  std::mt19937_64 random(7);
  for (const int bits : {3, 8, 9, 10, 17, 30, 50, 63}) {
    LatencyHistogram histogram;
    std::vector<uint64_t> values;
    for (int i = 0; i < 5000; ++i) {
      // As many of each magnitude, so that both ends of the buckets are met.
      const uint64_t value = random() >> (64 - 1 - random() % static_cast<uint64_t>(bits));
      values.push_back(value);
      histogram.Record(value);
    }
    ExpectAgrees(histogram, values);
  }
}

TEST(HistogramTest, TellsSmallValuesExactly) {
  LatencyHistogram histogram;
  for (uint64_t value = 0; value < 512; ++value) histogram.Record(value);
  EXPECT_EQ(histogram.Quantile(0.5), 255U);
  EXPECT_EQ(histogram.Quantile(0), 0U);
  EXPECT_EQ(histogram.Quantile(1), 511U);
}

TEST(HistogramTest, TakesTheGreatestValues) {
  LatencyHistogram histogram;
  histogram.Record(UINT64_MAX);
  histogram.Record(UINT64_MAX - 1);
  EXPECT_EQ(histogram.Quantile(1), UINT64_MAX);
  EXPECT_EQ(histogram.Quantile(0.5), UINT64_MAX);
}

TEST(HistogramTest, AddsUpToTheHistogramOfAllValues) {
  std::mt19937_64 random(11);
  LatencyHistogram sum, part;
  std::vector<uint64_t> values;
  for (int i = 0; i < 3000; ++i) {
    const uint64_t value = random() % 1'000'000;
    values.push_back(value);
    (i % 3 == 0 ? sum : part).Record(value);
  }
  sum.Add(part);
  ExpectAgrees(sum, values);
}

TEST(HistogramTest, IsZeroWhereNothingWasCounted) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.Quantile(0.5), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.mean(), 0);
}

}  // namespace
}  // namespace codeset::bench
