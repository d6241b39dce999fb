// A histogram of latencies in the manner of HdrHistogram: buckets whose width grows with the
// value, so that every quantile is told to within 0.4 % whatever its magnitude, in 15 thousand
// counters that are never reallocated.
//
//   LatencyHistogram histogram;
//   histogram.Record(42'000);
//   histogram.Quantile(0.99);
//
// Not thread-safe; histograms of several threads are added up by Add.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace codeset::bench {

// See above. Values are whole numbers of any unit; here nanoseconds.
class LatencyHistogram {
 public:
  // Values below 2^(kPrecisionBits + 1) are counted exactly; a bucket above is as wide as
  // 2^-kPrecisionBits of its lower end.
  static constexpr int kPrecisionBits = 8;

  LatencyHistogram();

  // Counts one value.
  void Record(uint64_t value);

  // Counts what another histogram has counted.
  void Add(const LatencyHistogram& other);

  // How many values were counted.
  uint64_t count() const { return count_; }
  // The greatest value; 0 if there is none.
  uint64_t max() const { return max_; }
  // The mean, exact; 0 if there is none.
  double mean() const;

  // The value at a quantile by nearest rank, `part` from 0 to 1: of the values in order, number
  // ceil(part * count), at least the first. Told as the upper end of its bucket, or as max()
  // where that is less. 0 if there is none.
  uint64_t Quantile(double part) const;

 private:
  static size_t BucketOf(uint64_t value);
  // The greatest value that BucketOf gives `bucket` for.
  static uint64_t UpperEnd(size_t bucket);

  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  uint64_t max_ = 0;
  // As a double, since nanoseconds times calls would be near 2^64 in a long run.
  double sum_ = 0;
};

}  // namespace codeset::bench
