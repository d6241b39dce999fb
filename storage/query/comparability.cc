// What two releases can be compared in, and whether all of it is known (diff.h).
#include <string>
#include <utility>
#include <vector>

#include "storage/model/concept_id.h"
#include "storage/query/diff.h"

namespace codeset::query {
namespace {

using image::Image;
using model::FacetGroup;

// The order file alone says it.
bool IsOfOrder(v1::Facet facet) {
  return facet == v1::FACET_BILLABLE || facet == v1::FACET_SHORT_TITLE;
}

// The order file says it of codes, the tabular list of chapters and sections.
bool IsOfCodesToo(v1::Facet facet) {
  return facet == v1::FACET_EXISTENCE || facet == v1::FACET_TITLE || facet == v1::FACET_PARENT;
}

}  // namespace

bool IsComplete(const Image& from, const Image& to, const DiffFilter& filter) {
  // By key and not by node: a chapter on loan is dropped where nothing that could be placed
  // lies in it.
  return !filter.under.has_value() || model::IsCode(*filter.under) ||
         (from.unplaced().empty() && to.unplaced().empty());
}

std::vector<v1::FacetComparability> Comparabilities(const Image& from, const Image& to,
                                                    const DiffFilter& filter) {
  std::vector<v1::FacetComparability> result;
  for (int value = v1::Facet_MIN + 1; value <= v1::Facet_MAX; ++value) {
    const auto facet = static_cast<v1::Facet>(value);
    if (!v1::Facet_IsValid(value) || !filter.Wants(facet)) continue;
    v1::FacetComparability entry;
    entry.set_facet(facet);
    entry.set_comparability(v1::COMPARABILITY_COMPARABLE);
    if (!IsOfOrder(facet)) {
      for (const Image* image : {&from, &to}) {
        const bool known = facet == v1::FACET_POA_EXEMPTION ? !image->poa_from().empty()
                                                            : image->Has(FacetGroup::kTabular);
        if (known) continue;
        entry.set_comparability(IsOfCodesToo(facet) ? v1::COMPARABILITY_CODES_ONLY
                                                    : v1::COMPARABILITY_NOT_COMPARABLE);
        entry.add_missing_in(image->release_id());
      }
    }
    result.push_back(std::move(entry));
  }
  return result;
}

}  // namespace codeset::query
