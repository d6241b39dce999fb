// The groups of the verification queue, before they are filtered by status and cut into pages.
//
//   ASSIGN_OR_RETURN(QueueGroups groups, QueueGroups::Make(backend, open, as_of, under));
//   ASSIGN_OR_RETURN(std::vector<QueueCause> all, groups.All(filter));
//
// Not thread-safe: each request has its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "codeset/v1/references.pb.h"
#include "server/backend.h"
#include "server/cancelled.h"
#include "server/content_judge.h"
#include "server/page_index.h"

namespace codeset::server {

// Which groups are wanted. Empty sets mean all.
struct QueueFilter {
  absl::flat_hash_set<v1::VerificationStatus> statuses;
  absl::flat_hash_set<v1::ChangeLevel> levels;
  absl::flat_hash_set<v1::Facet> facets;

  // All but CARRIED_FORWARD_IN_PART where no status is named.
  bool Wants(v1::VerificationStatus status) const;
};

// A group and its pages.
struct QueueCause {
  // Without counts and codes.
  v1::QueueGroup group;
  // Ascending, each once.
  std::vector<PagePlace> pages;
};

// What a group of this id can be of: its status alone; nothing for what is no group's id.
QueueFilter FilterOfGroup(absl::string_view id);

// See above.
class QueueGroups {
 public:
  // `backend` and `open`, which has an image, outlive the groups. `under` is a key.
  // CONCEPT_NOT_FOUND for one that is nowhere; CANCELLED, here and below, where `cancelled`, which
  // outlives the groups, says so between two releases.
  static absl::StatusOr<QueueGroups> Make(const Backend& backend, const OpenRelease& open,
                                          model::Date as_of, std::optional<std::string> under,
                                          const Cancelled& cancelled);

  // The groups that have pages, in the order of the queue.
  absl::StatusOr<std::vector<QueueCause>> All(const QueueFilter& filter);

  const PageIndex& index() const { return *index_; }
  // The title of a concept in the release judged by, or else in one judged then.
  std::string TitleOf(absl::string_view key, absl::string_view verified_release_id) const;

 private:
  QueueGroups(const Backend& backend, const OpenRelease& open, model::Date as_of,
              const Cancelled& cancelled)
      : backend_(backend),
        open_(open),
        as_of_(as_of),
        cancelled_(cancelled),
        judge_(backend, open) {}

  absl::Status AddContent(const std::string& release_id, const PageIndex::ReleasePages& pages,
                          const QueueFilter& filter);
  // Of pages whose list of POA-exempt codes was on loan when they were verified.
  void AddPoaOnLoan(const std::string& release_id, const PageIndex::ReleasePages& pages,
                    const QueueFilter& filter);
  void AddNotCompared(const std::string& release_id, const PageIndex::ReleasePages& pages);
  void AddSources();
  void AddOthers(const QueueFilter& filter);
  // Adds a group of those of the pages that lie under the concept asked for; none if that leaves
  // nothing.
  void Add(v1::QueueGroup group, std::vector<PagePlace> pages);
  absl::Status FindWithin();

  const Backend& backend_;
  const OpenRelease& open_;
  const model::Date as_of_;
  const Cancelled& cancelled_;
  ContentJudge judge_;
  std::shared_ptr<const PageIndex> index_;
  // The images of the releases that pages were verified against, by id.
  std::map<std::string, std::shared_ptr<const image::Image>> bases_;
  std::optional<std::string> under_;
  // Of every page whether it lies under `under_`; empty without one.
  std::vector<bool> within_;
  std::vector<QueueCause> causes_;
};

}  // namespace codeset::server
