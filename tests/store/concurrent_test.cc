// What readers are told while releases are loaded and deleted and labels move: images are built by
// several at once, questions of all kinds are asked of them, and every answer is right. Built with
// ThreadSanitizer it shows that image, catalog, labels and query share nothing unguarded.
//
//   concurrent_test --rounds 2000
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/image/conversion_index.h"
#include "storage/image/note_references.h"
#include "storage/query/concept_view.h"
#include "storage/query/concept_wire.h"
#include "storage/query/diff.h"
#include "storage/query/effective.h"
#include "storage/query/hierarchy.h"
#include "storage/query/validation.h"
#include "tests/store/store_fixture.h"

namespace codeset::store {
namespace {

using image::Image;
using ImagePtr = std::shared_ptr<const Image>;

// How often a release comes and goes.
int rounds = 6;

class ConcurrentTest : public StoreTest {
 protected:
  // A release of all four groups; what 2026 and later have in place of G35 is below it.
  static Publication Whole(const std::string& id, bool later) {
    Publication release = Release(id, later ? New() : Old());
    model::Tabular tabular = List();
    model::TabularSection& section = tabular.chapters[0].sections[0];
    section.facts.notes.push_back(
        testing::PlainNote(model::NoteKind::kExcludes1, {"optic neuritis (G36.-)"}));
    model::Diag& other = section.categories[1].diags[0];
    other.facts.notes.push_back(
        testing::PlainNote(model::NoteKind::kExcludes2, {"multiple sclerosis (G35.-)"}));
    release.tabular = model::EncodeTabular(tabular);
    release.poa = model::EncodePoa({{"G36"}});
    model::ConversionTable table;
    table.rows.push_back({2, "G36", "G36", model::Date(2020, 10, 1), "G35"});
    release.conversion = model::EncodeConversion(table);
    return release;
  }

  // What is asked of one release; says what was wrong, or nothing.
  static std::string AskOne(const Image& image, bool later) {
    const auto node = image.Find(later ? "G35A" : "G35");
    const auto other = image.Find("G36");
    if (!node.has_value() || !other.has_value()) return "a code is missing";
    if (image.references().groups().empty()) return "notes name nothing";
    if (image.conversion_index().Naming("G35").empty()) return "a row names nothing";
    for (const v1::ConceptView view : {v1::CONCEPT_VIEW_FULL, v1::CONCEPT_VIEW_EFFECTIVE}) {
      const query::ConceptWire wire(image, view);
      std::string bytes;
      wire.AppendField(1, *other, bytes);
      // The field's number and length precede it.
      const std::string message = query::ViewConcept(image, *other, view).SerializeAsString();
      if (bytes.size() <= message.size() ||
          bytes.compare(bytes.size() - message.size(), message.size(), message) != 0) {
        return "bytes and message differ";
      }
    }
    const auto above = query::FindRelatives(image, *node, v1::RELATION_ANCESTORS);
    if (above.nodes.size() != (later ? 3U : 2U)) return "other ancestors";
    query::CodeValidator validator(image, {image.effective(), 0}, {});
    if (!validator.FindBillable("g36").has_value()) return "a billable code is not";
    return validator.FindBillable("G35").has_value() == later ? "a header is billable" : "";
  }

  static std::string AskTwo(const Image& from, const Image& to) {
    const std::vector<query::Change> changes = query::Diff(from, to, {});
    if (changes.size() != 2) return "other changes";
    const query::EffectiveDifference effective = query::CompareAllEffective(from, to);
    return effective.now_headers.size() == 1 ? "" : "other codes are headers now";
  }

  // Asks for all that is loaded as of one catalog.
  std::string Ask() {
    const auto catalog = store_->catalog();
    std::vector<ImagePtr> images;
    for (const CatalogRelease& release : catalog->releases()) {
      // Also of a release that is gone meanwhile.
      const auto image = store_->GetImage(*catalog, release.id.ToString());
      if (!image.ok()) return image.status().ToString();
      const std::string wrong = AskOne(**image, release.id.year() >= 2026);
      if (!wrong.empty()) return release.id.ToString() + ": " + wrong;
      images.push_back(*image);
    }
    if (catalog->Find("2026") != nullptr) {
      const std::string wrong = AskTwo(*images.front(), *images.back());
      if (!wrong.empty()) return wrong;
    }
    const LabelEntry* label = catalog->FindLabel("prod");
    if (label == nullptr) return "the label is gone";
    const CatalogRelease* named = catalog->Follow(*label, store_->Today());
    if (named == nullptr) return "the label names nothing";
    return "";
  }
};

TEST_F(ConcurrentTest, EveryAnswerIsRightWhileReleasesAndLabelsChange) {
  for (const char* id : {"2024", "2025"}) {
    ASSERT_TRUE(Publish(Whole(id, false)).ok()) << id;
  }
  ASSERT_TRUE(store_->SetLabel("prod", "2025", false, "alex").ok());
  std::atomic<bool> stop = false;
  std::atomic<int> asked = 0;
  std::vector<std::string> wrong(3);
  std::vector<std::thread> readers;
  for (std::string& said : wrong) {
    readers.emplace_back([&] {
      while (!stop && said.empty()) {
        said = Ask();
        ++asked;
      }
    });
  }
  std::string failed;
  std::thread mover([&] {
    for (int i = 0; i < rounds && failed.empty(); ++i) {
      const auto moved = store_->SetLabel("prod", i % 2 == 0 ? "2024" : "2025", false, "alex");
      if (!moved.ok()) failed = moved.status().ToString();
    }
  });
  for (int i = 0; i < rounds; ++i) {
    EXPECT_TRUE(Publish(Whole("2026", true)).ok());
    // So that it is asked for while it is there.
    for (const int before = asked; asked < before + 2;) std::this_thread::yield();
    EXPECT_TRUE(store_->Delete("2026").ok());
  }
  mover.join();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(failed, "");
  for (const std::string& said : wrong) EXPECT_EQ(said, "");
}

}  // namespace
}  // namespace codeset::store

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--rounds") codeset::store::rounds = std::atoi(argv[i + 1]);
  }
  return RUN_ALL_TESTS();
}
