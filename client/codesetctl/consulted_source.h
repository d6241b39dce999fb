// Sources that a verifier consulted, as the command line names them.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "codeset/v1/verification.pb.h"

namespace codeset::ctl {

// `SERIES@EDITION` with an optional `|TITLE`: an edition of the tabular list (`tabular-list`,
// `tabular`), of the guidelines, or of a publication's series. `TITLE` with an optional `|URL`: a
// web page where there is an address, else another source. A word that is an address itself is a
// web page of that title.
v1::ConsultedSource ReadConsulted(const std::string& word);

}  // namespace codeset::ctl
