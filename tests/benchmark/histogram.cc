#include "tests/benchmark/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace codeset::bench {
namespace {

constexpr int kBits = LatencyHistogram::kPrecisionBits;

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(BucketOf(UINT64_MAX) + 1) {}

size_t LatencyHistogram::BucketOf(uint64_t value) {
  // The leading kBits + 1 bits of the value, and how far they were shifted.
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - (kBits + 1));
  return (static_cast<size_t>(shift) << kBits) + static_cast<size_t>(value >> shift);
}

uint64_t LatencyHistogram::UpperEnd(size_t bucket) {
  const size_t exact = size_t{2} << kBits;
  if (bucket < exact) return bucket;
  const size_t shift = (bucket >> kBits) - 1;
  const uint64_t leading = bucket - (shift << kBits);
  return (leading << shift) + ((uint64_t{1} << shift) - 1);
}

void LatencyHistogram::Record(uint64_t value) {
  ++buckets_[BucketOf(value)];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void LatencyHistogram::Add(const LatencyHistogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double LatencyHistogram::mean() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

uint64_t LatencyHistogram::Quantile(double part) const {
  if (count_ == 0) return 0;
  const double rank = std::ceil(std::clamp(part, 0.0, 1.0) * static_cast<double>(count_));
  uint64_t left = std::clamp<uint64_t>(static_cast<uint64_t>(rank), 1, count_);
  for (size_t i = 0; i < buckets_.size(); ++i) {
    if (buckets_[i] >= left) return std::min(UpperEnd(i), max_);
    left -= buckets_[i];
  }
  return max_;
}

}  // namespace codeset::bench
