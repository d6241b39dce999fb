#include "server/addenda.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/image/categories.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/source/order_addenda.h"
#include "storage/source/reconcile.h"

namespace codeset::server {
namespace {

using model::Digest;
using model::FacetGroup;
using model::OrderFacts;

// The rows of the categories that a loaded release does not have as `next` does, of both.
absl::StatusOr<source::OrderChange> ChangeFrom(const store::Catalog& catalog,
                                               const store::CatalogRelease& release,
                                               const CategoryDigests& categories,
                                               const OrderFacts& next) {
  ASSIGN_OR_RETURN(const std::vector<model::PageChild> pages,
                   image::ReadCategories(catalog.pages(), FacetGroup::kOrder,
                                         *release.Group(FacetGroup::kOrder)));
  absl::flat_hash_set<absl::string_view> alike;
  std::vector<Digest> others;
  for (const model::PageChild& page : pages) {
    const auto it = categories.find(page.id);
    if (it != categories.end() && it->second == page.digest) {
      alike.insert(page.id);
    } else {
      others.push_back(page.digest);
    }
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                   catalog.pages().Read(FacetGroup::kOrder, others));
  source::OrderChange change;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(const std::vector<model::OrderRowView> rows, model::DecodeOrderCategory(text));
    for (const model::OrderRowView& row : rows) {
      change.before.rows.push_back({std::string(row.code), row.billable,
                                    std::string(row.short_title), std::string(row.long_title)});
    }
  }
  for (const model::OrderRow& row : next.rows) {
    if (!alike.contains(model::CategoryOf(row.code))) change.after.rows.push_back(row);
  }
  return change;
}

}  // namespace

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

CategoryDigests DigestsOf(const model::PageSet& order) {
  CategoryDigests digests;
  for (const model::Page& page : order.pages) {
    // Blocks and the root have ids that no code has.
    if (model::IsCode(page.node)) digests.emplace(page.node, page.digest);
  }
  return digests;
}

absl::StatusOr<CategoryDigests> ReadCategoryDigests(const store::Catalog& catalog,
                                                    const store::CatalogRelease& release) {
  CategoryDigests digests;
  const std::optional<model::Digest> root = release.Group(FacetGroup::kOrder);
  if (!root.has_value()) return digests;
  ASSIGN_OR_RETURN(const std::vector<model::PageChild> pages,
                   image::ReadCategories(catalog.pages(), FacetGroup::kOrder, *root));
  for (const model::PageChild& page : pages) digests.emplace(page.id, page.digest);
  return digests;
}

std::vector<source::BaseCandidate> BaseCandidates(
    const std::shared_ptr<const store::Catalog>& catalog, const model::ReleaseOrder& order,
    CategoryDigests categories) {
  const auto shared = std::make_shared<const CategoryDigests>(std::move(categories));
  std::vector<source::BaseCandidate> candidates;
  for (const store::CatalogRelease& release : catalog->releases()) {
    if (!(release.order() < order)) continue;
    const v1::ReleaseCounts& counts = release.entry.release().counts();
    source::BaseCandidate candidate;
    candidate.release_id = release.id.ToString();
    candidate.headers = counts.order_rows() - counts.billable();
    candidate.codes = counts.billable();
    candidate.change = [catalog, shared, id = candidate.release_id](const OrderFacts& next) {
      return ChangeFrom(*catalog, *catalog->Find(id), *shared, next);
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
  ASSIGN_OR_RETURN(CategoryDigests categories, ReadCategoryDigests(*catalog, release));
  ASSIGN_OR_RETURN(
      const source::Reconciliation found,
      source::Reconcile(release.id, OrderFactsOf(*image), nullptr, addenda,
                        BaseCandidates(catalog, release.order(), std::move(categories))));
  return ToMessage(found.addenda);
}

}  // namespace codeset::server
