// The canonical form: pages of text, named by digest, that together say what a facet
// group of a release holds (storage/FORMAT.md §1 is the grammar).
//
//   PageSet pages = EncodeOrder(order);      // pages.root is the group's fingerprint
//   ASSIGN_OR_RETURN(OrderPage page, DecodeOrderCategory(text));
//
// Encode and Decode are each other's inverse. Decoding refuses what Encode would not
// have written with DATA_DAMAGED.
//
// Thread-safe: values and free functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/conversion.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::model {

// One page of a facet group.
struct Page {
  // The node it is about: `M99`, `M99-M99`, `13`, a block `M`; empty for the root.
  std::string node;
  Digest digest;
  std::string text;
};

// All pages of one facet group of one release; children precede what names them, and
// the root is last.
struct PageSet {
  std::vector<Page> pages;
  const Digest& root() const { return pages.back().digest; }
};

// The pages of the group `order`.
PageSet EncodeOrder(const OrderFacts& order);

// The pages of the group `tabular`. Sections must be linked (LinkSections).
PageSet EncodeTabular(const Tabular& tabular);

// The pages of the group `poa`: categories, blocks and root in byte order.
PageSet EncodePoa(const PoaList& list);

// The pages of the group `conversion`: categories of current codes, blocks and root in byte
// order. No two rows have one number.
PageSet EncodeConversion(const ConversionTable& table);

// A release's fingerprint from those of its groups.
Digest ReleaseFingerprint(const std::vector<std::pair<FacetGroup, Digest>>& groups);

// A row of an order category page. Views into the page's text.
struct OrderRowView {
  absl::string_view code;
  bool billable = false;
  absl::string_view short_title;
  absl::string_view long_title;
};

// Reads an order category page. The views point into `text`, which must outlive them.
absl::StatusOr<std::vector<OrderRowView>> DecodeOrderCategory(absl::string_view text);

// Reads a tabular category page.
absl::StatusOr<std::vector<Diag>> DecodeTabularCategory(absl::string_view text);

// Reads a category page of the group `poa`: its codes. The views point into `text`.
absl::StatusOr<std::vector<absl::string_view>> DecodePoaCategory(absl::string_view text);

// Reads a category page of the group `conversion`.
absl::StatusOr<std::vector<ConversionRow>> DecodeConversionCategory(absl::string_view text);

// A child of an inner page: its kind word (`category`, `section`, `chapter`, `block`),
// id and digest.
struct PageChild {
  std::string kind;
  std::string id;
  Digest digest;
};

// An inner page: the root of a group, a block, a section or a chapter.
struct InnerPage {
  // The first line without `codeset/1 `, for instance `tabular section M99-M99`.
  std::string name;
  // Sections and chapters only.
  std::string title;
  TabularFacts facts;
  std::vector<PageChild> children;
};

// Reads an inner page.
absl::StatusOr<InnerPage> DecodeInner(absl::string_view text);

}  // namespace codeset::model
