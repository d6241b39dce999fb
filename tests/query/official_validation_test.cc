// Validation over the published releases: every row of each, and 100,000 texts made of their
// codes by the slips that people make.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "storage/model/concept_id.h"
#include "storage/query/validation.h"
#include "tests/query/official_images.h"

namespace codeset::query {
namespace {

using image::Image;

// All releases and their validators.
struct Validators {
  explicit Validators(const std::vector<std::shared_ptr<const Image>>& all) : images(all) {
    std::vector<model::TimelineRelease> releases;
    for (const auto& image : images) {
      const model::ReleaseId id = *model::ReleaseId::Parse(image->release_id());
      releases.push_back({id, id.DefaultEffectiveDate(), {model::FacetGroup::kOrder}});
    }
    validity = std::make_shared<const Validity>(
        model::MakeTimeline(releases, model::EditionRegister::BuiltIn(), model::Date(2026, 11, 1)),
        images);
    for (size_t i = 0; i < images.size(); ++i) {
      by_release.emplace(
          images[i]->release_id(),
          CodeValidator(*images[i], releases[i].order(), {[this] { return validity; }, nullptr}));
    }
  }

  v1::CodeValidation Tell(const std::string& release, absl::string_view text) {
    auto told = by_release.at(release).Validate(text);
    EXPECT_TRUE(told.ok()) << told.status();
    return *std::move(told);
  }

  std::vector<std::shared_ptr<const Image>> images;
  std::shared_ptr<const Validity> validity;
  std::map<std::string, CodeValidator> by_release;
};

// A slip.
std::string Mutated(std::string text, std::mt19937& random) {
  constexpr absl::string_view kCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZxolI. -,";
  const auto pick = [&](size_t count) {
    return std::uniform_int_distribution<size_t>(0, count - 1)(random);
  };
  const size_t at = pick(text.size());
  switch (pick(9)) {
    case 0:
      text[at] = kCharacters[pick(kCharacters.size())];
      break;
    case 1:
      text.insert(at, 1, kCharacters[pick(kCharacters.size())]);
      break;
    case 2:
      text.erase(at, 1);
      break;
    case 3:
      std::swap(text[at], text[pick(text.size())]);
      break;
    case 4:
      for (char& c : text) c = c == '0' ? 'O' : c == '1' ? 'l' : c;
      break;
    case 5:
      for (char& c : text) c = c == 'X' ? 'x' : c;
      break;
    case 6:
      text.resize(at);
      break;
    case 7:
      std::erase(text, 'X');
      break;
    default:
      text += "X";
      break;
  }
  return text;
}

class OfficialValidationTest : public ::testing::Test {
 protected:
  // Images are built once for all tests.
  static Validators* All() {
    static Validators* const kAll = [] {
      const auto releases = testing::OfficialReleases();
      return releases.has_value() ? new Validators(OfficialImages(*releases).images()) : nullptr;
    }();
    return kAll;
  }
};

TEST_F(OfficialValidationTest, EveryRowIsBillableOrAHeader) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  for (const auto& image : All()->images) {
    int rows = 0;
    for (const image::Node& node : image->nodes()) {
      if (node.row == nullptr) continue;
      ++rows;
      const v1::CodeValidation told = All()->Tell(image->release_id(), model::DottedCode(node.key));
      ASSERT_EQ(told.outcome(),
                node.billable ? v1::VALIDATION_OUTCOME_BILLABLE : v1::VALIDATION_OUTCOME_HEADER)
          << image->release_id() << " " << node.key;
      ASSERT_EQ(told.choice_count() > 0, !node.billable) << image->release_id() << " " << node.key;
    }
    EXPECT_EQ(rows, image->order_rows());
  }
}

TEST_F(OfficialValidationTest, EveryMutatedCodeHasAnOutcomeAndEverySuggestionIsBillable) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  std::mt19937 random(20261001);
  std::map<v1::ValidationOutcome, int> outcomes;
  int suggestions = 0;
  for (int i = 0; i < 100000; ++i) {
    const auto& images = All()->images;
    const Image& source = *images[random() % images.size()];
    const Image& asked = *images[random() % images.size()];
    const image::Node& node =
        source.node(static_cast<image::NodeIndex>(random() % source.nodes().size()));
    if (node.row == nullptr) continue;
    std::string text = model::DottedCode(node.key);
    if (random() % 2 == 0) text = std::string(node.key);
    if (i % 10 != 0) text = Mutated(std::move(text), random);
    const v1::CodeValidation told = All()->Tell(asked.release_id(), text);
    ++outcomes[told.outcome()];
    ASSERT_NE(told.outcome(), v1::VALIDATION_OUTCOME_UNSPECIFIED) << text;
    ASSERT_EQ(told.faults_size() > 0, told.outcome() == v1::VALIDATION_OUTCOME_MALFORMED) << text;
    ASSERT_EQ(told.id().empty(), told.outcome() == v1::VALIDATION_OUTCOME_MALFORMED) << text;
    // What lacks or has the wrong character is told the right ones, with codes that there are.
    for (const v1::CompletingCharacter& c : told.seventh_characters()) {
      ASSERT_EQ(All()->Tell(asked.release_id(), c.code_id()).outcome(),
                v1::VALIDATION_OUTCOME_BILLABLE)
          << text;
      ASSERT_EQ(c.meaning().empty(), told.from_codes_alone()) << text;
    }
    if (told.suggested_id().empty()) continue;
    ++suggestions;
    ASSERT_EQ(All()->Tell(asked.release_id(), told.suggested_id()).outcome(),
              v1::VALIDATION_OUTCOME_BILLABLE)
        << asked.release_id() << " " << text << " → " << told.suggested_id();
  }
  // Each outcome that this can have comes up.
  for (int outcome = v1::VALIDATION_OUTCOME_BILLABLE; outcome <= v1::VALIDATION_OUTCOME_MALFORMED;
       ++outcome) {
    const auto name = static_cast<v1::ValidationOutcome>(outcome);
    EXPECT_GT(outcomes[name], 0) << v1::ValidationOutcome_Name(name);
    RecordProperty(v1::ValidationOutcome_Name(name), outcomes[name]);
  }
  EXPECT_GT(suggestions, 1000);
  RecordProperty("suggestions", suggestions);
}

