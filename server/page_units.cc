#include "server/page_units.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace codeset::server {
namespace {

template <typename Message>
model::Digest DigestOfMessage(const Message& message) {
  // Without maps and unknown fields the encoding is the same each time.
  return model::DigestOf(message.SerializeAsString());
}

void AddBlock(v1::ReferenceSection section, const v1::TextBlock& block, PageUnits& units) {
  units[{section, ""}] = DigestOfMessage(block);
}

template <typename Section>
void AddSection(v1::ReferenceSection which, const Section& section, PageUnits& units) {
  std::string own;
  for (const auto& item : section.items()) {
    // An id has no line break.
    absl::StrAppend(&own, item.id(), "\n");
    units[{which, item.id()}] = DigestOfMessage(item);
  }
  absl::StrAppend(&own, "\n", section.provenance().SerializeAsString());
  units[{which, ""}] = model::DigestOf(own);
}

}  // namespace

PageUnits UnitsOf(const v1::Reference& page) {
  PageUnits units;
  if (page.has_summary()) AddBlock(v1::REFERENCE_SECTION_SUMMARY, page.summary(), units);
  if (page.has_body_region()) {
    AddBlock(v1::REFERENCE_SECTION_BODY_REGION, page.body_region(), units);
  }
  if (page.has_documentation_tips()) {
    AddSection(v1::REFERENCE_SECTION_DOCUMENTATION_TIPS, page.documentation_tips(), units);
  }
  if (page.has_common_pitfalls()) {
    AddSection(v1::REFERENCE_SECTION_COMMON_PITFALLS, page.common_pitfalls(), units);
  }
  if (page.has_clinical_context()) {
    AddSection(v1::REFERENCE_SECTION_CLINICAL_CONTEXT, page.clinical_context(), units);
  }
  if (page.has_questions()) AddSection(v1::REFERENCE_SECTION_QUESTIONS, page.questions(), units);
  if (page.has_capture_prompts()) {
    AddSection(v1::REFERENCE_SECTION_CAPTURE_PROMPTS, page.capture_prompts(), units);
  }
  if (page.has_related_procedures()) {
    AddSection(v1::REFERENCE_SECTION_RELATED_PROCEDURES, page.related_procedures(), units);
  }
  std::string sources;
  for (const v1::Source& source : page.sources()) {
    absl::StrAppend(&sources, source.ByteSizeLong(), " ", source.SerializeAsString());
  }
  // There is always a list, be it empty: a page from which all sources were taken is another.
  units[{v1::REFERENCE_SECTION_SOURCES, ""}] = model::DigestOf(sources);
  return units;
}

bool Covers(const v1::VerificationScope& scope, const PageUnit& unit) {
  if (IsWhole(scope)) return true;
  if (std::find(scope.sections().begin(), scope.sections().end(), unit.first) !=
      scope.sections().end()) {
    return true;
  }
  return !unit.second.empty() && std::find(scope.item_ids().begin(), scope.item_ids().end(),
                                           unit.second) != scope.item_ids().end();
}

void AddUnit(const PageUnit& unit, v1::TextChange& change) {
  if (unit.second.empty()) {
    change.add_sections(unit.first);
  } else {
    change.add_item_ids(unit.second);
  }
}

}  // namespace codeset::server
