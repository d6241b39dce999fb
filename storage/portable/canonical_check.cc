#include "storage/portable/canonical_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/canonical.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/portable/page_tree.h"

namespace codeset::portable {
namespace {

using model::Digest;
using model::FacetGroup;
using model::PageChild;

// Sections nest a few levels deep; an image has no more (storage/image/structure.cc).
constexpr int kMaxDepth = 32;

absl::Status NotCanonical(FacetGroup group, absl::string_view why) {
  // It repeats what pages from elsewhere say, which may be anything.
  constexpr size_t kShown = 300;
  return model::MakeError(
      model::Reason::kDataDamaged,
      absl::StrCat("the pages of its group ", model::FacetGroupName(group),
                   " are not in canonical form: ", model::CleanName(model::CutUtf8(why, kShown))));
}

absl::Status CheckUtf8(FacetGroup group, const std::string& text) {
  if (model::EscapeInvalidUtf8(text) == text) return absl::OkStatus();
  return NotCanonical(
      group,
      absl::StrCat("the page ", model::Quoted(text.substr(0, text.find('\n'))), " is no UTF-8"));
}

// Decodes the categories of any group but `tabular`, in the order in which blocks name them.
template <typename Decode>
absl::Status ForCategories(const Pages& pages, FacetGroup group, const Digest& root,
                           Decode decode) {
  return WalkPages(
      {RootOf(group, root)},
      [&](const PageNeed& need) { return pages.Find(need.group, need.digest).get(); },
      [&](const PageNeed& need, const std::string& text) -> absl::Status {
        RETURN_IF_ERROR(CheckUtf8(group, text));
        return need.IsLeaf() ? decode(text) : absl::OkStatus();
      });
}

absl::StatusOr<Digest> OrderAgain(const Pages& pages, const Digest& root) {
  model::OrderFacts order;
  RETURN_IF_ERROR(
      ForCategories(pages, FacetGroup::kOrder, root, [&](const std::string& text) -> absl::Status {
        ASSIGN_OR_RETURN(const auto rows, model::DecodeOrderCategory(text));
        for (const model::OrderRowView& row : rows) {
          order.rows.push_back({std::string(row.code), row.billable, std::string(row.short_title),
                                std::string(row.long_title)});
        }
        return absl::OkStatus();
      }));
  return model::EncodeOrder(order).root();
}

absl::StatusOr<Digest> PoaAgain(const Pages& pages, const Digest& root) {
  model::PoaList list;
  RETURN_IF_ERROR(
      ForCategories(pages, FacetGroup::kPoa, root, [&](const std::string& text) -> absl::Status {
        ASSIGN_OR_RETURN(const auto codes, model::DecodePoaCategory(text));
        for (const absl::string_view code : codes) {
          if (!list.codes.empty() && !(list.codes.back() < code)) {
            return NotCanonical(FacetGroup::kPoa,
                                absl::StrCat(code, " stands after ", list.codes.back()));
          }
          list.codes.emplace_back(code);
        }
        return absl::OkStatus();
      }));
  return model::EncodePoa(list).root();
}

absl::StatusOr<Digest> ConversionAgain(const Pages& pages, const Digest& root) {
  model::ConversionTable table;
  absl::flat_hash_set<int> numbers;
  RETURN_IF_ERROR(ForCategories(
      pages, FacetGroup::kConversion, root, [&](const std::string& text) -> absl::Status {
        ASSIGN_OR_RETURN(auto rows, model::DecodeConversionCategory(text));
        for (model::ConversionRow& row : rows) {
          if (!numbers.insert(row.row).second) {
            return NotCanonical(FacetGroup::kConversion,
                                absl::StrCat("two rows have the number ", row.row));
          }
          table.rows.push_back(std::move(row));
        }
        return absl::OkStatus();
      }));
  return model::EncodeConversion(table).root();
}

// Reads the pages of a tabular list from the root down.
class TabularReader {
 public:
  explicit TabularReader(const Pages& pages) : pages_(pages) {}

  absl::StatusOr<model::Tabular> Read(const Digest& root) {
    model::Tabular tabular;
    ASSIGN_OR_RETURN(const model::InnerPage page, Inner(root));
    for (const PageChild& child : page.children) {
      if (child.kind != "chapter") return Misplaced(child, "the root");
      ASSIGN_OR_RETURN(model::InnerPage about, Inner(child.digest));
      model::TabularChapter chapter{child.id, std::move(about.title), std::move(about.facts), {}};
      for (const PageChild& below : about.children) {
        if (below.kind != "section") return Misplaced(below, absl::StrCat("chapter ", child.id));
        RETURN_IF_ERROR(AddSection(below, -1, 0, chapter));
      }
      tabular.chapters.push_back(std::move(chapter));
    }
    return tabular;
  }

