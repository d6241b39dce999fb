// What one published release says, as read from its files.
//
// Plain values. `OrderFacts` is what the order file says, `Tabular` what the tabular
// list's XML says; the two stay apart (facet groups), since many releases have only
// the first. Text is as published, save that line breaks and tabs are spaces and
// spaces at either end are gone (storage/FORMAT.md §1).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/model/date.h"
#include "storage/model/release_id.h"

namespace codeset::model {

// The groups in which a release's facts come, by source. The numbers are stored and
// are those of codeset.v1.FacetGroup.
enum class FacetGroup { kOrder = 1, kTabular = 2, kPoa = 3, kConversion = 4 };

// All groups, in the order in which a release's fingerprint takes them.
inline constexpr FacetGroup kFacetGroups[] = {FacetGroup::kOrder, FacetGroup::kTabular,
                                              FacetGroup::kPoa, FacetGroup::kConversion};

// `order`, `tabular`, `poa`, `conversion`.
absl::string_view FacetGroupName(FacetGroup group);

// A row of the order file.
struct OrderRow {
  // Without its dot: `M9986`.
  std::string code;
  // Flag 1: complete and valid for submission. Flag 0 is a header.
  bool billable = false;
  std::string short_title;
  std::string long_title;

  friend bool operator==(const OrderRow&, const OrderRow&) = default;
};

// The order file. Rows are in tabular order, each category's together and each code
// after its longest existing prefix.
struct OrderFacts {
  std::vector<OrderRow> rows;
};

// The list of codes exempt from present-on-admission reporting. Without dots, in byte order,
// each once.
struct PoaList {
  std::vector<std::string> codes;
};

// The kinds of note. The numbers are those of codeset.v1.NoteKind.
enum class NoteKind {
  kIncludes = 1,
  kExcludes1 = 2,
  kExcludes2 = 3,
  kCodeFirst = 4,
  kCodeAlso = 5,
  kUseAdditionalCode = 6,
  kNote = 7,
  kInclusionTerm = 8,
};

// The name of a kind's element in the tabular list's XML: `excludes1`, and `notes` for
// a plain note. Also the kind's name in the canonical form.
absl::string_view NoteKindName(NoteKind kind);

// The kind of an element's name; nothing for other names.
std::optional<NoteKind> NoteKindFromName(absl::string_view name);

// Items that stand under one heading, or under none.
struct NoteGroup {
  std::optional<std::string> heading;
  std::vector<std::string> items;

  friend bool operator==(const NoteGroup&, const NoteGroup&) = default;
};

// One container of notes; never without a group, no group without heading and items.
struct Note {
  NoteKind kind = NoteKind::kNote;
  std::vector<NoteGroup> groups;

  friend bool operator==(const Note&, const Note&) = default;
};

// One 7th character. `notes` are the conditions that stand under it in the XML.
struct SeventhCharacter {
  std::string character;
  std::string meaning;
  std::vector<std::string> notes;

  friend bool operator==(const SeventhCharacter&, const SeventhCharacter&) = default;
};

// A 7th-character definition: applies to what it stands on and all below, save where a
// nearer one stands.
struct SeventhCharacters {
  std::vector<std::string> instructions;
  std::vector<SeventhCharacter> characters;

  friend bool operator==(const SeventhCharacters&, const SeventhCharacters&) = default;
};

// The table of H54.8, row by row as the XML nests it.
struct VisualBound {
  std::optional<std::string> heading;
  std::optional<std::string> value;

  friend bool operator==(const VisualBound&, const VisualBound&) = default;
};
struct VisualRange {
  std::optional<std::string> heading;
  std::optional<VisualBound> maximum;
  std::optional<VisualBound> minimum;

  friend bool operator==(const VisualRange&, const VisualRange&) = default;
};
struct VisualCategory {
  std::optional<std::string> heading;
  std::optional<std::string> value;
  std::vector<VisualRange> ranges;

  friend bool operator==(const VisualCategory&, const VisualCategory&) = default;
};

// What stands on one chapter, section or diag beside its title.
struct TabularFacts {
  std::vector<Note> notes;
  std::optional<SeventhCharacters> seventh_characters;
  std::vector<VisualCategory> visual_impairment;

  friend bool operator==(const TabularFacts&, const TabularFacts&) = default;
};

// A `<diag>` of the XML.
struct Diag {
  // Without its dot.
  std::string code;
  // Its attribute `placeholder`: the last character only fills a position.
  bool placeholder = false;
  std::string title;
  TabularFacts facts;
  // The code of the `<diag>` around it; empty for a category. Not part of the canonical
  // form: the parent of a code is its longest prefix, and this only serves to report
  // where the XML nests otherwise.
  std::string xml_parent;
};

// A category with all its diags, itself first, in document order.
struct TabularCategory {
  std::string code;
  std::vector<Diag> diags;
};

// A `<section>`.
struct TabularSection {
  // `M99-M99`, always first-last.
  std::string id;
  std::string title;
  TabularFacts facts;
  // The categories directly in it, in document order.
  std::vector<TabularCategory> categories;
  // The place, in its chapter's `sections`, of the section that it lies directly
  // within by range; -1 for none. See LinkSections.
  int parent = -1;

  absl::string_view first() const { return absl::string_view(id).substr(0, id.find('-')); }
  absl::string_view last() const { return absl::string_view(id).substr(id.find('-') + 1); }
};

// A `<chapter>`.
struct TabularChapter {
  // Its number: `13`.
  std::string id;
  std::string title;
  TabularFacts facts;
  // All its sections, flat and in document order as in the XML.
  std::vector<TabularSection> sections;
};

// The tabular list.
struct Tabular {
  std::vector<TabularChapter> chapters;
};

// Sets `parent` of every section of the chapter: the narrowest other section without
// categories of its own whose range includes its own (the XML lists sections flat). Returns pairs
// of ids of sections that overlap without one including the other; they are not nested.
std::vector<std::pair<std::string, std::string>> LinkSections(TabularChapter& chapter);

// A release as it goes into the store: one or more facet groups of one edition.
struct Release {
  ReleaseId id;
  Date effective;
  std::optional<OrderFacts> order;
  std::optional<Tabular> tabular;
};

}  // namespace codeset::model
