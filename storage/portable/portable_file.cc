#include "storage/portable/portable_file.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/model/date.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/portable/atomic_file.h"
#include "storage/portable/portable_reader.h"

namespace codeset::portable {
namespace {

using model::Digest;
using model::FacetGroup;

// The digests of the pages that releases use, by group.
using Used = std::array<absl::flat_hash_set<Digest>, std::size(model::kFacetGroups)>;

absl::flat_hash_set<Digest>& Of(Used& used, FacetGroup group) {
  return used[static_cast<size_t>(group) - 1];
}

void AppendRelease(const PortableRelease& release, std::string* text) {
  const image::ImageSpec& spec = release.spec;
  absl::StrAppend(text, "release\t", spec.release_id, "\t", model::FormatDate(spec.effective), "\t",
                  model::FormatDigest(model::ReleaseFingerprint(spec.groups)), "\n");
  for (const auto& [group, digest] : spec.groups) {
    absl::StrAppend(text, "group\t", model::FacetGroupName(group), "\t",
                    model::FormatDigest(digest), "\n");
  }
  if (spec.lender.has_value()) {
    absl::StrAppend(text, "structure\t", spec.lender->release_id, "\t",
                    model::FormatDigest(spec.lender->tabular_root), "\n");
  }
  if (spec.poa.has_value()) {
    absl::StrAppend(text, "poa\t", spec.poa->release_id, "\t", model::FormatDigest(spec.poa->root),
                    "\n");
  }
  const std::string description = release.description.SerializeAsString();
  absl::StrAppend(text, "description\t", description.size(), "\n", description, "\n");
}

}  // namespace

absl::StatusOr<std::string> FormatPortable(const PortableSet& set) {
  std::vector<const PortableRelease*> releases;
  for (const PortableRelease& release : set.releases) releases.push_back(&release);
  if (releases.empty()) {
    return model::MakeError(model::Reason::kArgumentInvalid,
                            "a portable file has at least one release");
  }
  Used used;
  for (const PortableRelease* release : releases) {
    RETURN_IF_ERROR(
        ProveRelease(release->spec, set.pages, [&](FacetGroup group, const Digest& digest) {
          Of(used, group).insert(digest);
        }).status());
  }
  std::sort(releases.begin(), releases.end(),
            [](const auto* a, const auto* b) { return Before(*a, *b); });
  std::string text(kPortableMagic);
  absl::StrAppend(&text, kPortableVersion, "\n");
  absl::flat_hash_set<absl::string_view> ids;
  for (const PortableRelease* release : releases) {
    if (!ids.insert(release->spec.release_id).second) {
      return model::MakeError(
          model::Reason::kArgumentInvalid,
          absl::StrCat("release ", release->spec.release_id, " is named twice"));
    }
    AppendRelease(*release, &text);
  }
  for (const FacetGroup group : model::kFacetGroups) {
    std::vector<Digest> digests(Of(used, group).begin(), Of(used, group).end());
    std::sort(digests.begin(), digests.end());
    for (const Digest& digest : digests) {
      const Pages::Text page = set.pages.Find(group, digest);
      absl::StrAppend(&text, "page\t", model::FacetGroupName(group), "\t",
                      model::FormatDigest(digest), "\t", page->size(), "\n", *page);
    }
  }
  absl::StrAppend(&text, "end\t", model::FormatDigest(model::DigestOf(text)), "\n");
  return text;
}

absl::Status WritePortableFile(const std::string& path, const PortableSet& set) {
  ASSIGN_OR_RETURN(const std::string text, FormatPortable(set));
  ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  RETURN_IF_ERROR(file.Write(text));
  return file.Commit();
}

}  // namespace codeset::portable