 private:
  static absl::Status Misplaced(const PageChild& child, absl::string_view where) {
    return NotCanonical(FacetGroup::kTabular,
                        absl::StrCat(where, " has a ", child.kind, ", ", child.id));
  }

  absl::StatusOr<Pages::Text> Text(const Digest& digest) const {
    Pages::Text text = pages_.Find(FacetGroup::kTabular, digest);
    if (text == nullptr) {
      return NotCanonical(FacetGroup::kTabular,
                          absl::StrCat("the page ", model::FormatDigest(digest), " is missing"));
    }
    RETURN_IF_ERROR(CheckUtf8(FacetGroup::kTabular, *text));
    return text;
  }

  absl::StatusOr<model::InnerPage> Inner(const Digest& digest) const {
    ASSIGN_OR_RETURN(const Pages::Text text, Text(digest));
    return model::DecodeInner(*text);
  }

  absl::Status AddSection(const PageChild& named, int parent, int depth,
                          model::TabularChapter& chapter) {
    if (depth > kMaxDepth) return NotCanonical(FacetGroup::kTabular, "sections nest without end");
    ASSIGN_OR_RETURN(model::InnerPage page, Inner(named.digest));
    model::TabularSection section{
        named.id, std::move(page.title), std::move(page.facts), {}, parent};
    std::vector<const PageChild*> sections;
    for (const PageChild& child : page.children) {
      if (child.kind == "category") {
        RETURN_IF_ERROR(AddCategory(child, section));
      } else if (child.kind == "section") {
        sections.push_back(&child);
      } else {
        return Misplaced(child, absl::StrCat("section ", named.id));
      }
    }
    const auto place = static_cast<int>(chapter.sections.size());
    chapter.sections.push_back(std::move(section));
    for (const PageChild* child : sections) {
      RETURN_IF_ERROR(AddSection(*child, place, depth + 1, chapter));
    }
    return absl::OkStatus();
  }

  absl::Status AddCategory(const PageChild& named, model::TabularSection& section) const {
    ASSIGN_OR_RETURN(const Pages::Text text, Text(named.digest));
    model::TabularCategory category{named.id, {}};
    ASSIGN_OR_RETURN(category.diags, model::DecodeTabularCategory(*text));
    if (category.diags.empty() || category.diags.front().code != named.id) {
      return NotCanonical(FacetGroup::kTabular,
                          absl::StrCat("the page of category ", named.id, " begins otherwise"));
    }
    for (const model::Diag& diag : category.diags) {
      if (model::CategoryOf(diag.code) == named.id) continue;
      return NotCanonical(FacetGroup::kTabular,
                          absl::StrCat("the page of category ", named.id, " has ", diag.code));
    }
    section.categories.push_back(std::move(category));
    return absl::OkStatus();
  }

  const Pages& pages_;
};

absl::StatusOr<Digest> TabularAgain(const Pages& pages, const Digest& root) {
  ASSIGN_OR_RETURN(const model::Tabular tabular, TabularReader(pages).Read(root));
  return model::EncodeTabular(tabular).root();
}

absl::StatusOr<Digest> Again(const Pages& pages, FacetGroup group, const Digest& root) {
  switch (group) {
    case FacetGroup::kOrder:
      return OrderAgain(pages, root);
    case FacetGroup::kTabular:
      return TabularAgain(pages, root);
    case FacetGroup::kPoa:
      return PoaAgain(pages, root);
    case FacetGroup::kConversion:
      return ConversionAgain(pages, root);
  }
  return NotCanonical(group, "the group is not known");
}

}  // namespace

absl::Status CheckCanonical(const Pages& pages, FacetGroup group, const Digest& root) {
  ASSIGN_OR_RETURN(const Digest again, Again(pages, group, root));
  if (again == root) return absl::OkStatus();
  return NotCanonical(group,
                      absl::StrCat("what they say gives the root page ", model::FormatDigest(again),
                                   " and not ", model::FormatDigest(root)));
}

}  // namespace codeset::portable
