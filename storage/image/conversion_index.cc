#include "storage/image/conversion_index.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "storage/model/concept_id.h"

namespace codeset::image {

using model::PreviousTerm;

bool NamesBySpelling(const PreviousTerm& term, absl::string_view code) {
  if (term.kind != PreviousTerm::Kind::kRange) return absl::StartsWith(code, term.first);
  // `S06.890A-S06.899A` are initial encounters alone.
  const bool of_one = term.first.size() == model::kMaxCodeLength &&
                      term.last.size() == model::kMaxCodeLength &&
                      term.first.back() == term.last.back();
  if (of_one && (code.size() != model::kMaxCodeLength || code.back() != term.first.back())) {
    return false;
  }
  return term.first <= code && (code <= term.last || absl::StartsWith(code, term.last));
}

ConversionIndex::ConversionIndex(const Rows& rows) {
  for (const ConversionPage::Row* row : rows) {
    by_current_[row->row.code].push_back(row);
    if (!row->previous.has_value()) continue;
    bool has_range = false;
    for (const model::PreviousCodes& together : *row->previous) {
      for (const PreviousTerm& term : together) {
        if (term.kind == PreviousTerm::Kind::kRange) {
          has_range = true;
        } else {
          by_previous_[term.first].push_back(row);
        }
      }
    }
    if (has_range) ranges_.push_back(row);
  }
}

ConversionIndex::Rows ConversionIndex::Naming(absl::string_view code) const {
  Rows found;
  if (const auto it = by_current_.find(code); it != by_current_.end()) found = it->second;
  for (size_t length = model::kCategoryLength; length <= code.size(); ++length) {
    const auto it = by_previous_.find(code.substr(0, length));
    if (it != by_previous_.end()) found.insert(found.end(), it->second.begin(), it->second.end());
  }
  for (const ConversionPage::Row* row : ranges_) {
    for (const model::PreviousCodes& together : *row->previous) {
      if (std::any_of(together.begin(), together.end(), [&](const PreviousTerm& term) {
            return term.kind == PreviousTerm::Kind::kRange && NamesBySpelling(term, code);
          })) {
        found.push_back(row);
        break;
      }
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace codeset::image
