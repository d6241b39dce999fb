// Token files, and `codesetd hash-token`, which writes their lines.
#include "server/admin_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "server/hash_token.h"
#include "tests/server/certificates.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// SHA-256 of kToken, by sha256sum.
constexpr char kToken[] = "correct-horse-battery-staple-0123456789";
constexpr char kHash[] = "7771a0cec1279f8ca878a66c694f3344b16bee8128c78b8ef5fd0656b35b02ee";

class AdminTokensTest : public ::testing::Test {
 protected:
  std::string ReadFile(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/tokens";
};

TEST_F(AdminTokensTest, KnowsATokenByItsDigest) {
  WriteFile(path_,
            absl::StrCat("# who\n\n  deploy\t", kHash, "\r\nother ", std::string(64, 'a'), "\n"));
  const auto tokens = AdminTokens::Open(path_);
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ((*tokens)->NameOf(kToken).value_or(""), "deploy");
  for (const std::string& wrong :
       {std::string(), std::string(kHash), absl::StrCat(kToken, "0"), std::string(64, 'a')}) {
    EXPECT_TRUE(FailsWith((*tokens)->NameOf(wrong).status(), Reason::kUnauthenticated, "",
                          "none of those"));
  }
}

TEST_F(AdminTokensTest, IsReadAgainWhenItChanges) {
  WriteFile(path_, absl::StrCat("deploy ", kHash, "\n"));
  const auto tokens = AdminTokens::Open(path_);
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  WriteFile(path_, absl::StrCat("renamed ", kHash, "\n"));
  EXPECT_EQ((*tokens)->NameOf(kToken).value_or(""), "renamed");
  WriteFile(path_, absl::StrCat("renamed ", std::string(64, 'b'), "\n"));
  EXPECT_EQ(model::ReasonOf((*tokens)->NameOf(kToken).status()), Reason::kUnauthenticated);
  WriteFile(path_, absl::StrCat("deploy ", kHash, "\n"));
  EXPECT_TRUE((*tokens)->NameOf(kToken).ok());
  // A mistake lets nobody in, rather than those of before.
  WriteFile(path_, absl::StrCat("deploy ", kHash, "0\n"));
  EXPECT_TRUE(FailsWith((*tokens)->NameOf(kToken).status(), Reason::kUnauthenticated, "",
                        "cannot read its token file"));
  std::filesystem::remove(path_);
  EXPECT_EQ(model::ReasonOf((*tokens)->NameOf(kToken).status()), Reason::kUnauthenticated);
  WriteFile(path_, absl::StrCat("deploy ", kHash, "\n"));
  EXPECT_TRUE((*tokens)->NameOf(kToken).ok());
}

TEST_F(AdminTokensTest, NamesLineAndReasonAndNeverTheLine) {
  const std::string good = absl::StrCat("a ", kHash, "\n");
  const struct {
    std::string text;
    const char* begins;
    const char* holds;
  } kCases[] = {
      {"", "tokens: ", "it has no token"},
      {"# only a comment\n", "tokens: ", "it has no token"},
      {good + kToken + "\n", "tokens:2: ", "a name and the 64"},
      {good + "b " + kToken + "\n", "tokens:2: ", "a name and the 64"},
      {good + "b " + kHash + " c\n", "tokens:2: ", "a name and the 64"},
      {good + "b/c " + kHash + "\n", "tokens:2: ", "a name and the 64"},
      {good + std::string(64, 'n') + " " + kHash + "\n", "tokens:2: ", "a name and the 64"},
      {good + good, "tokens:2: ", "stands above already"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = ParseTokens(test.text, "tokens").status();
    EXPECT_TRUE(FailsWith(status, Reason::kArgumentInvalid, test.begins, test.holds)) << test.text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(kToken)));
  }
  std::string many;
  for (size_t i = 0; i <= kMaxTokens; ++i) absl::StrAppend(&many, "n", i, " ", kHash, "\n");
  EXPECT_TRUE(FailsWith(ParseTokens(many, "tokens").status(), Reason::kArgumentInvalid,
                        "tokens:1001: ", "at most 1000 tokens"));
  EXPECT_TRUE(FailsWith(AdminTokens::Open(path_).status(), Reason::kArgumentInvalid,
                        "the token file " + path_, "No such file"));
}

TEST_F(AdminTokensTest, HashesATokenFromStandardInput) {
  std::istringstream in(absl::StrCat(kToken, "\n"));
  std::ostringstream out;
  ASSERT_TRUE(HashToken({"deploy", ""}, in, out).ok());
  EXPECT_EQ(out.str(), absl::StrCat("deploy ", kHash, "\n"));
}

TEST_F(AdminTokensTest, RefusesTokensThatOneCouldGuess) {
  for (const std::string& token :
       {std::string(), std::string(kMinTokenBytes - 1, 'x'), std::string(kMaxTokenBytes + 1, 'x'),
        std::string(32, 'x') + " y", std::string(32, 'x') + "\xC3\xA9"}) {
    std::istringstream in(token);
    std::ostringstream out;
    EXPECT_TRUE(FailsWith(HashToken({"deploy", ""}, in, out), Reason::kArgumentInvalid,
                          "a token is ", "32 to 1024"))
        << token;
    EXPECT_EQ(out.str(), "");
  }
  for (const std::string& name : {std::string(), std::string("a b"), std::string(64, 'n')}) {
    EXPECT_TRUE(FailsWith(TokenLine(name, kToken).status(), Reason::kArgumentInvalid, "",
                          "a token's name"));
  }
}

TEST_F(AdminTokensTest, MakesATokenForItsOwnerAlone) {
  std::istringstream in;
  std::ostringstream out;
  const std::string token_file = folder_.path() + "/token";
  ASSERT_TRUE(HashToken({"deploy", token_file}, in, out).ok());
  struct stat status {};
  ASSERT_EQ(::stat(token_file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const std::string token = ReadFile(token_file);
  EXPECT_EQ(token.size(), 65u);
  EXPECT_THAT(out.str(), Not(HasSubstr(token.substr(0, 64))));
  WriteFile(path_, out.str());
  const auto tokens = AdminTokens::Open(path_);
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ((*tokens)->NameOf(token.substr(0, 64)).value_or(""), "deploy");
  // Not over one that is in use.
  EXPECT_TRUE(FailsWith(HashToken({"deploy", token_file}, in, out), Reason::kArgumentInvalid, "",
                        "File exists"));
  EXPECT_EQ(ReadFile(token_file), token);
  EXPECT_NE(RandomToken().value_or(""), RandomToken().value_or(""));
}

}  // namespace
}  // namespace codeset::server
