#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "storage/image/concept.h"
#include "storage/query/diff_messages.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::NodeIndex;

// What is counted, of all changes or of one chapter's.
class Counter {
 public:
  void Add(const Change& change, bool billable) {
    v1::ChangeCount& count = changes_[change.kind];
    count.set_kind(change.kind);
    count.set_count(count.count() + 1);
    if (billable) count.set_billable(count.billable() + 1);
    for (const NoteEdit& edit : change.note_edits) {
      const auto note_kind = static_cast<v1::NoteKind>(edit.note_kind);
      v1::NoteEditCount& edits = edits_[{note_kind, edit.kind}];
      edits.set_note_kind(note_kind);
      edits.set_kind(edit.kind);
      edits.set_count(edits.count() + 1);
    }
  }

  std::vector<v1::ChangeCount> changes() const {
    std::vector<v1::ChangeCount> result;
    for (const auto& [kind, count] : changes_) result.push_back(count);
    return result;
  }

  std::vector<v1::NoteEditCount> edits() const {
    std::vector<v1::NoteEditCount> result;
    for (const auto& [kinds, count] : edits_) result.push_back(count);
    return result;
  }

 private:
  std::map<v1::ChangeKind, v1::ChangeCount> changes_;
  std::map<std::pair<v1::NoteKind, v1::NoteEditKind>, v1::NoteEditCount> edits_;
};

bool IsBillable(const Image& from, const Image& to, const Change& change) {
  return change.after != kNoNode ? to.node(change.after).billable
                                 : from.node(change.before).billable;
}

// The key of the chapter that a concept is or lies in; empty if that is not known.
absl::string_view ChapterOf(const Image& image, NodeIndex node) {
  while (image.node(node).parent != kNoNode) node = image.node(node).parent;
  return image.node(node).kind == v1::CONCEPT_KIND_CHAPTER ? image.node(node).key : "";
}

// The chapters of an image, in tabular order.
std::vector<NodeIndex> ChaptersOf(const Image& image) {
  std::vector<NodeIndex> chapters;
  for (NodeIndex i = 0; i < image.nodes().size(); i = image.node(i).end) {
    if (image.node(i).kind == v1::CONCEPT_KIND_CHAPTER) chapters.push_back(i);
  }
  return chapters;
}

v1::ChapterChanges ToMessage(absl::string_view id, absl::string_view title,
                             const Counter& counter) {
  v1::ChapterChanges message;
  message.set_chapter_id(std::string(id));
  message.set_title(std::string(title));
  for (v1::ChangeCount& count : counter.changes()) *message.add_counts() = std::move(count);
  for (v1::NoteEditCount& count : counter.edits()) *message.add_note_edits() = std::move(count);
  return message;
}

}  // namespace

std::vector<v1::ChangeCount> CountChanges(const Image& from, const Image& to,
                                          const std::vector<Change>& changes) {
  Counter counter;
  for (const Change& change : changes) counter.Add(change, IsBillable(from, to, change));
  return counter.changes();
}

std::vector<v1::NoteEditCount> CountNoteEdits(const std::vector<Change>& changes) {
  Counter counter;
  for (const Change& change : changes) counter.Add(change, false);
  return counter.edits();
}

std::vector<v1::ChapterChanges> CountByChapter(const Image& from, const Image& to,
                                               const std::vector<Change>& changes) {
  absl::flat_hash_map<absl::string_view, Counter> by_chapter;
  for (const Change& change : changes) {
    const absl::string_view chapter =
        change.after != kNoNode ? ChapterOf(to, change.after) : ChapterOf(from, change.before);
    by_chapter[chapter].Add(change, IsBillable(from, to, change));
  }
  std::vector<v1::ChapterChanges> result;
  // What is taken out in the order of `to` is not there any more for that of `from`.
  for (const Image* image : {&to, &from}) {
    for (const NodeIndex chapter : ChaptersOf(*image)) {
      const auto it = by_chapter.find(image->node(chapter).key);
      if (it == by_chapter.end()) continue;
      result.push_back(ToMessage(it->first, image::TitleOf(*image, chapter), it->second));
      by_chapter.erase(it);
    }
  }
  if (const auto it = by_chapter.find(""); it != by_chapter.end()) {
    result.push_back(ToMessage("", "", it->second));
  }
  return result;
}

}  // namespace codeset::query
