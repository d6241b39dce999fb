#include "storage/portable/pages.h"

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"

namespace codeset::portable {

using model::Digest;
using model::FacetGroup;

void Pages::Add(FacetGroup group, const Digest& digest, const Text& text) {
  groups_[Place(group)].emplace(digest, text);
}

Pages::Text Pages::Find(FacetGroup group, const Digest& digest) const {
  const OfGroup& pages = of(group);
  const auto found = pages.find(digest);
  return found == pages.end() ? nullptr : found->second;
}

size_t Pages::count() const {
  size_t count = 0;
  for (const OfGroup& pages : groups_) count += pages.size();
  return count;
}

size_t Pages::bytes() const {
  size_t bytes = 0;
  for (const OfGroup& pages : groups_) {
    for (const auto& [digest, text] : pages) bytes += text->size();
  }
  return bytes;
}

absl::StatusOr<std::vector<std::string>> Pages::Read(FacetGroup group,
                                                     absl::Span<const Digest> digests) const {
  std::vector<std::string> texts;
  texts.reserve(digests.size());
  for (const Digest& digest : digests) {
    const Text text = Find(group, digest);
    if (text == nullptr) {
      return model::MakeError(model::Reason::kDataDamaged,
                              absl::StrCat("the ", model::FacetGroupName(group), " page ",
                                           model::FormatDigest(digest), " is missing"));
    }
    texts.push_back(*text);
  }
  return texts;
}

}  // namespace codeset::portable
