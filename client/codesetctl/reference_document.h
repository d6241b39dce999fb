// Reads one document of an import: protobuf JSON of codeset.v1.Reference.
//
// Thread-safe: free functions.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/codesetctl/json_documents.h"
#include "codeset/v1/reference.pb.h"

namespace codeset::ctl {

// The page that `document` of the file `name` holds. INVALID_ARGUMENT,
// `file:line: document N: field: reason`, for broken JSON, fields that a page does not have,
// values of another type, and what is longer than reference.proto allows. The line is that of the
// field where it can be told, else that on which the document begins.
absl::StatusOr<v1::Reference> ReadReference(const JsonDocument& document, absl::string_view name);

// A field and what is wrong with it.
struct WrongField {
  // Its path, `documentation_tips.items[0].text`; empty for the document as a whole.
  std::string path;
  std::string why;
};

// The first field that is longer, or has more items, than reference.proto allows; nothing if none
// is. The server looks at the rest.
std::optional<WrongField> FindTooLong(const v1::Reference& reference);

// The line, within a document, of the member that `path` names, in either spelling of its names,
// or of the nearest around it that is there; from 0.
int LineOfField(absl::string_view text, absl::string_view path);

}  // namespace codeset::ctl
