#include "storage/model/label.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/release_id.h"
#include "storage/model/text.h"

namespace codeset::model {

absl::Status CheckLabel(absl::string_view text) {
  const auto invalid = [&](absl::string_view why) {
    return MakeError(Reason::kLabelInvalid, absl::StrCat(Quoted(text), " can be no label: ", why));
  };
  if (text.empty()) return invalid("it is empty");
  if (text == "current" || text == "next") {
    return invalid("the server computes what it names, so that it is never set");
  }
  if (ReleaseId::LooksLikeId(text)) {
    return invalid("it looks like a release id; begin with a letter");
  }
  if (text.size() > kMaxLabelLength) {
    return invalid(absl::StrCat("it has ", text.size(), " bytes, and the most is 63"));
  }
  if (!absl::ascii_islower(static_cast<unsigned char>(text[0]))) {
    return invalid("it begins with another character than a-z");
  }
  for (const char c : text) {
    if (absl::ascii_islower(static_cast<unsigned char>(c)) ||
        absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.') {
      continue;
    }
    return invalid("it has another character than a-z, 0-9, -, _ and .");
  }
  return absl::OkStatus();
}

}  // namespace codeset::model
