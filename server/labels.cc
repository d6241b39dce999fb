#include "server/labels.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/request.h"
#include "storage/model/error.h"
#include "storage/model/label.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

// Events of the journal that are read at a time.
constexpr size_t kBatch = 1000;

}  // namespace

v1::Label ToLabel(const store::Catalog& catalog, const store::LabelEntry& label,
                  model::Date today) {
  v1::Label message;
  message.set_name(label.name());
  message.set_release_id(label.release_id());
  message.set_exact(label.exact());
  if (const store::CatalogRelease* release = catalog.Follow(label, today)) {
    message.set_resolves_to(release->id.ToString());
  }
  message.set_previous_release_id(label.previous_release_id());
  message.set_previous_exact(label.previous_exact());
  message.set_moved_at(label.moved_at());
  message.set_moved_by(label.moved_by());
  return message;
}

std::vector<std::string> LabelsOf(const store::Catalog& catalog,
                                  const store::CatalogRelease& release, model::Date today) {
  std::vector<std::string> names;
  for (const auto& [name, label] : catalog.labels()) {
    const store::CatalogRelease* followed = catalog.Follow(label, today);
    if (followed != nullptr && followed->id == release.id) names.push_back(name);
  }
  return names;
}

absl::StatusOr<v1::ListLabelsResponse> ListLabels(const Backend& backend,
                                                  const v1::ListLabelsRequest&) {
  const std::shared_ptr<const store::Catalog> catalog = backend.store.catalog();
  const model::Date today = model::DateInNewYork(backend.clock());
  v1::ListLabelsResponse response;
  for (const auto& [name, label] : catalog->labels()) {
    *response.add_labels() = ToLabel(*catalog, label, today);
  }
  return response;
}

absl::StatusOr<v1::ListLabelMovesResponse> ListLabelMoves(
    const Backend& backend, const v1::ListLabelMovesRequest& request) {
  RequestCheck check;
  check.Fail("label", model::CheckLabel(request.label()));
  RETURN_IF_ERROR(check.status());
  v1::ListLabelMovesResponse response;
  uint64_t after = 0;
  while (true) {
    ASSIGN_OR_RETURN(std::vector<store::JournalRecord> records,
                     backend.store.Journal(after, kBatch));
    if (records.empty()) break;
    after = records.back().number;
    for (store::JournalRecord& record : records) {
      if (record.event.kind() == v1::RELEASE_EVENT_KIND_LABEL_MOVED &&
          record.event.label() == request.label()) {
        *response.add_moves() = std::move(record.event);
      }
    }
  }
  if (response.moves().empty()) {
    return model::MakeError(model::Reason::kLabelNotFound,
                            absl::StrCat("there never was a label ", request.label(),
                                         "; list those that are with codesetctl label list"),
                            {{"label", request.label()}});
  }
  return response;
}

}  // namespace codeset::server
