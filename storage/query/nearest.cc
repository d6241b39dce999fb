#include "storage/query/nearest.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "storage/model/concept_id.h"

namespace codeset::query {
namespace {

using image::Image;
using image::NodeIndex;

// A row of the table of edit distances: of one beginning of a key against every beginning of
// the code.
using Row = std::array<int, model::kMaxCodeLength + 1>;

size_t CommonBeginning(absl::string_view a, absl::string_view b) {
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + std::min(a.size(), b.size()), b.begin()).first -
      a.begin());
}

struct Candidate {
  int distance = 0;
  size_t common = 0;
  NodeIndex node = 0;

  friend bool operator<(const Candidate& a, const Candidate& b) {
    return std::tie(a.distance, b.common, a.node) < std::tie(b.distance, a.common, b.node);
  }
};

// Walks the codes of a release with one table, of which the rows of the beginning that a key
// shares with the one before stay.
class Walk {
 public:
  Walk(const Image& image, absl::string_view code) : image_(image), code_(code) {
    for (size_t i = 0; i <= code_.size(); ++i) rows_[0][i] = static_cast<int>(i);
  }

  // All codes within `limit` edits.
  std::vector<Candidate> Within(int limit) {
    std::vector<Candidate> found;
    for (const image::CategoryPages& category : image_.categories()) {
      if (Fill(category.key) > limit) continue;
      for (NodeIndex i = category.first; i < category.end;) {
        const absl::string_view key = image_.node(i).key;
        const bool too_far = Fill(key) > limit;
        const int distance = rows_[key.size()][code_.size()];
        if (distance <= limit) found.push_back({distance, CommonBeginning(key, code_), i});
        // No key that begins so can be nearer than the least of its row.
        i = too_far ? image_.node(i).end : i + 1;
      }
    }
    return found;
  }

 private:
  // Fills the rows for a key; returns the least of the last.
  int Fill(absl::string_view key) {
    for (size_t i = CommonBeginning(key, key_); i < key.size(); ++i) {
      rows_[i + 1][0] = static_cast<int>(i) + 1;
      for (size_t j = 0; j < code_.size(); ++j) {
        rows_[i + 1][j + 1] = std::min(
            {rows_[i][j] + (key[i] == code_[j] ? 0 : 1), rows_[i][j + 1] + 1, rows_[i + 1][j] + 1});
      }
    }
    key_ = key;
    const Row& last = rows_[key.size()];
    return *std::min_element(last.begin(), last.begin() + static_cast<long>(code_.size()) + 1);
  }

  const Image& image_;
  absl::string_view code_;
  // Whose rows are filled.
  absl::string_view key_;
  std::array<Row, model::kMaxCodeLength + 1> rows_{};
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
