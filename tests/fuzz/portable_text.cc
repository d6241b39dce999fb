#include "tests/fuzz/portable_text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "codeset/v1/releases.pb.h"
#include "storage/model/canonical.h"
#include "storage/model/digest.h"
#include "storage/portable/portable_file.h"
#include "tests/fuzz/fuzz.h"

namespace codeset::fuzz {
namespace {

using model::Digest;
using model::FacetGroup;
using Digests = std::map<std::string, Digest, std::less<>>;

std::optional<FacetGroup> GroupOf(absl::string_view name) {
  for (const FacetGroup group : model::kFacetGroups) {
    if (model::FacetGroupName(group) == name) return group;
  }
  return std::nullopt;
}

// `text` with the digests of the names that are known.
std::string WithDigests(absl::string_view text, const Digests& digests) {
  std::string result;
  while (!text.empty()) {
    const size_t mark = std::min(text.find('@'), text.size());
    absl::StrAppend(&result, text.substr(0, mark));
    text.remove_prefix(mark);
    if (text.empty()) break;
    size_t end = 1;
    while (end < text.size() && absl::ascii_isalnum(static_cast<unsigned char>(text[end]))) ++end;
    const auto known = digests.find(std::string(text.substr(1, end - 1)));
    absl::StrAppend(&result, known == digests.end()
                                 ? text.substr(0, end)
                                 : absl::string_view(model::FormatDigest(known->second)));
    text.remove_prefix(end);
  }
  return result;
}

// The line of a description; as it stands there where it is no message.
std::string Description(absl::string_view text) {
  v1::Release release;
  const std::string bytes =
      ReadTextFormat(text, release) ? release.SerializeAsString() : std::string(text);
  return absl::StrCat("description\t", bytes.size(), "\n", bytes, "\n");
}

// The lines of one release, with its fingerprint.
std::string Release(absl::string_view first, const std::vector<absl::string_view>& lines) {
  std::vector<std::pair<FacetGroup, Digest>> groups;
  std::string rest;
  for (absl::string_view line : lines) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, '\t');
    if (absl::ConsumePrefix(&line, "description")) {
      absl::StrAppend(&rest, Description(line));
      continue;
    }
    if (fields.size() == 3 && fields[0] == "group") {
      const auto digest = model::ParseDigest(fields[2]);
      const std::optional<FacetGroup> group = GroupOf(fields[1]);
      if (digest.ok() && group.has_value()) groups.emplace_back(*group, *digest);
    }
    absl::StrAppend(&rest, line, "\n");
  }
  return absl::StrCat(first, "\t", model::FormatDigest(model::ReleaseFingerprint(groups)), "\n",
                      rest);
}

std::string Releases(absl::string_view text) {
  std::string result;
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  for (size_t i = 0; i < lines.size();) {
    const size_t first = i++;
    while (i < lines.size() && !absl::StartsWith(lines[i], "release\t")) ++i;
    absl::StrAppend(&result,
                    Release(lines[first], {lines.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                                           lines.begin() + static_cast<std::ptrdiff_t>(i)}));
  }
  return result;
}

}  // namespace

std::string PortableOf(absl::string_view text) {
  if (portable::IsPortable(text)) return std::string(text);
  const std::vector<Part> parts = SplitParts(text);
  Digests digests;
  std::map<std::pair<FacetGroup, Digest>, std::string> pages;
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> name =
        absl::StrSplit(parts[i].name, absl::MaxSplits(' ', 1));
    const std::optional<FacetGroup> group = GroupOf(name.first);
    if (!group.has_value()) continue;
    std::string page = WithDigests(parts[i].text, digests);
    const Digest digest = model::DigestOf(page);
    digests[std::string(name.second)] = digest;
    pages[{*group, digest}] = std::move(page);
  }
  const std::string head = WithDigests(parts[0].text, digests);
  std::string file = absl::StrCat("codeset-portable 1\n", Releases(head));
  for (const auto& [place, page] : pages) {
    absl::StrAppend(&file, "page\t", model::FacetGroupName(place.first), "\t",
                    model::FormatDigest(place.second), "\t", page.size(), "\n", page);
  }
  return absl::StrCat(file, "end\t", model::FormatDigest(model::DigestOf(file)), "\n");
}

}  // namespace codeset::fuzz
