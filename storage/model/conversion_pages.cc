// The pages of the group `conversion` (storage/FORMAT.md §1.4).
#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/model/canonical.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"

namespace codeset::model {
namespace {

constexpr absl::string_view kCategoryPage = "codeset/1 conversion category ";
constexpr size_t kFields = 4;

// Adds a page, and to the page above the line that names it.
void AddPage(PageSet& set, absl::string_view node, std::string text, std::string* above) {
  const Digest digest = DigestOf(text);
  absl::StrAppend(above, node, "\t", FormatDigest(digest), "\n");
  set.pages.push_back({std::string(node), digest, std::move(text)});
}

}  // namespace

PageSet EncodeConversion(const ConversionTable& table) {
  // By category in byte order, and in it by row.
  std::map<absl::string_view, std::vector<const ConversionRow*>> categories;
  for (const ConversionRow& row : table.rows) categories[CategoryOf(row.code)].push_back(&row);
  PageSet set;
  std::string root = "codeset/1 conversion root\n";
  for (auto it = categories.begin(); it != categories.end();) {
    const absl::string_view block = it->first.substr(0, 1);
    std::string block_text = absl::StrCat("codeset/1 conversion block ", block, "\n");
    for (; it != categories.end() && absl::StartsWith(it->first, block); ++it) {
      auto& [category, rows] = *it;
      std::sort(rows.begin(), rows.end(),
                [](const ConversionRow* a, const ConversionRow* b) { return a->row < b->row; });
      std::string text = absl::StrCat(kCategoryPage, category, "\n");
      for (const ConversionRow* row : rows) {
        absl::StrAppend(&text, row->row, "\t", row->current, "\t", FormatDate(row->effective), "\t",
                        row->previous, "\n");
      }
      AddPage(set, category, std::move(text), &block_text);
    }
    AddPage(set, block, std::move(block_text), &root);
  }
  const Digest digest = DigestOf(root);
  set.pages.push_back({"", digest, std::move(root)});
  return set;
}

absl::StatusOr<std::vector<ConversionRow>> DecodeConversionCategory(absl::string_view text) {
  const auto damaged = [](absl::string_view why) {
    return MakeError(Reason::kDataDamaged, absl::StrCat("a stored page is damaged: ", why));
  };
  if (!absl::ConsumePrefix(&text, kCategoryPage)) {
    return damaged("it is no conversion category page");
  }
  if (!absl::ConsumeSuffix(&text, "\n")) return damaged("its last line has no end");
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines.size() < 2) return damaged("it has no row");
  std::vector<ConversionRow> rows;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<absl::string_view> fields = absl::StrSplit(lines[i], '\t');
    ConversionRow row;
    if (fields.size() != kFields || !absl::SimpleAtoi(fields[0], &row.row) || row.row < 1 ||
        fields[0] != absl::StrCat(row.row)) {
      return damaged("a line is no row of a conversion table");
    }
    row.current = std::string(fields[1]);
    row.code = CodeOfCell(fields[1]);
    if (row.code.empty() || CategoryOf(row.code) != lines[0]) {
      return damaged("a line is no row of its category");
    }
    const absl::StatusOr<Date> effective = ParseDate(fields[2]);
    if (!effective.ok()) return damaged("a row has no date");
    row.effective = *effective;
    row.previous = std::string(fields[3]);
    if (!rows.empty() && rows.back().row >= row.row) return damaged("its rows are not in order");
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace codeset::model
