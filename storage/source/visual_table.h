// The XML of the table of visual impairment, and text of elements.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/model/release.h"
#include "storage/source/xml_document.h"

namespace codeset::source {

// The text of an element in the canonical form.
std::string TextOf(pugi::xml_node element);

// The rows of a `<visualImpairment>`. SOURCE_MALFORMED where an element is unknown, comes
// twice or out of order.
absl::StatusOr<std::vector<model::VisualCategory>> ReadVisualTable(const XmlDocument& xml,
                                                                   pugi::xml_node table);

}  // namespace codeset::source
