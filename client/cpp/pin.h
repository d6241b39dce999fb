// Pins: a release held fast in a small file, so that the same answers are given years later.
//
//   absl::StatusOr<v1::Pin> pin = client::ReadPin("codeset.lock");
//   if (!pin.ok()) return pin.status();
//   client::ClientOptions options;
//   options.pin = *pin;  // requests that name no release ask this one, and nothing else
//   client::Client client(client::MakeConnection("127.0.0.1:7460"), options);
//
// A pin file is one object of protobuf JSON, codeset.v1.Pin; `codesetctl pin` writes one.
// Where the server does not serve that very release, calls end with FINGERPRINT_MISMATCH or
// RELEASE_NOT_FOUND, and CompareWithPin tells which parts of it are others.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "codeset/v1/selector.pb.h"

namespace codeset::client {

// The pin of the release that `asked` was resolved to, made at `now`.
v1::Pin MakePin(const v1::ResolvedRelease& resolved, const v1::ReleaseSelector& asked,
                absl::Time now);

// What a pinned call asks: the pin's release, asserting its fingerprint.
v1::ReleaseSelector PinnedTo(const v1::Pin& pin);

// The text of a pin file, for people too; ends with a line end.
std::string FormatPin(const v1::Pin& pin);

// The pin that a file's text holds; `name` names the file in errors. INVALID_ARGUMENT, naming
// file and field, for what is no protobuf JSON of a Pin, and where release id or fingerprint
// is missing or malformed. Members that this version does not know are passed over: what a
// pin asserts is in the two.
absl::StatusOr<v1::Pin> ParsePin(absl::string_view text, absl::string_view name);

// The pin in the file at `path`. Beyond the errors of ParsePin: the local one if the file
// cannot be read (NOT_FOUND, PERMISSION_DENIED, …).
absl::StatusOr<v1::Pin> ReadPin(const std::string& path);

// Writes a pin file, whole or not at all.
absl::Status WritePin(const v1::Pin& pin, const std::string& path);

// How a facet group of a release stands to a pin.
enum class GroupStanding { kSame, kDiffers, kGained, kLost };

// One group's standing.
struct GroupComparison {
  v1::FacetGroup group = v1::FACET_GROUP_UNSPECIFIED;
  GroupStanding standing = GroupStanding::kSame;

  friend bool operator==(const GroupComparison&, const GroupComparison&) = default;
};

// Each group that the pin or the release has, by number: why the whole no longer fits.
std::vector<GroupComparison> CompareWithPin(const v1::Pin& pin,
                                            const v1::ResolvedRelease& resolved);

}  // namespace codeset::client
