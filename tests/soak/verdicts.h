// What texts come to that are to be validated: of texts of which it is plain what they must be.
//
// Thread-safe: free functions.
#pragma once

#include <set>
#include <string>

#include "codeset/v1/validation.pb.h"
#include "tests/soak/facts.h"
#include "tests/soak/soak.h"

namespace codeset::soak {

// The outcomes that a text may have in a release, over the worlds that a call may have met. `code`
// is the code in the official spelling, or empty where the text is none. Empty where it is not
// plain: where rules of 7th characters come in.
std::set<v1::ValidationOutcome> OutcomesOf(const Soak& soak, const ReleaseFacts& release,
                                           const std::string& code,
                                           const std::vector<World>& worlds);

// What differs in a result whose outcome is one of those.
std::string DifferenceOf(const ReleaseFacts& release, const std::string& code,
                         const std::set<v1::ValidationOutcome>& expected,
                         const v1::CodeValidation& actual);

}  // namespace codeset::soak
