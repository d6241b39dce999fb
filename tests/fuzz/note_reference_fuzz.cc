// References in the words of notes: places within the text and in order, codes that are codes, and
// nothing without a dot where no category is known.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "storage/model/note_reference.h"
#include "tests/fuzz/fuzz.h"

namespace codeset {
namespace {

using model::NoteReference;
using model::NoteReferenceKind;

// A release that has the categories of half the letters.
bool IsCategory(absl::string_view key) {
  return key.size() == model::kCategoryLength && model::IsCode(key) && key[0] <= 'M';
}

void CheckReference(const NoteReference& reference, absl::string_view text) {
  fuzz::Expect(reference.begin < reference.end && reference.end <= text.size(),
               "words lie out of the text");
  fuzz::Expect(model::IsCode(reference.first), "a reference names no code", reference.first);
  // A pattern may narrow a range.
  fuzz::Expect(reference.kind != NoteReferenceKind::kRange || !reference.last.empty(),
               "a range has no end");
  fuzz::Expect(reference.kind != NoteReferenceKind::kSubtree || reference.last.empty(),
               "what is no range has an end");
  fuzz::Expect(reference.last.empty() || model::IsCode(reference.last), "a range ends in no code",
               reference.last);
  fuzz::Expect(reference.kind == NoteReferenceKind::kPattern || reference.conditions.empty(),
               "conditions of what is no pattern");
  for (const model::CharacterCondition& condition : reference.conditions) {
    fuzz::Expect(!condition.positions.empty() && !condition.characters.empty(),
                 "a condition asks for nothing");
    for (const int position : condition.positions) {
      fuzz::Expect(position >= 1 && position <= static_cast<int>(model::kMaxCodeLength),
                   "a condition asks for a place that no code has", absl::StrCat(position));
    }
    model::Meets(reference.first, condition);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = fuzz::TextOf(data, size);
  const model::NoteReferences found = model::ReadNoteReferences(text, IsCategory);
  size_t last = 0;
  for (const NoteReference& reference : found.read) {
    CheckReference(reference, text);
    fuzz::Expect(reference.begin >= last, "references are not in the order of the words");
    last = reference.begin;
  }
  last = 0;
  for (const model::UnreadWords& words : found.unread) {
    fuzz::Expect(words.begin < words.end && words.end <= text.size() && words.begin >= last,
                 "unread words lie out of the text, or are not in order");
    last = words.begin;
  }
  const model::NoteReferences none =
      model::ReadNoteReferences(text, [](absl::string_view) { return false; });
  for (const NoteReference& reference : none.read) {
    CheckReference(reference, text);
    fuzz::Expect(absl::StrContains(text.substr(0, reference.end), '.'),
                 "words without a dot name a code where there is no category");
  }
  return 0;
}

}  // namespace codeset
