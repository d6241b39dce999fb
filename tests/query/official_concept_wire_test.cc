// The bytes that answers are made of, held against the messages that they stand for: every concept
// of published releases, in every view.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "codeset/v1/terminology.pb.h"
#include "storage/query/concept_view.h"
#include "storage/query/concept_wire.h"
#include "tests/query/official_images.h"

namespace codeset::query {
namespace {

using image::Image;
using image::NodeIndex;

void ExpectBytesAreTheMessages(const Image& image, v1::ConceptView view) {
  const ConceptWire wire(image, view);
  std::string bytes;
  for (NodeIndex node = 0; node < image.nodes().size(); ++node) {
    v1::GetConceptResponse expected;
    *expected.mutable_found() = ViewConcept(image, node, view);
    bytes.clear();
    wire.AppendField(v1::GetConceptResponse::kFoundFieldNumber, node, bytes);
    ASSERT_EQ(bytes, expected.SerializeAsString()) << image.node(node).key;
    v1::GetConceptResponse parsed;
    ASSERT_TRUE(parsed.ParseFromString(bytes)) << image.node(node).key;
    ASSERT_EQ(parsed.SerializeAsString(), bytes) << image.node(node).key;
  }
}

// 2013 lacks rows, 2017 and 2023 have tabular lists and share pages of them, 2022-04 and 2027 have
// chapters on loan, 2027 has no list of POA-exempt codes.
TEST(OfficialConceptWireTest, EveryConceptInEveryView) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const OfficialImages official(releases, {"2013", "2017", "2022-04", "2023", "2027"});
  for (const auto& image : official.images()) {
    for (const v1::ConceptView view :
         {v1::CONCEPT_VIEW_BASIC, v1::CONCEPT_VIEW_FULL, v1::CONCEPT_VIEW_EFFECTIVE}) {
      SCOPED_TRACE(absl::StrCat(image->release_id(), " ", v1::ConceptView_Name(view)));
      ASSERT_NO_FATAL_FAILURE(ExpectBytesAreTheMessages(*image, view));
    }
  }
}

}  // namespace
}  // namespace codeset::query
