// Concepts as tables, blocks of text, JSON and CSV.
//
// Thread-safe: free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/codesetctl/table.h"
#include "client/cpp/client.h"
#include "codeset/v1/terminology.pb.h"

namespace codeset::ctl {

// Whether a concept's count of children is whole.
enum class Children { kAll, kAtLeast };

// What an answer holds: all concepts that meet a question, of which it says whether some may
// be missing, or concepts asked for one by one, of which that has no meaning.
enum class Answers { kList, kOneConcept };

// One concept in full, for people: a heading and a line a fact, below its own notes, or those
// that apply where the answer has them, wrapped to `columns` if that is given. Facts that the
// release does not know are said to be not known.
std::string FormatConcept(const v1::Concept& item, Children children = Children::kAll,
                          v1::ConceptView view = v1::CONCEPT_VIEW_FULL,
                          std::optional<int> columns = std::nullopt);

// Concepts in a table: id, kind, billable, title.
Table ConceptTable(const std::vector<v1::Concept>& concepts);

// The heading record of concepts as CSV; the EFFECTIVE view has more columns, at the end.
std::string ConceptCsvHeading(v1::ConceptView view = v1::CONCEPT_VIEW_BASIC);

// One concept as a CSV record; `header` fills the columns about the whole answer, of which
// `complete` is left empty for kOneConcept.
std::string ConceptCsv(const v1::Concept& item, const client::ConceptsHeader& header,
                       Answers answers = Answers::kList,
                       v1::ConceptView view = v1::CONCEPT_VIEW_BASIC);

// The CSV record of an id that has no concept, with the reason as its outcome.
std::string FailureCsv(const v1::ConceptFailure& failure, const client::ConceptsHeader& header,
                       v1::ConceptView view = v1::CONCEPT_VIEW_BASIC);

// The members of a JSON line that say which release answered; constant for an answer, so
// made once.
struct AnswerJson {
  explicit AnswerJson(const client::ConceptsHeader& header);

  // The line of one concept: {"release":…,"complete":…,"concept":…}.
  std::string Line(const v1::Concept& item) const;
  // The line of an answer without concepts: {"release":…,"complete":…,"totalSize":0}.
  std::string EmptyLine() const;

  std::string release;
  bool complete;
};

}  // namespace codeset::ctl
