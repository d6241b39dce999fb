#include "storage/model/canonical.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/tabular_lines.h"

namespace codeset::model {
namespace {

constexpr absl::string_view kMagic = "codeset/1 ";

// Adds a page to `set` and returns its digest.
Digest AddPage(PageSet& set, std::string node, std::string text) {
  Page page{std::move(node), DigestOf(text), std::move(text)};
  const Digest digest = page.digest;
  set.pages.push_back(std::move(page));
  return digest;
}

void AppendChild(std::string* text, absl::string_view kind, absl::string_view id,
                 const Digest& digest) {
  absl::StrAppend(text, kind, "\t", id, "\t", FormatDigest(digest), "\n");
}

absl::Status Damaged(absl::string_view why) {
  return MakeError(Reason::kDataDamaged, absl::StrCat("a stored page is damaged: ", why));
}

// Splits a page into lines; every line, the last too, must end in LF.
absl::StatusOr<std::vector<absl::string_view>> Lines(absl::string_view text) {
  if (!absl::StartsWith(text, kMagic)) return Damaged("it does not say codeset/1");
  if (text.back() != '\n') return Damaged("its last line has no end");
  text.remove_suffix(1);
  return absl::StrSplit(text, '\n');
}

// Encodes sections from the innermost out, so that each names its children's digests.
class TabularEncoder {
 public:
  PageSet Encode(const Tabular& tabular) {
    std::string root = absl::StrCat(kMagic, "tabular root\n");
    for (const TabularChapter& chapter : tabular.chapters) {
      AppendChild(&root, "chapter", chapter.id, EncodeChapter(chapter));
    }
    AddPage(set_, "", std::move(root));
    return std::move(set_);
  }

 private:
  Digest EncodeChapter(const TabularChapter& chapter) {
    std::string text = absl::StrCat(kMagic, "tabular chapter ", chapter.id, "\n");
    AppendTitleAndFacts(&text, chapter.title, chapter.facts);
    below_.assign(chapter.sections.size() + 1, {});
    for (size_t i = 0; i < chapter.sections.size(); ++i) {
      below_[chapter.sections[i].parent + 1].push_back(static_cast<int>(i));
    }
    AppendSections(&text, chapter, -1);
    return AddPage(set_, chapter.id, std::move(text));
  }

  Digest EncodeSection(const TabularChapter& chapter, int index) {
    const TabularSection& section = chapter.sections[index];
    std::string text = absl::StrCat(kMagic, "tabular section ", section.id, "\n");
    AppendTitleAndFacts(&text, section.title, section.facts);
    for (const TabularCategory& category : section.categories) {
      AppendChild(&text, "category", category.code, EncodeCategory(category));
    }
    AppendSections(&text, chapter, index);
    return AddPage(set_, section.id, std::move(text));
  }

  Digest EncodeCategory(const TabularCategory& category) {
    std::string text = absl::StrCat(kMagic, "tabular category ", category.code, "\n");
    for (const Diag& diag : category.diags) {
      absl::StrAppend(&text, "diag\t", diag.code, "\t", diag.placeholder ? "1" : "0", "\t",
                      diag.title, "\n");
      AppendFactLines(&text, diag.facts);
    }
    return AddPage(set_, category.code, std::move(text));
  }

  void AppendSections(std::string* text, const TabularChapter& chapter, int parent) {
    for (const int section : below_[parent + 1]) {
      AppendChild(text, "section", chapter.sections[section].id, EncodeSection(chapter, section));
    }
  }

  static void AppendTitleAndFacts(std::string* text, absl::string_view title,
                                  const TabularFacts& facts) {
    absl::StrAppend(text, "title\t", title, "\n");
    AppendFactLines(text, facts);
  }

