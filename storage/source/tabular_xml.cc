#include "storage/source/tabular_xml.h"

#include <memory>
#include <utility>

#include "storage/model/status_macros.h"
#include "storage/source/tabular_reader.h"
#include "storage/source/xml_document.h"

namespace codeset::source {

absl::StatusOr<TabularDocument> ParseTabularXml(std::string name, std::string bytes) {
  ASSIGN_OR_RETURN(const std::unique_ptr<XmlDocument> xml,
                   XmlDocument::Parse(std::move(name), std::move(bytes)));
  return TabularReader(*xml).Read();
}

}  // namespace codeset::source
