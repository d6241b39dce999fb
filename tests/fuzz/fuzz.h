// What the fuzz targets have in common: how they tell a finding, and what every error must have.
//
//   extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
//     const absl::string_view text = fuzz::TextOf(data, size);
//     const auto facts = source::ParseOrderFile("a.txt", text);
//     if (!facts.ok()) return fuzz::ExpectFileError(facts.status(), "a.txt", text, {…});
//     fuzz::Expect(Write(*facts) == text, "what was read is written otherwise");
//     return 0;
//   }
//
// Thread-safe: free functions.
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/model/canonical.h"
#include "storage/model/error.h"
#include "storage/model/release.h"

namespace codeset::fuzz {

inline absl::string_view TextOf(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the process, saying what does not hold: libFuzzer keeps the input then.
[[noreturn]] void Fail(absl::string_view what, absl::string_view detail);

// Fails where `holds` is false.
inline void Expect(bool holds, absl::string_view what, absl::string_view detail = "") {
  if (!holds) Fail(what, detail);
}

// Fails unless the status is OK; `what` is what should have been.
void ExpectOk(const absl::Status& status, absl::string_view what);

// Fails unless an error has one of the reasons and says something, in UTF-8, on a line or a few,
// of bounded length. Returns 0, for the end of a target.
int ExpectError(const absl::Status& status, std::initializer_list<model::Reason> reasons);

// The same of an error about a place of the file `name`, which holds `text`: the file is named,
// and the line, if there is one, is a line of it.
int ExpectFileError(const absl::Status& status, absl::string_view name, absl::string_view text,
                    std::initializer_list<model::Reason> reasons);

// Fails unless the pages of a group, as they were encoded from what was read, are found to be its
// canonical form by those who get them from elsewhere.
void ExpectCanonical(model::FacetGroup group, const model::PageSet& set);

// The parts of an input that lines of `%%` separate, or lines that begin with `%% `, whose rest is
// then the part's name. The first part has no name, and is there always.
struct Part {
  std::string name;
  absl::string_view text;
};
std::vector<Part> SplitParts(absl::string_view input);

// Reads a message from protobuf's text format, without a word where the text is none: false then.
bool ReadTextFormat(absl::string_view text, google::protobuf::Message& message);

}  // namespace codeset::fuzz
