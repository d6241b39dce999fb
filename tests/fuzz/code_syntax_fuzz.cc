// Texts that are to be codes, concepts, releases, days or labels: what is taken is taken again in
// its official spelling, and all that read codes agree.
#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/image/key_table.h"
#include "storage/model/concept_id.h"
#include "storage/model/date.h"
#include "storage/model/label.h"
#include "storage/model/release_id.h"
#include "storage/query/code_text.h"
#include "tests/fuzz/fuzz.h"

namespace codeset {
namespace {

using model::Reason;

void CheckCode(absl::string_view text) {
  const absl::StatusOr<std::string> code = model::ParseCode(text);
  const absl::StatusOr<std::string> key = model::ParseConceptKey(text);
  if (code.ok()) {
    fuzz::Expect(model::IsCode(*code), "what was read is no code", *code);
    fuzz::Expect(model::ParseCode(model::DottedCode(*code)) == code,
                 "the official spelling is read "
                 "otherwise",
                 *code);
    fuzz::Expect(key == code, "as a concept the code is another", *code);
  } else {
    fuzz::ExpectError(code.status(), {Reason::kConceptIdInvalid});
  }
  if (key.ok()) {
    fuzz::Expect(model::ParseConceptKey(model::FormatConceptKey(*key)) == key,
                 "the official spelling is read otherwise", *key);
    fuzz::Expect(image::PackKey(*key) != 0, "a key has no place in an image", *key);
  } else {
    fuzz::ExpectError(key.status(), {Reason::kConceptIdInvalid});
  }
}

void CheckCodeText(absl::string_view text) {
  const query::CodeText read = query::ReadCodeText(text);
  fuzz::Expect(read.key.empty() != read.faults.empty(), "neither a key nor a fault, or both");
  if (!read.key.empty()) {
    const absl::StatusOr<std::string> code = model::ParseCode(text);
    fuzz::Expect(code.ok() && *code == read.key, "what is well written is not read", read.key);
  }
  for (const v1::CodeFault& fault : read.faults) {
    fuzz::Expect(fault.kind() != v1::CODE_FAULT_KIND_UNSPECIFIED, "a fault of no kind");
  }
  std::set<std::string> once;
  for (const std::string& reading : read.readings) {
    fuzz::Expect(model::IsCode(reading), "a reading is no code", reading);
    fuzz::Expect(once.insert(reading).second, "a reading comes twice", reading);
  }
  if (const uint64_t plain = query::ReadPlainCode(text); plain != 0) {
    fuzz::Expect(image::PackKey(read.key) == plain, "the quick reading is another", read.key);
  }
}

void CheckOthers(absl::string_view text) {
  if (const auto id = model::ReleaseId::Parse(text); id.ok()) {
    const auto again = model::ReleaseId::Parse(id->ToString());
    fuzz::Expect(again.ok() && *again == *id, "an id is read otherwise", id->ToString());
    fuzz::Expect(id->ToString() == text, "an id has two spellings", id->ToString());
    fuzz::Expect(!model::CheckLabel(text).ok(), "an id is a label", text);
    model::ParseDate(model::FormatDate(id->DefaultEffectiveDate())).IgnoreError();
  } else {
    fuzz::ExpectError(id.status(), {Reason::kReleaseIdInvalid});
  }
  if (const auto date = model::ParseDate(text); date.ok()) {
    fuzz::Expect(model::FormatDate(*date) == text, "a day has two spellings", text);
  } else {
    fuzz::ExpectError(date.status(), {Reason::kArgumentInvalid});
  }
  if (const absl::Status label = model::CheckLabel(text); !label.ok()) {
    fuzz::ExpectError(label, {Reason::kLabelInvalid});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = fuzz::TextOf(data, size);
  CheckCode(text);
  CheckCodeText(text);
  CheckOthers(text);
  return 0;
}

}  // namespace codeset
