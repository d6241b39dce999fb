#include "storage/portable/atomic_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "storage/model/error.h"
#include "tests/support/status_is.h"

namespace codeset::portable {
namespace {

class AtomicFileTest : public ::testing::Test {
 protected:
  AtomicFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "codeset-atomic-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~AtomicFileTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string Content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  size_t Files() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_),
                                             std::filesystem::directory_iterator()));
  }

  std::filesystem::path folder_;
};

TEST_F(AtomicFileTest, IsThereOnceItIsCommitted) {
  std::ofstream(path("a")) << "old";
  auto file = AtomicFile::Create(path("a"));
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->Write("new ").ok());
  ASSERT_TRUE(file->Write("text").ok());
  EXPECT_EQ(Content(path("a")), "old");
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(Content(path("a")), "new text");
  EXPECT_EQ(Files(), 1);
}

TEST_F(AtomicFileTest, LeavesNothingWhereItIsGivenUp) {
  std::ofstream(path("a")) << "old";
  {
    auto file = AtomicFile::Create(path("a"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->Write("new").ok());
    const AtomicFile moved = std::move(*file);
  }
  EXPECT_EQ(Content(path("a")), "old");
  EXPECT_EQ(Files(), 1);
}

TEST_F(AtomicFileTest, TwoOfOneNameDoNotMeet) {
  auto first = AtomicFile::Create(path("a"));
  auto second = AtomicFile::Create(path("a"));
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE(first->Write("first").ok() && second->Write("second").ok());
  ASSERT_TRUE(first->Commit().ok());
  EXPECT_EQ(Content(path("a")), "first");
  ASSERT_TRUE(second->Commit().ok());
  EXPECT_EQ(Content(path("a")), "second");
}

TEST_F(AtomicFileTest, WritesWhatALinkPointsAt) {
  std::filesystem::create_directory(path("real"));
  std::ofstream(path("real/a")) << "old";
  // One link to another, the first relative to its own folder.
  std::filesystem::create_symlink("real/a", path("near"));
  std::filesystem::create_symlink(path("near"), path("far"));
  // What it points at is not there yet.
  std::filesystem::create_symlink("real/b", path("open"));
  for (const char* link : {"far", "open"}) {
    auto file = AtomicFile::Create(path(link));
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE(file->Write("new").ok());
    ASSERT_TRUE(file->Commit().ok());
  }
  for (const char* link : {"near", "far", "open"}) {
    EXPECT_TRUE(std::filesystem::is_symlink(path(link))) << link;
  }
  EXPECT_EQ(Content(path("real/a")), "new");
  EXPECT_EQ(Content(path("real/b")), "new");
  std::filesystem::create_symlink("round", path("round"));
  EXPECT_TRUE(testing::FailsWith(AtomicFile::Create(path("round")).status(),
                                 model::Reason::kStorageFailed, "cannot write", "symbolic links"));
}

TEST_F(AtomicFileTest, KeepsTheModeOfAFileThatWasThere) {
  using std::filesystem::perms;
  for (const perms mode : {perms(0600), perms(0640), perms(0666)}) {
    std::ofstream(path("a")) << "old";
    std::filesystem::permissions(path("a"), mode);
    auto file = AtomicFile::Create(path("a"));
    ASSERT_TRUE(file.ok()) << file.status();
    // Beside it, too, nobody reads it who could not read the old one.
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      EXPECT_EQ(entry.status().permissions() & ~mode, perms::none) << entry.path();
    }
    ASSERT_TRUE(file->Write("new").ok());
    ASSERT_TRUE(file->Commit().ok());
    EXPECT_EQ(std::filesystem::status(path("a")).permissions(), mode);
    EXPECT_EQ(Content(path("a")), "new");
  }
}

TEST_F(AtomicFileTest, TakesNoPlaceThatIsNoFile) {
  using model::Reason;
  EXPECT_TRUE(testing::FailsWith(AtomicFile::Create(folder_.string()).status(),
                                 Reason::kStorageFailed, "", "no plain file"));
  EXPECT_TRUE(testing::FailsWith(AtomicFile::Create("/dev/null").status(), Reason::kStorageFailed,
                                 "/dev/null", "no plain file"));
  EXPECT_TRUE(testing::FailsWith(AtomicFile::Create(path("no/a")).status(), Reason::kStorageFailed,
                                 "cannot write beside", "No such file"));
}

}  // namespace
}  // namespace codeset::portable
