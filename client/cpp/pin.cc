#include "client/cpp/pin.h"

#include <google/protobuf/util/json_util.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/selector.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

// Far more than a pin takes; a file beyond it is something else.
constexpr std::size_t kMaxPinBytes = 1 << 20;

absl::Status FileError(const std::string& path, absl::string_view verb) {
  return absl::ErrnoToStatus(errno == 0 ? EIO : errno, absl::StrCat("cannot ", verb, " ", path));
}

absl::Status FieldError(absl::string_view file, absl::string_view field, absl::string_view wrong) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", field, ": ", wrong));
}

absl::Status CheckPin(const v1::Pin& pin, absl::string_view name) {
  if (pin.release_id().empty()) return FieldError(name, "releaseId", "is missing");
  if (!IsReleaseId(pin.release_id())) {
    return FieldError(name, "releaseId",
                      absl::StrCat("'", pin.release_id(), "' is no release id, YYYY[-MM][.N]"));
  }
  if (pin.fingerprint().empty()) return FieldError(name, "fingerprint", "is missing");
  if (!IsFingerprint(pin.fingerprint())) {
    return FieldError(name, "fingerprint", "is not 64 hexadecimal digits");
  }
  for (int i = 0; i < pin.facet_groups_size(); ++i) {
    if (!IsFingerprint(pin.facet_groups(i).fingerprint())) {
      return FieldError(name, absl::StrCat("facetGroups[", i, "].fingerprint"),
                        "is not 64 hexadecimal digits");
    }
  }
  return absl::OkStatus();
}

}  // namespace

v1::Pin MakePin(const v1::ResolvedRelease& resolved, const v1::ReleaseSelector& asked,
                absl::Time now) {
  v1::Pin pin;
  pin.set_release_id(resolved.release_id());
  pin.set_fingerprint(resolved.fingerprint());
  *pin.mutable_facet_groups() = resolved.facet_groups();
  pin.set_effective_date(resolved.effective_date());
  *pin.mutable_asked() = asked;
  *pin.mutable_coverage() = resolved.coverage();
  pin.set_created_at(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone()));
  return pin;
}

v1::ReleaseSelector PinnedTo(const v1::Pin& pin) {
  return WithFingerprint(ById(pin.release_id()), pin.fingerprint());
}

std::string FormatPin(const v1::Pin& pin) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string text;
  // Fails only for messages with Any fields; a pin has none.
  if (!google::protobuf::util::MessageToJsonString(pin, &text, options).ok()) return "";
  if (!absl::EndsWith(text, "\n")) text += '\n';
  return text;
}

absl::StatusOr<v1::Pin> ParsePin(absl::string_view text, absl::string_view name) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  v1::Pin pin;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(text.data(), text.size()), &pin, options);
  if (!parsed.ok()) {
    const auto why = parsed.message();
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": is no pin file (protobuf JSON of codeset.v1.Pin): ",
                     absl::string_view(why.data(), why.size())));
  }
  RETURN_IF_ERROR(CheckPin(pin, name));
  return pin;
}

absl::StatusOr<v1::Pin> ReadPin(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return FileError(path, "read");
  std::string text(kMaxPinBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return FileError(path, "read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxPinBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is no pin file: larger than 1 MiB"));
  }
  return ParsePin(text, path);
}

absl::Status WritePin(const v1::Pin& pin, const std::string& path) {
  const std::string unfinished = absl::StrCat(path, ".unfinished");
  errno = 0;
  {
    std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
    out << FormatPin(pin) << std::flush;
    if (!out) {
      absl::Status error = FileError(path, "write");
      out.close();
      std::remove(unfinished.c_str());
      return error;
    }
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) {
    absl::Status error = FileError(path, "write");
    std::remove(unfinished.c_str());
    return error;
  }
  return absl::OkStatus();
}

std::vector<GroupComparison> CompareWithPin(const v1::Pin& pin,
                                            const v1::ResolvedRelease& resolved) {
  // By group: the pin's fingerprint and the release's.
  std::map<v1::FacetGroup, std::pair<std::string, std::string>> groups;
  for (const auto& item : pin.facet_groups()) groups[item.group()].first = item.fingerprint();
  for (const auto& item : resolved.facet_groups()) groups[item.group()].second = item.fingerprint();
  std::vector<GroupComparison> comparisons;
  groups.erase(v1::FACET_GROUP_UNSPECIFIED);  // one that is newer than this version
  for (const auto& [group, fingerprints] : groups) {
    const auto& [pinned, actual] = fingerprints;
    const GroupStanding standing = pinned.empty()   ? GroupStanding::kGained
                                   : actual.empty() ? GroupStanding::kLost
                                   : absl::EqualsIgnoreCase(pinned, actual)
                                       ? GroupStanding::kSame
                                       : GroupStanding::kDiffers;
    comparisons.push_back({group, standing});
  }
  return comparisons;
}

}  // namespace codeset::client
