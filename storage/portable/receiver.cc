#include "storage/portable/receiver.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/model/date.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::portable {
namespace {

using model::Digest;
using model::FacetGroup;

absl::Status Damaged(absl::string_view why) {
  return model::MakeError(
      model::Reason::kDataDamaged,
      absl::StrCat("what the server sent is no release: ", why, "; nothing of it is kept"));
}

absl::StatusOr<image::ImageSpec> ReadSpec(const v1::ExportReleaseResponse& message) {
  const v1::ResolvedRelease& resolved = message.release();
  image::ImageSpec spec;
  spec.release_id = resolved.release_id();
  ASSIGN_OR_RETURN(spec.effective, model::ParseDate(resolved.effective_date()));
  for (const v1::FacetGroupFingerprint& group : resolved.facet_groups()) {
    if (!v1::FacetGroup_IsValid(group.group()) || group.group() == 0) {
      return Damaged("it has a facet group that this program does not know");
    }
    ASSIGN_OR_RETURN(const Digest digest, model::ParseDigest(group.fingerprint()));
    spec.groups.emplace_back(static_cast<FacetGroup>(group.group()), digest);
  }
  if (!resolved.structure_from().empty()) {
    ASSIGN_OR_RETURN(const Digest digest, model::ParseDigest(message.structure_fingerprint()));
    spec.lender = {resolved.structure_from(), digest};
  }
  if (!resolved.poa_from().empty()) {
    ASSIGN_OR_RETURN(const Digest digest, model::ParseDigest(message.poa_fingerprint()));
    spec.poa = {resolved.poa_from(), digest};
  }
  RETURN_IF_ERROR(CheckSpec(spec));
  const std::string fingerprint = model::FormatDigest(model::ReleaseFingerprint(spec.groups));
  if (fingerprint != resolved.fingerprint()) {
    return Damaged(absl::StrCat("its groups give the fingerprint ", fingerprint, " and not ",
                                resolved.fingerprint()));
  }
  return spec;
}

}  // namespace

absl::Status ReleaseReceiver::Begin(const v1::ExportReleaseResponse& message) {
  if (!message.has_release()) return Damaged("the first message names no release");
  ASSIGN_OR_RETURN(release_.spec, ReadSpec(message));
  release_.description = BesideContent(message.description());
  begun_ = true;
  return Expect(RootsOf(release_.spec));
}

absl::Status ReleaseReceiver::Expect(std::vector<PageNeed> needs) {
  while (!needs.empty()) {
    PageNeed need = std::move(needs.back());
    needs.pop_back();
    ASSIGN_OR_RETURN(const bool first, named_.Add(need));
    if (!first) continue;
    const Pages::Text text = pages_.Find(need.group, need.digest);
    if (text == nullptr) {
      const std::pair<FacetGroup, Digest> key(need.group, need.digest);
      expected_.emplace(key, std::move(need));
      continue;
    }
    ASSIGN_OR_RETURN(std::vector<PageNeed> below, ChildrenOf(need, *text));
    for (PageNeed& child : below) needs.push_back(std::move(child));
  }
  return absl::OkStatus();
}

absl::Status ReleaseReceiver::Take(const v1::ExportReleaseResponse& message) {
  if (!begun_) RETURN_IF_ERROR(Begin(message));
  for (const v1::ExportedPage& page : message.pages()) {
    if (page.text().size() > kMaxPageBytes) {
      return Damaged(absl::StrCat("a page has ", page.text().size(), " bytes"));
    }
    bytes_sent_ += page.text().size();
    if (bytes_sent_ > max_bytes_) {
      return Damaged(absl::StrCat("its pages have more than ", max_bytes_, " bytes"));
    }
    if (!v1::FacetGroup_IsValid(page.group()) || page.group() == v1::FACET_GROUP_UNSPECIFIED) {
      return Damaged("a page is of no facet group");
    }
    const auto group = static_cast<FacetGroup>(page.group());
    const Digest digest = model::DigestOf(page.text());
    const auto found = expected_.find({group, digest});
    if (found == expected_.end()) {
      // Of a client that holds more groups than a request can name, it may come again.
      if (pages_.Find(group, digest) != nullptr) continue;
      return Damaged(absl::StrCat("a page with the digest ", model::FormatDigest(digest),
                                  " came, which is none that is lacking"));
    }
    PageNeed need = std::move(found->second);
    expected_.erase(found);
    pages_.Add(group, digest, std::make_shared<const std::string>(page.text()));
    ++pages_received_;
    bytes_received_ += page.text().size();
    ASSIGN_OR_RETURN(std::vector<PageNeed> below, ChildrenOf(need, page.text()));
    RETURN_IF_ERROR(Expect(std::move(below)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Received> ReleaseReceiver::Finish() {
  if (!begun_) return Damaged("nothing came");
  if (!expected_.empty()) {
    const PageNeed& lacking = expected_.begin()->second;
    return Damaged(absl::StrCat(expected_.size(), " pages did not come, for instance ",
                                lacking.name, ", ", model::FormatDigest(lacking.digest)));
  }
  ASSIGN_OR_RETURN(release_.counts,
                   ProveRelease(release_.spec, pages_, [](FacetGroup, const Digest&) {}));
  return Received{std::move(release_), std::move(pages_), pages_received_, bytes_received_};
}

}  // namespace codeset::portable
