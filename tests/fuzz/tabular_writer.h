// Writes a tabular list as XML, so that what a reader made of a file can be read again.
//
// Thread-safe: a free function.
#pragma once

#include <string>

#include "storage/model/release.h"

namespace codeset::fuzz {

// The XML of a tabular list, with `version` as its `<version>`.
std::string WriteTabularXml(const model::Tabular& tabular, const std::string& version);

}  // namespace codeset::fuzz
