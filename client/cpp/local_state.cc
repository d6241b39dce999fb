#include "client/cpp/local_state.h"

#include <grpcpp/support/status.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/rpc/status.pb.h"
#include "storage/model/error.h"
#include "storage/model/release_id.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/query/answer.h"
#include "storage/query/request_error.h"
#include "storage/query/selector_check.h"

namespace codeset::client {
namespace {

using model::Reason;

v1::Coverage CoverageById() {
  v1::Coverage coverage;
  coverage.set_kind(v1::COVERAGE_KIND_EXACT);
  return coverage;
}

// What is held, for an error's text.
std::string Describe(const Snapshot& snapshot) {
  if (snapshot.releases.empty()) return "it holds none yet";
  std::vector<std::string> ids;
  for (const auto& held : snapshot.releases) ids.push_back(held->id());
  return absl::StrCat("it holds ", absl::StrJoin(ids, ", "));
}

absl::Status NotHeld(const std::string& name, absl::string_view why, const Snapshot& snapshot) {
  return query::NotFound(Reason::kReleaseNotFound, "release", name,
                         absl::StrCat(why, "; ", Describe(snapshot)));
}

absl::Status ServerNeeded(absl::string_view what, absl::string_view why) {
  return model::MakeError(
      Reason::kServerNeeded,
      absl::StrCat("a local code set does not resolve ", what, ", since ", why,
                   " is the server's; ask a server which release it is (ResolveRelease), and then "
                   "here by that id, or follow a label"));
}

absl::StatusOr<std::shared_ptr<const HeldRelease>> Find(const v1::ReleaseSelector& selector,
                                                        const Snapshot& snapshot) {
  if (selector.has_date()) {
    return ServerNeeded(absl::StrCat("a date (", model::Quoted(selector.date()), ")"),
                        "the register of editions that says which one governs it");
  }
  const std::string& name = selector.release();
  if (name.empty() || name == query::kCurrent || name == query::kNext) {
    return ServerNeeded(name.empty() ? std::string("a selector that names no release (`current`)")
                                     : absl::StrCat("`", name, "`"),
                        "the calendar that says which one it is");
  }
  std::string id = name;
  if (!model::ReleaseId::LooksLikeId(name)) {
    const auto label = snapshot.labels.find(name);
    if (label == snapshot.labels.end()) {
      return NotHeld(name,
                     absl::StrCat("this local code set follows no label ", model::Quoted(name)),
                     snapshot);
    }
    id = label->second;
  } else {
    ASSIGN_OR_RETURN(const model::ReleaseId parsed, model::ReleaseId::Parse(name));
    id = parsed.ToString();
  }
  for (const auto& held : snapshot.releases) {
    if (held->id() == id) return held;
  }
  return NotHeld(id,
                 absl::StrCat("this local code set does not hold release ", id,
                              ": pull it from a server, or open a file that has it"),
                 snapshot);
}

}  // namespace

HeldRelease::HeldRelease(portable::PortableRelease release,
                         std::shared_ptr<const image::Image> image)
    : release_(std::move(release)),
      resolved_(query::ResolvedOf(release_.spec, CoverageById())),
      image_(std::move(image)) {}

absl::StatusOr<std::shared_ptr<const image::Image>> HeldRelease::Image(
    const portable::Pages& pages, image::PageCache& cache) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (image_ == nullptr) {
    ASSIGN_OR_RETURN(image_, image::Image::Build(release_.spec, pages, cache));
  }
  return image_;
}

std::shared_ptr<const LocalConcepts> HeldRelease::Concepts(
    std::shared_ptr<const image::Image> image) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (concepts_ == nullptr) concepts_ = std::make_shared<const LocalConcepts>(std::move(image));
  return concepts_;
}

std::shared_ptr<const Snapshot> LocalCodeSet::State::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

void LocalCodeSet::State::Serve(Snapshot snapshot) {
  auto shared = std::make_shared<const Snapshot>(std::move(snapshot));
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshot_.swap(shared);
}

absl::StatusOr<LocalAnswerer> LocalCodeSet::State::Open(const v1::ReleaseSelector& selector,
                                                        absl::string_view field) {
  return Open(snapshot(), selector, field);
}

absl::StatusOr<LocalAnswerer> LocalCodeSet::State::Open(std::shared_ptr<const Snapshot> from,
                                                        const v1::ReleaseSelector& selector,
                                                        absl::string_view field) {
  LocalAnswerer open;
  absl::StatusOr<std::shared_ptr<const HeldRelease>> held = Find(selector, *from);
  if (!held.ok()) return query::AtField(held.status(), absl::StrCat(field, ".release"));
  open.held = *std::move(held);
  RETURN_IF_ERROR(query::AssertFingerprints(selector, open.resolved()));
  ASSIGN_OR_RETURN(open.image, open.held->Image(*from->pages, cache));
  open.snapshot = std::move(from);
  return open;
}

query::ReleaseSet LocalCodeSet::State::SetOf(std::shared_ptr<const Snapshot> from) {
  query::ReleaseSet set;
  for (const auto& held : from->releases) {
    // Proved when it was taken in.
    model::TimelineRelease release{
        *model::ReleaseId::Parse(held->id()), held->spec().effective, {}, false, false};
    for (const auto& [group, digest] : held->spec().groups) release.groups.push_back(group);
    release.poa_known = held->spec().poa.has_value();
    set.releases.push_back(std::move(release));
  }
  set.editions = &editions;
  set.today = model::DateInNewYork(clock());
  set.image = [this, from = std::move(from)](size_t release) {
    return from->releases[release]->Image(*from->pages, cache);
  };
  return set;
}

absl::Status AsClientError(const absl::Status& status) {
  if (status.ok()) return status;
  const google::rpc::Status details = query::ErrorDetailsOf(status);
  return FromGrpcStatus(grpc::Status(static_cast<grpc::StatusCode>(details.code()),
                                     details.message(), details.SerializeAsString()));
}

}  // namespace codeset::client
