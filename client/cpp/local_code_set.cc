#include "client/cpp/local_code_set.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/assertion.h"
#include "client/cpp/local_state.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/portable/limits.h"
#include "storage/portable/page_tree.h"
#include "storage/portable/portable_file.h"
#include "storage/portable/receiver.h"
#include "storage/query/request.h"

namespace codeset::client {
namespace {

using model::FacetGroup;
using model::Reason;

// A release is some 25 MB; over a slow line that takes a while.
constexpr absl::Duration kPullTimeout = absl::Minutes(10);

v1::ExportReleaseRequest RequestFor(const v1::ReleaseSelector& release, const Snapshot& snapshot) {
  v1::ExportReleaseRequest request;
  *request.mutable_release() = release;
  std::set<std::pair<FacetGroup, model::Digest>> groups;
  std::set<model::Digest> structures;
  for (const auto& held : snapshot.releases) {
    const image::ImageSpec& spec = held->spec();
    groups.insert(spec.groups.begin(), spec.groups.end());
    if (spec.poa.has_value()) groups.emplace(FacetGroup::kPoa, spec.poa->root);
    if (spec.lender.has_value()) structures.insert(spec.lender->tabular_root);
  }
  for (const auto& [group, digest] : groups) {
    // What is beyond it may come again, and is passed over then.
    if (request.held_size() == portable::kMaxHeldGroups) break;
    v1::FacetGroupFingerprint* message = request.add_held();
    message->set_group(static_cast<v1::FacetGroup>(group));
    message->set_fingerprint(model::FormatDigest(digest));
  }
  for (const model::Digest& digest : structures) {
    if (request.held_structures_size() == portable::kMaxHeldGroups) break;
    request.add_held_structures(model::FormatDigest(digest));
  }
  return request;
}

// Whether a release may take the place of the one held under its id.
absl::Status CheckAgainst(const HeldRelease& held, const image::ImageSpec& spec) {
  const auto differs = [&](absl::string_view what) {
    return model::MakeError(
        Reason::kReleaseContentDiffers,
        absl::StrCat("release ", spec.release_id, " is held with other content (", what,
                     "), and a published release never changes: is it another server? Remove the "
                     "one held first to take this one"),
        {{"release", spec.release_id}});
  };
  if (held.spec().effective != spec.effective) return differs("another first day in force");
  for (const auto& [group, digest] : held.spec().groups) {
    const auto its = std::find_if(spec.groups.begin(), spec.groups.end(),
                                  [&of = group](const auto& entry) { return entry.first == of; });
    // A release gains groups and never loses one: to take this one would lose what is held.
    if (its == spec.groups.end()) {
      return differs(absl::StrCat("facet group ", model::FacetGroupName(group),
                                  ", which the server does not have"));
    }
    if (its->second != digest) {
      return differs(absl::StrCat("facet group ", model::FacetGroupName(group)));
    }
  }
  return absl::OkStatus();
}

const HeldRelease* FindHeld(const Snapshot& snapshot, absl::string_view id) {
  for (const auto& held : snapshot.releases) {
    if (absl::string_view(held->id()) == id) return held.get();
  }
  return nullptr;
}

// `snapshot` without the release of an id.
void Erase(Snapshot& snapshot, absl::string_view id) {
  auto& releases = snapshot.releases;
  releases.erase(
      std::remove_if(releases.begin(), releases.end(),
                     [&](const auto& held) { return absl::string_view(held->id()) == id; }),
      releases.end());
}

// Those of `pages` that the releases need.
absl::StatusOr<portable::Pages> Needed(const Snapshot& snapshot, const portable::Pages& pages) {
  portable::Pages needed;
  for (const auto& held : snapshot.releases) {
    const auto keep = [&](FacetGroup group, const model::Digest& digest) {
      needed.Add(group, digest, pages.Find(group, digest));
    };
    RETURN_IF_ERROR(portable::ProveRelease(held->spec(), pages, keep).status());
  }
  return needed;
}

// Reads the stream into `receiver`.
absl::Status Receive(MessageStream<v1::ExportReleaseResponse>& stream,
                     const v1::ReleaseSelector& asked, const Snapshot& snapshot,
                     portable::ReleaseReceiver& receiver, v1::ResolvedRelease& resolved) {
  for (bool first = true;; first = false) {
    ASSIGN_OR_RETURN(const std::optional<v1::ExportReleaseResponse> message, stream.Next());
    if (!message.has_value()) return absl::OkStatus();
    if (first) {
      RETURN_IF_ERROR(CheckAssertion(asked, message->release()));
      resolved = message->release();
    }
    RETURN_IF_ERROR(AsClientError(receiver.Take(*message)));
    if (!first) continue;
    // Before pages come for nothing.
    if (const HeldRelease* held = FindHeld(snapshot, resolved.release_id()); held != nullptr) {
      RETURN_IF_ERROR(AsClientError(CheckAgainst(*held, receiver.spec())));
    }
  }
}

}  // namespace

LocalCodeSet::LocalCodeSet(model::Clock clock)
    : state_(std::make_shared<State>(std::move(clock))) {}

absl::StatusOr<LocalCodeSet> LocalCodeSet::Open(const std::string& path, model::Clock clock) {
  absl::StatusOr<portable::PortableSet> set = portable::ReadPortableFile(path);
  if (!set.ok()) return AsClientError(set.status());
  LocalCodeSet codes(std::move(clock));
  Snapshot snapshot;
  for (portable::PortableRelease& release : set->releases) {
    snapshot.releases.push_back(std::make_shared<const HeldRelease>(std::move(release)));
  }
  snapshot.pages = std::make_shared<const portable::Pages>(std::move(set->pages));
  codes.state_->Serve(std::move(snapshot));
  return codes;
}

absl::StatusOr<PullResult> LocalCodeSet::Pull(const std::shared_ptr<Connection>& connection,
                                              const v1::ReleaseSelector& release,
                                              const CallOverrides& overrides) {
  query::RequestCheck check;
  check.Selector("release", release);
  if (!check.status().ok()) return AsClientError(check.status());
  const std::lock_guard<std::mutex> lock(state_->write_mutex);
  const std::shared_ptr<const Snapshot> before = state_->snapshot();
  PullResult result;
  portable::ReleaseReceiver receiver(*before->pages);
  const std::unique_ptr<MessageStream<v1::ExportReleaseResponse>> stream =
      connection->ExportRelease(DeadlineAfter(kPullTimeout, overrides),
                                RequestFor(release, *before));
  RETURN_IF_ERROR(Receive(*stream, release, *before, receiver, result.release));
  absl::StatusOr<portable::Received> received = receiver.Finish();
  if (!received.ok()) return AsClientError(received.status());
  result.pages = received->pages_received;
  result.bytes = received->bytes_received;
  const std::string id = received->release.spec.release_id;
  const HeldRelease* const held = FindHeld(*before, id);
  if (held != nullptr && held->spec() == received->release.spec &&
      held->release().description.SerializeAsString() ==
          received->release.description.SerializeAsString()) {
    return result;
  }
  result.changed = true;
  // Built before it is held, so that nothing is held that cannot answer.
  absl::StatusOr<std::shared_ptr<const image::Image>> image =
      image::Image::Build(received->release.spec, received->pages, state_->cache);
  if (!image.ok()) return AsClientError(image.status());

  // Whatever else replaces what is held waits for this.
  Snapshot after = *before;
  Erase(after, id);
  after.releases.push_back(
      std::make_shared<const HeldRelease>(std::move(received->release), *std::move(image)));
  std::sort(after.releases.begin(), after.releases.end(), [](const auto& a, const auto& b) {
    return portable::Before(a->release(), b->release());
  });
  if (held != nullptr) {
    absl::StatusOr<portable::Pages> needed = Needed(after, received->pages);
    if (!needed.ok()) return AsClientError(needed.status());
    received->pages = *std::move(needed);
  }
  after.pages = std::make_shared<const portable::Pages>(std::move(received->pages));
  state_->Serve(std::move(after));
  return result;
}

absl::Status LocalCodeSet::Save(const std::string& path) const {
  const std::shared_ptr<const Snapshot> snapshot = state_->snapshot();
  if (snapshot->releases.empty()) {
    return AsClientError(model::MakeError(
        Reason::kArgumentInvalid, "this local code set holds no release that could be saved"));
  }
  portable::PortableSet set;
  for (const auto& held : snapshot->releases) set.releases.push_back(held->release());
  set.pages = *snapshot->pages;
  return AsClientError(portable::WritePortableFile(path, set));
}

absl::Status LocalCodeSet::Remove(absl::string_view release_id) {
  const std::lock_guard<std::mutex> lock(state_->write_mutex);
  Snapshot after = *state_->snapshot();
  if (FindHeld(after, release_id) == nullptr) {
    return AsClientError(
        query::NotFound(Reason::kReleaseNotFound, "release", release_id,
                        absl::StrCat("this local code set does not hold release ", release_id)));
  }
  Erase(after, release_id);
  absl::StatusOr<portable::Pages> needed = Needed(after, *after.pages);
  if (!needed.ok()) return AsClientError(needed.status());
  after.pages = std::make_shared<const portable::Pages>(*std::move(needed));
  state_->Serve(std::move(after));
  state_->cache.Sweep();
  return absl::OkStatus();
}

std::vector<v1::Release> LocalCodeSet::Releases() const {
  const std::shared_ptr<const Snapshot> snapshot = state_->snapshot();
  std::vector<v1::Release> releases;
  for (const auto& held : snapshot->releases) {
    const v1::ResolvedRelease& resolved = held->resolved();
    v1::Release release = held->release().description;
    release.set_id(resolved.release_id());
    release.set_effective_date(resolved.effective_date());
    release.set_fingerprint(resolved.fingerprint());
    *release.mutable_facet_groups() = resolved.facet_groups();
    *release.mutable_counts() = held->release().counts;
    release.set_structure_from(resolved.structure_from());
    release.set_poa_from(resolved.poa_from());
    for (const auto& [label, id] : snapshot->labels) {
      if (id == held->id()) release.add_labels(label);
    }
    releases.push_back(std::move(release));
  }
  return releases;
}

std::map<std::string, std::string> LocalCodeSet::Labels() const {
  return state_->snapshot()->labels;
}

void LocalCodeSet::SetLabel(const std::string& label, const std::string& release_id) {
  const std::lock_guard<std::mutex> lock(state_->write_mutex);
  Snapshot after = *state_->snapshot();
  if (release_id.empty()) {
    after.labels.erase(label);
  } else {
    after.labels[label] = release_id;
  }
  state_->Serve(std::move(after));
}

}  // namespace codeset::client
