// Turns the tree of a tabular list's XML into a Tabular. Used by tabular_xml.h alone.
//
// Not thread-safe: a reader gathers findings while it reads.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/release.h"
#include "storage/source/disagreement.h"
#include "storage/source/tabular_xml.h"
#include "storage/source/xml_document.h"

namespace codeset::source {

// Reads one document; see ParseTabularXml for what it refuses.
class TabularReader {
 public:
  // `xml` must outlive the reader.
  explicit TabularReader(const XmlDocument& xml) : xml_(xml) {}

  absl::StatusOr<TabularDocument> Read();

 private:
  absl::StatusOr<model::TabularChapter> ReadChapter(pugi::xml_node node);
  absl::StatusOr<model::TabularSection> ReadSection(pugi::xml_node node);
  // Adds a diag and all below it to `category`.
  absl::Status ReadDiag(pugi::xml_node node, absl::string_view parent,
                        model::TabularCategory& category);
  absl::StatusOr<std::string> ReadCode(pugi::xml_node node, absl::string_view parent,
                                       const model::TabularCategory& category);

  // The facts on a chapter, section or diag.
  absl::StatusOr<model::TabularFacts> ReadFacts(pugi::xml_node node, absl::string_view id);
  absl::StatusOr<std::vector<std::string>> ReadNotes(pugi::xml_node container,
                                                     absl::string_view id);
  absl::Status ReadSeventhCharacters(pugi::xml_node node, absl::string_view id,
                                     model::SeventhCharacters& seventh);

  // The text of the only child element of that name; an error unless there is one, and
  // it is not empty.
  absl::StatusOr<std::string> OnlyText(pugi::xml_node node, const char* name);
  // Refuses an id that has come before.
  absl::Status CheckNew(pugi::xml_node node, absl::string_view what, absl::string_view id);
  // Holds a chapter's sectionIndex against its sections.
  absl::Status CheckIndex(pugi::xml_node node, const model::TabularChapter& chapter);
  void CheckPlaces(const model::TabularSection& section);

  const XmlDocument& xml_;
  // The lines of ids that have come: chapters, sections, codes.
  absl::flat_hash_map<std::string, int> lines_;
  DisagreementList findings_;
};

}  // namespace codeset::source
