#include "storage/query/nearest.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <tuple>

#include "storage/model/concept_id.h"

namespace codeset::query {
namespace {

using image::Image;
using image::NodeIndex;

struct Candidate {
  int distance = 0;
  size_t common = 0;
  NodeIndex node = 0;

  friend bool operator<(const Candidate& a, const Candidate& b) {
    return std::tie(a.distance, b.common, a.node) < std::tie(b.distance, a.common, b.node);
  }
};

// How many characters two packed keys have in common at their beginnings, and how many one has.
size_t CommonBeginning(uint64_t a, uint64_t b) {
  return a == b ? image::kMaxKeyLength : static_cast<size_t>(std::countr_zero(a ^ b)) / 8;
}
size_t LengthOf(uint64_t key) { return (static_cast<size_t>(std::bit_width(key)) + 7) / 8; }

// What a category's keys begin with.
constexpr uint64_t kCategoryMask = (uint64_t{1} << (8 * model::kCategoryLength)) - 1;

// A row of the table of edit distances, of the beginning of a key against every beginning of the
// code, as the steps between its numbers: bit i is set in `up` or in `down` where number i + 1 is
// one more or one less than number i. (Myers's bit vectors, in the form that Hyyrö gave them: a
// character is a dozen operations instead of a loop.)
struct Row {
  uint32_t up = 0;
  uint32_t down = 0;
  // The last number: the distance from the whole code.
  int distance = 0;
};

// Of every row the least number, less the first: what no longer key can come below.
class LeastTable {
 public:
  int Of(const Row& row) const { return least_[row.up | row.down << model::kMaxCodeLength]; }

  static const LeastTable& Get() {
    static const LeastTable table;
    return table;
  }

 private:
  LeastTable() {
    constexpr uint32_t kRows = 1 << model::kMaxCodeLength;
    for (uint32_t up = 0; up < kRows; ++up) {
      for (uint32_t down = 0; down < kRows; ++down) {
        int number = 0, least = 0;
        for (size_t i = 0; i < model::kMaxCodeLength; ++i) {
          number += static_cast<int>(up >> i & 1) - static_cast<int>(down >> i & 1);
          least = std::min(least, number);
        }
        least_[up | down << model::kMaxCodeLength] = static_cast<int8_t>(least);
      }
    }
  }

  std::array<int8_t, 1 << (2 * model::kMaxCodeLength)> least_{};
};

// Walks the codes of a release with one table, of which the rows of the beginning that a key
// shares with the one before stay.
class Walk {
 public:
  Walk(const Image& image, absl::string_view code)
      : image_(image),
        code_(image::PackKey(code)),
        last_(uint32_t{1} << (code.size() - 1)),
        least_(LeastTable::Get()) {
    for (size_t i = 0; i < code.size(); ++i) {
      places_[static_cast<unsigned char>(code[i])] |= uint32_t{1} << i;
    }
    rows_[0] = {(last_ << 1) - 1, 0, static_cast<int>(code.size())};
  }

  // All codes within `limit` edits.
  std::vector<Candidate> Within(int limit) {
    std::vector<Candidate> found;
    for (const image::CategoryPages& category : image_.categories()) {
      if (Fill(image_.PackedKey(category.first) & kCategoryMask) > limit) continue;
      for (NodeIndex i = category.first; i < category.end;) {
        const uint64_t key = image_.PackedKey(i);
        const bool too_far = Fill(key) > limit;
        const int distance = rows_[LengthOf(key)].distance;
        if (distance <= limit) found.push_back({distance, CommonBeginning(key, code_), i});
        // No key that begins so can be nearer than the least of its row.
        i = too_far ? image_.node(i).end : i + 1;
      }
    }
    return found;
  }

 private:
  // Fills the rows for a key; returns the least number of the last.
  int Fill(uint64_t key) {
    const size_t length = LengthOf(key);
    for (size_t i = CommonBeginning(key, key_); i < length; ++i) {
      const Row& above = rows_[i];
      const uint32_t equal = places_[key >> (8 * i) & 0xFF];
      const uint32_t diagonal = (((equal & above.up) + above.up) ^ above.up) | equal;
      uint32_t more = above.down | ~(diagonal | above.up);
      uint32_t less = above.up & diagonal;
      Row& row = rows_[i + 1];
      row.distance = above.distance + ((more & last_) != 0 ? 1 : 0) - ((less & last_) != 0 ? 1 : 0);
      // The first number is one more in every row.
      more = more << 1 | 1;
      less <<= 1;
      const uint32_t all = (last_ << 1) - 1;
      row.up = (less | ~(equal | above.down | more)) & all;
      row.down = more & (equal | above.down) & all;
    }
    key_ = key;
    return static_cast<int>(length) + least_.Of(rows_[length]);
  }

  const Image& image_;
  const uint64_t code_;
  // The bit of the code's last character.
  const uint32_t last_;
  const LeastTable& least_;
  // Of every character the bits at which the code has it.
  std::array<uint32_t, 256> places_{};
  // Whose rows are filled.
  uint64_t key_ = 0;
  std::array<Row, image::kMaxKeyLength + 1> rows_{};
};

// Adds the codes that begin as `code` does, for as long as any does.
void AddByPrefix(const Image& image, absl::string_view code, std::vector<NodeIndex>& nodes) {
  for (; code.size() >= model::kCategoryLength; code.remove_suffix(1)) {
    const auto node = image.Find(code);
    if (!node.has_value()) continue;
    for (NodeIndex i = *node; i < image.node(*node).end && nodes.size() < kMaxNearest; ++i) {
      if (std::find(nodes.begin(), nodes.end(), i) == nodes.end()) nodes.push_back(i);
    }
    return;
  }
}

}  // namespace

std::vector<NodeIndex> NearestCodes(const Image& image, absl::string_view code) {
  if (code.empty() || code.size() > model::kMaxCodeLength) return {};
  Walk walk(image, code);
  std::vector<Candidate> found;
  // A narrow walk costs a quarter of a wide one, and is mostly enough.
  for (int limit = 1; limit <= kMaxNearestDistance && found.size() < kMaxNearest; ++limit) {
    found = walk.Within(limit);
  }
  std::sort(found.begin(), found.end());
  if (found.size() > kMaxNearest) found.resize(kMaxNearest);
  std::vector<NodeIndex> nodes;
  nodes.reserve(kMaxNearest);
  for (const Candidate& candidate : found) nodes.push_back(candidate.node);
  AddByPrefix(image, code, nodes);
  return nodes;
}

}  // namespace codeset::query
