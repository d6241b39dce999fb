#include <gtest/gtest.h>

#include <string>

#include "client/cpp/range.h"

namespace codeset::client {
namespace {

using Range = BatchRange<int, std::string>;
using Batches = std::vector<absl::StatusOr<Range::Batch>>;

// A range over listed batches; an error ends it, and so does the end of the list.
Range Over(Batches batches) {
  return Range([batches = std::move(batches),
                next = std::size_t{0}]() mutable -> absl::StatusOr<std::optional<Range::Batch>> {
    if (next == batches.size()) return std::optional<Range::Batch>();
    absl::StatusOr<Range::Batch> batch = batches[next++];
    if (!batch.ok()) return batch.status();
    return std::optional<Range::Batch>(*std::move(batch));
  });
}

Range::Batch Batch(std::vector<int> items, std::optional<std::string> header = std::nullopt) {
  return {std::move(header), std::move(items)};
}

// The elements as text, an error as its message.
std::vector<std::string> Walk(Range& range) {
  std::vector<std::string> seen;
  for (absl::StatusOr<int>& item : range) {
    seen.push_back(item.ok() ? std::to_string(*item) : std::string(item.status().message()));
  }
  return seen;
}

TEST(RangeTest, GivesTheElementsOfAllBatchesInOrder) {
  const struct {
    const char* name;
    Batches batches;
    std::vector<std::string> want;
  } cases[] = {
      {"no batch", {}, {}},
      {"one empty batch", {Batch({})}, {}},
      {"one batch", {Batch({1, 2})}, {"1", "2"}},
      {"empty batches between", {Batch({}), Batch({1}), Batch({}), Batch({2, 3})}, {"1", "2", "3"}},
      {"an error alone", {absl::AbortedError("lost")}, {"lost"}},
      {"an error after elements", {Batch({1}), absl::AbortedError("lost")}, {"1", "lost"}},
  };
  for (const auto& test : cases) {
    Range range = Over(test.batches);
    EXPECT_EQ(Walk(range), test.want) << test.name;
  }
}

TEST(RangeTest, GivesTheHeaderBeforeTheWalkWithoutLosingElements) {
  Range range = Over({Batch({1}, "release 2026"), Batch({2})});
  const absl::StatusOr<std::string> header = range.header();
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(*header, "release 2026");
  EXPECT_EQ(Walk(range), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(*range.header(), "release 2026");
}

TEST(RangeTest, GivesTheFirstBatchsErrorAsHeader) {
  Range range = Over({absl::NotFoundError("no such release")});
  EXPECT_EQ(range.header().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Walk(range), (std::vector<std::string>{"no such release"}));
}

TEST(RangeTest, SaysSoWhenNoHeaderCame) {
  Range range = Over({});
  EXPECT_EQ(range.header().status().code(), absl::StatusCode::kInternal);
}

TEST(RangeTest, FetchesABatchOnlyWhenItIsNeeded) {
  int fetched = 0;
  Range range([&fetched]() -> absl::StatusOr<std::optional<Range::Batch>> {
    ++fetched;
    return std::optional<Range::Batch>(Batch({fetched}));
  });
  EXPECT_EQ(fetched, 0);
  Range::Iterator at = range.begin();
  EXPECT_EQ(fetched, 1);
  ++at;
  EXPECT_EQ(fetched, 2);
  EXPECT_EQ(**at, 2);
}

}  // namespace
}  // namespace codeset::client
