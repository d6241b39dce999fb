// Which elements and attributes a tabular list may have where, as every published file
// has them. The publisher's schema allows a few more, which no file uses; what they
// would mean is not known, and so they are refused.
//
// Thread-safe: free functions.
#pragma once

#include "absl/status/status.h"
#include "storage/source/xml_document.h"

namespace codeset::source {

// SOURCE_MALFORMED if `element` has an attribute, a child or text that it may not have,
// with the line. Looks no deeper.
absl::Status CheckElement(const XmlDocument& xml, pugi::xml_node element);

}  // namespace codeset::source
