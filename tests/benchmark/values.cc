#include "tests/benchmark/values.h"

#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/io/zero_copy_stream_impl.h"
#include "google/protobuf/util/delimited_message_util.h"

namespace codeset::bench {

absl::StatusOr<std::vector<v1::Concept>> ReadValues(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  google::protobuf::io::IstreamInputStream stream(&file);
  std::vector<v1::Concept> concepts;
  bool at_end = false;
  while (!at_end) {
    v1::Concept read;
    if (google::protobuf::util::ParseDelimitedFromZeroCopyStream(&read, &stream, &at_end)) {
      concepts.push_back(std::move(read));
    } else if (!at_end) {
      return absl::DataLossError(absl::StrCat(path, " has no concept where one begins"));
    }
  }
  if (concepts.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no concepts in ", path, "; write it with: load_generator values"));
  }
  return concepts;
}

absl::Status WriteValues(const std::string& path, const std::vector<v1::Concept>& concepts) {
  std::ofstream file(path, std::ios::binary);
  for (const v1::Concept& value : concepts) {
    google::protobuf::util::SerializeDelimitedToOstream(value, &file);
  }
  file.flush();
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

KnownCodes::KnownCodes(const std::vector<v1::Concept>& concepts) {
  for (const v1::Concept& value : concepts) {
    if (!value.has_order_number()) continue;
    existing.insert(value.id());
    all.push_back(value.id());
    if (value.billable()) billable.push_back(value.id());
  }
}

std::string CodeSource::Unknown() {
  constexpr absl::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", kDigits = "0123456789";
  while (true) {
    std::string code = {kLetters[Below(kLetters.size())], kDigits[Below(10)], kDigits[Below(10)]};
    const uint64_t more = Below(5);
    if (more > 0) code.push_back('.');
    for (uint64_t i = 0; i < more; ++i) code.push_back(kDigits[Below(10)]);
    if (!known_.existing.contains(code)) return code;
  }
}

std::string CodeSource::Next() {
  return unknown_(random_) ? Unknown() : codes_[Below(codes_.size())];
}

}  // namespace codeset::bench
