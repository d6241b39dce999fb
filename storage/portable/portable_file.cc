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
const absl::flat_hash_set<Digest>& Of(const Used& used, FacetGroup group) {
  return used[static_cast<size_t>(group) - 1];
}

// The last line of a file, before which `text` stands.
std::string EndLine(absl::string_view text) {
  return absl::StrCat("end\t", model::FormatDigest(model::DigestOf(text)), "\n");
}

absl::Status TooMuch(absl::string_view why) {
  return model::MakeError(
      model::Reason::kArgumentInvalid,
      absl::StrCat(why, "; write fewer releases into it, and the others into another"));
}

// The lines of a release, and its description as it is written.
void AppendRelease(const PortableRelease& release, absl::string_view description,
                   std::string* text) {
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
  absl::StrAppend(text, "description\t", description.size(), "\n", description, "\n");
}

// The line before a page.
std::string PageLine(FacetGroup group, const Digest& digest, size_t size) {
  return absl::StrCat("page\t", model::FacetGroupName(group), "\t", model::FormatDigest(digest),
                      "\t", size, "\n");
}

// Whether the pages keep to the limits, in a file whose first lines have `bytes`; what comes
// after the pages is as long in every file.
absl::Status CheckPages(const Pages& pages, const Used& used, size_t bytes,
                        const PortableLimits& limits) {
  bytes += EndLine("").size();
  for (const FacetGroup group : model::kFacetGroups) {
    for (const Digest& digest : Of(used, group)) {
      const size_t size = pages.Find(group, digest)->size();
      if (size > limits.page_bytes) {
        return TooMuch(absl::StrCat("the page ", model::FormatDigest(digest), " has ", size,
                                    " bytes, and a portable file takes ", limits.page_bytes));
      }
      bytes += PageLine(group, digest, size).size() + size;
    }
  }
  if (bytes > limits.file_bytes) {
    return TooMuch(absl::StrCat("the portable file would have ", bytes,
                                " bytes, and it has at most ", limits.file_bytes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> FormatPortable(const PortableSet& set, const PortableLimits& limits) {
  std::vector<const PortableRelease*> releases;
  for (const PortableRelease& release : set.releases) releases.push_back(&release);
  if (releases.empty()) {
    return model::MakeError(model::Reason::kArgumentInvalid,
                            "a portable file has at least one release");
  }
  if (releases.size() > limits.releases) {
    return TooMuch(absl::StrCat("there are ", releases.size(),
                                " releases, and a portable file has at most ", limits.releases));
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
    const std::string description = BesideContent(release->description).SerializeAsString();
    if (description.size() > limits.description_bytes) {
      return TooMuch(absl::StrCat("what is told of release ", release->spec.release_id,
                                  " beside its content has ", description.size(),
                                  " bytes, and a portable file takes ", limits.description_bytes));
    }
    AppendRelease(*release, description, &text);
  }
  RETURN_IF_ERROR(CheckPages(set.pages, used, text.size(), limits));
  for (const FacetGroup group : model::kFacetGroups) {
    std::vector<Digest> digests(Of(used, group).begin(), Of(used, group).end());
    std::sort(digests.begin(), digests.end());
    for (const Digest& digest : digests) {
      const Pages::Text page = set.pages.Find(group, digest);
      absl::StrAppend(&text, PageLine(group, digest, page->size()), *page);
    }
  }
  text += EndLine(text);
  return text;
}

absl::Status WritePortableFile(const std::string& path, const PortableSet& set) {
  ASSIGN_OR_RETURN(const std::string text, FormatPortable(set));
  ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  RETURN_IF_ERROR(file.Write(text));
  return file.Commit();
}

}  // namespace codeset::portable
