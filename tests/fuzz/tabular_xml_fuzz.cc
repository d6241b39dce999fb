// Tabular lists: what was read is written again and read equal, and has a canonical form.
#include <algorithm>
#include <string>

#include "storage/source/tabular_xml.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tabular_writer.h"

namespace codeset {
namespace {

constexpr char kName[] = "tabular.xml";

bool Same(const model::Diag& a, const model::Diag& b) {
  return a.code == b.code && a.placeholder == b.placeholder && a.title == b.title &&
         a.facts == b.facts && a.xml_parent == b.xml_parent;
}

bool Same(const model::TabularCategory& a, const model::TabularCategory& b);
bool Same(const model::TabularSection& a, const model::TabularSection& b);
bool Same(const model::TabularChapter& a, const model::TabularChapter& b);

template <typename T>
bool AllSame(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& x, const T& y) { return Same(x, y); });
}

bool Same(const model::TabularCategory& a, const model::TabularCategory& b) {
  return a.code == b.code && AllSame(a.diags, b.diags);
}

bool Same(const model::TabularSection& a, const model::TabularSection& b) {
  return a.id == b.id && a.title == b.title && a.facts == b.facts && a.parent == b.parent &&
         AllSame(a.categories, b.categories);
}

bool Same(const model::TabularChapter& a, const model::TabularChapter& b) {
  return a.id == b.id && a.title == b.title && a.facts == b.facts &&
         AllSame(a.sections, b.sections);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = fuzz::TextOf(data, size);
  const absl::StatusOr<source::TabularDocument> document =
      source::ParseTabularXml(kName, std::string(text));
  if (!document.ok()) {
    return fuzz::ExpectFileError(document.status(), kName, text, {model::Reason::kSourceMalformed});
  }
  const std::string written = fuzz::WriteTabularXml(document->tabular, document->version);
  const absl::StatusOr<source::TabularDocument> again = source::ParseTabularXml(kName, written);
  if (!again.ok()) fuzz::Fail("what was written of a list is refused", again.status().ToString());
  fuzz::Expect(again->version == document->version &&
                   AllSame(again->tabular.chapters, document->tabular.chapters),
               "a list is read otherwise when written again", written);
  fuzz::ExpectCanonical(model::FacetGroup::kTabular, model::EncodeTabular(document->tabular));
  return 0;
}

}  // namespace codeset
