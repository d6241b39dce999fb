// Pages made by hand, of right digests whatever they say.
//
// Thread-safe: free functions.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"
#include "storage/portable/pages.h"

namespace codeset::portable {

// Adds a page of this text; returns its digest as pages name it.
inline std::string AddText(Pages& pages, model::FacetGroup group, const std::string& text) {
  const model::Digest digest = model::DigestOf(text);
  pages.Add(group, digest, std::make_shared<const std::string>(text));
  return model::FormatDigest(digest);
}

// A tabular list of two sections on each of `levels` levels, both of which name both sections of
// the level below: 2 * `levels` + 2 pages, and 2 to the power of `levels` ways through them.
// Returns the digest of its root.
inline model::Digest AddDiamonds(Pages& pages, int levels) {
  std::string below;
  for (int level = levels; level > 0; --level) {
    std::string lines;
    for (const char* letter : {"A", "B"}) {
      const std::string id = absl::StrCat(letter, 10 + level, "-", letter, 10 + level);
      const std::string digest =
          AddText(pages, model::FacetGroup::kTabular,
                  absl::StrCat("codeset/1 tabular section ", id, "\ntitle\tx\n", below));
      absl::StrAppend(&lines, "section\t", id, "\t", digest, "\n");
    }
    below = lines;
  }
  const std::string chapter =
      AddText(pages, model::FacetGroup::kTabular,
              absl::StrCat("codeset/1 tabular chapter 1\ntitle\tx\n", below));
  return *model::ParseDigest(
      AddText(pages, model::FacetGroup::kTabular,
              absl::StrCat("codeset/1 tabular root\nchapter\t1\t", chapter, "\n")));
}

}  // namespace codeset::portable
