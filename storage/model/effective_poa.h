// The digest of whether a code is exempt from present-on-admission reporting: the POA group of
// what applies to it (storage/FORMAT.md, "Effective digests"). It is apart from the other groups
// because a list can be on loan: what a verifier saw is then read back from the digest.
//
// Thread-safe: a free function.
#pragma once

#include "absl/strings/string_view.h"
#include "storage/model/digest.h"

namespace codeset::model {

// The digest of a code (undotted).
Digest EffectivePoaDigest(absl::string_view code, bool exempt);

}  // namespace codeset::model
