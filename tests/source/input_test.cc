#include "storage/source/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/status_is.h"

namespace codeset::source {
namespace {

namespace fs = std::filesystem;
using model::Reason;
using testing::FailsWith;

class InputTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "b");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  fs::path folder_;
};

TEST_F(InputTest, ReadsAFolderSortedAndRelative) {
  Write("z.txt", "last");
  Write("b/inner.txt", std::string("a\0b\r\n", 5));
  Write("a.txt", "");
  const auto files = ReadInputFiles({folder_.string()});
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 3u);
  EXPECT_EQ((*files)[0].name, "a.txt");
  EXPECT_EQ((*files)[0].bytes, "");
  EXPECT_EQ((*files)[1].name, "b/inner.txt");
  EXPECT_EQ((*files)[1].bytes, std::string("a\0b\r\n", 5));
  EXPECT_EQ((*files)[2].name, "z.txt");
}

TEST_F(InputTest, ReadsAFileByItsLastName) {
  Write("b/order.txt", "text");
  const auto files = ReadInputFiles({(folder_ / "b/order.txt").string()});
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 1u);
  EXPECT_EQ((*files)[0].name, "order.txt");
}

// A disk may hold any bytes as a name; messages hold UTF-8.
TEST_F(InputTest, WritesBytesOfNamesThatAreNoCharactersAsNumbers) {
  Write("S\xE9zary\n.txt", "text");
  for (const std::string& path : {folder_.string(), (folder_ / "S\xE9zary\n.txt").string()}) {
    const auto files = ReadInputFiles({path});
    ASSERT_TRUE(files.ok()) << files.status();
    ASSERT_EQ(files->size(), 1u);
    EXPECT_EQ((*files)[0].name, "S\\xE9zary\\x0A.txt");
  }
  EXPECT_TRUE(FailsWith(ReadInputFiles({"no\xE9"}).status(), Reason::kSourceUnreadable,
                        "no\\xE9: ", "no such file"));
}

TEST_F(InputTest, NamesAPathThatIsNotThere) {
  const std::string missing = (folder_ / "none.zip").string();
  const auto files = ReadInputFiles({folder_.string(), missing});
  EXPECT_TRUE(FailsWith(files.status(), Reason::kSourceUnreadable, missing, "no such file"));
  EXPECT_EQ(model::FactsOf(files.status())["file"], missing);
}

TEST_F(InputTest, RefusesWhatIsNeitherFileNorFolder) {
  EXPECT_TRUE(FailsWith(ReadInputFiles({"/dev/null"}).status(), Reason::kSourceUnreadable,
                        "/dev/null", "neither a file nor a folder"));
}

TEST_F(InputTest, RefusesMoreBytesThanALoadTakes) {
  Write("big.txt", "x");
  fs::resize_file(folder_ / "big.txt", kMaxInputBytes + 1);  // Sparse.
  EXPECT_TRUE(FailsWith(ReadInputFiles({folder_.string()}).status(), Reason::kSourceUnreadable, "",
                        "more than 256 MiB"));
}

}  // namespace
}  // namespace codeset::source
