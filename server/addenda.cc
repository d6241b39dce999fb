#include "server/addenda.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/source/order_addenda.h"
#include "storage/source/reconcile.h"

namespace codeset::server {

model::OrderFacts OrderFactsOf(const image::Image& image) {
  model::OrderFacts order;
  order.rows.resize(static_cast<size_t>(image.order_rows()));
  for (const image::Node& node : image.nodes()) {
    if (node.row == nullptr) continue;
    order.rows[node.order_number - 1] = {std::string(node.row->code), node.row->billable,
                                         std::string(node.row->short_title),
                                         std::string(node.row->long_title)};
  }
  return order;
}

std::vector<source::BaseCandidate> BaseCandidates(
    store::Store& store, const std::shared_ptr<const store::Catalog>& catalog,
    const model::ReleaseOrder& order) {
  std::vector<source::BaseCandidate> candidates;
  for (const store::CatalogRelease& release : catalog->releases()) {
    if (!(release.order() < order)) continue;
    const v1::ReleaseCounts& counts = release.entry.release().counts();
    source::BaseCandidate candidate;
    candidate.release_id = release.id.ToString();
    candidate.headers = counts.order_rows() - counts.billable();
    candidate.codes = counts.billable();
    candidate.order = [&store, catalog,
                       id = candidate.release_id]() -> absl::StatusOr<model::OrderFacts> {
      ASSIGN_OR_RETURN(const std::shared_ptr<const image::Image> image,
                       store.GetImage(*catalog, id));
      return OrderFactsOf(*image);
    };
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

std::string FormatAddenda(const model::Addenda& addenda) {
  std::string text;
  for (const model::AddendaLine& line : addenda.lines) {
    absl::StrAppend(&text, model::FormatAddendaLine(line), "\r\n");
  }
  absl::StrAppend(&text, model::FormatAddendaTrailer(addenda.trailer));
  return text;
}

v1::AddendaCheck ToMessage(const source::AddendaCheck& check) {
  v1::AddendaCheck message;
  message.set_outcome(static_cast<v1::AddendaOutcome>(check.outcome));
  message.set_base_release_id(check.base_release_id);
  message.set_additions(check.additions);
  message.set_deletions(check.deletions);
  message.set_revisions(check.revisions);
  return message;
}

absl::StatusOr<v1::AddendaCheck> RecheckAddenda(store::Store& store, absl::string_view id) {
  const std::shared_ptr<const store::Catalog> catalog = store.catalog();
  ASSIGN_OR_RETURN(const std::vector<store::NamedBytes> files, store.Addenda(id));
  ASSIGN_OR_RETURN(const std::shared_ptr<const image::Image> image, store.GetImage(*catalog, id));
  std::vector<source::NamedAddenda> addenda;
  for (const store::NamedBytes& file : files) {
    absl::StatusOr<model::Addenda> parsed = source::ParseOrderAddenda(file.name, file.bytes);
    if (!parsed.ok()) {
      // They were read once, so that what does not parse now is damage.
      return model::MakeError(model::Reason::kDataDamaged,
                              absl::StrCat("the stored addenda of release ", id,
                                           " are damaged: ", parsed.status().message()));
    }
    addenda.push_back({file.name, *std::move(parsed)});
  }
  const store::CatalogRelease& release = *catalog->Find(id);
  ASSIGN_OR_RETURN(const source::Reconciliation found,
                   source::Reconcile(release.id, OrderFactsOf(*image), nullptr, addenda,
                                     BaseCandidates(store, catalog, release.order())));
  return ToMessage(found.addenda);
}

}  // namespace codeset::server