  PageSet set_;
  // Of the chapter that is encoded, the sections directly in it and then those directly in each
  // of its sections, in their order.
  std::vector<std::vector<int>> below_;
};

}  // namespace

PageSet EncodeOrder(const OrderFacts& order) {
  PageSet set;
  std::string root = absl::StrCat(kMagic, "order root\n");
  absl::flat_hash_map<char, int> runs;
  const std::vector<OrderRow>& rows = order.rows;
  for (size_t i = 0; i < rows.size();) {
    const char letter = rows[i].code[0];
    const int run = ++runs[letter];
    const std::string block =
        run == 1 ? std::string(1, letter) : absl::StrCat(std::string(1, letter), ".", run);
    std::string block_text = absl::StrCat(kMagic, "order block ", block, "\n");
    while (i < rows.size() && rows[i].code[0] == letter) {
      const std::string category(CategoryOf(rows[i].code));
      std::string text = absl::StrCat(kMagic, "order category ", category, "\n");
      for (; i < rows.size() && CategoryOf(rows[i].code) == category; ++i) {
        absl::StrAppend(&text, rows[i].code, "\t", rows[i].billable ? "1" : "0", "\t",
                        rows[i].short_title, "\t", rows[i].long_title, "\n");
      }
      const Digest digest = AddPage(set, category, std::move(text));
      absl::StrAppend(&block_text, category, "\t", FormatDigest(digest), "\n");
    }
    const Digest digest = AddPage(set, block, std::move(block_text));
    absl::StrAppend(&root, block, "\t", FormatDigest(digest), "\n");
  }
  AddPage(set, "", std::move(root));
  return set;
}

PageSet EncodeTabular(const Tabular& tabular) { return TabularEncoder().Encode(tabular); }

Digest ReleaseFingerprint(const std::vector<std::pair<FacetGroup, Digest>>& groups) {
  std::string text = absl::StrCat(kMagic, "release\n");
  for (const FacetGroup group : kFacetGroups) {
    for (const auto& [present, digest] : groups) {
      if (present != group) continue;
      absl::StrAppend(&text, FacetGroupName(group), "\t", FormatDigest(digest), "\n");
    }
  }
  return DigestOf(text);
}

absl::StatusOr<std::vector<OrderRowView>> DecodeOrderCategory(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<absl::string_view> lines, Lines(text));
  if (!absl::StartsWith(lines[0], "codeset/1 order category ")) {
    return Damaged("it is no order category page");
  }
  std::vector<OrderRowView> rows;
  rows.reserve(lines.size() - 1);
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<absl::string_view> fields = absl::StrSplit(lines[i], '\t');
    if (fields.size() != 4 || !IsCode(fields[0]) || (fields[1] != "0" && fields[1] != "1")) {
      return Damaged("a row of an order page is malformed");
    }
    rows.push_back({fields[0], fields[1] == "1", fields[2], fields[3]});
  }
  return rows;
}

absl::StatusOr<std::vector<Diag>> DecodeTabularCategory(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<absl::string_view> lines, Lines(text));
  if (!absl::StartsWith(lines[0], "codeset/1 tabular category ")) {
    return Damaged("it is no tabular category page");
  }
  std::vector<Diag> diags;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (absl::StartsWith(lines[i], "diag\t")) {
      const std::vector<absl::string_view> fields =
          absl::StrSplit(lines[i], absl::MaxSplits('\t', 3));
      if (fields.size() != 4 || !IsCode(fields[1]) || (fields[2] != "0" && fields[2] != "1")) {
        return Damaged("a diag line is malformed");
      }
      diags.push_back({std::string(fields[1]), fields[2] == "1", std::string(fields[3]), {}, ""});
      continue;
    }
    if (diags.empty()) return Damaged("facts stand before the first diag");
    RETURN_IF_ERROR(ReadFactLine(lines[i], diags.back().facts));
  }
  return diags;
}

absl::StatusOr<InnerPage> DecodeInner(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<absl::string_view> lines, Lines(text));
  InnerPage page;
  page.name = std::string(absl::StripPrefix(lines[0], kMagic));
  // Of these groups a line names one kind of child alone, and so does not say which.
  const bool flat = absl::StartsWith(page.name, "order ") || absl::StartsWith(page.name, "poa ") ||
                    absl::StartsWith(page.name, "conversion ");
  const absl::string_view implied = absl::EndsWith(page.name, " root") ? "block" : "category";
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<absl::string_view> fields = absl::StrSplit(lines[i], '\t');
    if (flat) {
      if (fields.size() != 2) return Damaged("a line of an inner page is malformed");
      ASSIGN_OR_RETURN(const Digest digest, ParseDigest(fields[1]));
      page.children.push_back({std::string(implied), std::string(fields[0]), digest});
      continue;
    }
    if (fields.size() == 3 &&
        (fields[0] == "category" || fields[0] == "section" || fields[0] == "chapter")) {
      ASSIGN_OR_RETURN(const Digest digest, ParseDigest(fields[2]));
      page.children.push_back({std::string(fields[0]), std::string(fields[1]), digest});
    } else if (fields.size() == 2 && fields[0] == "title") {
      page.title = std::string(fields[1]);
    } else {
      RETURN_IF_ERROR(ReadFactLine(lines[i], page.facts));
    }
  }
  return page;
}

}  // namespace codeset::model
