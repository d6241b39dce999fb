// Two small releases as they travel: 2025 with all four facet groups, and 2025-04, which has an
// order file alone and the rest on loan.
//
// Thread-safe: a free function.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/model/canonical.h"
#include "storage/model/conversion.h"
#include "storage/portable/portable_file.h"
#include "tests/support/hand_made.h"

namespace codeset::portable {

// Adds a group's pages, and returns their root.
inline model::Digest AddGroup(Pages& pages, model::FacetGroup group, const model::PageSet& set) {
  for (const model::Page& page : set.pages) {
    pages.Add(group, page.digest, std::make_shared<const std::string>(page.text));
  }
  return set.root();
}

// See above. Counts are those of the rows typed here.
inline PortableSet SmallSet() {
  using model::FacetGroup;
  PortableSet set;
  PortableRelease full;
  full.spec.release_id = "2025";
  full.spec.effective = model::Date(2024, 10, 1);
  const model::OrderFacts order = testing::Order({{"A00", false, "Cholera"},
                                                  {"A000", true, "Cholera due to O1"},
                                                  {"M99", false, "Biomechanical lesions"},
                                                  {"M990", true, "Segmental dysfunction"},
                                                  {"M998", true, "Other lesions"}});
  model::Tabular tabular;
  tabular.chapters.push_back(
      testing::Chapter("1", "Infections", {testing::Section("A00-A09", "Intestinal", {"A00"})}));
  tabular.chapters.push_back(
      testing::Chapter("13", "Musculoskeletal", {testing::Section("M99-M99", "Lesions", {"M99"})}));
  model::PoaList poa;
  poa.codes = {"M990"};
  model::ConversionTable conversion;
  conversion.rows.push_back({2, "M998", "M99.8", model::Date(2024, 10, 1), "M99.9"});
  full.spec.groups = {
      {FacetGroup::kOrder, AddGroup(set.pages, FacetGroup::kOrder, model::EncodeOrder(order))},
      {FacetGroup::kTabular,
       AddGroup(set.pages, FacetGroup::kTabular, model::EncodeTabular(tabular))},
      {FacetGroup::kPoa, AddGroup(set.pages, FacetGroup::kPoa, model::EncodePoa(poa))},
      {FacetGroup::kConversion,
       AddGroup(set.pages, FacetGroup::kConversion, model::EncodeConversion(conversion))}};
  full.spec.poa = {"2025", full.spec.groups[2].second};
  v1::SourceFile& source = *full.description.add_sources();
  source.set_name("order.zip/order.txt");
  source.set_role("order file");
  source.set_size(400);
  full.counts.set_order_rows(5);
  full.counts.set_billable(3);
  full.counts.set_categories(2);
  full.counts.set_chapters(2);
  full.counts.set_sections(2);
  full.counts.set_diags(2);
  full.counts.set_poa_exempt(1);
  full.counts.set_conversion_rows(1);

  PortableRelease borrower;
  borrower.spec.release_id = "2025-04";
  borrower.spec.effective = model::Date(2025, 4, 1);
  const model::OrderFacts later = testing::Order({{"A00", false, "Cholera"},
                                                  {"A000", true, "Cholera due to O1"},
                                                  {"M99", false, "Biomechanical lesions"},
                                                  {"M998", true, "Other lesions"}});
  borrower.spec.groups = {
      {FacetGroup::kOrder, AddGroup(set.pages, FacetGroup::kOrder, model::EncodeOrder(later))}};
  borrower.spec.lender = {"2025", full.spec.groups[1].second};
  borrower.spec.poa = {"2025", full.spec.groups[2].second};
  borrower.counts.set_order_rows(4);
  borrower.counts.set_billable(2);
  borrower.counts.set_categories(2);
  set.releases = {full, borrower};
  return set;
}

}  // namespace codeset::portable
