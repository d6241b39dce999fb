// The rows of a release's conversion table by the codes that they name.
//
//   for (const ConversionPage::Row* row : image.conversion_index().Naming("G5600")) …
//
// A row names its current code, and every code that its cell of previous codes takes in by the
// way codes are written: `K72.90` that code and what begins with it (where it was a header, the
// cell stands for any code below it); `I63.-` the same; a range everything from its first code,
// byte by byte, to what begins with its last (and, between two codes of seven characters that end
// alike, only codes that end so). What a cell means in the release before its day takes that
// release (storage/query/replacement_rows.h); by spelling alone, whether a row names a code
// depends on nothing but the two. A cell that cannot be read names none.
//
// Thread-safe because immutable.
#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "storage/image/page.h"
#include "storage/model/conversion.h"

namespace codeset::image {

// Whether a term of a cell of previous codes names a code, both undotted.
bool NamesBySpelling(const model::PreviousTerm& term, absl::string_view code);

// See above.
class ConversionIndex {
 public:
  // The rows outlive the index.
  explicit ConversionIndex(const std::vector<const ConversionPage::Row*>& rows);

  // The rows that name a code (undotted), as current or as a previous one; each once, in no
  // particular order.
  std::vector<const ConversionPage::Row*> Naming(absl::string_view code) const;

 private:
  using Rows = std::vector<const ConversionPage::Row*>;

  absl::flat_hash_map<absl::string_view, Rows> by_current_;
  // By the codes of terms that are no ranges.
  absl::flat_hash_map<absl::string_view, Rows> by_previous_;
  // Those with a range.
  Rows ranges_;
};

}  // namespace codeset::image
