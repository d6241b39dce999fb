// The pages of the group `poa` (storage/FORMAT.md §1.3).
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/model/canonical.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"

namespace codeset::model {
namespace {

constexpr absl::string_view kCategoryPage = "codeset/1 poa category ";

// Adds a page, and to the page above the line that names it.
void AddPage(PageSet& set, absl::string_view node, std::string text, std::string* above) {
  const Digest digest = DigestOf(text);
  absl::StrAppend(above, node, "\t", FormatDigest(digest), "\n");
  set.pages.push_back({std::string(node), digest, std::move(text)});
}

}  // namespace

PageSet EncodePoa(const PoaList& list) {
  PageSet set;
  std::string root = "codeset/1 poa root\n";
  const std::vector<std::string>& codes = list.codes;
  for (size_t i = 0; i < codes.size();) {
    const std::string block = codes[i].substr(0, 1);
    std::string block_text = absl::StrCat("codeset/1 poa block ", block, "\n");
    while (i < codes.size() && absl::StartsWith(codes[i], block)) {
      const absl::string_view category = CategoryOf(codes[i]);
      std::string text = absl::StrCat(kCategoryPage, category, "\n");
      for (; i < codes.size() && CategoryOf(codes[i]) == category; ++i) {
        absl::StrAppend(&text, codes[i], "\n");
      }
      AddPage(set, category, std::move(text), &block_text);
    }
    AddPage(set, block, std::move(block_text), &root);
  }
  const Digest digest = DigestOf(root);
  set.pages.push_back({"", digest, std::move(root)});
  return set;
}

absl::StatusOr<std::vector<absl::string_view>> DecodePoaCategory(absl::string_view text) {
  const auto damaged = [](absl::string_view why) {
    return MakeError(Reason::kDataDamaged, absl::StrCat("a stored page is damaged: ", why));
  };
  if (!absl::ConsumePrefix(&text, kCategoryPage)) return damaged("it is no poa category page");
  if (!absl::ConsumeSuffix(&text, "\n")) return damaged("its last line has no end");
  std::vector<absl::string_view> codes = absl::StrSplit(text, '\n');
  const absl::string_view category = codes.front();
  codes.erase(codes.begin());
  if (codes.empty()) return damaged("it names no code");
  for (size_t i = 0; i < codes.size(); ++i) {
    if (!IsCode(codes[i]) || CategoryOf(codes[i]) != category) {
      return damaged("a line is no code of its category");
    }
    if (i > 0 && !(codes[i - 1] < codes[i])) return damaged("its codes are not in order");
  }
  return codes;
}

}  // namespace codeset::model
