// The rows of a conversion table that fall between two releases, and what they mean there:
// which rows name a code as previous, what a cell of previous codes takes in, how a previous
// code leads to a current one.
//
// A part of storage/query/replacements.h, which follows the rows over the years.
//
// Thread-safe because immutable.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/replacement.pb.h"
#include "storage/image/image.h"

namespace codeset::query {

// A row with the loaded releases next to its day. Undotted keys throughout.
struct DatedRow {
  const image::ConversionPage::Row* source = nullptr;
  // The newest release before the row's day, the oldest from then on.
  const image::Image* before = nullptr;
  const image::Image* after = nullptr;

  const std::string& code() const { return source->row.code; }
  model::Date date() const { return source->row.effective; }
};

// See above.
class ReplacementRows {
 public:
  using ImagePtr = std::shared_ptr<const image::Image>;

  // As for Replacements; the images outlive the rows.
  ReplacementRows(const std::vector<ImagePtr>& releases, const image::Image* table);

  // Rows that name the code as previous, and those whose current code it is: by day, then by
  // row; of rows that repeat each other the first.
  std::vector<const DatedRow*> From(absl::string_view previous) const;
  std::vector<const DatedRow*> To(absl::string_view current) const;

  // The codes that the row's cell of previous codes names: a code, unless it was a header; the
  // billable ones of a header or range. Each once, in the order of the cell.
  static std::vector<std::string> PreviousOf(const DatedRow& row);

  // The hop of `row` from `previous`, which it names. A merge is lossy backwards alone.
  v1::ReplacementHop HopOf(const DatedRow& row, absl::string_view previous, bool backward) const;

 private:
  // The place of the first set of previous codes of the row that the code is one of; -1 for
  // none.
  static int SetOf(const DatedRow& row, absl::string_view previous);
  // To how many codes the rows of that day lead from `previous`, and from how many to
  // `current`; from 2 on not exact.
  size_t FanOut(absl::string_view previous, model::Date date) const;
  size_t FanIn(absl::string_view current, model::Date date) const;

  std::string table_id_;
  std::vector<DatedRow> rows_;
  // Places in `rows_`. Rows whose previous codes are more than codes by name are in `ranges_`.
  absl::flat_hash_map<absl::string_view, std::vector<size_t>> by_previous_;
  absl::flat_hash_map<absl::string_view, std::vector<size_t>> by_current_;
  std::vector<size_t> ranges_;
};

// The billable codes below a header, in tabular order; none for what is no header.
std::vector<std::string> BillableBelow(const image::Image& image, absl::string_view key);

// Whether the release has the code, and it is billable; or a header.
bool IsBillable(const image::Image& image, absl::string_view key);
bool IsHeader(const image::Image& image, absl::string_view key);

}  // namespace codeset::query
