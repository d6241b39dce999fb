#include "storage/model/release.h"

#include <array>

#include "absl/strings/string_view.h"

namespace codeset::model {
namespace {

struct NoteKindEntry {
  NoteKind kind;
  absl::string_view name;
};

constexpr std::array kNoteKinds = {
    NoteKindEntry{NoteKind::kIncludes, "includes"},
    NoteKindEntry{NoteKind::kExcludes1, "excludes1"},
    NoteKindEntry{NoteKind::kExcludes2, "excludes2"},
    NoteKindEntry{NoteKind::kCodeFirst, "codeFirst"},
    NoteKindEntry{NoteKind::kCodeAlso, "codeAlso"},
    NoteKindEntry{NoteKind::kUseAdditionalCode, "useAdditionalCode"},
    NoteKindEntry{NoteKind::kNote, "notes"},
    NoteKindEntry{NoteKind::kInclusionTerm, "inclusionTerm"},
};

// Ranges are compared byte by byte, as the canonical form says. Tabular order is another
// order (C7A stands before C76, not between it and C80), but differs from it only within
// sections that hold categories, and those contain no sections.
bool Includes(const TabularSection& outer, const TabularSection& inner) {
  return outer.first() <= inner.first() && inner.last() <= outer.last();
}

bool Contains(const TabularSection& outer, const TabularSection& inner) {
  return outer.categories.empty() && Includes(outer, inner);
}

// Whether `a` lies closer around a common inner section than `b` does.
bool IsNarrower(const TabularSection& a, const TabularSection& b) {
  if (a.first() != b.first()) return a.first() > b.first();
  return a.last() < b.last();
}

}  // namespace

absl::string_view FacetGroupName(FacetGroup group) {
  switch (group) {
    case FacetGroup::kOrder:
      return "order";
    case FacetGroup::kTabular:
      return "tabular";
    case FacetGroup::kPoa:
      return "poa";
    case FacetGroup::kConversion:
      return "conversion";
  }
  return "";
}

absl::string_view NoteKindName(NoteKind kind) {
  for (const NoteKindEntry& entry : kNoteKinds) {
    if (entry.kind == kind) return entry.name;
  }
  return "";
}

std::optional<NoteKind> NoteKindFromName(absl::string_view name) {
  for (const NoteKindEntry& entry : kNoteKinds) {
    if (entry.name == name) return entry.kind;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> LinkSections(TabularChapter& chapter) {
  std::vector<std::pair<std::string, std::string>> overlaps;
  std::vector<TabularSection>& sections = chapter.sections;
  for (size_t i = 0; i < sections.size(); ++i) {
    TabularSection& section = sections[i];
    section.parent = -1;
    for (size_t j = 0; j < sections.size(); ++j) {
      const TabularSection& other = sections[j];
      if (other.id == section.id) continue;
      if (Contains(other, section)) {
        if (section.parent < 0 || IsNarrower(other, sections[section.parent])) {
          section.parent = static_cast<int>(j);
        }
      } else if (i < j && !Includes(other, section) && !Includes(section, other) &&
                 section.first() <= other.last() && other.first() <= section.last()) {
        overlaps.emplace_back(section.id, other.id);
      }
    }
  }
  return overlaps;
}

}  // namespace codeset::model