TEST_F(OfficialValidationTest, KnownCodesAreToldAsTheyWere) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  struct Case {
    const char* release;
    const char* text;
    v1::ValidationOutcome outcome;
    const char* suggested;
    const char* day;
  };
  const Case cases[] = {
      // 2018, in which it was billable, is not here.
      {"2019", "T81.4XXA", v1::VALIDATION_OUTCOME_NO_LONGER_VALID, "", "2017-10-01"},
      {"2027", "G35", v1::VALIDATION_OUTCOME_HEADER, "", "2025-10-01"},
      {"2021", "Z20.822", v1::VALIDATION_OUTCOME_NOT_YET_VALID, "", "2021-01-01"},
      {"2021-01", "R05.9", v1::VALIDATION_OUTCOME_NOT_YET_VALID, "", "2021-10-01"},
      {"2022", "F43.89", v1::VALIDATION_OUTCOME_NOT_YET_VALID, "", "2022-10-01"},
      {"2016", "T81.4A", v1::VALIDATION_OUTCOME_PLACEHOLDER_MISSING, "T81.4XXA", ""},
      {"2017", "T81.4XX", v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_MISSING, "", ""},
      {"2023", "S06.2X7D", v1::VALIDATION_OUTCOME_NO_LONGER_VALID, "", ""},
      {"2023", "S52.501Z", v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_NOT_LEGAL, "", ""},
      {"2026", "S06.0x1A", v1::VALIDATION_OUTCOME_MALFORMED, "S06.0X1A", ""},
      {"2026", "E11.O1", v1::VALIDATION_OUTCOME_MALFORMED, "E11.01", ""},
      {"2026", "Q99.99", v1::VALIDATION_OUTCOME_UNKNOWN, "", ""},
  };
  for (const Case& c : cases) {
    const v1::CodeValidation told = All()->Tell(c.release, c.text);
    EXPECT_EQ(v1::ValidationOutcome_Name(told.outcome()), v1::ValidationOutcome_Name(c.outcome))
        << c.release << " " << c.text;
    EXPECT_EQ(told.suggested_id(), c.suggested) << c.text;
    if (*c.day != '\0') {
      EXPECT_EQ(told.valid_until() + told.valid_from(), c.day) << c.text;
    }
  }
  EXPECT_TRUE(All()->Tell("2019", "T81.4XXA").validity_not_exact());
}

}  // namespace
}  // namespace codeset::query
