// The id that an event of the ledger gets where nobody gives it one.
//
// Thread-safe: a free function.
#pragma once

#include <string>

#include "codeset/v1/verification.pb.h"

namespace codeset::ctl {

// `CODE/r1/2026-05-08/` and 16 hexadecimal digits over code, revision, day, verifier, scope (in
// whatever order it was typed), outcome, corrected revision and the event that this one corrects:
// the same for the same of these, so that recording them twice records them once.
std::string MakeEventId(const v1::NewVerification& event);

}  // namespace codeset::ctl
