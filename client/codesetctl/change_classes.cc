#include "client/codesetctl/change_classes.h"

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"

namespace codeset::ctl {
namespace {

ChangeClass OfKind(const char* name, v1::ChangeKind kind, v1::Facet facet) {
  return {name, kind, v1::NOTE_EDIT_KIND_UNSPECIFIED, facet};
}
ChangeClass OfNotes(const char* name, v1::NoteEditKind edit) {
  return {name, v1::CHANGE_KIND_UNSPECIFIED, edit, v1::FACET_NOTES};
}

}  // namespace

const std::vector<ChangeClass>& ChangeClasses() {
  static const auto& classes = *new std::vector<ChangeClass>{
      OfKind("added", v1::CHANGE_KIND_ADDED, v1::FACET_EXISTENCE),
      OfKind("deleted", v1::CHANGE_KIND_DELETED, v1::FACET_EXISTENCE),
      OfKind("became-billable", v1::CHANGE_KIND_BECAME_BILLABLE, v1::FACET_BILLABLE),
      OfKind("became-header", v1::CHANGE_KIND_BECAME_HEADER, v1::FACET_BILLABLE),
      OfKind("title-changed", v1::CHANGE_KIND_TITLE_CHANGED, v1::FACET_TITLE),
      OfKind("short-title-changed", v1::CHANGE_KIND_SHORT_TITLE_CHANGED, v1::FACET_SHORT_TITLE),
      OfKind("moved", v1::CHANGE_KIND_MOVED, v1::FACET_PARENT),
      OfKind("notes-changed", v1::CHANGE_KIND_NOTES_CHANGED, v1::FACET_NOTES),
      OfNotes("notes-added", v1::NOTE_EDIT_KIND_ADDED),
      OfNotes("notes-removed", v1::NOTE_EDIT_KIND_REMOVED),
      OfNotes("notes-reworded", v1::NOTE_EDIT_KIND_REWORDED),
      OfNotes("notes-rearranged", v1::NOTE_EDIT_KIND_REARRANGED),
      OfKind("seventh-characters-changed", v1::CHANGE_KIND_SEVENTH_CHARACTERS_CHANGED,
             v1::FACET_SEVENTH_CHARACTERS),
      OfKind("tabular-other-changed", v1::CHANGE_KIND_TABULAR_OTHER_CHANGED,
             v1::FACET_TABULAR_OTHER),
      OfKind("poa-exemption-changed", v1::CHANGE_KIND_POA_EXEMPTION_CHANGED,
             v1::FACET_POA_EXEMPTION),
  };
  return classes;
}

const ChangeClass* FindChangeClass(absl::string_view name) {
  for (const ChangeClass& item : ChangeClasses()) {
    if (absl::EqualsIgnoreCase(item.name, name)) return &item;
  }
  return nullptr;
}

std::string ChangeClassNames() {
  return absl::StrJoin(ChangeClasses(), ", ",
                       [](std::string* out, const ChangeClass& item) { out->append(item.name); });
}

}  // namespace codeset::ctl
