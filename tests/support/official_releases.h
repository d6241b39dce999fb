// The published releases, for tests that hold the code against the real thing.
//
//   TEST(ReconcileTest, AgreesWithThePublisher) {
//     CODESET_NEED_OFFICIAL_RELEASES(releases);
//     for (const OfficialRelease& release : kOfficialReleases) Use(releases / release.id);
//   }
//
// They lie beside the project, not in it: in the folder $CODESET_OFFICIAL_RELEASES, else
// in ../shared/icd10cm/releases beside the source tree. Without them such tests are
// skipped, or fail where CODESET_REQUIRE_OFFICIAL is 1.
//
// Thread-safe: constants and free functions.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>

namespace codeset::testing {

// What is known of a published release from its publisher.
struct OfficialRelease {
  // Also the name of its folder.
  const char* id;
  int order_rows;
  int billable;
  // 0: it has no tabular list.
  int diags;
  // The addenda's; a revision is a pair of lines. All 0 for an edition without changes.
  bool has_addenda;
  int additions;
  int deletions;
  int revisions;
  // From which the addenda start; "" if that one is not among the published.
  const char* base;
};

// How GoogleTest shows one.
inline void PrintTo(const OfficialRelease& release, std::ostream* out) { *out << release.id; }

// All of them, oldest first.
inline constexpr OfficialRelease kOfficialReleases[] = {
    {"2013", 79502, 69832, 43033, false, 0, 0, 0, ""},
    {"2014", 91737, 69823, 43028, false, 0, 0, 0, ""},
    {"2016", 91737, 69823, 43028, false, 0, 0, 0, ""},
    {"2017", 93830, 71486, 43910, true, 2434, 341, 551, "2016"},
    {"2019", 94444, 71932, 0, true, 368, 51, 172, ""},
    {"2020", 94765, 72184, 0, true, 343, 22, 35, "2019"},
    {"2021", 95352, 72616, 45011, true, 652, 65, 52, "2020"},
    {"2021-01", 95358, 72621, 45017, true, 659, 66, 52, "2020"},
    {"2022", 95524, 72748, 0, true, 205, 39, 27, "2021-01"},
    {"2022-04", 95528, 72750, 0, true, 5, 1, 1, "2022"},
    {"2023", 96745, 73639, 45869, true, 1504, 287, 35, "2022-04"},
    {"2024", 97296, 74044, 0, true, 526, 25, 26, ""},
    {"2024-04", 97296, 74044, 0, true, 0, 0, 0, "2024"},
    {"2025", 97584, 74260, 0, true, 324, 36, 14, "2024-04"},
    {"2025-04", 97584, 74260, 0, true, 0, 0, 0, "2025"},
    {"2026", 98186, 74719, 0, true, 630, 28, 45, "2025-04"},
    {"2027", 98403, 74879, 0, false, 0, 0, 0, ""},
};

// The folder that holds a folder for each release; nothing where it is not there.
inline std::optional<std::filesystem::path> OfficialReleases() {
  const char* named = std::getenv("CODESET_OFFICIAL_RELEASES");
  const std::filesystem::path folder =
      named != nullptr && *named != '\0'
          ? std::filesystem::path(named)
          : std::filesystem::path(CODESET_SOURCE_DIR).parent_path() / "shared/icd10cm/releases";
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return std::nullopt;
  return folder;
}

// True if a test must fail, not be skipped, where the releases are missing.
inline bool RequireOfficial() {
  const char* value = std::getenv("CODESET_REQUIRE_OFFICIAL");
  return value != nullptr && std::string(value) == "1";
}

}  // namespace codeset::testing

// Leaves the test unless the published releases are there; `name` is their folder. A
// macro, since only the test itself can be left.
#define CODESET_NEED_OFFICIAL_RELEASES(name)                                                   \
  const std::optional<std::filesystem::path> name##_found =                                    \
      ::codeset::testing::OfficialReleases();                                                  \
  if (!name##_found.has_value()) {                                                             \
    if (::codeset::testing::RequireOfficial()) FAIL() << "the published releases are missing"; \
    GTEST_SKIP() << "the published releases are not here";                                     \
  }                                                                                            \
  const std::filesystem::path name = *name##_found
