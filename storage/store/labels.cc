#include "storage/store/labels.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rocksdb/write_batch.h"
#include "storage/model/error.h"
#include "storage/model/label.h"
#include "storage/model/status_macros.h"
#include "storage/store/keys.h"
#include "storage/store/step.h"
#include "storage/store/store.h"

namespace codeset::store {
namespace {

using model::Reason;

absl::Status LabelNotFound(absl::string_view label) {
  return model::MakeError(
      Reason::kLabelNotFound,
      absl::StrCat("there is no label ", label, "; list those that are with codesetctl label list"),
      {{"label", std::string(label)}});
}

v1::ReleaseEvent MoveOf(const LabelEntry& label, absl::string_view from,
                        const CatalogRelease* release) {
  v1::ReleaseEvent event;
  event.set_kind(v1::RELEASE_EVENT_KIND_LABEL_MOVED);
  event.set_label(label.name());
  event.set_previous_release_id(std::string(from));
  event.set_by(label.moved_by());
  if (release == nullptr) return event;
  event.set_release_id(label.release_id());
  event.set_exact(label.exact());
  event.set_fingerprint(release->entry.release().fingerprint());
  event.set_effective_date(model::FormatDate(release->effective));
  return event;
}

}  // namespace

std::string FormatInstant(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

absl::Status ReleaseNotFound(absl::string_view id) {
  return model::MakeError(Reason::kReleaseNotFound,
                          absl::StrCat("no release ", id,
                                       " is loaded; list those that are with "
                                       "codesetctl release list"),
                          {{"release", std::string(id)}});
}

absl::StatusOr<std::vector<LabelEntry>> ReadLabels(const Database& database) {
  std::vector<LabelEntry> labels;
  std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(rocksdb::ReadOptions(), database.family(Family::kLabels)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    LabelEntry label;
    if (!label.ParseFromArray(it->value().data(), static_cast<int>(it->value().size())) ||
        absl::string_view(label.name()) != ToView(it->key())) {
      return model::MakeError(Reason::kDataDamaged, absl::StrCat("the entry of label ",
                                                                 ToView(it->key()), " is damaged"));
    }
    labels.push_back(std::move(label));
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading the labels"));
  return labels;
}

std::vector<LabelEntry> LabelsOf(const Catalog& catalog) {
  std::vector<LabelEntry> labels;
  labels.reserve(catalog.labels().size());
  for (const auto& [name, label] : catalog.labels()) labels.push_back(label);
  return labels;
}

absl::Status CheckUnlabelled(const Catalog& catalog, const CatalogRelease& release,
                             model::Date today) {
  const std::string id = release.id.ToString();
  std::vector<std::string> names;
  std::vector<std::string> ways_back;
  for (const auto& [name, label] : catalog.labels()) {
    const CatalogRelease* followed = catalog.Follow(label, today);
    if (label.release_id() == id || (followed != nullptr && followed->id == release.id)) {
      names.push_back(name);
    } else if (label.previous_release_id() == id) {
      ways_back.push_back(name);
    }
  }
  if (names.empty() && ways_back.empty()) return absl::OkStatus();
  if (names.empty()) {
    const std::string list = absl::StrJoin(ways_back, ", ");
    return model::MakeError(
        Reason::kReleaseInUse,
        absl::StrCat(
            "release ", id, " is not deleted: ", list,
            " would roll back to it; move the label once more with codesetctl label set, or remove "
            "it"),
        {{"release", id}, {"labels", list}});
  }
  const std::string list = absl::StrJoin(names, ", ");
  return model::MakeError(Reason::kReleaseInUse,
                          absl::StrCat("release ", id, " is not deleted: ", list,
                                       names.size() == 1 ? " names" : " name",
                                       " it or what it corrects; move or remove the label first"),
                          {{"release", id}, {"labels", list}});
}

absl::Status Store::CommitLabel(const LabelEntry& label, bool removed, v1::ReleaseEvent event) {
  rocksdb::WriteBatch batch;
  if (removed) {
    batch.Delete(database_->family(Family::kLabels), ToSlice(label.name()));
  } else {
    batch.Put(database_->family(Family::kLabels), ToSlice(label.name()),
              ToSlice(label.SerializeAsString()));
  }
  Reach("label.ready");
  RETURN_IF_ERROR(WriteWithEvents(batch, {std::move(event)}, "moving the label"));
  const std::shared_ptr<const Catalog> before = catalog();
  std::vector<LabelEntry> labels;
  for (const auto& [name, other] : before->labels()) {
    if (name != label.name()) labels.push_back(other);
  }
  if (!removed) labels.push_back(label);
  Serve(before->AllReleases(), std::move(labels));
  const absl::Status secured = database_->Secure();
  Tell();
  Reach("label.done");
  return secured;
}

absl::StatusOr<LabelEntry> Store::SetLabel(absl::string_view label, absl::string_view release_id,
                                           bool exact, absl::string_view by) {
  RETURN_IF_ERROR(model::CheckLabel(label));
  const std::lock_guard<std::mutex> lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  const std::shared_ptr<const Catalog> now = catalog();
  const CatalogRelease* release = now->Find(release_id);
  if (release == nullptr) return ReleaseNotFound(release_id);
  const LabelEntry* before = now->FindLabel(label);
  LabelEntry after;
  if (before != nullptr) {
    if (before->release_id() == std::string(release_id) && before->exact() == exact) return *before;
    after.set_previous_release_id(before->release_id());
    after.set_previous_exact(before->exact());
  }
  after.set_name(std::string(label));
  after.set_release_id(std::string(release_id));
  after.set_exact(exact);
  after.set_moved_at(FormatInstant(clock_()));
  after.set_moved_by(std::string(by));
  RETURN_IF_ERROR(CommitLabel(after, false, MoveOf(after, after.previous_release_id(), release)));
  return after;
}

absl::StatusOr<LabelEntry> Store::RollbackLabel(absl::string_view label, absl::string_view by,
                                                absl::string_view from) {
  RETURN_IF_ERROR(model::CheckLabel(label));
  const std::lock_guard<std::mutex> lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  const std::shared_ptr<const Catalog> now = catalog();
  const LabelEntry* before = now->FindLabel(label);
  if (before == nullptr) return LabelNotFound(label);
  // It was made when the error came that asked to repeat the call; Settle has secured it.
  const bool repeated = unsecured_rollback_.has_value() && before->moved_by() == std::string(by) &&
                        unsecured_rollback_->SerializeAsString() == before->SerializeAsString();
  if (repeated) {
    unsecured_rollback_.reset();
    return *before;
  }
  if (!from.empty() && before->release_id() != std::string(from)) {
    if (before->rolled_back() && before->previous_release_id() == std::string(from)) return *before;
    return model::MakeError(
        Reason::kArgumentInvalid,
        absl::StrCat("label ", label, " names ", before->release_id(), ", not ", from,
                     ", and was not rolled back from it; nothing was "
                     "moved: look at the label and decide anew"),
        {{"label", std::string(label)}, {"release", before->release_id()}});
  }
  if (before->previous_release_id().empty()) {
    return model::MakeError(Reason::kLabelHasNoPrevious,
                            absl::StrCat("label ", label, " has named ", before->release_id(),
                                         " since it was set; there is nothing to roll it back to"),
                            {{"label", std::string(label)}});
  }
  const CatalogRelease* release = now->Find(before->previous_release_id());
  if (release == nullptr) return ReleaseNotFound(before->previous_release_id());
  LabelEntry after = *before;
  after.set_release_id(before->previous_release_id());
  after.set_exact(before->previous_exact());
  after.set_previous_release_id(before->release_id());
  after.set_previous_exact(before->exact());
  after.set_moved_at(FormatInstant(clock_()));
  after.set_moved_by(std::string(by));
  after.set_rolled_back(true);
  const absl::Status status =
      CommitLabel(after, false, MoveOf(after, before->release_id(), release));
  if (!status.ok()) {
    // Made all the same, where it only could not be secured.
    if (catalog() != now) unsecured_rollback_ = after;
    return status;
  }
  return after;
}

absl::StatusOr<LabelEntry> Store::RemoveLabel(absl::string_view label, absl::string_view by) {
  RETURN_IF_ERROR(model::CheckLabel(label));
  const std::lock_guard<std::mutex> lock(write_mutex_);
  RETURN_IF_ERROR(database_->Settle());
  const std::shared_ptr<const Catalog> now = catalog();
  const LabelEntry* before = now->FindLabel(label);
  if (before == nullptr) return LabelNotFound(label);
  LabelEntry removed = *before;
  v1::ReleaseEvent event = MoveOf(removed, before->release_id(), nullptr);
  event.set_by(std::string(by));
  RETURN_IF_ERROR(CommitLabel(removed, true, std::move(event)));
  return removed;
}

}  // namespace codeset::store
