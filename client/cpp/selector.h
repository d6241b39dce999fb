// Ways to name the release that is to answer.
//
//   client.GetConcept(client::ById("2026"), "M99.86");
//   client.GetConcept(client::OnDate("2025-11-15"), "M99.86");
//   client.GetConcept(client::WithFingerprint(client::ById("2026"), fingerprint), "M99.86");
//
// Thread-safe: free functions that return values. proto/codeset/v1/selector.proto
// says how the server resolves a selector.
#pragma once

#include "absl/strings/string_view.h"
#include "codeset/v1/selector.pb.h"

namespace codeset::client {

// Whether a date may be answered from an older release than governs it.
enum class Staleness { kRefuse, kAllow };

// The release with this id, grammar `YYYY[-MM][.N]`, or with this label.
v1::ReleaseSelector ById(absl::string_view id);

// The release that governs a claim of this date, `YYYY-MM-DD`: discharge or through
// date of an inpatient stay, date of service otherwise.
v1::ReleaseSelector OnDate(absl::string_view date, Staleness staleness = Staleness::kRefuse);

// The newest loaded release in force today, America/New_York.
v1::ReleaseSelector Current();

// The first loaded release that is not yet in force.
v1::ReleaseSelector Next();

// `selector`, asserting that the release it names has this fingerprint, 64 hexadecimal
// digits: a call ends with FAILED_PRECONDITION (FINGERPRINT_MISMATCH) where it has not.
v1::ReleaseSelector WithFingerprint(v1::ReleaseSelector selector, absl::string_view fingerprint);

// Whether a text is a release id by the grammar `YYYY[-MM][.N]`; labels never are.
bool IsReleaseId(absl::string_view text);

// Whether a text has the form of a fingerprint: 64 hexadecimal digits.
bool IsFingerprint(absl::string_view text);

}  // namespace codeset::client
