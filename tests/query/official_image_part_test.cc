// Answers from parts of images, held against those from the whole ones byte for byte: every code of
// published releases in the views that parts are asked in.
//
// Of every fifth category, of another fifth in each release; with CODESET_EVERY_CATEGORY=1 of all,
// which takes some five times as long.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "codeset/v1/terminology.pb.h"
#include "storage/query/concept_wire.h"
#include "tests/query/official_images.h"

namespace codeset::query {
namespace {

using image::CategoryPages;
using image::Image;
using image::NodeIndex;

// How many rows each category has, counted from the rows and not from the nodes.
std::vector<uint32_t> RowsOf(const Image& image) {
  std::vector<uint32_t> rows(image.categories().size(), 0);
  size_t category = 0;
  std::vector<absl::string_view> codes(static_cast<size_t>(image.order_rows()));
  for (const image::Node& node : image.nodes()) {
    if (node.row != nullptr) codes[node.order_number - 1] = node.row->code;
  }
  for (const absl::string_view code : codes) {
    while (image.categories()[category].key != code.substr(0, 3)) ++category;
    ++rows[category];
  }
  return rows;
}

void ExpectTheSame(const Image& whole, const CategoryPages& category, const Image& part,
                   v1::ConceptView view) {
  const ConceptWire of_whole(whole, view);
  const ConceptWire of_part(part, view);
  for (NodeIndex node = category.first; node < category.end; ++node) {
    const absl::string_view key = whole.node(node).key;
    const std::optional<NodeIndex> found = part.Find(key);
    ASSERT_TRUE(found.has_value()) << key;
    std::string expected, bytes;
    of_whole.AppendField(v1::GetConceptResponse::kFoundFieldNumber, node, expected);
    of_part.AppendField(v1::GetConceptResponse::kFoundFieldNumber, *found, bytes);
    ASSERT_EQ(bytes, expected) << key << " " << v1::ConceptView_Name(view);
  }
}

// 2013 lacks rows, 2022-04 has chapters on loan, 2023 has a tabular list and a list of POA-exempt
// codes.
TEST(OfficialImagePartTest, TellsTheSameOfEveryCode) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const char* every = std::getenv("CODESET_EVERY_CATEGORY");
  const size_t step = every != nullptr && std::string(every) == "1" ? 1 : 5;
  OfficialImages official(releases, {"2013", "2022-04", "2023"});
  ASSERT_EQ(official.images().size(), 3);
  size_t codes = 0;
  for (size_t release = 0; release < official.images().size(); ++release) {
    const Image& whole = *official.images()[release];
    SCOPED_TRACE(whole.release_id());
    const std::vector<uint32_t> rows = RowsOf(whole);
    for (size_t i = release % step; i < whole.categories().size(); i += step) {
      const CategoryPages& category = whole.categories()[i];
      const auto part = Image::BuildPart(whole.spec(), official.pages(), official.cache(),
                                         category.key, absl::MakeConstSpan(rows));
      ASSERT_TRUE(part.ok()) << category.key << ": " << part.status();
      for (const v1::ConceptView view : {v1::CONCEPT_VIEW_BASIC, v1::CONCEPT_VIEW_FULL}) {
        ASSERT_NO_FATAL_FAILURE(ExpectTheSame(whole, category, **part, view));
      }
      codes += category.end - category.first;
    }
    const auto all = static_cast<size_t>(whole.order_rows());
    EXPECT_GE(codes, step == 1 ? all : all / 10);
    codes = 0;
  }
}

}  // namespace
}  // namespace codeset::query
