#include "client/cpp/assertion.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cpp/error.h"
#include "client/cpp/pin.h"
#include "client/cpp/selector.h"

namespace codeset::client {
namespace {

// The group's name as servers give it in metadata: `order`.
std::string GroupName(v1::FacetGroup group) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::FacetGroup_Name(group), "FACET_GROUP_"));
}

absl::Status Mismatch(const v1::ResolvedRelease& resolved, const std::string& group,
                      const std::string& expected, const std::string& actual) {
  const std::string what = group.empty() ? "" : absl::StrCat("facet group ", group, " of ");
  return MakeError(
      absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_FINGERPRINT_MISMATCH,
      absl::StrCat(what, "release ", resolved.release_id(), " has the fingerprint ",
                   actual.empty() ? "(none)" : actual, ", not the asserted ", expected),
      {{"release", resolved.release_id()},
       {"group", group},
       {"expected", expected},
       {"actual", actual}});
}

std::string FingerprintOf(const v1::ResolvedRelease& resolved, v1::FacetGroup group) {
  for (const v1::FacetGroupFingerprint& item : resolved.facet_groups()) {
    if (item.group() == group) return item.fingerprint();
  }
  return "";
}

}  // namespace

absl::Status CheckAssertion(const v1::ReleaseSelector& selector,
                            const v1::ResolvedRelease& resolved) {
  if (selector.fingerprint().empty() && selector.group_fingerprints().empty()) {
    return absl::OkStatus();
  }
  if (IsReleaseId(selector.release()) && selector.release() != resolved.release_id()) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_FINGERPRINT_MISMATCH,
        absl::StrCat("release ", selector.release(), " was asked, and ",
                     resolved.release_id().empty() ? "no release" : resolved.release_id(),
                     " answered"),
        {{"release", resolved.release_id()},
         {"group", ""},
         {"expected", selector.fingerprint()},
         {"actual", resolved.fingerprint()}});
  }
  if (!selector.fingerprint().empty() &&
      !absl::EqualsIgnoreCase(selector.fingerprint(), resolved.fingerprint())) {
    return Mismatch(resolved, "", selector.fingerprint(), resolved.fingerprint());
  }
  for (const v1::FacetGroupFingerprint& asserted : selector.group_fingerprints()) {
    const std::string actual = FingerprintOf(resolved, asserted.group());
    if (!absl::EqualsIgnoreCase(asserted.fingerprint(), actual)) {
      return Mismatch(resolved, GroupName(asserted.group()), asserted.fingerprint(), actual);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ReleaseSelector> Selected(const std::optional<v1::Pin>& pin,
                                             const v1::ReleaseSelector& selector) {
  if (!pin.has_value() || selector.selector_case() != selector.SELECTOR_NOT_SET) {
    return selector;
  }
  v1::ReleaseSelector pinned = PinnedTo(*pin);
  // An assertion of the caller's own holds beside the pin's.
  if (!selector.fingerprint().empty() &&
      !absl::EqualsIgnoreCase(selector.fingerprint(), pinned.fingerprint())) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_FINGERPRINT_MISMATCH,
        absl::StrCat("the client is pinned to release ", pinned.release(), " with the fingerprint ",
                     pinned.fingerprint(), ", not the asserted ", selector.fingerprint()),
        {{"release", pinned.release()},
         {"group", ""},
         {"expected", selector.fingerprint()},
         {"actual", pinned.fingerprint()}});
  }
  *pinned.mutable_group_fingerprints() = selector.group_fingerprints();
  return pinned;
}

}  // namespace codeset::client
