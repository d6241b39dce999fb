#include "storage/source/poa_check.h"

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/concept_id.h"

namespace codeset::source {
namespace {

using Class = DisagreementClass;

// A list with fewer than one in so many of the billable codes is no whole list: the
// published ones have every second, lists of additions every fortieth at most.
constexpr size_t kLeastShare = 10;

// Order numbers tell another edition where more than one in so many differ: in the
// published lists one in two thousand does, with the list of another edition almost all.
constexpr size_t kMostOrderDifferences = 100;

struct Place {
  bool billable = false;
  int number = 0;
};

}  // namespace

std::vector<Disagreement> CheckPoaList(const model::OrderFacts& order, const PoaListing& listing,
                                       const std::vector<PoaCount>& counts) {
  absl::flat_hash_map<absl::string_view, Place> places;
  places.reserve(order.rows.size());
  size_t billable = 0;
  for (size_t i = 0; i < order.rows.size(); ++i) {
    places[order.rows[i].code] = {order.rows[i].billable, static_cast<int>(i) + 1};
    billable += order.rows[i].billable ? 1 : 0;
  }
  DisagreementList found;
  std::vector<std::string> moved;
  for (const PoaRow& row : listing.rows) {
    const std::string code = model::DottedCode(row.code);
    const auto place = places.find(row.code);
    if (place == places.end()) {
      found.Add(Class::kPoaCodeNotBillable, absl::StrCat(code, " is not in the order file"));
      continue;
    }
    if (!place->second.billable) {
      found.Add(Class::kPoaCodeNotBillable, absl::StrCat(code, " is a header"));
    }
    if (place->second.number != row.order_number) {
      moved.push_back(absl::StrCat(code, " is number ", row.order_number, " by the list, ",
                                   place->second.number, " in the order file"));
    }
  }
  if (moved.size() * kMostOrderDifferences > listing.rows.size()) {
    for (const std::string& example : moved) found.Add(Class::kPoaOrderDiffers, example);
  }
  for (const PoaCount& count : counts) {
    if (count.codes == static_cast<int>(listing.rows.size())) continue;
    found.Add(Class::kPoaCountDiffers, absl::StrCat(count.file, " says ", count.codes,
                                                    ", the list has ", listing.rows.size()));
  }
  if (listing.rows.size() * kLeastShare < billable) {
    found.Add(Class::kPoaListMuchShorter,
              absl::StrCat(listing.rows.size(), " codes of ", billable, " that are billable"));
  }
  return found.Take();
}

}  // namespace codeset::source
