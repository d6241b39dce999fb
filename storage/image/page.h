// Decoded content pages, shared between the images of all releases that hold them.
//
// Thread-safety: pages are immutable; PageCache is thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/model/canonical.h"
#include "storage/model/conversion.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::image {

// Where pages come from: a snapshot of the store, or pages in memory. Thread-safe.
class PageReader {
 public:
  virtual ~PageReader() = default;
  // The pages' texts, in the order asked, each proved against its digest. DATA_DAMAGED
  // where one is missing or does not match.
  virtual absl::StatusOr<std::vector<std::string>> Read(
      model::FacetGroup group, absl::Span<const model::Digest> digests) const = 0;
};

// A category's rows of the order file. `rows` views into `text`.
struct OrderPage {
  std::string text;
  std::vector<model::OrderRowView> rows;
};

// A category's diags, in document order.
struct TabularPage {
  std::vector<model::Diag> diags;

  // Keeps one copy of the page's bytes in answers (tabular_wire.h) for all who hold equal ones.
  // Thread-safe.
  std::shared_ptr<const std::string> Share(std::string bytes) const;

 private:
  // Guards `shared_`. (The standard's mutex, see PageCache.)
  mutable std::mutex mutex_;
  mutable std::vector<std::weak_ptr<const std::string>> shared_;
};

// A category's POA-exempt codes. `codes` views into `text`.
struct PoaPage {
  std::string text;
  std::vector<absl::string_view> codes;
};

// A category's rows of a conversion table, by current code, each with its cell of previous
// codes as it is read; `previous` is absent where that cannot be.
struct ConversionPage {
  struct Row {
    model::ConversionRow row;
    std::optional<std::vector<model::PreviousCodes>> previous;
  };
  std::vector<Row> rows;
};

// Decodes each page once and shares it for as long as an image holds it.
class PageCache {
 public:
  absl::StatusOr<std::vector<std::shared_ptr<const OrderPage>>> Order(
      const PageReader& reader, absl::Span<const model::Digest> digests);
  absl::StatusOr<std::vector<std::shared_ptr<const TabularPage>>> Tabular(
      const PageReader& reader, absl::Span<const model::Digest> digests);

  absl::StatusOr<std::vector<std::shared_ptr<const PoaPage>>> Poa(
      const PageReader& reader, absl::Span<const model::Digest> digests);

  absl::StatusOr<std::vector<std::shared_ptr<const ConversionPage>>> Conversion(
      const PageReader& reader, absl::Span<const model::Digest> digests);

  // Forgets what no image holds any more.
  void Sweep();

 private:
  template <typename Page>
  using Pages = absl::flat_hash_map<model::Digest, std::weak_ptr<const Page>>;

  template <typename Page, typename Decode>
  absl::StatusOr<std::vector<std::shared_ptr<const Page>>> Get(
      Pages<Page>& pages, model::FacetGroup group, const PageReader& reader,
      absl::Span<const model::Digest> digests, Decode decode);

  // Guards all. The standard's mutex and not abseil's: ThreadSanitizer does not see into
  // Debian's abseil, and would report every access.
  std::mutex mutex_;
  Pages<OrderPage> order_;
  Pages<TabularPage> tabular_;
  Pages<PoaPage> poa_;
  Pages<ConversionPage> conversion_;
};

}  // namespace codeset::image
