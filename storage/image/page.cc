#include "storage/image/page.h"

#include <utility>

#include "storage/model/status_macros.h"

namespace codeset::image {
namespace {

absl::StatusOr<std::shared_ptr<const OrderPage>> DecodeOrder(std::string text) {
  // The rows view into the text, so it is moved to where it stays first.
  auto page = std::make_shared<OrderPage>();
  page->text = std::move(text);
  ASSIGN_OR_RETURN(page->rows, model::DecodeOrderCategory(page->text));
  return page;
}

absl::StatusOr<std::shared_ptr<const TabularPage>> DecodeTabular(const std::string& text) {
  auto page = std::make_shared<TabularPage>();
  ASSIGN_OR_RETURN(page->diags, model::DecodeTabularCategory(text));
  return page;
}

absl::StatusOr<std::shared_ptr<const PoaPage>> DecodePoa(std::string text) {
  auto page = std::make_shared<PoaPage>();
  page->text = std::move(text);
  ASSIGN_OR_RETURN(page->codes, model::DecodePoaCategory(page->text));
  return page;
}

absl::StatusOr<std::shared_ptr<const ConversionPage>> DecodeConversion(const std::string& text) {
  auto page = std::make_shared<ConversionPage>();
  ASSIGN_OR_RETURN(std::vector<model::ConversionRow> rows, model::DecodeConversionCategory(text));
  for (model::ConversionRow& row : rows) {
    auto previous = model::ParsePreviousCell(row.previous);
    page->rows.push_back({std::move(row), std::move(previous)});
  }
  return page;
}

}  // namespace

std::shared_ptr<const std::string> TabularPage::Share(std::string bytes) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::erase_if(shared_, [](const auto& one) { return one.expired(); });
  for (const std::weak_ptr<const std::string>& one : shared_) {
    std::shared_ptr<const std::string> kept = one.lock();
    if (kept != nullptr && *kept == bytes) return kept;
  }
  bytes.shrink_to_fit();
  auto kept = std::make_shared<const std::string>(std::move(bytes));
  shared_.push_back(kept);
  return kept;
}

// `pages` is one of the guarded members; every access to it below holds the mutex.
template <typename Page, typename Decode>
absl::StatusOr<std::vector<std::shared_ptr<const Page>>> PageCache::Get(
    Pages<Page>& pages, model::FacetGroup group, const PageReader& reader,
    absl::Span<const model::Digest> digests, Decode decode) {
  std::vector<std::shared_ptr<const Page>> result(digests.size());
  std::vector<model::Digest> missing;
  std::vector<size_t> places;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < digests.size(); ++i) {
      if (const auto it = pages.find(digests[i]); it != pages.end()) result[i] = it->second.lock();
      if (result[i] == nullptr) {
        missing.push_back(digests[i]);
        places.push_back(i);
      }
    }
  }
  ASSIGN_OR_RETURN(std::vector<std::string> texts, reader.Read(group, missing));
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSIGN_OR_RETURN(result[places[i]], decode(std::move(texts[i])));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const size_t place : places) {
    std::weak_ptr<const Page>& slot = pages[digests[place]];
    // Another image may have decoded the same page meanwhile; then its copy is shared.
    if (std::shared_ptr<const Page> other = slot.lock(); other != nullptr) {
      result[place] = std::move(other);
    } else {
      slot = result[place];
    }
  }
  return result;
}

absl::StatusOr<std::vector<std::shared_ptr<const OrderPage>>> PageCache::Order(
    const PageReader& reader, absl::Span<const model::Digest> digests) {
  return Get(order_, model::FacetGroup::kOrder, reader, digests, DecodeOrder);
}

absl::StatusOr<std::vector<std::shared_ptr<const TabularPage>>> PageCache::Tabular(
    const PageReader& reader, absl::Span<const model::Digest> digests) {
  return Get(tabular_, model::FacetGroup::kTabular, reader, digests, DecodeTabular);
}

absl::StatusOr<std::vector<std::shared_ptr<const PoaPage>>> PageCache::Poa(
    const PageReader& reader, absl::Span<const model::Digest> digests) {
  return Get(poa_, model::FacetGroup::kPoa, reader, digests, DecodePoa);
}

absl::StatusOr<std::vector<std::shared_ptr<const ConversionPage>>> PageCache::Conversion(
    const PageReader& reader, absl::Span<const model::Digest> digests) {
  return Get(conversion_, model::FacetGroup::kConversion, reader, digests, DecodeConversion);
}

void PageCache::Sweep() {
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::erase_if(order_, [](const auto& entry) { return entry.second.expired(); });
  absl::erase_if(tabular_, [](const auto& entry) { return entry.second.expired(); });
  absl::erase_if(poa_, [](const auto& entry) { return entry.second.expired(); });
  absl::erase_if(conversion_, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace codeset::image
