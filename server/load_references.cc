#include "server/load_references.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "storage/model/concept_id.h"
#include "storage/model/note_reference.h"

namespace codeset::server {
namespace {

// Reads notes one concept after another.
class Reader {
 public:
  explicit Reader(const model::OrderFacts& order) {
    for (const model::OrderRow& row : order.rows) categories_.insert(model::CategoryOf(row.code));
  }

  void Read(absl::string_view key, const model::TabularFacts& facts) {
    for (const model::Note& note : facts.notes) {
      for (const model::NoteGroup& group : note.groups) {
        if (group.heading.has_value()) Read(key, *group.heading);
        for (const std::string& item : group.items) Read(key, item);
      }
    }
  }

  v1::LoadReport& report() { return report_; }

 private:
  void Read(absl::string_view key, const std::string& text) {
    const model::NoteReferences found = model::ReadNoteReferences(
        text, [&](absl::string_view category) { return categories_.contains(category); });
    report_.set_read_reference_count(report_.read_reference_count() +
                                     static_cast<int>(found.read.size()));
    report_.set_unread_reference_count(report_.unread_reference_count() +
                                       static_cast<int>(found.unread.size()));
    for (const model::UnreadWords& words : found.unread) {
      if (report_.unread_references_size() == kMaxUnreadReferences) return;
      v1::UnreadReference* unread = report_.add_unread_references();
      unread->set_concept_id(model::FormatConceptKey(key));
      unread->set_text(text);
      unread->set_words(text.substr(words.begin, words.end - words.begin));
    }
  }

  absl::flat_hash_set<absl::string_view> categories_;
  v1::LoadReport report_;
};

}  // namespace

v1::LoadReport ReportReferences(const model::OrderFacts& order, const model::Tabular& tabular) {
  Reader reader(order);
  for (const model::TabularChapter& chapter : tabular.chapters) {
    reader.Read(chapter.id, chapter.facts);
    for (const model::TabularSection& section : chapter.sections) {
      reader.Read(section.id, section.facts);
      for (const model::TabularCategory& category : section.categories) {
        for (const model::Diag& diag : category.diags) reader.Read(diag.code, diag.facts);
      }
    }
  }
  return std::move(reader.report());
}

}  // namespace codeset::server
