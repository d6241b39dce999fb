#include "storage/query/selector_check.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/model/date.h"
#include "storage/model/error.h"
#include "storage/model/label.h"
#include "storage/model/release.h"
#include "storage/model/release_id.h"

namespace codeset::query {
namespace {

constexpr size_t kDigits = 64;
// Assertions of groups that are looked at one by one; there are four groups.
constexpr int kMaxGroups = 8;

bool IsFingerprint(absl::string_view text) {
  return text.size() == kDigits && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isxdigit(c);
         });
}

std::string NotAFingerprint(absl::string_view text) {
  return absl::StrCat(
      "a fingerprint has 64 hexadecimal digits; this one has ",
      text.size() == kDigits ? "other characters too" : absl::StrCat(text.size(), " bytes"));
}

std::string NameOf(v1::FacetGroup group) {
  return std::string(model::FacetGroupName(static_cast<model::FacetGroup>(group)));
}

// The fingerprint that a list gives a group; empty if it does not have the group.
std::string Find(const google::protobuf::RepeatedPtrField<v1::FacetGroupFingerprint>& groups,
                 v1::FacetGroup group) {
  for (const v1::FacetGroupFingerprint& candidate : groups) {
    if (candidate.group() == group) return candidate.fingerprint();
  }
  return "";
}

struct Mismatch {
  // UNSPECIFIED for the whole release.
  v1::FacetGroup group = v1::FACET_GROUP_UNSPECIFIED;
  std::string expected;
  std::string actual;
};

// How the groups differ from those asserted, in words.
std::string Explain(const v1::ReleaseSelector& selector, const v1::ResolvedRelease& release) {
  std::vector<std::string> parts;
  for (const v1::FacetGroupFingerprint& asserted : selector.group_fingerprints()) {
    const std::string actual = Find(release.facet_groups(), asserted.group());
    if (actual.empty()) {
      parts.push_back(absl::StrCat("it lacks the group ", NameOf(asserted.group())));
    } else if (!absl::EqualsIgnoreCase(actual, asserted.fingerprint())) {
      parts.push_back(absl::StrCat("its group ", NameOf(asserted.group()), " has other content"));
    }
  }
  // Only where the whole was asserted does a group that nobody named matter.
  if (!selector.fingerprint().empty() && selector.group_fingerprints_size() > 0) {
    for (const v1::FacetGroupFingerprint& present : release.facet_groups()) {
      if (Find(selector.group_fingerprints(), present.group()).empty()) {
        parts.push_back(absl::StrCat("it has gained the group ", NameOf(present.group())));
      }
    }
  }
  if (parts.empty()) return "";
  return absl::StrCat(" (", absl::StrJoin(parts, "; "), ")");
}

absl::Status Refuse(const Mismatch& mismatch, const v1::ReleaseSelector& selector,
                    const v1::ResolvedRelease& release) {
  const bool whole = mismatch.group == v1::FACET_GROUP_UNSPECIFIED;
  const std::string what =
      whole ? absl::StrCat("release ", release.release_id())
            : absl::StrCat("group ", NameOf(mismatch.group), " of release ", release.release_id());
  const std::string found =
      mismatch.actual.empty() ? "is not there" : absl::StrCat("has fingerprint ", mismatch.actual);
  return model::MakeError(
      model::Reason::kFingerprintMismatch,
      absl::StrCat(what, " ", found, " and not ", mismatch.expected, ", as asserted",
                   Explain(selector, release),
                   "; ask a server that has that content, or accept this one by asserting its "
                   "fingerprint (codesetctl pin makes a new pin file)"),
      {{"release", release.release_id()},
       {"group", whole ? "" : NameOf(mismatch.group)},
       {"expected", mismatch.expected},
       {"actual", mismatch.actual}});
}

absl::Status CheckName(const std::string& name) {
  if (name.size() > kMaxReleaseTextLength) {
    return model::MakeError(model::Reason::kArgumentInvalid,
                            absl::StrCat("a release is named with at most ", kMaxReleaseTextLength,
                                         " bytes, not ", name.size()));
  }
  if (name.empty() || name == kCurrent || name == kNext) return absl::OkStatus();
  if (model::ReleaseId::LooksLikeId(name)) return model::ReleaseId::Parse(name).status();
  return model::CheckLabel(name);
}

}  // namespace

absl::Status CheckSelector(const v1::ReleaseSelector& selector) {
  switch (selector.selector_case()) {
    case v1::ReleaseSelector::kRelease:
      return CheckName(selector.release());
    case v1::ReleaseSelector::kDate:
      return model::ParseDate(selector.date()).status();
    case v1::ReleaseSelector::SELECTOR_NOT_SET:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

std::vector<Violation> CheckAssertions(absl::string_view field,
                                       const v1::ReleaseSelector& selector) {
  std::vector<Violation> violations;
  if (!selector.fingerprint().empty() && !IsFingerprint(selector.fingerprint())) {
    violations.push_back(
        {absl::StrCat(field, ".fingerprint"), NotAFingerprint(selector.fingerprint())});
  }
  if (selector.group_fingerprints_size() > kMaxGroups) {
    violations.push_back({absl::StrCat(field, ".group_fingerprints"),
                          absl::StrCat("it has ", selector.group_fingerprints_size(),
                                       " items; there are four facet groups")});
    return violations;
  }
  std::vector<v1::FacetGroup> seen;
  for (int i = 0; i < selector.group_fingerprints_size(); ++i) {
    const v1::FacetGroupFingerprint& asserted = selector.group_fingerprints(i);
    const std::string path = absl::StrCat(field, ".group_fingerprints[", i, "]");
    if (asserted.group() == v1::FACET_GROUP_UNSPECIFIED ||
        !v1::FacetGroup_IsValid(asserted.group())) {
      violations.push_back(
          {absl::StrCat(path, ".group"),
           absl::StrCat(static_cast<int>(asserted.group()), " is no facet group")});
    } else if (std::find(seen.begin(), seen.end(), asserted.group()) != seen.end()) {
      violations.push_back({absl::StrCat(path, ".group"),
                            absl::StrCat(NameOf(asserted.group()), " is asserted twice")});
    } else {
      seen.push_back(asserted.group());
    }
    if (!IsFingerprint(asserted.fingerprint())) {
      violations.push_back(
          {absl::StrCat(path, ".fingerprint"), NotAFingerprint(asserted.fingerprint())});
    }
  }
  return violations;
}

absl::Status AssertFingerprints(const v1::ReleaseSelector& selector,
                                const v1::ResolvedRelease& release) {
  if (!selector.fingerprint().empty() &&
      !absl::EqualsIgnoreCase(selector.fingerprint(), release.fingerprint())) {
    return Refuse({v1::FACET_GROUP_UNSPECIFIED, absl::AsciiStrToLower(selector.fingerprint()),
                   release.fingerprint()},
                  selector, release);
  }
  for (const v1::FacetGroupFingerprint& asserted : selector.group_fingerprints()) {
    const std::string actual = Find(release.facet_groups(), asserted.group());
    if (absl::EqualsIgnoreCase(actual, asserted.fingerprint())) continue;
    return Refuse({asserted.group(), absl::AsciiStrToLower(asserted.fingerprint()), actual},
                  selector, release);
  }
  return absl::OkStatus();
}

}  // namespace codeset::query
