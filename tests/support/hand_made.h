// Releases typed by hand, for tests that need a few concepts and full control.
//
//   OrderFacts order = Order({{"M99", false, "Lesions"}, {"M990", true, "Segmental"}});
//   MemoryPages pages;  auto image = pages.BuildImage("2026", order, &tabular);
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/image/image.h"
#include "storage/image/page.h"
#include "storage/model/canonical.h"
#include "storage/model/error.h"
#include "storage/model/release.h"

namespace codeset::testing {

// A row; the short title is the long one's first 60 bytes.
struct Row {
  const char* code;
  bool billable;
  const char* title;
};

inline model::OrderFacts Order(std::initializer_list<Row> rows) {
  model::OrderFacts order;
  for (const Row& row : rows) {
    const std::string title = row.title;
    order.rows.push_back({row.code, row.billable, title.substr(0, 60), title});
  }
  return order;
}

// A note of one kind with items under no heading.
inline model::Note PlainNote(model::NoteKind kind, std::vector<std::string> items) {
  model::Note note;
  note.kind = kind;
  note.groups.push_back({std::nullopt, std::move(items)});
  return note;
}

// A section with categories that have no diag but their own.
inline model::TabularSection Section(const std::string& id, const std::string& title,
                                     std::initializer_list<const char*> categories) {
  model::TabularSection section;
  section.id = id;
  section.title = title;
  for (const char* code : categories) {
    model::Diag diag;
    diag.code = code;
    diag.title = code;
    section.categories.push_back({code, {diag}});
  }
  return section;
}

inline model::TabularChapter Chapter(const std::string& id, const std::string& title,
                                     std::vector<model::TabularSection> sections) {
  model::TabularChapter chapter;
  chapter.id = id;
  chapter.title = title;
  chapter.sections = std::move(sections);
  model::LinkSections(chapter);
  return chapter;
}

// Pages in memory, in the place of a store.
class MemoryPages : public image::PageReader {
 public:
  // Adds a group's pages and returns their root.
  model::Digest Add(const model::PageSet& set) {
    for (const model::Page& page : set.pages) pages_[page.digest] = page.text;
    return set.root();
  }

  // Builds an image; without `tabular` the release has order facts alone.
  absl::StatusOr<std::shared_ptr<const image::Image>> BuildImage(
      const std::string& id, const model::OrderFacts& order,
      const model::Tabular* tabular = nullptr,
      std::optional<image::ImageSpec::Lender> lender = std::nullopt) {
    image::ImageSpec spec;
    spec.release_id = id;
    spec.effective = model::Date(2025, 10, 1);
    spec.groups.emplace_back(model::FacetGroup::kOrder, Add(model::EncodeOrder(order)));
    if (tabular != nullptr) {
      spec.groups.emplace_back(model::FacetGroup::kTabular, Add(model::EncodeTabular(*tabular)));
    }
    spec.lender = std::move(lender);
    return image::Image::Build(std::move(spec), *this, cache_);
  }

  absl::StatusOr<std::vector<std::string>> Read(
      model::FacetGroup, absl::Span<const model::Digest> digests) const override {
    std::vector<std::string> texts;
    for (const model::Digest& digest : digests) {
      const auto it = pages_.find(digest);
      if (it == pages_.end()) {
        return model::MakeError(model::Reason::kDataDamaged, "a page is missing");
      }
      texts.push_back(it->second);
    }
    return texts;
  }

  // Removes a page, to see what its absence does.
  void Remove(const model::Digest& digest) { pages_.erase(digest); }

 private:
  std::map<model::Digest, std::string> pages_;
  image::PageCache cache_;
};

}  // namespace codeset::testing
