#include "client/cpp/selector.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace codeset::client {

v1::ReleaseSelector ById(absl::string_view id) {
  v1::ReleaseSelector selector;
  selector.set_release(std::string(id));
  return selector;
}

v1::ReleaseSelector OnDate(absl::string_view date, Staleness staleness) {
  v1::ReleaseSelector selector;
  selector.set_date(std::string(date));
  selector.set_allow_stale(staleness == Staleness::kAllow);
  return selector;
}

v1::ReleaseSelector Current() { return ById("current"); }

v1::ReleaseSelector Next() { return ById("next"); }

v1::ReleaseSelector WithFingerprint(v1::ReleaseSelector selector, absl::string_view fingerprint) {
  selector.set_fingerprint(std::string(fingerprint));
  return selector;
}

bool IsReleaseId(absl::string_view text) {
  const auto take_digits = [&text](std::size_t least, std::size_t most) {
    std::size_t count = 0;
    while (count < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[count]))) {
      ++count;
    }
    text.remove_prefix(count);
    return count >= least && count <= most;
  };
  if (!take_digits(4, 4)) return false;
  if (absl::ConsumePrefix(&text, "-") && !take_digits(2, 2)) return false;
  // More digits than the server takes are no id there, but no label either.
  if (absl::ConsumePrefix(&text, ".") && !take_digits(1, text.size())) return false;
  return text.empty();
}

bool IsFingerprint(absl::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c));
         });
}

}  // namespace codeset::client
